"""What the pages of taking home say: plain text and HTML, no gradio."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from demos.transfer.data.left_out import LeftOut, count
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page.text import as_typed, name_of

if TYPE_CHECKING:
    from demos.transfer.classifier import Classifier
    from demos.transfer.export.many import Many, Row

__all__ = ["as_typed"]

NOTHING = "Nothing is taught yet. Teach a classifier on 'Your classes' first, or drop one that you kept here."
WHAT = {
    "head.safetensors": "the layer that you taught, and its settings",
    "labels.json": "the classes, in the order of the outputs",
    "network.safetensors": "the network whose features it was taught on",
    "predict.py": "a script that says what is on a photo or in a folder",
    "README.md": "the model card: its photos, its accuracy, its mistakes, its limits",
    "model.onnx": "everything as one ONNX file, for other languages and devices",
    "photos.json": "which class each photo is of",
    "photos/": "the photos, at the size that the network looks at",
}


def ready(taught: Classifier, about: PhotoSet | None) -> str:
    """What the page says when it is opened, as Markdown."""
    counts = taught.report.photos.values() if taught.report else ()
    photos = f", taught on {sum(count for count, _ in counts)} photos" if counts else ""
    here = "" if about else " (the photos are not here)"
    return f"Ready to pack: {len(taught.classes)} classes{photos}, on {name_of(taught.network)}{here}."


def contents(taught: Classifier) -> str:
    """What a zip of it holds, as HTML."""
    fetched = taught.network == "vgg16"
    names = [name for name in WHAT if not (fetched and name == "network.safetensors")]
    note = "<p class='hl-small'>VGG16 itself (553 MB) is fetched when the script first runs.</p>" if fetched else ""
    rows = "".join(f"<tr><th>{name}</th><td>{WHAT[name]}</td></tr>" for name in names)
    return f"<div class='hl-scroll hl-home'><table><caption>What a zip can hold</caption>{rows}</table></div>{note}"


def files(sizes: tuple[tuple[str, int], ...]) -> str:
    """What the packed zip holds, with sizes, as HTML."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{WHAT.get(name, '')}</td><td>{_size(size)}</td></tr>" for name, size in sizes
    )
    run = "<p>Unpack it, and in its folder: <code>python predict.py photo.jpg</code></p>"
    return f"<div class='hl-scroll hl-home'><table><caption>In the zip</caption>{rows}</table></div>{run}"


def said(answer: dict[str, float]) -> str:
    """What it says of the photo that it was tried on at once, as Markdown."""
    name = max(answer, key=lambda label: answer[label])
    return f"Tried at once on a photo: {as_typed(name)}, {answer[name]:.0%}."


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{max(1, round(count / 1e3))} kB"


# ---- many photos ----------------------------------------------------------------------------------------------------

SHOWN = 100  # rows; the CSV has all
TAKES = "100 photos take about 10 seconds on one processor core, and 2,000, the most, some three minutes."
DROP = f"Drop photos or a zip of them, and press the big button. {TAKES}"
OWN = f"Drop your own, and press the big button: where it is wrong about one of those, you can correct it. {TAKES}"
EXAMPLE = f"To begin with, photos of the set that were held back. {OWN}"
LEARNED = f"To begin with, photos of the set, from which it has learned: of new ones it is less sure. {OWN}"
OLDER = (
    "A new classifier has been taught: this table is still of the one from before. Press the big button to ask the one "
    "of now about the same photos."
)


def table(many: Many, by_doubt: bool) -> str:
    """What was said, as HTML: thumbnail, file, label, probability, and a button to correct it."""
    numbers = many.doubtful() if by_doubt else list(range(len(many.rows)))
    best = [many.classes[max(range(len(row.every)), key=row.every.__getitem__)] for row in many.rows]
    rows = "".join(_row(i, many.rows[i], best[i]) for i in numbers[:SHOWN])
    more = f"<p>The first {SHOWN} of {len(numbers)} are shown; the CSV has all.</p>" if len(numbers) > SHOWN else ""
    last = "<th></th>" if any(row.where is not None for row in many.rows) else ""
    head = f"<tr><th></th><th>photo</th><th>label</th><th>sure</th>{last}</tr>"
    return f"<div class='hl-scroll hl-many'><table>{head}{rows}</table></div>{more}{_broken(many.left_out)}"


def _row(number: int, row: Row, best: str) -> str:
    picture = f"data:image/jpeg;base64,{base64.b64encode(row.thumb).decode()}"
    name, label, sure = escape(row.name), f"<td>{escape(row.label)}</td>", f"{row.probability:.0%}"
    if row.unknown:  # the probability is of a class that it would only be if it had to be one
        label, sure = f"<td class='wrong'>{escape(row.label)}<small>else {escape(best)}, {sure}</small></td>", "–"
    last = escape(row.name.rsplit("/", 1)[-1])
    button = f"<button type='button' data-row='{number}' aria-label='Correct {name}'>Correct</button>"
    # A photo of the set has a class already, which is changed on the page of mistakes.
    correct = f"<td>{button}</td>" if row.where is not None else ""
    return (
        f"<tr><td><img src='{picture}' alt='{name}'></td><th title='{name}'>{last}</th>"
        f"{label}<td>{sure}</td>{correct}</tr>"
    )


def _broken(left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return ""
    told = "".join(f"<li>{escape(str(one))}</li>" for one in left_out[:SHOWN])
    return f"<p>{count(len(left_out))}:</p><ul>{told}</ul>"


def counted(many: Many, before: str = "") -> str:
    """How many of which label, as Markdown."""
    counts = Counter(row.label for row in many.rows)
    told = ", ".join(f"{number} {as_typed(label)}" for label, number in counts.most_common(6))
    out = f" {count(len(many.left_out))}." if many.left_out else ""
    photos = f"{len(many.rows)} photo{'' if len(many.rows) == 1 else 's'}"
    return f"{before}{photos}: {told}{' and others' if len(counts) > 6 else ''}.{out}"


def chosen(row: Row) -> str:
    """Which photo is to be corrected, as Markdown."""
    return f"{as_typed(row.name)} was called {as_typed(row.label)}. Choose what it really is."
