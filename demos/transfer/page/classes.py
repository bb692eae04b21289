"""Editing the photo set: classes and photos come and go."""

from typing import Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.page import run
from demos.transfer.data import archive, example_sets, photos
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page import teach, text


@run.guard
def choose_set(source: str) -> tuple[Any, ...]:
    if source == teach.OWN:
        line = "Add a class and its photos below, or drop a zip with one folder per class."
        return *teach.show(PhotoSet(), line=line), gr.update(open=True), None, None, teach.NOT_YET, None
    found = example_sets.load(source)
    line = example_sets.EXAMPLE_SETS[source].description
    return *teach.show(found, line=line), teach.SKIP, teach.example_of(found), None, teach.NOT_YET, None


@run.guard
def load_zip(file: str | None) -> tuple[Any, ...]:
    if file is None:
        return (teach.SKIP,) * 10
    found = archive.from_zip(file)
    return *teach.show(found, line=text.set_line(found)), teach.OWN, teach.example_of(found), None, teach.NOT_YET, None


@run.guard
def add_class(photo_set: PhotoSet | None, name: str) -> tuple[Any, ...]:
    changed = (photo_set or PhotoSet()).add_class(name)
    added = changed.names[-1]
    return *teach.show(changed, added, f"{added} is a class now: add photos to it."), ""


@run.guard
def rename_class(photo_set: PhotoSet, selected: str, name: str) -> tuple[Any, ...]:
    changed = photo_set.rename_class(selected, name)
    new = next((n for n in changed.names if n not in photo_set.names), selected)
    return *teach.show(changed, new, f"{selected} is called {new} now."), ""


@run.guard
def remove_class(photo_set: PhotoSet, selected: str) -> tuple[Any, ...]:
    return teach.show(photo_set.remove_class(selected), line=f"{selected} is removed.")


@run.guard
def add_photos(photo_set: PhotoSet, selected: str | None, files: list[str] | list[bytes] | None) -> tuple[Any, ...]:
    if not files:
        return (teach.SKIP,) * 5
    if not selected:
        raise DemoError("There is no class to put the photos into. Add a class first: type its name.")
    changed = photo_set.add_photos(selected, files)
    return teach.show(changed, selected, text.added_line(photo_set, changed, selected))


@run.guard
def add_burst(photo_set: PhotoSet, selected: str | None, event: gr.EventData) -> tuple[Any, ...]:
    """Frames from the webcam: JPEGs as data addresses, shot by `burst.js`."""
    return add_photos(photo_set, selected, photos.from_data_urls(getattr(event, "shots", None)))


@run.guard
def remove_photo(photo_set: PhotoSet, selected: str, index: int | None) -> tuple[Any, ...]:
    if index is None:
        raise DemoError("No photo is chosen. Click the photo that should go, then this button.")
    return *teach.show(photo_set.remove_photo(selected, index), selected, "One photo is removed."), None


def chosen_photo(event: gr.SelectData) -> int:
    return event.index
