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
from demos.transfer.page.controls import OWN, pictures, show, start_over

BURST = (Path(__file__).parent / "burst.js").read_text(encoding="utf-8")
BURST_PAGE = """<div class="burst"><video muted playsinline></video>
<button type="button" class="burst-button">Hold to shoot</button><p class="burst-words" aria-live="polite"></p></div>"""


# ---- what the events call -------------------------------------------------------------------------------------------


@guard
def choose_set(source: str) -> dict[str, Any]:
    """One of the example sets, or an empty one for photos of one's own."""
    if source == OWN:
        line = "Add a class and its photos below, or drop a zip with one folder per class."
        return show(PhotoSet(), line=line) | start_over(PhotoSet()) | {"editor": gr.update(open=True)}
    photo_set = example_sets.load(source)
    return show(photo_set, line=example_sets.EXAMPLE_SETS[source].description) | start_over(photo_set)


@guard
def load_zip(file: str | None) -> dict[str, Any]:
    """A zip with one folder per class."""
    if file is None:
        return {}
    photo_set = archive.from_zip(file)
    return show(photo_set, line=text.set_line(photo_set)) | start_over(photo_set) | {"source": OWN}


@guard
def add_class(photo_set: PhotoSet | None, name: str) -> dict[str, Any]:
    changed = (photo_set or PhotoSet()).add_class(name)
    added = changed.names[-1]
    return show(changed, added, text.as_typed(f"{added} is a class now: add photos to it.")) | {"name": ""}


@guard
def rename_class(photo_set: PhotoSet, selected: str, name: str) -> dict[str, Any]:
    changed = photo_set.rename_class(selected, name)
    new = next((n for n in changed.names if n not in photo_set.names), selected)
    return show(changed, new, text.as_typed(f"{selected} is called {new} now.")) | {"name": ""}


@guard
def remove_class(photo_set: PhotoSet, selected: str) -> dict[str, Any]:
    return show(photo_set.remove_class(selected), line=text.as_typed(f"{selected} is removed."))


@guard
def add_photos(photo_set: PhotoSet, selected: str | None, files: list[str] | list[bytes] | None) -> dict[str, Any]:
    if not files:
        return {}
    if not selected:
        raise DemoError("There is no class to put the photos into. Add a class first: type its name.")
    changed = photo_set.add_photos(selected, files)
    return show(changed, selected, text.added_line(photo_set, changed, selected))


@guard
def add_burst(photo_set: PhotoSet, selected: str | None, event: gr.EventData) -> dict[str, Any]:
    """Frames from the webcam: JPEGs as data addresses, shot by `burst.js`."""
    return add_photos(photo_set, selected, photos.from_data_urls(getattr(event, "shots", None)))


@guard
def remove_photo(photo_set: PhotoSet, selected: str, index: int | None) -> dict[str, Any]:
    if index is None:
        raise DemoError("No photo is chosen. Click the photo that should go, then this button.")
    return show(photo_set.remove_photo(selected, index), selected, "One photo is removed.") | {"picked": None}


def chosen_photo(event: gr.SelectData) -> int:
    return event.index


# ---- the page -------------------------------------------------------------------------------------------------------


def editor(shown: Mapping[str, Any]) -> gr.Accordion:
    """The accordion in which classes and photos change; `shown` are the components that `controls.show` fills."""
    photo_set, chosen, picked = shown["photo_set"], shown["chosen"], gr.State(None)
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
    named = {**shown, "name": name}
    gr.on([add.click, name.submit], inputs=[photo_set, name], **into(add_class, **named), api_name="add_class", **QUIET)
    rename.click(inputs=[photo_set, chosen, name], **into(rename_class, **named), api_name="rename_class", **QUIET)
    remove.click(inputs=[photo_set, chosen], **into(remove_class, **shown), api_name="remove_class", **QUIET)
    files.upload(inputs=[photo_set, chosen, files], **into(add_photos, **shown), api_name="add_photos", **QUIET)
    burst.submit(inputs=[photo_set, chosen], **into(add_burst, **shown), api_name="add_burst", **QUIET)
    chosen.input(pictures, [photo_set, chosen], shown["gallery"], api_name="show_class", **QUIET)
    shown["gallery"].select(chosen_photo, None, picked, api_name="choose_photo", **QUIET)
    remove_one.click(
        inputs=[photo_set, chosen, picked], **into(remove_photo, **shown, picked=picked), api_name="remove_photo",
        **QUIET,
    )  # fmt: skip
    return accordion


def wire_sources(
    source: gr.Radio, zipped: gr.File, accordion: gr.Accordion, shown: Mapping[str, Any], fresh: Mapping[str, Any]
) -> None:
    """The ways in: an example set or a zip. `fresh` are the components that `controls.start_over` fills."""
    both = {**shown, **fresh, "editor": accordion, "source": source}
    source.input(inputs=source, **into(choose_set, **both), api_name="choose_set", **QUIET)
    zipped.upload(inputs=zipped, **into(load_zip, **both), api_name="load_zip", **QUIET)
