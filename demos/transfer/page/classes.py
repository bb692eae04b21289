"""Editing the photo set: sets come from a choice or a zip; classes and photos come and go."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.page.events import QUIET, guard, into
from demos.transfer.data import archive, example_sets, photos
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page import text
from demos.transfer.page.controls import OWN, changed, pictures, show, start_over
from demos.transfer.page.home.controls import restored

BURST = (Path(__file__).parent / "burst.js").read_text(encoding="utf-8")
BURST_PAGE = """<div class="burst"><video muted playsinline></video>
<button type="button" class="burst-button">Hold to shoot</button><p class="burst-words" aria-live="polite"></p></div>"""


# ---- what the events call -------------------------------------------------------------------------------------------


@guard
def choose_set(source: str) -> dict[str, Any]:
    """One of the example sets, or an empty one for photos of one's own."""
    if source == OWN:
        line = "Add a class and its photos below, or drop a zip with one folder per class."
        return show(PhotoSet(), line=line) | start_over(PhotoSet()) | {"editor": gr.update(open=True), "loaded": OWN}
    photo_set = example_sets.load(source)
    shown = show(photo_set, line=example_sets.EXAMPLE_SETS[source].description)
    return shown | start_over(photo_set) | {"loaded": source}


@guard
def load_zip(file: str | None, photo: str | None) -> dict[str, Any]:
    """A zip with one folder per class, or a classifier that was kept, which works at once."""
    if file is None:
        return {}
    from demos.transfer.export import kept

    if kept.is_kept(file):
        return restored(file, photo) | {"zipped": None}
    photo_set = archive.from_zip(file)
    loaded = {"source": OWN, "loaded": OWN, "zipped": None}
    return show(photo_set, line=text.set_line(photo_set)) | start_over(photo_set) | loaded


@guard
def add_class(photo_set: PhotoSet | None, name: str, taught: Any) -> dict[str, Any]:
    new = (photo_set or PhotoSet()).add_class(name)
    added = new.names[-1]
    line = text.as_typed(f"{added} is a class now: add photos to it.")
    return show(new, added, line) | changed(taught) | {"name": ""}


@guard
def rename_class(photo_set: PhotoSet, selected: str, name: str, taught: Any) -> dict[str, Any]:
    new = photo_set.rename_class(selected, name)
    called = next((n for n in new.names if n not in photo_set.names), selected)
    return show(new, called, text.as_typed(f"{selected} is called {called} now.")) | changed(taught) | {"name": ""}


@guard
def remove_class(photo_set: PhotoSet, selected: str, taught: Any) -> dict[str, Any]:
    return show(photo_set.remove_class(selected), line=text.as_typed(f"{selected} is removed.")) | changed(taught)


@guard
def add_photos(photo_set: PhotoSet, selected: str | None, files: list[str] | None, taught: Any) -> dict[str, Any]:
    """The box is empty afterwards: what stayed in it would come again with the next class's photos."""
    return _added(photo_set, selected, files, taught) | {"files": None} if files else {}


def _added(photo_set: PhotoSet, selected: str | None, files: list[str] | list[bytes], taught: Any) -> dict[str, Any]:
    if not selected:
        raise DemoError("There is no class to put the photos into. Add a class first: type its name.")
    new = photo_set.add_photos(selected, files)
    line = text.added_line(photo_set, new, selected)
    return show(new, selected, line) | (changed(taught) if new.count > photo_set.count else {})


@guard
def add_burst(photo_set: PhotoSet, selected: str | None, taught: Any, event: gr.EventData) -> dict[str, Any]:
    """Frames from the webcam: JPEGs as data addresses, shot by `burst.js`."""
    shots = photos.from_data_urls(getattr(event, "shots", None))
    return _added(photo_set, selected, shots, taught) if shots else {}


@guard
def remove_photo(photo_set: PhotoSet, selected: str, index: int | None, taught: Any) -> dict[str, Any]:
    if index is None:
        raise DemoError("No photo is chosen. Click the photo that should go, then this button.")
    fewer = photo_set.remove_photo(selected, index)
    # The gallery's frame stays where it is, now around the next photo: that is the chosen one, if there is one.
    last = index >= len(fewer.get(selected).photos)
    return show(fewer, selected, "One photo is removed.") | changed(taught) | {"picked": None if last else index}


def chosen_photo(event: gr.SelectData) -> int:
    return event.index


# ---- the page -------------------------------------------------------------------------------------------------------


def editor() -> dict[str, Any]:
    """The accordion in which classes and photos change, and what is in it, by name."""
    with gr.Accordion("Change classes and photos", open=False) as accordion:
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
    return {
        "editor": accordion, "name": name, "add": add, "rename": rename, "remove": remove, "files": files,
        "burst": burst, "remove_one": remove_one,
    }  # fmt: skip


def wire_editor(parts: Mapping[str, Any], shown: Mapping[str, Any], status: gr.Markdown, taught: gr.State) -> None:
    """Connects what `editor` made; `shown` are the components that `controls.show` fills."""
    photo_set, chosen, picked = shown["photo_set"], shown["chosen"], gr.State(None)
    name, files = parts["name"], parts["files"]
    both = {**shown, "status": status}
    named = {**both, "name": name}
    gr.on(
        [parts["add"].click, name.submit], inputs=[photo_set, name, taught], **into(add_class, **named),
        api_name="add_class", **QUIET,
    )  # fmt: skip
    of_class = [photo_set, chosen]
    parts["rename"].click(
        inputs=[*of_class, name, taught], **into(rename_class, **named), api_name="rename_class", **QUIET
    )
    parts["remove"].click(inputs=[*of_class, taught], **into(remove_class, **both), api_name="remove_class", **QUIET)
    added = files.upload(
        inputs=[*of_class, files, taught], **into(add_photos, **both, files=files), api_name="add_photos", **QUIET
    )
    added.failure(lambda: None, None, files, queue=False, api_name="empty_photos", **QUIET)
    parts["burst"].submit(inputs=[*of_class, taught], **into(add_burst, **both), api_name="add_burst", **QUIET)
    chosen.input(pictures, of_class, shown["gallery"], api_name="show_class", **QUIET)
    shown["gallery"].select(chosen_photo, None, picked, api_name="choose_photo", **QUIET)
    parts["remove_one"].click(
        inputs=[*of_class, picked, taught], **into(remove_photo, **both, picked=picked), api_name="remove_photo",
        **QUIET,
    )  # fmt: skip


def wire_sources(
    ways: Mapping[str, Any],
    zipped: gr.File,
    accordion: gr.Accordion,
    shown: Mapping[str, Any],
    fresh: Mapping[str, Any],
) -> None:
    """The ways in: an example set or a zip. `ways` are `Teaching.ways`, `fresh` what `controls.start_over` fills.

    After a way in that failed, the choice is again what is really loaded, and the box is empty.
    """
    source, loaded = ways["source"], ways["loaded"]
    both = {**shown, **fresh, **ways, "editor": accordion, "zipped": zipped}
    chose = source.input(inputs=source, **into(choose_set, **both), api_name="choose_set", **QUIET)
    chose.failure(lambda name: name, loaded, source, queue=False, api_name="choose_back", **QUIET)
    came = zipped.upload(inputs=[zipped, fresh["photo"]], **into(load_zip, **both), api_name="load_zip", **QUIET)
    came.failure(lambda: None, None, zipped, queue=False, api_name="empty_zip", **QUIET)
