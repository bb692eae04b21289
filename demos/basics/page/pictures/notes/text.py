"""What the three pages say and draw: words, tables and drawings as HTML; and files of code to show."""

from __future__ import annotations

import base64
import inspect
import io
import math
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from demos.basics.settings import LOOPS, NET_DIGITS, NET_EPOCHS, PHOTO_LAYERS
from demos.core import chart
from demos.core.page.events import QUIET
from demos.core.page.theme import COOL, WARM

if TYPE_CHECKING:
    from demos.basics.pictures.epoch import Epoch
    from demos.basics.pictures.race import Look
    from demos.basics.pictures.slide import Window

# The curves wander from batch to batch; the validation's points stand above them.
COLOURS = {
    "notes, each step": WARM + "99", "today, each step": COOL + "99", "notes, validation": WARM,
    "today, validation": COOL,
}  # fmt: skip
TOP = 10.0  # a step of L-BFGS may go far too long, to losses of thousands: drawn at the top

CHANGED = (
    (
        "L-BFGS, its closure called again and again",
        "AdamW, one pass for a step",
        "L-BFGS compares gradients of several calls, and dropout drops other values in each: it measures "
        "noise. It is made for whole sets, not for batches.",
    ),
    (
        "log-softmax, then NLL loss",
        "logits, then cross entropy",
        "The same number (a test says so) in one call, and nothing to forget.",
    ),
    (
        "validation with gradients on",
        "inference_mode",
        "Nobody goes backward through validation: the graph is memory and time for nothing. eval() switches "
        "dropout off, but no gradients.",
    ),
    (
        "no normalisation",
        "batch norm after each convolution",
        "It bears a larger rate. In training it uses the batch, in eval() what it has collected.",
    ),
    (
        "one rate",
        "one-cycle rate",
        "Small, large, small again: wild at first, careful at the end.",
    ),
    (
        "np.Inf",
        "math.inf",
        "NumPy 2 has no np.Inf any more: the old line ends in an AttributeError.",
    ),
    (
        "torch.save, which pickles",
        "safetensors",
        "Loading a pickle may run anybody's code; safetensors holds numbers and nothing else.",
    ),
    (
        "pictures as they are",
        "photos mirrored and shifted",
        "Only for CIFAR-10. Digits are left alone: mirrored, most are no digits any more.",
    ),
)


# ---- code -----------------------------------------------------------------------------------------------------------


def file_source(*modules: str) -> str:
    """Whole files, one below the other, as they run."""
    return "\n\n".join(f"# ---- {name}\n{inspect.getsource(import_module(name)).rstrip()}\n" for name in modules)


def show_files(name: str, *modules: str) -> gr.Accordion:
    """ "Show me the code": whole files of plain PyTorch, to copy; loaded when it is opened."""
    with gr.Accordion("Show me the code", open=False, elem_classes="hl-code") as accordion:
        code = gr.Code("", language="python", interactive=False, show_label=False, max_lines=60, wrap_lines=True)
    accordion.expand(lambda: file_source(*modules), None, code, queue=False, api_name=f"code_{name}", **QUIET)
    return accordion


# ---- train it -------------------------------------------------------------------------------------------------------


def curves(look: Look) -> str:
    """The loss of every step, and the validation's after each epoch, against epochs."""
    series = {}
    for part in ("each step", "validation"):
        for name, loop in look.loops.items():
            losses, each = (loop.losses, loop.batches) if part == "each step" else (loop.valid, 1)
            points = [(i / each, min(loss, TOP)) for i, loss in enumerate(losses, 1) if loss > 0]  # not NaN
            if points:
                series[f"{'notes' if name == LOOPS[0] else 'today'}, {part}"] = points
    if not series:
        words = "the first batch is on its way"
        return f"<div class='hl-chart'><svg viewBox='0 0 560 300'><text x='20' y='96'>{words}</text></svg></div>"
    up = f"loss (from {TOP:g} on: at the top)"
    return chart.lines(series, COLOURS, across="epochs", up=up, logarithmic=True)


def loop_numbers(look: Look) -> str:
    """A table: what each loop did for what it reached."""
    if not look.loops:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{loop.steps}</td><td>{loop.evaluations}</td>"
        f"<td>{loop.seconds:.1f} s</td><td>{_loss(loop.valid)}</td>"
        f"<td><strong>{_share(loop.accuracy)}</strong></td></tr>"
        for name, loop in look.loops.items()
    )
    head = "<tr><td></td><th>steps</th><th>passes</th><th>time</th><th>lowest loss</th><th>test right</th></tr>"
    said = "".join(
        f"<p class='hl-small'>{escape(name)}: {escape(loop.said)}</p>" for name, loop in look.loops.items() if loop.said
    )
    frame = "<div class='hl-scroll' tabindex='0' role='region' aria-label='What each loop did'>"
    return f"{frame}<table>{head}{rows}</table></div>{said}"


def _loss(losses: tuple[float, ...]) -> str:
    finite = [loss for loss in losses if math.isfinite(loss)]
    return f"{min(finite):.3f}" if finite else "-"


def _share(share: float) -> str:
    return f"{100 * share:.1f}%" if math.isfinite(share) else "-"


