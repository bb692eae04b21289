"""The transfer tab: teach VGG16 your own classes, try them, keep the classifier; or recognise ImageNet's 1,000."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from demos.core import arrival, images, lessons, look, runs, samples, vgg
from demos.core.errors import DemoError
from demos.transfer import api, archive, features, head, keep, photos, readymade, recognise, report, teaching
from demos.transfer.classifier import Classifier
from demos.transfer.photos import PhotoSet

OWN = "My own photos"
SHOWN = 36  # photos of a class in the gallery; more would only slow the page
BURST = (Path(__file__).parent / "burst.js").read_text(encoding="utf-8")
BURST_PAGE = """<div class="burst"><video muted playsinline></video>
<button type="button" class="burst-button">Hold to shoot</button><p class="burst-words" aria-live="polite"></p></div>"""
NOT_YET = "Not taught yet: press the big button."
COMPUTE: dict[str, Any] = {"concurrency_id": "compute", "concurrency_limit": 1}
SKIP = gr.skip()


# ---- what the events call -------------------------------------------------------------------------------------------


def warm() -> None:
    """Called once in the background when the page is up."""
    api.first_result()
    arrival.start()


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
    return images.fit(image, 160)


def example_of(photo_set: PhotoSet) -> Any:
    photo = photos.example(photo_set)
    return photo.image if photo else None


def open_page() -> tuple[Any, ...]:
    """The page at first sight: the example set with its result, and a photo tried."""
    photo_set, progress = readymade.get(api.FIRST_SET), api.first_result()
    shown = show(photo_set, line=readymade.READY_MADE[api.FIRST_SET].description)
    photo = example_of(photo_set)
    said = dict(progress.classifier.predict(photo)) if progress.classifier else None
    return *shown, *result(progress, 0.0), photo, said


def result(progress: teaching.Progress, seconds: float) -> tuple[Any, ...]:
    """A training on the page: (status, curve, numbers, classifier, file)."""
    taught = progress.classifier
    file = str(keep.write(taught)) if taught and progress.stage == "done" else SKIP
    said = report.numbers(progress) if taught else SKIP
    drawn = report.curve(progress) if taught else SKIP
    return report.status(progress, seconds), drawn, said, taught or SKIP, file


@runs.guard
def choose_set(source: str) -> tuple[Any, ...]:
    if source == OWN:
        line = "Add a class and its photos below, or drop a zip with one folder per class."
        return *show(PhotoSet(), line=line), gr.update(open=True), None, None, NOT_YET, None
    found = readymade.get(source)
    line = readymade.READY_MADE[source].description
    return *show(found, line=line), SKIP, example_of(found), None, NOT_YET, None


@runs.guard
def load_zip(file: str | None) -> tuple[Any, ...]:
    if file is None:
        return (SKIP,) * 10
    found = archive.from_zip(file)
    return *show(found, line=report.set_line(found)), OWN, example_of(found), None, NOT_YET, None


@runs.guard
def add_class(photo_set: PhotoSet | None, name: str) -> tuple[Any, ...]:
    changed = (photo_set or PhotoSet()).add_class(name)
    added = changed.names[-1]
    return *show(changed, added, f"{added} is a class now: add photos to it."), ""


@runs.guard
def rename_class(photo_set: PhotoSet, selected: str, name: str) -> tuple[Any, ...]:
    changed = photo_set.rename_class(selected, name)
    new = next((n for n in changed.names if n not in photo_set.names), selected)
    return *show(changed, new, f"{selected} is called {new} now."), ""


@runs.guard
def remove_class(photo_set: PhotoSet, selected: str) -> tuple[Any, ...]:
    return show(photo_set.remove_class(selected), line=f"{selected} is removed.")


@runs.guard
def add_photos(photo_set: PhotoSet, selected: str | None, files: list[str] | list[bytes] | None) -> tuple[Any, ...]:
    if not files:
        return (SKIP,) * 5
    if not selected:
        raise DemoError("There is no class to put the photos into. Add a class first: type its name.")
    changed = photo_set.add_photos(selected, files)
    return show(changed, selected, report.added_line(photo_set, changed, selected))


@runs.guard
def add_burst(photo_set: PhotoSet, selected: str | None, event: gr.EventData) -> tuple[Any, ...]:
    """Frames from the webcam: JPEGs as data addresses, shot by `burst.js`."""
    return add_photos(photo_set, selected, photos.from_data_addresses(getattr(event, "shots", None)))


@runs.guard
def remove_photo(photo_set: PhotoSet, selected: str, index: int | None) -> tuple[Any, ...]:
    if index is None:
        raise DemoError("No photo is chosen. Click the photo that should go, then this button.")
    return *show(photo_set.remove_photo(selected, index), selected, "One photo is removed."), None


def chosen_photo(event: gr.SelectData) -> int:
    return event.index


@runs.compute
def teach(photo_set: PhotoSet | None, network: str, optimiser: str, seed: float) -> Iterator[tuple[Any, ...]]:
    """Teaches on the page: a stream of what `result` gives."""
    if photo_set is None:
        raise DemoError("There are no photos yet. Choose a ready-made set, or add your own.")
    photos.check_ready(photo_set)
    yield "Loading the network", SKIP, SKIP, None, None
    config = head.HeadConfig(optimiser=optimiser, seed=int(seed))
    started = time.perf_counter()
    for progress in runs.stream(teaching.teach(photo_set, arrival.load(network), config)):
        yield result(progress, time.perf_counter() - started)


@runs.guard
def over(taught: Classifier | None, halted: bool) -> tuple[Any, ...]:
    """After a run that did not reach its end: (status, file, big button, Stop)."""
    if not halted:
        return "That did not work; the message says why.", None, *idle()
    if taught is None:
        line = "Stopped. The photos seen so far are remembered: teaching again goes on from there."
        return line, None, *idle()
    return "Stopped. The best state so far is kept.", str(keep.write(taught)), *idle()


@runs.compute
def try_photo(taught: Classifier | None, photo: str | None) -> dict[str, float] | None:
    if photo is None:
        return None
    if taught is None:
        raise DemoError("Nothing is taught yet. Press the big button first, then try a photo.")
    return dict(taught.predict(images.load(photo)))


def busy() -> tuple[Any, ...]:
    """Stop stands where the big button was, and nobody has pressed it."""
    return gr.update(visible=False), gr.update(visible=True), False


def idle() -> tuple[Any, Any]:
    return gr.update(visible=True), gr.update(visible=False)


def network_line() -> tuple[Any, ...]:
    """Where the real VGG16 is, which networks one can choose, and whether to ask again."""
    return arrival.line(), gr.update(choices=arrival.names()), gr.Timer(active=arrival.pending())


@runs.compute
def classify(photo: str | None) -> Iterator[tuple[Any, Any]]:
    if photo is None:
        raise DemoError("There is no photo to recognise. Drop one, or click an example.")
    image = images.load(photo)
    for line, said in runs.stream(recognise.steps(image)):
        yield line, dict(said) if said else SKIP


def not_recognised(halted: bool) -> tuple[Any, ...]:
    line = "Stopped. What has arrived is kept, and the next try goes on from there." if halted else recognise.promise()
    return line, *idle()


# ---- the page -------------------------------------------------------------------------------------------------------


def build() -> None:
    """The tab's components and events, inside the current Blocks."""
    with gr.Tabs():
        with gr.Tab("Your classes"):
            _teach_page()
        with gr.Tab("ImageNet's 1,000 classes"):
            _recognise_page()
    _api()


