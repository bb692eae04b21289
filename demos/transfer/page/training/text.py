"""What the page of the training says: views of a photo, comparisons, and the fine-tuning. Plain HTML, no gradio."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING

from demos.core import chart
from demos.core.images.load import fit
from demos.core.page import run, theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

    from demos.transfer.training.compare import Comparison, Run
    from demos.transfer.training.fine_tune import FineTuneStep

THREE = (theme.COOL, theme.WARM, theme.GREY)
OPENED = "Compare trainings of the set that was taught last, or fine-tune the network for it: the buttons do it."
FINE_TUNED = (
    "<p class='hl-small'>The state was chosen by the validation loss of these very photos, so the second line flatters "
    "a little. A fine-tuned network lasts as long as this page is open and is no file to keep: that would be the whole "
    "network. <em>Keep the classifier</em> keeps the last layer from before.</p>"
)


# ---- augmentation ---------------------------------------------------------------------------------------------------


def sheet(pictures: Sequence[Image.Image], name: str, size: int) -> str:
    """The square that the network sees of a photo, and its views."""
    words = ["the photo", *(f"view {number}" for number in range(1, len(pictures)))]
    figures = "".join(
        f"<figure><img src='{data_url(picture)}' alt='{escape(f'{said} of {name}', quote=True)}'>"
        f"<figcaption>{said}</figcaption></figure>"
        for said, picture in zip(words, pictures, strict=True)
    )
    more = "" if len(pictures) > 1 else " No views yet: move the slider."
    return (
        f"<div class='transfer-views'>{figures}</div><p class='hl-small'>A training photo as the network sees it, "
        f"{size} x {size} px.{more}</p>"
    )


def data_url(picture: Image.Image) -> str:
    """A small JPEG inside of the page."""
    content = io.BytesIO()
    fit(picture, 96).save(content, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"


# ---- comparison -----------------------------------------------------------------------------------------------------


def compared_line(step: Comparison) -> str:
    if not step.optimisers:
        return f"Looking at the photos: {step.done} of {step.total}"
    if step.finished:
        return "Compared: each trained the same last layer on the same photos."
    name, now = list((step.initialisations or step.optimisers).items())[-1]
    return f"Training: {name}, epoch {len(now.steps) - 1}"


def compared_chart(step: Comparison) -> str:
    """Validation loss against epochs, of the optimisers and of the initialisations."""
    charts = [
        f"<div><p class='hl-small'>{words}</p>{_losses(runs)}</div>"
        for words, runs in (("By optimiser", step.optimisers), ("By initialisation", step.initialisations))
        if runs
    ]
    return f"<div class='transfer-curves'>{''.join(charts)}</div>" if charts else ""


def _losses(runs: Mapping[str, Run]) -> str:
    series = {name: [(s.index, s.validation_loss) for s in one.steps] for name, one in runs.items()}
    return chart.lines(series, dict(zip(runs, THREE, strict=False)), across="epoch", up="validation loss")


def compared_table(step: Comparison) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{one.steps[-1].best_validation_loss:.3f}</td>"
        f"<td>{one.steps[-1].best_index}</td><td>{one.seconds:.2f}</td></tr>"
        for runs in (step.optimisers, step.initialisations)
        for name, one in runs.items()
    )
    if not rows:
        return ""
    head = "<tr><th></th><th>lowest</th><th>in epoch</th><th>seconds</th></tr>"
    return f"<div class='hl-scroll hl-names'><table><caption>Validation loss</caption>{head}{rows}</table></div>"


# ---- fine-tuning ----------------------------------------------------------------------------------------------------


def tuning_line(step: FineTuneStep, seconds: float, epochs: int) -> str:
    """The line that says what is happening, with the time that is left: measured, not guessed."""
    if step.stage == "looking":
        return f"Blocks 1 to 4 look at the photos, once: {run.remaining(step.index, step.total, seconds)}"
    if len(step.losses) < 2:
        return f"Fine-tuning block 5: {run.remaining(step.index, step.total, seconds)}"
    now, best = step.losses[-1][1], step.losses[step.best_epoch][1]
    if step.index == step.total and len(step.losses) == epochs + 1:
        return f"Fine-tuned in {seconds:.0f} s: validation loss {step.losses[0][1]:.3f} --> {best:.3f}."
    last = len(step.losses) - 1
    if step.best_epoch == last:
        before = min(loss for _, loss in step.losses[:-1])
        said = f"decreased ({before:.3f} --> {now:.3f})"
    else:
        said = f"{now:.3f} (lowest: {best:.3f} after epoch {step.best_epoch})"
    return f"Epoch {last}: validation loss {said} · {run.remaining(step.index, step.total, seconds)}"


def tuning_chart(step: FineTuneStep) -> str:
    if not step.losses:
        return ""
    series = {
        "training": [(i, loss) for i, (loss, _) in enumerate(step.losses)],
        "validation": [(i, loss) for i, (_, loss) in enumerate(step.losses)],
    }
    colours = {"training": theme.GREY, "validation": theme.COOL}
    return f"<div class='transfer-curves'>{chart.lines(series, colours, across='epoch', up='loss (nats)')}</div>"


def tuning_table(step: FineTuneStep) -> str:
    """Accuracy before and after, with its interval."""
    if not step.losses:
        return ""
    rows = "".join(
        f"<tr><th>{words}</th><td>{right} of {step.photos}</td><td>{low:.0%} to {high:.0%}</td><td>{loss:.3f}</td></tr>"
        for words, (right, low, high), loss in (
            ("last layer alone", step.before, step.losses[0][1]),
            ("block 5 tuned too", step.best, step.losses[step.best_epoch][1]),
        )
    )
    kept = (
        f"The state after epoch {step.best_epoch} is kept."
        if step.best_epoch
        else "No epoch lowered the validation loss so far: the state from before is kept."
    )
    head = "<tr><th></th><th>recognised</th><th>the truth lies within</th><th>validation loss</th></tr>"
    return f"<div class='hl-scroll'><table>{head}{rows}</table></div><p>{kept}</p>{FINE_TUNED}"


def answers(before: Sequence[tuple[str, float]], after: Sequence[tuple[str, float]]) -> str:
    """What both say of a photo, the most probable classes first."""
    alone = dict(before)
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{alone.get(name, 0):.0%}</td><td>{share:.0%}</td></tr>"
        for name, share in after[:3]
    )
    head = "<tr><th>this photo</th><th>last layer alone</th><th>fine-tuned</th></tr>"
    return f"<div class='hl-scroll'><table>{head}{rows}</table></div>"
