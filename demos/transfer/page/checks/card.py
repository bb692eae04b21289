"""The page that looks at the photos before they are taught: the data card, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.images.load import fit
from demos.core.page.events import QUIET, SHORT, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page.checks import text
from demos.transfer.page.controls import Teaching, changed, show

if TYPE_CHECKING:
    from demos.transfer.data_card.card import DataCard, Finding

SHOWN = 24  # photos of a finding
NONE = "There are no photos yet. Choose a set or add your own on the first page, Your classes."


# ---- what the events call -------------------------------------------------------------------------------------------


@guard
def look(photo_set: PhotoSet | None, mended: tuple[PhotoSet, PhotoSet] | None) -> Iterator[dict[str, Any]]:
    """The card of the set that is there, in steps where there are many photos."""
    from demos.transfer.data_card import card

    step_back = {"undo": gr.update(visible=of_now(photo_set, mended))}
    if photo_set is None or photo_set.count == 0:
        yield drawn(None, None, NONE) | step_back
        return
    for step in card.steps(photo_set):
        if step.card is None:
            yield {"status": f"Looking at the photos: {step.done} of {step.total}"}
        else:
            yield drawn(photo_set, step.card) | step_back


def drawn(photo_set: PhotoSet | None, found: DataCard | None, status: str = "") -> dict[str, Any]:
    """The card with its first finding chosen."""
    if photo_set is None or found is None:
        return {"status": status, "counts": "", "choice": gr.update(choices=[], value=None, visible=False)} | chosen(
            None, None, None
        )
    titles = [finding.title for finding in found.findings]
    first = titles[0] if titles else None
    return {
        "card": found, "status": status or text.found(len(titles)), "counts": text.counts(found),
        "choice": gr.update(choices=titles, value=first, visible=bool(titles)),
    } | chosen(photo_set, found, first)  # fmt: skip


def chosen(photo_set: PhotoSet | None, found: DataCard | None, title: str | None) -> dict[str, Any]:
    """The finding in a sentence, its photos, and the button that mends it."""
    from demos.transfer.data_card import quality

    finding = of_title(found, title)
    if finding is None or photo_set is None:
        return {"words": "", "gallery": gr.update(value=[], visible=False), "fix": gr.update(visible=False)}
    by_digest = {photo.digest: (photo, g.name) for g in photo_set.classes for photo in g.photos}
    there = [by_digest[digest] for digest in finding.shown if digest in by_digest]
    drawn = quality.only_edges if finding.cropped else lambda image: image
    pictures = [(drawn(fit(photo.image, 160)), f"{name}: {photo.name}") for photo, name in there[:SHOWN]]
    more = f" The first {SHOWN} of {len(there)}:" if len(there) > SHOWN else ""
    return {
        "words": f"<p>{escape(finding.words)}{more}</p>",
        "gallery": gr.update(value=pictures, visible=True),
        "fix": gr.update(value=finding.fix or "Fix", visible=bool(finding.fix)),
    }


def of_title(found: DataCard | None, title: str | None) -> Finding | None:
    return next((one for one in found.findings if one.title == title), None) if found else None


@guard
def mend(
    photo_set: PhotoSet | None, found: DataCard | None, title: str | None, taught: Any
) -> Iterator[dict[str, Any]]:
    """The chosen finding's fix, and the card of what is left."""
    from demos.transfer.data_card import card

    finding = of_title(found, title)
    if photo_set is None or finding is None or not finding.fix:
        raise DemoError("There is nothing to mend here (any more). Open this page again.")
    fewer = card.mended(photo_set, finding)
    gone = photo_set.count - fewer.count
    did = text.CROPPED if finding.cropped else f"{card.photos(gone)} removed."
    line = f"{did} {fewer.count} are left in {len(fewer.classes)} classes."
    step_back = {"mended": (photo_set, fewer), "undo": gr.update(visible=True)}
    yield from _changed_to(fewer, line, f"{line} Now teach it again.", taught, step_back)


@guard
def undo(photo_set: PhotoSet | None, mended: tuple[PhotoSet, PhotoSet] | None, taught: Any) -> Iterator[dict[str, Any]]:
    """The photos as they were before the last fix."""
    if not of_now(photo_set, mended):
        raise DemoError("The photos have changed since, so that this cannot be undone any more.")
    assert mended is not None
    before, line = mended[0], "Undone: the photos are as they were before."
    yield from _changed_to(before, line, line, taught, {"mended": None, "undo": gr.update(visible=False)})


