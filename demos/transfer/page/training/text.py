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
FINE_TUNE = "Fine-tune block 5"
OPENED = "Ready. Both buttons train on the set that was taught last."
BUTTONS = (
    "*Compare* finds the last layer anew: with each optimiser, then from each start (*initialisation*), all else "
    "equal. *Fine-tune* goes on from the layer that is taught (where that has learned from all photos, from one that "
    "has not): VGG16's last three convolutions (block 5) learn, too."
)
HEAD = "<tr><th></th><th>lowest loss</th><th>in epoch</th><th>right</th><th>seconds</th></tr>"  # of validation
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


def compared_line(step: Comparison, seconds: float) -> str:
    if not step.optimisers:
        return f"Looking at the photos: {run.remaining(step.done, step.total, seconds)}"
    if step.finished:
        name, best = min(step.optimisers.items(), key=lambda item: item[1].steps[-1].best_validation_loss)
        last = best.steps[-1]
        return f"Compared. Lowest validation loss: {name}, {last.best_validation_loss:.3f} in epoch {last.best_index}."
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
    """A line for each training, and what they show."""
    groups = [
        f"<tr><th class='group' colspan='5'>{words}</th></tr>{''.join(_row(*item) for item in runs.items())}"
        for words, runs in (("By optimiser", step.optimisers), ("By initialisation", step.initialisations))
        if runs
    ]
    if not groups:
        return ""
    caption = "On the photos held back: lowest validation loss, its epoch, and the share recognised there"
    said = "".join(f"<p>{line}</p>" for line in compared_words(step))
    table = f"<table><caption>{caption}</caption>{HEAD}{''.join(groups)}</table>"
    return f"<div class='hl-scroll hl-compared'>{table}</div>{said}"


def _row(name: str, one: Run) -> str:
    last = one.steps[-1]
    return (
        f"<tr><th>{escape(name)}</th><td>{last.best_validation_loss:.3f}</td><td>{last.best_index}</td>"
        f"<td>{one.steps[last.best_index].validation_accuracy:.0%}</td><td>{one.seconds:.2f}</td></tr>"
    )


def compared_words(step: Comparison) -> list[str]:
    """What a newcomer may see in it, once all have run."""
    if not step.finished:
        return []
    first = step.initialisations["Zero"].steps[0].validation_loss
    return [
        "All minimise the same loss, so they head for the same place; each has the learning rate that suits it, and "
        "sees all photos at once: an epoch is one step of Adam or SGD, and a search along a line for L-BFGS.",
        f"From zero, all classes are equally probable (loss {first:.3f}, the logarithm of the number of classes), and "
        "still it learns: the labels pull each class's weights their own way. Only between layers is zero a dead end.",
    ]


# ---- fine-tuning ----------------------------------------------------------------------------------------------------


def offer(seconds: float) -> str:
    """The button's words, with a time that is rounded as roughly as it is known."""
    about = f"{max(5, 5 * round(seconds / 5))} s" if seconds < 90 else f"{seconds / 60:.0f} min"
    return f"{FINE_TUNE} (about {about} on this CPU)"


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
    """Loss and accuracy of both sides after every epoch; epoch 0 is the trained last layer alone."""
    if not step.losses:
        return ""
    both = (("loss (nats)", 1, step.losses), ("recognised (%)", 100, step.rights))
    charts = [_sides([(times * a, times * b) for a, b in pairs], up) for up, times, pairs in both]
    return f"<div class='transfer-curves'>{''.join(charts)}</div>"


def _sides(pairs: Sequence[tuple[float, float]], up: str) -> str:
    series = {name: [(i, pair[k]) for i, pair in enumerate(pairs)] for k, name in enumerate(("training", "validation"))}
    return chart.lines(series, {"training": theme.GREY, "validation": theme.COOL}, across="epoch", up=up)


def tuning_table(step: FineTuneStep) -> str:
    """Accuracy before and after, with its interval."""
    if not step.losses:
        return ""
    rows = "".join(
        f"<tr><th>{words}</th><td>{right} of {step.photos}</td><td>{low:.0%} – {high:.0%}</td><td>{loss:.3f}</td></tr>"
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
    table = f"<div class='hl-scroll hl-compared'><table>{head}{rows}</table></div>"
    return f"{table}<p>{kept}</p>{tuning_log(step)}{FINE_TUNED}"


def tuning_log(step: FineTuneStep) -> str:
    """Every epoch that lowered the validation loss, to open."""
    lines, lowest = [], step.losses[0][1]
    for epoch, (_, loss) in enumerate(step.losses):
        if loss < lowest:
            lines.append(f"Epoch {epoch}: validation loss decreased ({lowest:.3f} --> {loss:.3f})")
            lowest = loss
    if not lines:
        return ""
    told = "".join(f"<p class='hl-small'>{line}</p>" for line in lines)
    many = f"{len(lines)} epoch{'' if len(lines) == 1 else 's'} lowered the validation loss"
    return f"<details class='transfer-log'><summary>{many}</summary>{told}</details>"


def answers(before: Sequence[tuple[str, float]], after: Sequence[tuple[str, float]]) -> str:
    """What both say of a photo, the most probable classes first."""
    alone = dict(before)
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{alone.get(name, 0):.0%}</td><td>{share:.0%}</td></tr>"
        for name, share in after[:3]
    )
    head = "<tr><th>this photo</th><th>last layer alone</th><th>fine-tuned</th></tr>"
    return f"<div class='hl-scroll'><table>{head}{rows}</table></div>"
