"""The page on which visitors teach a classifier of their own and try it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.core.networks import choice
from demos.core.numbers import SEED
from demos.core.page import theme
from demos.core.page.events import QUIET, compute, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input
from demos.core.page.run import Outcome, RunButton, Words
from demos.transfer import api
from demos.transfer.data import example_sets, photos
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page import text
from demos.transfer.page.classes import editor, wire_editor, wire_sources
from demos.transfer.page.controls import OWN, Teaching, changed, example_of, show
from demos.transfer.settings import FIRST_SET, OPTIMISERS, HeadConfig

if TYPE_CHECKING:
    from demos.transfer import teach as transfer_teach
    from demos.transfer.classifier import Classifier

WORDS = Words(
    "Loading the network", stopped="Stopped. What was learned and looked at so far is kept: teaching again is faster."
)


CODE = ("demos.transfer.teach.teach", "demos.transfer.features.compute", "demos.transfer.training.fit.fit")


# ---- what the events call -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TeachStep:
    """A step of teaching, and how long it has taken so far."""

    progress: transfer_teach.Progress
    photo_set: PhotoSet
    seconds: float = 0.0


def open_page() -> dict[str, Any]:
    """The page at first sight: the example set with its result, and a photo tried."""
    photo_set, progress = example_sets.load(FIRST_SET), api.first_result()
    photo, taught = example_of(photo_set), progress.classifier
    opened = show(photo_set, line=example_sets.EXAMPLE_SETS[FIRST_SET].description)
    opened |= result(TeachStep(progress, photo_set)) | {"kept": file_of(taught), "photo": photo}
    return opened | {"said": dict(taught.predict(photo)) if taught else None}


def result(step: TeachStep) -> dict[str, Any]:
    """A step of teaching on the page; the classifier is the best one so far."""
    shown: dict[str, Any] = {"status": text.status(step.progress, step.seconds)}
    if step.progress.classifier is not None:
        shown |= {"taught": step.progress.classifier, "about": step.photo_set, "curve": text.curve(step.progress)}
        shown |= {"numbers": text.numbers(step.progress)}
    return shown


def file_of(taught: Classifier | None) -> Any:
    """The button with the file to take home; it cannot be pressed as long as there is none."""
    from demos.transfer import classifier

    file = None if taught is None else str(classifier.save_for_download(taught))
    return gr.update(value=file, interactive=file is not None)


def teach(photo_set: PhotoSet | None, network: str, optimiser: str, seed: int) -> Iterator[TeachStep]:
    """Teaches the last layer on this set."""
    from demos.transfer import teach as transfer_teach

    if photo_set is None:
        raise DemoError("There are no photos yet. Choose a ready-made set, or add your own.")
    photos.check_ready(photo_set)
    config = HeadConfig(optimiser=optimiser, seed=seed)
    started = time.perf_counter()
    for progress in transfer_teach.teach(photo_set, choice.load_for_features(network), config):
        yield TeachStep(progress, photo_set, time.perf_counter() - started)


def kept(
    outcome: Outcome, taught: Classifier | None, about: PhotoSet | None, photo_set: PhotoSet | None
) -> dict[str, Any]:
    """After a run: its file, and whether the photos have changed while it worked."""
    older = outcome is Outcome.DONE and about is not photo_set
    return {"kept": file_of(taught)} | (changed(taught) if older else {})


@compute
def try_again(taught: Classifier | None, photo: str | None, about: PhotoSet | None, seed: int) -> dict[str, Any]:
    """The photo that is there once more after a run, or one that was held back where there is none."""
    if photo is not None or taught is None or about is None:
        return {"said": try_photo(taught, photo)}
    held_back = example_of(about, SEED.checked(seed))
    return {"photo": held_back, "said": dict(taught.predict(held_back)) if held_back else None}


@compute
def try_photo(taught: Classifier | None, photo: str | None) -> dict[str, float] | None:
    """What the classifier says of a photo."""
    if photo is None:
        return None
    if taught is None:
        raise DemoError("Nothing is taught yet. Press the big button first, then try a photo.")
    return dict(taught.predict(load_image(photo)))


def network_line() -> tuple[Any, ...]:
    """Where the real VGG16 is, which networks one can choose, and whether to ask again."""
    return choice.status(), gr.update(choices=choice.names_for_features()), gr.Timer(active=choice.pending())


# ---- the page -------------------------------------------------------------------------------------------------------


def page() -> tuple[Teaching, RunButton, dict[str, Any]]:
    """What one sees; `wire` connects it when the other pages, whose buttons teach again, are there too."""
    # The set that is there, what was taught last, and the set that it was taught on.
    photo_set, taught, about = (gr.State(None, time_to_live=3600) for _ in range(3))
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            source = gr.Radio(text.sources(OWN), value=FIRST_SET, label="What to teach")
            line = gr.Markdown(example_sets.EXAMPLE_SETS[FIRST_SET].description, elem_classes="hl-note")
            zipped = gr.File(label="A zip: one folder per class", file_types=[".zip"], height=130, elem_id="zip")
            chosen = gr.Radio([], label="Classes", elem_id="classes")
            gallery = gr.Gallery(
                columns=6, height=230, object_fit="cover", show_label=False, allow_preview=False, interactive=False,
                elem_id="photos", elem_classes="hl-thumbs", buttons=[],
            )  # fmt: skip
            go = RunButton("Teach it these 6 classes", "teach", elem_id="teach", words=WORDS)
            parts = editor()
            with gr.Accordion("More", open=False):
                network = gr.Radio(choice.names_for_features(), value=choice.AUTOMATIC, label="Network at work")
                optimiser = gr.Radio(list(OPTIMISERS), value="L-BFGS", label="Optimiser", info=text.OPTIMISER)
                seed = gr.Number(0, precision=0, label="Seed", info=text.SEED)
        with gr.Column(elem_classes="hl-out"):
            with gr.Column(elem_classes="hl-moves"):
                status = gr.Markdown("Loading the example", elem_classes="hl-status", elem_id="status")
                with gr.Row():
                    photo = photo_input(label="Try a photo", height=260, elem_id="try", alt_text="The photo to try")
                    said = gr.Label(label="It says", num_top_classes=5, elem_id="said")
                numbers = gr.HTML(elem_classes="hl-numbers", elem_id="numbers")
                curve = gr.LinePlot(
                    None, x="step", y="loss", color="photos", height=220, x_title="step", y_title="loss",
                    color_map={text.TRAINING: theme.GREY, text.VALIDATION: theme.COOL}, show_label=False, buttons=[],
                    elem_id="curve",
                )  # fmt: skip
            download = gr.DownloadButton("Keep the classifier (one file)", elem_id="keep", interactive=False)
            there = gr.Markdown(choice.status(), elem_classes="hl-note")
            show_lesson("transfer/lesson.md")
            show_code(*CODE)
    parts |= {"source": source, "zipped": zipped, "there": there}
    shown = {"photo_set": photo_set, "chosen": chosen, "gallery": gallery, "line": line, "go": go.start}
    results = {"status": status, "curve": curve, "numbers": numbers, "taught": taught, "about": about}
    settings = {"network": network, "optimiser": optimiser, "seed": seed}
    tried = {"photo": photo, "said": said}
    return Teaching(photo_set, taught, about, shown, results, tried, download, settings), go, parts


def wire(
    root: gr.Blocks, teaching: Teaching, go: RunButton, parts: dict[str, Any], again: Sequence[gr.Button] = ()
) -> Any:
    """Connects what `page` made. `again` are buttons of other pages that teach once more; returns the run's event."""
    shown, results, tried, download = teaching.shown, teaching.results, teaching.tried, teaching.kept
    photo_set, taught, about, status = teaching.photo_set, teaching.taught, teaching.about, results["status"]
    photo, said, settings = tried["photo"], tried["said"], teaching.settings
    there, ask_again = parts["there"], gr.Timer(2)
    root.load(**into(open_page, **shown, **results, **tried, kept=download), api_name="open_transfer", **QUIET)
    wire_editor(parts, shown, status, taught)
    wire_sources(parts["source"], parts["zipped"], parts["editor"], shown, {**results, **tried, "kept": download})
    after = {"kept": download, "status": status}
    run = go.wire(
        teach, lambda step: {results[name]: value for name, value in result(step).items()},
        inputs=[photo_set, *settings.values()], outputs=[c for c in results.values() if c is not status], status=status,
        triggers=[button.click for button in again],
        after=lambda *ended: {after[name]: value for name, value in kept(*ended).items()},
        after_inputs=[taught, about, photo_set], after_outputs=list(after.values()),
    )  # fmt: skip
    run.success(
        inputs=[taught, photo, about, settings["seed"]], **into(try_again, **tried), api_name="try_again", **QUIET
    )
    answer = photo.input(try_photo, [taught, photo], said, api_name="try_photo", **QUIET)
    # Gradio's page still sends the photo with the event of its removal: what it says of it goes afterwards.
    gone = {"fn": lambda photo: gr.skip() if photo else None, "inputs": photo, "outputs": said, "queue": False}
    answer.then(**gone, api_name="answer_gone", **QUIET)
    answer.failure(lambda: None, None, said, queue=False, api_name="no_answer", **QUIET)
    ask_again.tick(network_line, None, [there, settings["network"], ask_again], api_name="network_line", **QUIET)
    return run
