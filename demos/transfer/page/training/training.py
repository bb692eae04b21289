"""The page of the training itself: augmentation, comparisons, fine-tuning and the code."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.core.page.events import QUICK, QUIET, SHORT, compute, guard, into
from demos.core.page.lesson import show_lesson
from demos.core.page.photo_input import photo_input
from demos.core.page.run import RunButton, Words
from demos.transfer.data import photos, splits
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page.controls import Teaching
from demos.transfer.page.training import text
from demos.transfer.settings import HeadConfig

if TYPE_CHECKING:
    from demos.transfer.classifier import Classifier
    from demos.transfer.training.compare import Comparison
    from demos.transfer.training.fine_tune import FineTuned, FineTuneStep

EPOCHS = 8  # of fine-tuning, at most
WORDS = Words("Loading the network", stopped="Stopped. The best state so far is kept.")
Ran = tuple[HeadConfig, "Classifier"]  # the settings of a run, and what came of it
NOTHING = "Nothing is taught yet. Press the big button on Your classes first."


# ---- what the events call -------------------------------------------------------------------------------------------


def settings_of(ran: Ran | None, taught: Classifier | None) -> HeadConfig | None:
    """The settings that `taught` came to be with; None of one that came from a file."""
    return ran[0] if ran is not None and ran[1] is taught else None


@guard
def show_views(photo_set: PhotoSet | None, taught: Classifier | None, seed: int, views: int) -> dict[str, Any]:
    """The square that the network sees of a training photo, and its views."""
    from demos.core.images.load import square_crop
    from demos.transfer import limits
    from demos.transfer.training import augmentation

    if photo_set is None or not photo_set.count:
        return {"sheet": "<p>There are no photos yet. Choose a set on <em>Your classes</em>.</p>"}
    config = HeadConfig(seed=limits.SEED.checked(seed), views=limits.VIEWS.checked(views))
    train = splits.split(photo_set, config.seed)[0] or [(next(g for g in photo_set.classes if g.photos).photos[0], 0)]
    size = taught.input_size if taught is not None else 192
    pictures = [square_crop(photo.image, size) for photo, _ in augmentation.views(train[:1], config)]
    return {"sheet": text.sheet(pictures, photo_set.names[train[0][1]], size)}


@dataclass(frozen=True)
class Timed:
    """A step of the comparison or the fine-tuning, and how long its stage has taken so far."""

    step: Comparison | FineTuneStep
    seconds: float


def next_settings(ran: Ran | None, taught: Classifier, views: int) -> HeadConfig:
    """Those of the last run, of which only the augmentation is set on this page."""
    from demos.transfer import limits

    last = settings_of(ran, taught) or HeadConfig(seed=taught.report.seed if taught.report else 0)
    return replace(last, views=limits.VIEWS.checked(views))


def run_comparison(about: PhotoSet | None, taught: Classifier | None, ran: Ran | None, views: int) -> Iterator[Timed]:
    """All optimisers and initialisations on the features of the last run."""
    from demos.transfer.training.compare import compare

    if about is None or taught is None:
        raise DemoError(NOTHING)
    photos.check_ready(about)
    started = time.perf_counter()
    for step in compare(about, taught.loaded(), next_settings(ran, taught, views)):
        yield Timed(step, time.perf_counter() - started)


@guard
def offer_fine_tuning(about: PhotoSet | None, taught: Classifier | None, ran: Ran | None, views: int) -> dict[str, Any]:
    """The button that fine-tunes, with the time that it will take on a CPU."""
    from demos.core import device
    from demos.transfer.training import fine_tune

    if about is None or taught is None:
        return {"tune": gr.update(value=text.FINE_TUNE)}
    if device.current().device.type != "cpu":
        return {"tune": gr.update(value=f"{text.FINE_TUNE} (on the GPU)")}
    try:
        seconds = fine_tune.estimate(about, taught, next_settings(ran, taught, views), EPOCHS)
    except DemoError:  # said when the button is pressed
        return {"tune": gr.update(value=text.FINE_TUNE)}
    return {"tune": gr.update(value=text.offer(seconds))}


def run_fine_tuning(about: PhotoSet | None, taught: Classifier | None, ran: Ran | None, views: int) -> Iterator[Timed]:
    """Block 5 and the last layer, on the photos of the last run."""
    from demos.transfer.training.fine_tune import fine_tune

    if about is None or taught is None:
        raise DemoError(NOTHING)
    config = next_settings(ran, taught, views)
    started, stage = time.perf_counter(), ""
    for step in fine_tune(about, taught, config, EPOCHS):
        if step.stage != stage:
            started, stage = time.perf_counter(), step.stage
        yield Timed(step, time.perf_counter() - started)


@compute
def try_photo(photo: str | None, tuned: FineTuned | None) -> str:
    """What the classifier says of a photo before and after the fine-tuning."""
    if photo is None:
        return ""
    if tuned is None:
        raise DemoError("Nothing is fine-tuned yet. Press Fine-tune block 5 first, then try a photo.")
    image = load_image(photo)
    return text.answers(tuned.before.predict(image), tuned.predict(image))


def program(taught: Classifier | None, about: PhotoSet | None, ran: Ran | None) -> dict[str, Any]:
    """The last run as plain PyTorch, and its photos as a folder."""
    from demos.transfer.training import code

    config = settings_of(ran, taught)
    nothing = {"folder": gr.update(value=None, interactive=False)}
    if taught is None or about is None:
        return nothing | {"code": f"# {NOTHING}"}
    if config is None:
        return nothing | {"code": "# This classifier came from a file, which does not say how it was trained."}
    try:
        words = code.as_code(config, taught)
    except DemoError as error:
        return nothing | {"code": f"# {error}"}
    imports, looking, training = code.count(words)
    lines = imports + looking + training
    label = f"{lines} lines: {imports} imports, {looking} look at the photos, {training} train the layer"
    shown = {"code": gr.update(value=words, label=label)}
    try:
        return shown | {"folder": gr.update(value=str(code.as_folder(about, taught)), interactive=True)}
    except DemoError:
        return shown | nothing


# ---- the page -------------------------------------------------------------------------------------------------------


def page(tab: gr.Tab, teaching: Teaching) -> None:
    """What one sees, and its events."""
    taught, about, ran, views = teaching.taught, teaching.about, teaching.results["ran"], teaching.settings["views"]
    tuned = gr.State(None, time_to_live=3600)  # a FineTuned
    with gr.Row(elem_classes=["hl-columns", "hl-training"]):
        with gr.Column(elem_classes="hl-in"):
            views.render()
            go = RunButton("Compare optimisers and initialisations", "compare", elem_id="compare", words=WORDS)
            tune = RunButton(text.FINE_TUNE, "fine_tune", elem_id="fine-tune", words=WORDS, beside=go)
            gr.Markdown(text.BUTTONS, elem_classes="hl-note", elem_id="training-note")
            photo = photo_input(
                label="Try a photo with the fine-tuned network", height=220, elem_id="tuned-photo",
                alt_text="The photo to try",
            )  # fmt: skip
        with gr.Column(elem_classes="hl-out"):
            with gr.Column(elem_classes="hl-moves"):
                sheet = gr.HTML(elem_id="views-sheet")
                status = gr.Markdown(text.OPENED, elem_classes="hl-status", elem_id="training-status")
                drawn = gr.HTML(elem_id="training-chart")
                numbers = gr.HTML(elem_classes="hl-numbers", elem_id="training-numbers")
                answer = gr.HTML(elem_classes="hl-numbers", elem_id="tuned-answer")
            with gr.Accordion(
                "Show me the code: this run as plain PyTorch", open=False, elem_classes="hl-code", elem_id="program"
            ) as box:
                code = gr.Code("", language="python", interactive=False, max_lines=60, wrap_lines=True)
                folder = gr.DownloadButton("Its photos, on their sides (zip)", interactive=False, elem_id="run-folder")
            show_lesson("transfer/page/training/lesson.md")
    shown = {"inputs": [teaching.photo_set, taught, teaching.settings["seed"], views], **into(show_views, sheet=sheet)}
    tab.select(**shown, api_name="show_views", **QUIET, **QUICK)
    views.change(**shown, api_name="show_more_views", **QUIET, **QUICK)
    tab.select(lambda: gr.Accordion(open=False), None, box, queue=False, api_name="fold_program", **QUIET)
    box.expand(inputs=[taught, about, ran], **into(program, code=code, folder=folder), api_name="program", **QUIET)
    outputs, inputs = [drawn, numbers, answer, tuned], [about, taught, ran, views]
    offered = {"inputs": inputs, **into(offer_fine_tuning, tune=tune.start), **QUIET, **SHORT}
    tab.select(**offered, api_name="offer_fine_tuning")
    views.change(**offered, api_name="offer_again", trigger_mode="always_last")

    def compared(timed: Timed) -> dict[Any, Any]:
        step: Any = timed.step
        said = {status: text.compared_line(step, timed.seconds), drawn: text.compared_chart(step)}
        return said | {numbers: text.compared_table(step), answer: ""}

    def fine_tuned(timed: Timed) -> dict[Any, Any]:
        step: Any = timed.step
        said = {status: text.tuning_line(step, timed.seconds, EPOCHS), drawn: text.tuning_chart(step)}
        return said | {numbers: text.tuning_table(step), answer: "", tuned: step.tuned}

    go.wire(run_comparison, compared, inputs=inputs, outputs=outputs[:3], status=status)
    run = tune.wire(run_fine_tuning, fine_tuned, inputs=inputs, outputs=outputs, status=status)
    run.success(try_photo, [photo, tuned], answer, api_name="try_tuned_again", **QUIET)
    photo.input(try_photo, [photo, tuned], answer, api_name="try_tuned", **QUIET)
