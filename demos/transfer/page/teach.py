"""The page on which visitors teach a classifier of their own and try it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.core.networks import choice
from demos.core.numbers import SEED
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
from demos.transfer.settings import FIRST_SET, INITIALISATIONS, OPTIMISERS, HeadConfig

if TYPE_CHECKING:
    from demos.transfer import teach as transfer_teach
    from demos.transfer.classifier import Classifier

WORDS = Words(
    "Loading the network", stopped="Stopped. What was learned and looked at so far is kept: teaching again is faster."
)


# The settings of the last layer, in the order of `Teaching.settings` behind the network.
HEAD = (
    "optimiser", "seed", "steps", "learning_rate", "weight_decay", "dropout", "batch_size", "initialisation", "views",
)  # fmt: skip
LEAD = (Path(__file__).parent / "lead.js").read_text(encoding="utf-8")
CODE = ("demos.transfer.teach.teach", "demos.transfer.features.compute", "demos.transfer.training.fit.fit")


# ---- what the events call -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TeachStep:
    """A step of teaching, and how long it has taken so far."""

    progress: transfer_teach.Progress
    photo_set: PhotoSet
    config: HeadConfig
    seconds: float = 0.0


def open_page() -> dict[str, Any]:
    """The page at first sight: the example set with its result, and a photo tried."""
    photo_set, progress = example_sets.load(FIRST_SET), api.first_result()
    photo, taught = example_of(photo_set), progress.classifier
    opened = show(photo_set, line=example_sets.EXAMPLE_SETS[FIRST_SET].description)
    opened |= result(TeachStep(progress, photo_set, HeadConfig())) | {"kept": file_of(taught), "photo": photo}
    return opened | {"said": taught.answer(photo).shares() if taught else None}


def result(step: TeachStep) -> dict[str, Any]:
    """A step of teaching on the page; the classifier is the best one so far."""
    shown: dict[str, Any] = {"status": text.status(step.progress, step.seconds)}
    taught = step.progress.classifier
    if taught is not None:
        shown |= {"taught": taught, "about": step.photo_set, "ran": (step.config, taught)}
        shown |= {"curve": text.curve(step.progress), "numbers": text.numbers(step.progress)}
    return shown


def file_of(taught: Classifier | None) -> Any:
    """The button with the file to take home; it cannot be pressed as long as there is none."""
    from demos.transfer import classifier

    file = None if taught is None else str(classifier.save_for_download(taught))
    return gr.update(value=file, interactive=file is not None)


def teach(photo_set: PhotoSet | None, network: str, *settings: Any) -> Iterator[TeachStep]:
    """Teaches the last layer on this set, with the further `Teaching.settings` in their order."""
    from demos.transfer import limits
    from demos.transfer import teach as transfer_teach

    if photo_set is None:
        raise DemoError("There are no photos yet. Choose a ready-made set, or add your own.")
    photos.check_ready(photo_set)
    config = limits.checked(HeadConfig(**dict(zip(HEAD, settings, strict=True))))
    started = time.perf_counter()
    for progress in transfer_teach.teach(photo_set, choice.load_for_features(network), config):
        yield TeachStep(progress, photo_set, config, time.perf_counter() - started)


def kept(
    outcome: Outcome, taught: Classifier | None, about: PhotoSet | None, photo_set: PhotoSet | None
) -> dict[str, Any]:
    """After a run: its file, and whether the photos have changed while it worked."""
    older = outcome is Outcome.DONE and about is not photo_set
    return {"kept": file_of(taught)} | (changed(taught) if older else {})


@compute
def try_again(taught: Classifier | None, photo: str | None, about: PhotoSet | None, seed: int) -> dict[str, Any]:
    """The photo that is there once more after a run, or one of the set where there is none."""
    if photo is not None or taught is None or about is None:
        return {"said": try_photo(taught, photo)}
    held_back = example_of(about, SEED.checked(seed))
    return {"photo": held_back, "said": taught.answer(held_back).shares() if held_back else None}


@compute
def try_photo(taught: Classifier | None, photo: str | None) -> dict[str, float] | None:
    """What the classifier says of a photo."""
    if photo is None:
        return None
    if taught is None:
        raise DemoError("Nothing is taught yet. Press the big button first, then try a photo.")
    return taught.answer(load_image(photo)).shares()


def network_line() -> tuple[Any, ...]:
    """Where the real VGG16 is, which networks one can choose, and whether to ask again."""
    return choice.status(), gr.update(choices=choice.names_for_features()), gr.Timer(active=choice.pending())


# ---- the page -------------------------------------------------------------------------------------------------------


def page() -> tuple[Teaching, RunButton, dict[str, Any]]:
    """What one sees; `wire` connects it when the other pages, whose buttons teach again, are there too."""
    # The set that is there, what was taught last, and the set that it was taught on.
    photo_set, taught, about = (gr.State(None, time_to_live=3600) for _ in range(3))
    ran = gr.State(None, time_to_live=3600)  # (settings, classifier) of the last run: how `taught` came to be
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            source = gr.Radio(text.sources(OWN), value=FIRST_SET, label="What to teach")
            line = gr.Markdown(example_sets.EXAMPLE_SETS[FIRST_SET].description, elem_classes="hl-note")
            zipped = gr.File(
                label="A zip: one folder per class. Or a classifier you kept", file_types=[".zip", ".safetensors"],
                height=130, elem_id="zip",
            )  # fmt: skip
            chosen = gr.Radio([], label="Classes", elem_id="classes")
            gallery = gr.Gallery(
                columns=6, height=230, object_fit="cover", show_label=False, allow_preview=False, interactive=False,
                elem_id="photos", elem_classes="hl-thumbs", buttons=[],
            )  # fmt: skip
            go = RunButton("Teach it these 6 classes", "teach", elem_id="teach", words=WORDS)
            parts = editor()
            with gr.Accordion("More", open=False):
                network = gr.Radio(choice.names_for_features(), value=choice.AUTOMATIC, label="Network at work")
                settings = {"network": network} | head_settings()
        with gr.Column(elem_classes="hl-out"):
            with gr.Column(elem_classes="hl-moves"):
                status = gr.Markdown("Loading the example", elem_classes="hl-status", elem_id="status")
                with gr.Row():
                    photo = photo_input(label="Try a photo", height=260, elem_id="try", alt_text="The photo to try")
                    said = gr.Label(label="It says", num_top_classes=5, elem_id="said")
                numbers = gr.HTML(elem_classes="hl-numbers", elem_id="numbers", js_on_load=LEAD)
                curve = gr.HTML(elem_id="curve")
            download = gr.DownloadButton("Keep the classifier (one file)", elem_id="keep", interactive=False)
            there = gr.Markdown(choice.status(), elem_classes="hl-note")
            show_lesson("transfer/lesson.md")
            show_code(*CODE)
    parts |= {"zipped": zipped, "there": there}
    ways = {"source": source, "loaded": gr.State(FIRST_SET)}
    shown = {"photo_set": photo_set, "chosen": chosen, "gallery": gallery, "line": line, "go": go.start}
    results = {"status": status, "curve": curve, "numbers": numbers, "taught": taught, "about": about, "ran": ran}
    tried = {"photo": photo, "said": said}
    return Teaching(photo_set, taught, about, shown, results, tried, download, settings, ways), go, parts


def head_settings() -> dict[str, Any]:
    """The fields of the last layer's settings; the page "Training" shows the one of augmentation, with its pictures."""
    made: dict[str, Any] = {
        "optimiser": gr.Radio(list(OPTIMISERS), value=OPTIMISERS[0], label="Optimiser", info=text.OPTIMISER),
        "seed": gr.Number(0, precision=0, label="Seed", info=text.SEED),
    }
    with gr.Row():
        made["steps"] = _number(HeadConfig.steps, "Epochs", text.EPOCHS, precision=0, elem_id="epochs")
        made["learning_rate"] = _number(0, "Learning rate", text.RATE)
    with gr.Row():
        # Text, since an empty number is shown as 0, which would be no decay at all.
        made["weight_decay"] = gr.Textbox(
            "", label="Weight decay λ", info=text.DECAY, placeholder="1 / (30 photos)", max_lines=1, min_width=140,
            elem_id="weight-decay",
        )  # fmt: skip
        made["dropout"] = _number(0, "Dropout", text.DROPOUT)
    made["batch_size"] = _number(0, "Batch size", text.BATCH, precision=0, elem_id="batch-size")
    # Not beside another field: on a phone its words would be cut.
    made["initialisation"] = gr.Dropdown(
        list(INITIALISATIONS), value=INITIALISATIONS[0], label="Initialisation", info=text.INITIALISATION
    )
    views = gr.Slider(0, 8, 0, step=1, label=text.VIEWS_LABEL, info=text.VIEWS, elem_id="views", render=False)
    return made | {"views": views}


def _number(value: float | None, label: str, info: str, **more: Any) -> gr.Number:
    return gr.Number(value, label=label, info=info, min_width=140, **more)


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
    wire_sources(teaching.ways, parts["zipped"], parts["editor"], shown, {**results, **tried, "kept": download})
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
