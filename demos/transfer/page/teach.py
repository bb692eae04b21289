"""The page on which visitors teach a classifier."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.images.load import fit, load_image
from demos.core.networks import choice
from demos.core.page import run, theme
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input
from demos.transfer import api, classifier, features, head
from demos.transfer import teach as transfer_teach
from demos.transfer.classifier import Classifier
from demos.transfer.data import example_sets, photos
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page import classes, text

OWN = "My own photos"
SHOWN = 36  # photos of a class in the gallery; more would only slow the page
BURST = (Path(__file__).parent / "burst.js").read_text(encoding="utf-8")
BURST_PAGE = """<div class="burst"><video muted playsinline></video>
<button type="button" class="burst-button">Hold to shoot</button><p class="burst-words" aria-live="polite"></p></div>"""
NOT_YET = "Not taught yet: press the big button."
COMPUTE: dict[str, Any] = {"concurrency_id": "compute", "concurrency_limit": 1}
SKIP = gr.skip()


def show(photo_set: PhotoSet, selected: str | None = None, line: str = "") -> tuple[Any, ...]:
    """A set on the page: (set, class choice, gallery, line, button)."""
    selected = selected if selected in photo_set.names else next(iter(photo_set.names), None)
    choices = [(f"{group.name} · {len(group.photos)}", group.name) for group in photo_set.classes]
    words = f"Teach it these {len(photo_set.classes)} classes" if len(photo_set.classes) > 1 else "Teach it"
    choice, button = gr.update(choices=choices, value=selected), gr.update(value=words)
    return photo_set, choice, pictures(photo_set, selected), line, button


def pictures(photo_set: PhotoSet | None, selected: str | None) -> list[tuple[Any, str]]:
    if photo_set is None or selected not in photo_set.names:
        return []
    return [(thumbnail(photo.image), photo.name) for photo in photo_set.get(selected).photos[:SHOWN]]


def thumbnail(image: Any) -> Any:
    """Small, so that a class of photos reaches a phone in a moment."""
    return fit(image, 160)


def example_of(photo_set: PhotoSet) -> Any:
    photo = photos.example(photo_set)
    return photo.image if photo else None


def open_page() -> tuple[Any, ...]:
    """The page at first sight: the example set with its result, and a photo tried."""
    photo_set, progress = example_sets.load(api.FIRST_SET), api.first_result()
    shown = show(photo_set, line=example_sets.EXAMPLE_SETS[api.FIRST_SET].description)
    photo = example_of(photo_set)
    said = dict(progress.classifier.predict(photo)) if progress.classifier else None
    return *shown, *result(progress, 0.0), photo, said


def result(progress: transfer_teach.Progress, seconds: float) -> tuple[Any, ...]:
    """A training on the page: (status, curve, numbers, classifier, file)."""
    taught = progress.classifier
    file = str(classifier.save_for_download(taught)) if taught and progress.stage == "done" else SKIP
    said = text.numbers(progress) if taught else SKIP
    drawn = text.curve(progress) if taught else SKIP
    return text.status(progress, seconds), drawn, said, taught or SKIP, file


@run.compute
def teach(photo_set: PhotoSet | None, network: str, optimiser: str, seed: float) -> Iterator[tuple[Any, ...]]:
    """Teaches on the page: a stream of what `result` gives."""
    if photo_set is None:
        raise DemoError("There are no photos yet. Choose a ready-made set, or add your own.")
    photos.check_ready(photo_set)
    yield "Loading the network", SKIP, SKIP, None, None
    config = head.HeadConfig(optimiser=optimiser, seed=int(seed))
    started = time.perf_counter()
    for progress in run.stream(transfer_teach.teach(photo_set, choice.load(network), config)):
        yield result(progress, time.perf_counter() - started)


@run.guard
def over(taught: Classifier | None, halted: bool) -> tuple[Any, ...]:
    """After a run that did not reach its end: (status, file, big button, Stop)."""
    if not halted:
        return "That did not work; the message says why.", None, *idle()
    if taught is None:
        line = "Stopped. The photos seen so far are remembered: teaching again goes on from there."
        return line, None, *idle()
    return "Stopped. The best state so far is kept.", str(classifier.save_for_download(taught)), *idle()


@run.compute
def try_photo(taught: Classifier | None, photo: str | None) -> dict[str, float] | None:
    if photo is None:
        return None
    if taught is None:
        raise DemoError("Nothing is taught yet. Press the big button first, then try a photo.")
    return dict(taught.predict(load_image(photo)))


def busy() -> tuple[Any, ...]:
    """Stop stands where the big button was, and nobody has pressed it."""
    return gr.update(visible=False), gr.update(visible=True), False


def idle() -> tuple[Any, Any]:
    return gr.update(visible=True), gr.update(visible=False)


def network_line() -> tuple[Any, ...]:
    """Where the real VGG16 is, which networks one can choose, and whether to ask again."""
    return choice.status(), gr.update(choices=choice.names()), gr.Timer(active=choice.pending())


def teach_page() -> None:
    photo_set, taught = gr.State(None, time_to_live=3600), gr.State(None, time_to_live=3600)
    picked, halted = gr.State(None), gr.State(False)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            source = gr.Radio([*example_sets.EXAMPLE_SETS, OWN], value=api.FIRST_SET, label="What to teach")
            line = gr.Markdown(example_sets.EXAMPLE_SETS[api.FIRST_SET].description, elem_classes="hl-note")
            zipped = gr.File(label="A zip: one folder per class", file_types=[".zip"], height=130, elem_id="zip")
            chosen = gr.Radio([], label="Classes", elem_id="classes")
            gallery = gr.Gallery(
                columns=6, height=230, object_fit="cover", show_label=False, allow_preview=False, interactive=False,
                elem_id="photos", elem_classes="hl-thumbs", buttons=[],
            )  # fmt: skip
            go = gr.Button("Teach it these 6 classes", variant="primary", elem_classes="hl-go", elem_id="teach")
            stop = gr.Button("Stop", visible=False, elem_classes="hl-stop", elem_id="stop")
            with gr.Accordion("Change classes and photos", open=False) as editor:
                name = gr.Textbox(label="A class's name", placeholder="my cat", max_lines=1, elem_id="class-name")
                with gr.Row():
                    add = gr.Button("Add class", size="sm", min_width=90)
                    rename = gr.Button("Rename", size="sm", min_width=90)
                    remove = gr.Button("Remove class", size="sm", min_width=90)
                files = gr.File(
                    label="Photos for the chosen class", file_count="multiple", height=110, type="filepath",
                    elem_id="class-photos",
                )  # fmt: skip
                burst = gr.HTML(BURST_PAGE, js_on_load=BURST, elem_id="burst")
                remove_one = gr.Button("Remove the clicked photo", size="sm")
            with gr.Accordion("More", open=False):
                network = gr.Radio(choice.names(), value=choice.AUTOMATIC, label="Network at work")
                optimiser = gr.Radio(list(head.OPTIMISERS), value="L-BFGS", label="Optimiser")
                seed = gr.Number(0, precision=0, label="Seed (which photos are held back; initial weights)")
        with gr.Column(elem_classes="hl-out"):
            status = gr.Markdown("Loading the example", elem_classes="hl-status", elem_id="status")
            with gr.Row():
                photo = photo_input(label="Try a photo", height=260, elem_id="try")
                said = gr.Label(label="It says", num_top_classes=5, elem_id="said")
            numbers = gr.HTML(elem_classes="hl-numbers", elem_id="numbers")
            curve = gr.LinePlot(
                None, x="step", y="loss", color="photos", height=220, x_title="step", y_title="loss",
                color_map={text.TRAINING: theme.GREY, text.VALIDATION: theme.COOL}, show_label=False, buttons=[],
            )  # fmt: skip
            kept = gr.DownloadButton("Keep the classifier (one file)", elem_id="keep")
            there = gr.Markdown(choice.status(), elem_classes="hl-note")
            show_lesson("transfer/lesson.md")
            show_code(transfer_teach.teach, features.compute, head.fit)
    ask_again = gr.Timer(2)

    # ---- events
    shown = [photo_set, chosen, gallery, line, go]
    results = [status, curve, numbers, taught, kept]
    page = gr.context.Context.root_block
    assert page is not None
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
    page.load(open_page, None, [*shown, *results, photo, said], api_name="open_transfer", **quiet)
    source.input(
        classes.choose_set, source, [*shown, editor, photo, said, status, taught], api_name="choose_set", **quiet
    )
    zipped.upload(classes.load_zip, zipped, [*shown, source, photo, said, status, taught], api_name="load_zip", **quiet)
    chosen.input(pictures, [photo_set, chosen], gallery, api_name="show_class", **quiet)
    gr.on([add.click, name.submit], classes.add_class, [photo_set, name], [*shown, name], api_name="add_class", **quiet)
    rename.click(classes.rename_class, [photo_set, chosen, name], [*shown, name], api_name="rename_class", **quiet)
    remove.click(classes.remove_class, [photo_set, chosen], shown, api_name="remove_class", **quiet)
    files.upload(classes.add_photos, [photo_set, chosen, files], shown, api_name="add_photos", **quiet)
    burst.submit(classes.add_burst, [photo_set, chosen], shown, api_name="add_burst", **quiet)
    gallery.select(classes.chosen_photo, None, picked, api_name="choose_photo", **quiet)
    remove_one.click(
        classes.remove_photo, [photo_set, chosen, picked], [*shown, picked], api_name="remove_photo", **quiet
    )

    begin = go.click(busy, None, [go, stop, halted], api_name="begin_teaching", **quiet)
    run = begin.then(
        teach, [photo_set, network, optimiser, seed], results, api_name="teach_page", trigger_mode="once",
        **COMPUTE, **quiet,
    )  # fmt: skip
    run.success(idle, None, [go, stop], api_name="end_teaching", **quiet)
    run.success(try_photo, [taught, photo], said, api_name="try_again", **quiet)
    # The big button comes back when the run is over (a cancelled run counts as failed), not when Stop is pressed: a run
    # begun while its forerunner is still ending would be lost.
    run.failure(over, [taught, halted], [status, kept, go, stop], api_name="end_early", **quiet)
    stop.click(lambda: True, None, halted, cancels=[run], queue=False, api_name="stop_teaching", **quiet)
    photo.input(try_photo, [taught, photo], said, api_name="try_photo", **quiet)
    ask_again.tick(network_line, None, [there, network, ask_again], api_name="network_line", **quiet)
