"""The directions that the code keeps, read from its imports: page, tab, compute, core; nothing points back."""

import ast
import gzip
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import app
from demos import DEMOS
from docs import draw_architecture
from tests.server import ROOT

SOURCES = sorted((ROOT / "demos").rglob("*.py"))
TABS = sorted(p.name for p in (ROOT / "demos").iterdir() if p.is_dir() and p.name not in ("core", "__pycache__"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in [*SOURCES, ROOT / "app.py"]}


@cache
def imported(path: Path) -> frozenset[str]:
    """Every module that a file imports, wherever in the file, with `from a import b` as a and a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def reachable(start: str) -> set[str]:
    """The modules of this project that `start` can come to import, through any chain, functions' imports included."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for name in imported(MODULES[waiting.pop()]) & MODULES.keys() - seen:
            seen.add(name)
            waiting.append(name)
    return seen


def is_page(module: str) -> bool:
    return "page" in module.split(".")


def trains(module: str) -> bool:
    """A module that belongs to a training's command line."""
    loop = {f"demos.core.training.{name}" for name in ("loop", "checkpoint", "export", "distil", "teachers")}
    return module in loop or module.rsplit(".", 1)[-1] in ("train", "__main__")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


# Parts of one page that are a module of their own: what they build stands inside of that page.
EDITORS = {"classes", "cleaning"}

# What each folder of core may use of the others; nothing in core knows a tab.
CORE = {
    "hub": {"errors"},
    "images": {"errors", "files", "cache"},
    "data": {"images", "cache", "hub", "errors", "startup"},
    "networks": {"hub", "cache", "device", "errors", "choices"},
    "training": {"networks", "data", "images", "device", "errors", "hub"},
    "page": {"device", "errors", "files", "networks", "numbers", "hub", "startup"},
}

# One import after the other in one process, and after each the question whether gradio came along.
ASK = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    if "gradio" in sys.modules:
        sys.exit(f"{name} imports gradio")
"""


@pytest.mark.slow
def test_gradio_is_imported_by_pages_only_through_any_chain() -> None:
    modules = [name for name in MODULES if not is_page(name) and not name.endswith("__main__")]
    run = subprocess.run([sys.executable, "-c", ASK, *modules], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.slow
def test_the_page_is_built_without_torch() -> None:
    code = "import app, sys; app.build(); print([m for m in ('torch', 'torchvision', 'sklearn') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_page_stays_light() -> None:
    """What every visitor gets before anything is seen, on its way compressed: 80 kB, whatever programs would add."""
    described = json.dumps(app.build().get_config_file(), default=str).encode()
    assert len(described) < 900_000
    assert len(gzip.compress(described, 6)) < 80_000


@pytest.mark.slow
def test_in_a_row_of_tabs_there_are_tabs_only() -> None:
    """Gradio numbers all that stands there: another component, a hidden one too, shows one tab twice and hides one."""
    config = app.build().get_config_file()
    types = {component["id"]: component["type"] for component in config["components"]}

    def rows(node: dict) -> list[dict]:
        below = [row for child in node.get("children", []) for row in rows(child)]
        return [node, *below] if types.get(node["id"]) == "tabs" else below

    found = rows(config["layout"])
    assert found
    assert all(types[child["id"]] == "tabitem" for row in found for child in row["children"])


@pytest.mark.slow
def test_no_event_of_the_server_hangs_on_a_photos_own_change() -> None:
    """It comes for copies of what is there, too, which later events make: such an event would set itself off."""
    config = app.build().get_config_file()
    photos = {component["id"] for component in config["components"] if component["type"] == "image"}
    changes = [
        event for event in config["dependencies"] if any(t[0] in photos and t[1] == "change" for t in event["targets"])
    ]
    assert changes  # `which_photo`, which runs in the browser alone
    assert not [event["api_name"] for event in changes if event["backend_fn"]]


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_nothing_points_back(path: Path) -> None:
    module, home = module_name(path), path.relative_to(ROOT / "demos").parts[0]
    chain = reachable(module)
    assert "app" not in chain
    assert not any(name.startswith("tests") for name in imported(path))
    for tab in TABS:
        if tab != home:
            assert not any(name.startswith(f"demos.{tab}") for name in chain), f"{module} comes to {tab}"
    if not is_page(module):
        assert not any(is_page(name) for name in chain), f"{module} comes to a page"
    assert "demos.core.weights" not in chain  # a command line and nothing else


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_core_keeps_its_directions(path: Path) -> None:
    parts = module_name(path).split(".")
    if len(parts) < 4 or parts[1] != "core":
        return
    others = {name.split(".")[2] for name in imported(path) & MODULES.keys() if name.startswith("demos.core.")}
    assert others - {parts[2]} <= CORE[parts[2]], path


@pytest.mark.parametrize("path", [path for path in SOURCES if is_page(module_name(path))], ids=named)
def test_no_page_reaches_a_trainer(path: Path) -> None:
    assert not [name for name in reachable(module_name(path)) if trains(name)]


@pytest.mark.parametrize("path", [path for path in SOURCES if is_page(module_name(path))], ids=named)
def test_only_the_tab_imports_pages(path: Path) -> None:
    module = module_name(path)
    package, own = module.rsplit(".", 1)
    siblings = {name.removeprefix(f"{package}.") for name in imported(path) if name.startswith(f"{package}.")}
    if own != "tab" and package != "demos.core.page":
        assert siblings & {p.stem for p in path.parent.glob("*.py")} <= {"text", "controls", "current_sheet", *EDITORS}


@pytest.mark.parametrize("path", [*SOURCES, ROOT / "app.py"], ids=named)
def test_nothing_is_unpickled(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not any(name.split(".")[0] in ("pickle", "dill", "joblib", "shelve", "marshal") for name in imported(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "load" and isinstance(node.value, ast.Name):
            assert node.value.id not in ("torch", "np", "numpy")


@pytest.mark.parametrize("demo", DEMOS, ids=lambda d: d.name)
def test_every_tab_has_its_parts(demo) -> None:
    folder = ROOT / "demos" / demo.name
    for name in ("page/tab.py", "api.py", "lesson.md"):
        assert (folder / name).is_file()
    for lesson in folder.rglob("*.md"):
        words = re.split(r"\n\||!\[|\n`|\*\*Try it", lesson.read_text())[0].split()
        assert len(words) <= 120, lesson  # before the first table, picture, formula or control to try


@pytest.mark.parametrize("path", [*SOURCES, ROOT / "app.py"], ids=named)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= (130 if path.name == "app.py" else 300)


@pytest.mark.parametrize("folder", sorted({path.parent for path in SOURCES}), ids=named)
def test_folders_stay_small(folder: Path) -> None:
    assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= 10


def test_the_picture_is_the_codes() -> None:
    assert draw_architecture.PICTURE.read_text() == draw_architecture.draw(), "python -m docs.draw_architecture"
