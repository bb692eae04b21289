"""Draws docs/architecture.svg from the imports of the code, so that the picture stays true.

    python -m docs.draw_architecture

Every box is a folder with its modules. An arrow, or "uses", means that some module imports another, wherever in the
file it does. In the engine room all arrows lead to the right: nothing points back.
"""

import ast
from collections.abc import Iterable
from html import escape
from pathlib import Path

from demos import DEMOS

ROOT = Path(__file__).resolve().parents[1]
PICTURE = Path(__file__).parent / "architecture.svg"
# From those that use most to those that use nothing; "core" are the modules beside the folders.
ENGINE_ROOM = ("page", "training", "networks", "data", "images", "hub", "core")
WIDTH, MARGIN, LINE = 1200, 20, 15
APP = "the command line and the frame of the page; imports each tab's page, which imports the rest of its tab and core"
INK, PAPER, WARM, COOL, GREY = "#1c1b18", "#fbfaf7", "#b4450f", "#1f6f8b", "#7a756c"


def modules() -> dict[str, Path]:
    """Every module of demos/ by its dotted name, packages' empty files left out."""
    paths = sorted(path for path in (ROOT / "demos").rglob("*.py") if path.name != "__init__.py")
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}


def imports(path: Path) -> set[str]:
    """What a file imports, with `from a import b` as a and a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def folders() -> dict[tuple[str, str], list[str]]:
    """(tab or "core", its folder or "" for the files beside the folders) to the names of the modules."""
    inside: dict[tuple[str, str], list[str]] = {}
    for name in modules():
        parts = name.split(".")[1:]
        inside.setdefault((parts[0], parts[1] if len(parts) > 2 else ""), []).append(parts[-1])
    return inside


def uses() -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Which folder imports from which others."""
    known, found = modules(), {}
    homes = {name: (parts[1], parts[2] if len(parts) > 3 else "") for name in known if (parts := name.split("."))}
    for name, path in known.items():
        if name == "demos.core.weights":  # a command line, which nothing imports
            continue
        others = {homes[other] for other in imports(path) & known.keys()} - {homes[name]}
        found.setdefault(homes[name], set()).update(others)
    return found


# ---- drawing --------------------------------------------------------------------------------------------------------


def text(x: float, y: float, words: str, size: int = 11, colour: str = INK, weight: str = "normal") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" font-weight="{weight}">{escape(words)}</text>'


def wrapped(names: Iterable[str], width: float) -> list[str]:
    """Names in lines that fit the width, at about 5.7 px a letter."""
    lines = [""]
    for name in names:
        if lines[-1] and len(lines[-1]) + len(name) + 3 > width / 5.7:
            lines.append("")
        lines[-1] += (" · " if lines[-1] else "") + name
    return lines


def box(x: float, y: float, width: float, title: str, lines: list[str], note: str, colour: str) -> tuple[str, float]:
    """A folder as SVG, and its height."""
    rows = [*lines, *([note] if note else [])]
    height = 26 + LINE * len(rows)
    parts = [
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" fill="white" stroke="{colour}"/>',
        text(x + 8, y + 17, title, 12, colour, "bold"),
    ]
    for i, row in enumerate(rows):
        parts.append(text(x + 8, y + 34 + LINE * i, row, colour=GREY if note and i == len(rows) - 1 else INK))
    return "".join(parts), height


def arrow(x1: float, y1: float, x2: float, y2: float, bend: float = 0.0) -> str:
    """From one point to another, bent downwards by so many px."""
    path = f"M{x1:g} {y1:g} C{x1:g} {y1 + bend:g} {x2:g} {y2 + bend:g} {x2:g} {y2:g}"
    return f'<path d="{path}" fill="none" stroke="{GREY}" marker-end="url(#tip)" opacity="0.7"/>'


def draw() -> str:
    """The whole picture."""
    inside, using = folders(), uses()
    parts = [text(MARGIN, 34, "app.py", 15, WARM, "bold"), text(MARGIN + 62, 34, APP)]
    column = (WIDTH - 2 * MARGIN) / len(DEMOS)
    bottom = 0.0
    for i, demo in enumerate(DEMOS):
        x, y = MARGIN + i * column, 86.0
        parts.append(text(x, y - 6, f"{demo.name}/", 14, INK, "bold"))
        parts.append(text(x + 8.6 * len(demo.name) + 16, y - 6, f"“{demo.title}”", 11, GREY))
        own = sorted((folder for tab, folder in inside if tab == demo.name), key=lambda f: (f != "page", f != "", f))
        for folder in own:
            others = sorted(other or "files beside" for tab, other in using[demo.name, folder] if tab == demo.name)
            title = f"{folder}/" if folder else "beside the folders"
            note = f"uses {', '.join(others)}" if others and folder != "page" else ""
            lines = wrapped(inside[demo.name, folder], column - 30)
            drawn, height = box(x, y, column - 14, title, lines, note, WARM if folder == "page" else COOL)
            parts.append(drawn)
            y += height + 8
        bottom = max(bottom, y)
    top = bottom + 46
    parts.append(text(MARGIN, top - 12, "core/", 14, INK, "bold"))
    parts.append(
        text(MARGIN + 50, top - 12, "the engine room: knows no tab; arrows lead from what uses to what is used")
    )
    column, middles, lowest = (WIDTH - 2 * MARGIN) / len(ENGINE_ROOM), {}, 0.0
    for i, folder in enumerate(ENGINE_ROOM):
        x, key = MARGIN + i * column, ("core", "" if folder == "core" else folder)
        title = "beside the folders" if folder == "core" else f"{folder}/"
        drawn, height = box(x, top, column - 10, title, wrapped(inside[key], column - 24), "", COOL)
        parts.append(drawn)
        middles[key], lowest = x + column / 2 - 5, max(lowest, top + height)
    for key, x in middles.items():
        for other in sorted(using[key] & middles.keys()):
            away = middles[other] - x
            parts.append(arrow(x + 6, lowest + 4, middles[other] - 6, lowest + 4, 10 + 0.14 * abs(away)))
    height = lowest + 150
    tip = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{GREY}"/></marker></defs>'
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" '
        'font-family="ui-sans-serif, system-ui, sans-serif">'
    )
    return f'{head}{tip}<rect width="100%" height="100%" fill="{PAPER}"/>{"".join(parts)}</svg>\n'


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