def _changed_to(
    new: PhotoSet, line: str, status: str, taught: Any, step_back: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Another set on both pages, with its card."""
    from demos.transfer.data_card import card

    base = show(new, line=line) | {"taught_status": changed(taught)["status"]} | step_back
    for step in card.steps(new):
        if step.card is not None:
            yield base | drawn(new, step.card, status)


def of_now(photo_set: PhotoSet | None, mended: tuple[PhotoSet, PhotoSet] | None) -> bool:
    """Whether the set that is there is the one that the last fix left."""

    def content(one: PhotoSet) -> list[tuple[str, list[str]]]:
        return [(group.name, [photo.digest for photo in group.photos]) for group in one.classes]

    return photo_set is not None and mended is not None and content(photo_set) == content(mended[1])


# ---- the page -------------------------------------------------------------------------------------------------------


def page(tab: gr.Tab, teaching: Teaching) -> dict[str, Any]:
    card = gr.State(None, time_to_live=3600)
    mended = gr.State(None, time_to_live=3600)  # (before, after) of the last fix
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            choice = gr.Radio([], label="What was found", visible=False, elem_id="card-findings")
            fix = gr.Button("Fix", visible=False, elem_id="card-fix")
            back = gr.Button("Undo", visible=False, elem_id="card-undo")
            again = gr.Button("Teach it again", variant="primary", elem_classes="hl-go", elem_id="card-again")
        with gr.Column(elem_classes="hl-out"):
            status = gr.Markdown("Looking at the photos", elem_classes="hl-status", elem_id="card-status")
            words = gr.HTML(elem_classes="hl-numbers", elem_id="card-words")
            gallery = gr.Gallery(
                columns=6, height="auto", object_fit="contain", show_label=False, allow_preview=False,
                interactive=False, visible=False, elem_id="card-photos", elem_classes="hl-tiles", buttons=[],
            )  # fmt: skip
            counts_ = gr.HTML(elem_classes="hl-numbers", elem_id="card-counts")
            show_lesson("transfer/page/checks/lesson_card.md")
            show_code("demos.transfer.data_card.card.steps", "demos.transfer.data_card.background.judge")
    parts = {
        "card": card, "choice": choice, "fix": fix, "status": status, "words": words, "gallery": gallery,
        "counts": counts_, "mended": mended, "undo": back,
    }  # fmt: skip
    photo_set = teaching.photo_set
    tab.select(inputs=[photo_set, mended], **into(look, **parts), api_name="card_open", **SHORT, **QUIET)
    picked = {"words": words, "gallery": gallery, "fix": fix}
    choice.input(inputs=[photo_set, card, choice], **into(chosen, **picked), api_name="card_choose", **QUIET)
    # The gallery and the status of the first page are filled too: its own have other names here.
    first = {name: part for name, part in teaching.shown.items() if name != "gallery"}
    filled = {**first, **parts, "taught_status": teaching.results["status"]}
    fixed = fix.click(
        inputs=[photo_set, card, choice, teaching.taught], **into(mend, **filled), api_name="card_mend", **SHORT,
        **QUIET,
    )  # fmt: skip
    undone = back.click(
        inputs=[photo_set, mended, teaching.taught], **into(undo, **filled), api_name="card_undo", **SHORT, **QUIET
    )
    for name, event in (("card_first", fixed), ("card_first_again", undone)):
        event.success(
            lambda photo_set: show(photo_set)["gallery"], photo_set, teaching.shown["gallery"], api_name=name, **QUIET
        )
    return {"again": again, **parts}


def refresh(parts: dict[str, Any], teaching: Teaching, run: Any) -> None:
    """Says on this page how the teaching that it began went."""
    run.success(
        inputs=[teaching.photo_set, teaching.taught], **into(taught_words, status=parts["status"]),
        api_name="card_taught", **QUIET,
    )  # fmt: skip


def taught_words(photo_set: PhotoSet | None, taught: Any) -> dict[str, Any]:
    if taught is None or taught.report is None:
        return {}
    told = taught.report
    return {
        "status": f"Taught again: {told.accuracy:.0%} of {told.judged} photos are recognised, each by a layer that "
        f"had not seen it (between {told.accuracy_low:.0%} and {told.accuracy_high:.0%})."
    }