def _teach_page() -> None:
    photo_set, taught = gr.State(None, time_to_live=3600), gr.State(None, time_to_live=3600)
    picked, halted = gr.State(None), gr.State(False)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            source = gr.Radio([*readymade.READY_MADE, OWN], value=api.FIRST_SET, label="What to teach")
            line = gr.Markdown(readymade.READY_MADE[api.FIRST_SET].description, elem_classes="hl-note")
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
                network = gr.Radio(arrival.names(), value=arrival.AUTOMATIC, label="Network at work")
                optimiser = gr.Radio(list(head.OPTIMISERS), value="L-BFGS", label="Optimiser")
                seed = gr.Number(0, precision=0, label="Seed (which photos are held back; initial weights)")
        with gr.Column(elem_classes="hl-out"):
            status = gr.Markdown("Loading the example", elem_classes="hl-status", elem_id="status")
            with gr.Row():
                photo = look.photo_input(label="Try a photo", height=260, elem_id="try")
                said = gr.Label(label="It says", num_top_classes=5, elem_id="said")
            numbers = gr.HTML(elem_classes="hl-numbers", elem_id="numbers")
            curve = gr.LinePlot(
                None, x="step", y="loss", color="photos", height=220, x_title="step", y_title="loss",
                color_map={report.TRAINING: look.GREY, report.VALIDATION: look.COOL}, show_label=False, buttons=[],
            )  # fmt: skip
            kept = gr.DownloadButton("Keep the classifier (one file)", elem_id="keep")
            there = gr.Markdown(arrival.line(), elem_classes="hl-note")
            lessons.lesson(__file__)
            lessons.code(teaching.teach, features.compute, head.fit)
    ask_again = gr.Timer(2)

    # ---- events
    shown = [photo_set, chosen, gallery, line, go]
    results = [status, curve, numbers, taught, kept]
    page = gr.context.Context.root_block
    assert page is not None
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
    page.load(open_page, None, [*shown, *results, photo, said], api_name="open_transfer", **quiet)
    source.input(choose_set, source, [*shown, editor, photo, said, status, taught], api_name="choose_set", **quiet)
    zipped.upload(load_zip, zipped, [*shown, source, photo, said, status, taught], api_name="load_zip", **quiet)
    chosen.input(pictures, [photo_set, chosen], gallery, api_name="show_class", **quiet)
    gr.on([add.click, name.submit], add_class, [photo_set, name], [*shown, name], api_name="add_class", **quiet)
    rename.click(rename_class, [photo_set, chosen, name], [*shown, name], api_name="rename_class", **quiet)
    remove.click(remove_class, [photo_set, chosen], shown, api_name="remove_class", **quiet)
    files.upload(add_photos, [photo_set, chosen, files], shown, api_name="add_photos", **quiet)
    burst.submit(add_burst, [photo_set, chosen], shown, api_name="add_burst", **quiet)
    gallery.select(chosen_photo, None, picked, api_name="choose_photo", **quiet)
    remove_one.click(remove_photo, [photo_set, chosen, picked], [*shown, picked], api_name="remove_photo", **quiet)

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


