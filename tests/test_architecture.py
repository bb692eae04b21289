"""The directions that the code keeps, read from its imports: page, tab, compute, core; nothing points back."""

import ast
import re
from pathlib import Path

import pytest

from demos import DEMOS
from tests.server import ROOT

SOURCES = sorted((ROOT / "demos").rglob("*.py"))
TABS = sorted(p.name for p in (ROOT / "demos").iterdir() if p.is_dir() and p.name not in ("core", "__pycache__"))
MAY_IMPORT_GRADIO = {"runs.py", "lessons.py", "look.py"}


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file, with `from a import b` as a and a.b."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_only_tabs_and_the_pages_helpers_import_gradio(path: Path) -> None:
    uses = any(name.split(".")[0] == "gradio" for name in imported(path))
    assert not uses or path.name in MAY_IMPORT_GRADIO or path.stem.split("_")[0] == "tab"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_nothing_points_back(path: Path) -> None:
    names, home = imported(path), path.relative_to(ROOT / "demos").parts[0]
    assert not any(name == "app" or name.startswith("tests") for name in names)
    for tab in TABS:
        if tab != home:
            assert not any(name.startswith(f"demos.{tab}") for name in names), f"{home} imports from {tab}"
    if path.name != "tab.py":
        assert not any(name.endswith(".tab") for name in names)


@pytest.mark.parametrize("path", [*SOURCES, ROOT / "app.py"], ids=named)
def test_nothing_is_unpickled(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not any(name.split(".")[0] in ("pickle", "dill", "joblib", "shelve", "marshal") for name in imported(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "load" and isinstance(node.value, ast.Name):
            assert node.value.id not in ("torch", "np", "numpy")


@pytest.mark.parametrize("demo", DEMOS, ids=lambda d: d.name)
def test_every_tab_has_its_parts(demo) -> None:
    folder = ROOT / Path(*demo.module.split(".")[:-1])
    assert (folder / "tab.py").is_file()
    for lesson in folder.glob("lesson*.md"):
        words = re.split(r"\n\||!\[|\n`|\*\*Try it", lesson.read_text())[0].split()
        assert len(words) <= 120, lesson  # before the first table, picture, formula or control to try


@pytest.mark.parametrize("path", [*SOURCES, ROOT / "app.py"], ids=named)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= (120 if path.name == "app.py" else 350)