def loop_line(look: Look, whole: bool) -> str:
    """The status line."""
    if not look.loops:
        return "Fetching the pictures."
    if not look.over:
        short = {LOOPS[0]: "the notes", LOOPS[1]: "today"}
        done = " · ".join(f"{short[name]}: batch {loop.steps}" for name, loop in look.loops.items())
        return f"epoch {look.epoch} of {look.epochs} · {look.examples:,} pictures · {done}"
    if any(loop.valid and not math.isfinite(loop.valid[-1]) for loop in look.loops.values()):
        return "A loss is no number any more: a step of L-BFGS was far too long. Choose another seed, or today's loop."
    if not whole:
        return (
            f"A taste with {look.examples} pictures: the first seconds. **Train it** learns from {NET_DIGITS.default}, "
            f"{NET_EPOCHS.default} times over."
        )
    best = ", ".join(f"{_share(loop.accuracy)} ({name.lower()})" for name, loop in look.loops.items())
    return f"Of the pictures that no loop saw, right: {best}."


def changed_table() -> str:
    """What today's version does differently, and why."""
    rows = "".join(f"<tr><td>{escape(a)}</td><td>{escape(b)}</td><td>{escape(c)}</td></tr>" for a, b, c in CHANGED)
    return (
        "<div class='hl-numbers'><div class='hl-scroll notes-changed' tabindex='0' role='region' "
        "aria-label='What changed and why'>"
        f"<table><tr><th>The notes</th><th>Today</th><th>Why</th></tr>{rows}</table></div></div>"
    )


# ---- drawings -------------------------------------------------------------------------------------------------------


def data_uri(pixels: Any) -> str:
    """An array of bytes, (H, W) or (H, W, 3), as a PNG inside a page."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def pixel_image(pixels: Any, words: str, mark: tuple[int, int, int] | None = None) -> str:
    """A picture of few px with its caption; `mark` is a square (row, column, side) on it."""
    height, width = pixels.shape[:2]
    square = ""
    if mark:
        row, column, side = mark
        box = f"x='{column}' y='{row}' width='{side}' height='{side}'"
        square = f"<rect {box} fill='none' stroke='{WARM}' stroke-width='1.2'/>"
    return (
        f"<figure><svg viewBox='0 0 {width} {height}' role='img' aria-label='{escape(words, quote=True)}'>"
        f"<image href='{data_uri(pixels)}' width='{width}' height='{height}' style='image-rendering:pixelated'/>"
        f"{square}</svg>"
        f"<figcaption>{escape(words)}</figcaption></figure>"
    )


def small_table(values: Any, words: str, decimals: int = 0, kept: Any = None) -> str:
    """Numbers in rows and columns; those of `kept` (the same shape, bool) are marked."""
    rows = ""
    for r, row in enumerate(values):
        cells = (
            f"<td{' class=kept' if kept is not None and kept[r][c] else ''}>{value:.{decimals}f}</td>"
            for c, value in enumerate(row)
        )
        rows += f"<tr>{''.join(cells)}</tr>"
    return f"<table><caption>{escape(words)}</caption>{rows}</table>"


def window(look: Window) -> str:
    """Photo and result side by side, and the numbers under the window."""
    tables = small_table(look.values, "Under the window" if look.layer != PHOTO_LAYERS[2] else "Sixteen of them")
    if look.weights is not None:
        tables += small_table(look.weights, "times the filter", 2)
        tables += small_table(look.values * look.weights, f"nine products; sum {look.result:.1f}", 1)
    elif look.layer == PHOTO_LAYERS[1]:
        tables += small_table([[look.result]], "is left", 1)
    before, after = {
        PHOTO_LAYERS[0]: ("The photo, 96 x 96 px", "The feature map"),
        PHOTO_LAYERS[1]: ("The photo, 96 x 96 px", "After pooling, 48 x 48 px"),
        PHOTO_LAYERS[2]: ("One mask", f"The mean of {look.masks} masks"),
    }[look.layer]
    pair = pixel_image(look.before, before, look.place) + pixel_image(look.after, after)
    return f"<div class='notes-pair'>{pair}</div><div class='notes-numbers'>{tables}</div>"


def window_line(look: Window) -> str:
    """The status line of a layer at work."""
    before, after = look.mean
    if look.layer == PHOTO_LAYERS[2]:
        return (
            f"{100 * look.share:.0f}% of the values are 0, the others larger: mean {before:.1f} before, {after:.1f} "
            "after. In evaluation nothing is dropped."
        )
    if look.layer == PHOTO_LAYERS[1]:
        return f"Of {look.values.size} numbers one is left: {look.result:.1f}. Of the photo a quarter of its numbers."
    return f"Row {look.place[0] + 1}, column {look.place[1] + 1}: the nine products add up to {look.result:.1f}."


def batches(look: Epoch) -> str:
    """Each batch as a contact sheet of its pictures, one below the other."""
    rows = ""
    for i, (strip, classes) in enumerate(zip(look.batches, look.classes, strict=True)):
        words = f"Batch {i + 1}: {len(classes)} pictures"
        said = escape(f"{words}: {' '.join(map(str, classes))}", quote=True)
        tiles = "".join(
            "<svg viewBox='0 0 8 8' aria-hidden='true'>"
            f"<image href='{data_uri(strip[:, 8 * n : 8 * n + 8])}' width='8' height='8'/></svg>"
            for n in range(len(classes))
        )
        rows += f"<p class='hl-small'>{words}</p><div class='notes-strip' role='img' aria-label='{said}'>{tiles}</div>"
    return rows


def epoch_line(look: Epoch, number: int) -> str:
    """The status line of an epoch."""
    seen = [index for batch in look.indices for index in batch]
    words = f"epoch {number} · batch {len(look.batches)} of {look.total}"
    if len(look.batches) == look.total:
        words += f" · {len(set(seen))} of {look.size} pictures seen, {len(seen) - len(set(seen))} looks were repeats"
        words += f" · the last batch has {len(look.indices[-1])}"
    return words
