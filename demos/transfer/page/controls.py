"""How a photo set looks on the page: its classes, the photos of the chosen one, and the big button's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from demos.core.images.load import fit
from demos.transfer.data import splits
from demos.transfer.data.photos import PhotoSet

OWN = "My own photos"
SHOWN = 36  # photos of a class in the gallery; more would only slow the page
NOT_YET = "Not taught yet: press the big button."
CHANGED = (
    "The photos have changed, and what stands below is about those from before. Press the big button to teach these."
)


@dataclass(frozen=True)
class Teaching:
    """What the pages of this tab share: made by "Your classes", read and filled by the others.

    The states hold what one visitor has: `photo_set` a `PhotoSet` (or None), `taught` the last `Classifier` (or None),
    `about` the `PhotoSet` that it was taught on (or None).
    """

    photo_set: gr.State
    taught: gr.State
    about: gr.State
    shown: Mapping[str, Any]  # what `show` fills: photo_set, chosen, gallery, line, go
    results: Mapping[str, Any]  # what a run fills: status, curve, numbers, taught, about
    tried: Mapping[str, Any]  # photo, said
    kept: gr.DownloadButton
    settings: Mapping[str, Any]  # the inputs of a run by name: network, optimiser, seed, ...
    ways: Mapping[str, Any]  # where the set came from: source, the choice that one sees; loaded, what is really there


def show(photo_set: PhotoSet, selected: str | None = None, line: str = "") -> dict[str, Any]:
    """The set, its classes with the selected one, that one's photos, a line and the big button's words."""
    selected = selected if selected in photo_set.names else next(iter(photo_set.names), None)
    choices = [(f"{group.name} · {len(group.photos)}", group.name) for group in photo_set.classes]
    words = f"Teach it these {len(photo_set.classes)} classes" if len(photo_set.classes) > 1 else "Teach it"
    return {
        "photo_set": photo_set,
        "chosen": gr.update(choices=choices, value=selected),
        "gallery": pictures(photo_set, selected),
        "line": line,
        "go": gr.update(value=words),
    }


def changed(taught: Any) -> dict[str, Any]:
    """The same set with a change: what was taught before stays to compare with, and is said to be older."""
    return {"status": NOT_YET if taught is None else CHANGED}


def start_over(photo_set: PhotoSet) -> dict[str, Any]:
    """Another set: what was taught before is no longer about these photos."""
    cleared = dict.fromkeys(("said", "taught", "about", "curve"))
    return cleared | {
        "kept": gr.update(value=None, interactive=False),
        "photo": example_of(photo_set),
        "status": NOT_YET,
        "numbers": "",
    }


def pictures(photo_set: PhotoSet | None, selected: str | None) -> list[tuple[Any, str]]:
    """The photos of a class for the gallery, small, so that they reach a phone in a moment."""
    if photo_set is None or selected not in photo_set.names:
        return []
    return [(fit(photo.image, 160), photo.name) for photo in photo_set.get(selected).photos[:SHOWN]]


def example_of(photo_set: PhotoSet, seed: int = 0) -> Any:
    """A photo of the set to try first (`splits.example`); None where there is none."""
    photo = splits.example(photo_set, seed)
    return photo.image if photo else None
