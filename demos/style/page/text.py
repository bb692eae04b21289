"""A run in words, numbers and a curve: plain values for the page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from demos.style.large import LargeStep
    from demos.style.painting import Painting

CONTENT, STYLE, SMOOTH = "content", "style", "smoothness"


def status(painting: Painting) -> str:
    """The one line: where the run is, or how it ended."""
    if painting.index == 0:
        return "The instant result; now the real thing"
    if painting.index >= painting.total:
        line = f"Painted: {painting.total} steps in {painting.seconds:.1f} s · loss {painting.loss:.3f}"
    else:
        where = f"step {painting.index} of {painting.total} · {left(painting.left)}"
        line = f"{where} · {painting.scale} px · loss {painting.loss:.3f}"
    return f"{line}. {painting.note}" if painting.note else line


def large_status(step: LargeStep) -> str:
    """The one line while a painting is made large, and when it is."""
    width, height = step.painting.picture.size
    if step.round >= step.rounds:
        return f"Made large: {width:,} x {height:,} px in {step.painting.seconds:.0f} s. Keep it as PNG, and print it."
    return f"Round {step.round + 1} of {step.rounds} · {left(step.painting.left)} · {width:,} x {height:,} px"


def label(painting: Painting) -> str:
    """Of the picture: in which styles it is, whatever is chosen by now."""
    names = " + ".join(name for name, _ in painting.recipe.styles)
    return f"The picture: {names}" if names else "The picture"


def left(seconds: float) -> str:
    """ "about 12 s left"."""
    return f"about {max(1, seconds):.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


def numbers(painting: Painting) -> str:
    """The loss by layer, as a table with bars: who wins, the photo or the style."""
    if not painting.parts:
        return ""
    most = max(value for _, value in painting.parts) or 1.0
    rows = "".join(
        f"<tr><th>{explained(name)}</th><td>{value:.4f}</td>"
        f"<td class='hl-bar'><i style='width:{100 * max(0.0, value) / most:.0f}%'></i></td></tr>"
        for name, value in painting.parts
    )
    return (
        "<div class='hl-scroll'><table><caption>Loss by layer, weighted: how far the picture still is from what is "
        "asked. Layers are numbered from fine (relu1) to coarse (relu5).</caption>"
        f"{rows}</table></div>"
    )


PARTS = {
    "content": "Is what the photo shows still there, and in its place? Asked of a deep layer, which sees things.",
    "palette": "Are the colours those of the style, each as common as there?",
    "smoothness": "Grain that nobody asked for: how much neighbouring pixels differ.",
    "before": "The last step was undone: this is the loss before it.",
    "relu1": "The finest patterns: colours and grain of about 3 to 5 px.",
    "relu2": "Small patterns: strokes of about 10 px.",
    "relu3": "Patterns of about 24 to 40 px.",
    "relu4": "Large patterns, of 60 to 90 px.",
    "relu5": "The largest patterns, of 130 px and more.",
}


def explained(name: str) -> str:
    """A loss' name with a dotted line beneath it, and what it asks for behind it."""
    meaning = next((words for part, words in PARTS.items() if part in name), "")
    return f"<abbr title='{escape(meaning, quote=True)}'>{escape(name)}</abbr>" if meaning else escape(name)


def curve(painting: Painting) -> pd.DataFrame:
    """Rows of (step, loss, of): the run so far, content and style apart."""
    rows = []
    for index, parts in painting.history:
        for name in (CONTENT, STYLE):
            value = sum(part for layer, part in parts.items() if layer.startswith(name))
            if value > 0:
                rows.append({"step": index, "loss": value, "of": name})
    return pd.DataFrame(rows, columns=["step", "loss", "of"])


def frame_words(painting: Painting | None, position: int) -> str:
    """What the scrubbed frame is."""
    if painting is None or not painting.frames:
        return ""
    frame = painting.frames[min(position, len(painting.frames) - 1)]
    return f"Step {frame.index} of {painting.total}, {frame.scale} px" if frame.index else "The instant result"
