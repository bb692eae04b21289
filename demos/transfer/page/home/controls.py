"""What a classifier that comes back fills: the same on every page that takes one."""

from typing import Any

import gradio as gr

from demos.core.images.load import load_image
from demos.transfer.page import text
from demos.transfer.page.controls import OWN, example_of, show


def restored(file: str, photo: str | None) -> dict[str, Any]:
    """A kept classifier at work at once: its classes, its photos where they came along, its numbers, and a photo tried.

    Args:
        file: the kept file or zip.
        photo: the one that is on the page to be tried; one of the set takes its place where photos came.
    """
    from demos.transfer import classifier, teach
    from demos.transfer.export import kept

    come = kept.open_kept(file)
    taught, photo_set = come.classifier, come.photo_set
    about = photo_set if photo_set.count else None
    tried = example_of(photo_set) if about else load_image(photo) if photo else None
    network = text.name_of(taught.network)
    came = f"{photo_set.count} photos came with it" if about else "its photos did not come with it"
    line = text.as_typed(f"A kept classifier of {len(taught.classes)} classes; {came}.")
    if not about:
        line += " Add photos below to teach it anew."
    return show(photo_set, line=line) | {
        "taught": taught,
        "about": about,
        "status": f"Restored: it was taught on {network}. Try a photo.",
        "numbers": text.numbers(teach.Progress("done", 0, 0, classifier=taught), photos=about is not None),
        "curve": None,
        "kept": gr.update(value=str(classifier.save_for_download(taught)), interactive=True),
        "photo": tried if about else gr.skip(),
        "said": dict(taught.predict(tried)) if tried is not None else None,
        "source": OWN,
        "loaded": OWN,
    }