def _recognise_page() -> None:
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = look.photo_input(label="A photo", height=300, elem_id="recognise-photo")
            gr.Examples(
                [str(samples.PHOTOS[name].path()) for name in recognise.EXAMPLES],
                photo,
                label="Examples",
                elem_id="recognise-examples",
            )
            go = gr.Button("Recognise it", variant="primary", elem_classes="hl-go", elem_id="recognise")
            stop = gr.Button("Stop", visible=False, elem_classes="hl-stop")
        with gr.Column(elem_classes="hl-out"):
            line = gr.Markdown(recognise.promise(), elem_classes="hl-status", elem_id="recognise-status")
            said = gr.Label(label="It says", num_top_classes=5, elem_id="recognised")
            lessons.lesson(__file__, "lesson_imagenet.md")
            lessons.code(recognise.top5, vgg.VGG16)
    halted = gr.State(False)
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
    begin = go.click(busy, None, [go, stop, halted], api_name="begin_recognising", **quiet)
    run = begin.then(classify, photo, [line, said], api_name="classify_page", trigger_mode="once", **COMPUTE, **quiet)
    run.success(idle, None, [go, stop], api_name="end_recognising", **quiet)
    run.failure(not_recognised, halted, [line, go, stop], api_name="end_recognising_early", **quiet)
    stop.click(lambda: True, None, halted, cancels=[run], queue=False, api_name="stop_recognising", **quiet)


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        zipped, image, file = gr.File(type="filepath"), look.photo_input(), gr.File(type="filepath")
        network, optimiser, seed = gr.Textbox(arrival.AUTOMATIC), gr.Textbox("L-BFGS"), gr.Number(0)
        told, kept, said, classes = gr.JSON(), gr.File(), gr.Label(), gr.Label()
        buttons = [gr.Button() for _ in range(3)]
    buttons[0].click(
        runs.compute(api.teach), [zipped, network, optimiser, seed], [told, kept], api_name="teach", **COMPUTE
    )
    buttons[1].click(runs.compute(api.recognise_photo), [image, file], said, api_name="recognise", **COMPUTE)
    buttons[2].click(runs.compute(api.classify), image, classes, api_name="classify", **COMPUTE)
