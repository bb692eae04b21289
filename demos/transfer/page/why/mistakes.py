"""The page of the confusion matrix, whose cells open the photos behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.images.load import fit
from demos.core.page.events import QUICK, QUIET, compute, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page import text as words
from demos.transfer.page.controls import Teaching, changed, show
from demos.transfer.page.why import text

if TYPE_CHECKING:
    from demos.transfer.classifier import Classifier
    from demos.transfer.evaluation.judged import Judged

NOT_YET = "Nothing is taught yet. Go to *Your classes* and press the big button; then come back."
NOT_HERE = (
    "This classifier came back without its photos, so there are none to be mistaken about. Pack it with its photos the "
    "next time, or teach the photos here."
)
OTHER = "These are mistakes on the photos from before the last change. Teach it again to see those of now."
SHOWN = 48  # photos of a cell
SCRIPT = (Path(__file__).parent / "matrix.js").read_text(encoding="utf-8")
Cell = tuple[int, int]  # (true class, predicted class)


# ---- what the events call -------------------------------------------------------------------------------------------


@compute
def open_page(
    photo_set: PhotoSet | None, taught: Classifier | None, about: PhotoSet | None, cell: Cell | None
) -> dict[str, Any]:
    """The matrix, and the photos of the cell that was open, or of the most frequent mistake."""
    return _drawn(photo_set, taught, about, cell)


def _drawn(
    photo_set: PhotoSet | None, taught: Classifier | None, about: PhotoSet | None, cell: Cell | None, before: str = ""
) -> dict[str, Any]:
    if taught is None or about is None:
        nothing: dict[str, Any] = {
            "cell": None,
            "picked": None,
            "photos": None,
            "heading": "",
            "matrix": "",
            "picked_line": "",
        }
        return nothing | {"status": NOT_YET if taught is None else NOT_HERE, "name": gr.update(choices=[], value=None)}
    found = _judged(about, taught)
    names = about.names
    counts = [[0] * len(names) for _ in names]
    for one in found:
        counts[one.true][one.predicted] += 1
    if cell is None or max(cell) >= len(names) or not counts[cell[0]][cell[1]]:
        wrong = [(counts[t][s], -t, -s) for t in range(len(names)) for s in range(len(names)) if t != s]
        most, t, s = max(wrong, default=(0, 0, 0))
        cell = (-t, -s) if most else None
    right = sum(counts[k][k] for k in range(len(names)))
    line = f"{right} of {len(found)} photos held back are recognised{before}."
    if taught.report is not None and taught.report.folds:
        line = f"{right} of {len(found)} photos are recognised, each by a layer that had not seen it{before}."
    if photo_set is not about:
        line += f" {OTHER}"
    current = photo_set.names if photo_set is not None else ()
    return {
        "matrix": text.matrix(counts, names, cell),
        "cell": cell,
        "picked": None,
        "picked_line": "",
        "right": (right, len(found)),
        "status": line,
        "name": gr.update(choices=list(current), value=None),
    } | _photos(photo_set, about, found, cell)


def _judged(about: PhotoSet, taught: Classifier) -> list[Judged]:
    from demos.transfer.evaluation import judged

    return judged.judged(about, taught)


def _photos(photo_set: PhotoSet | None, about: PhotoSet, found: list[Judged], cell: Cell | None) -> dict[str, Any]:
    """The photos of a cell, with what it says and how sure it is, and what has become of them since."""
    if cell is None:
        return {"photos": None, "heading": "No mistakes: press a number to see the photos that are recognised."}
    now = {p.digest: group.name for group in (photo_set or about).classes for p in group.photos}
    true, said = (about.names[k] for k in cell)
    pictures = []
    for one in _of(found, cell)[:SHOWN]:
        caption = f"{one.photo.name}: says {said}, {text.percent(one.probabilities[one.predicted])}"
        current = now.get(one.photo.digest)
        if current != true:
            caption += f" · now {current}" if current else " · deleted"
        pictures.append((fit(one.photo.image, 240), caption))
    told = (
        f"{words.as_typed(true)}, recognised"
        if cell[0] == cell[1]
        else (f"{words.as_typed(true)}, taken for {words.as_typed(said)}")
    )
    return {
        "photos": pictures,
        "heading": f"**{told}**: click a photo to mend its class, or delete it.",
    }


def _of(found: list[Judged], cell: Cell) -> list[Judged]:
    """The photos of a cell, the surest first: a mistake made with certainty is often a wrong label."""
    own = [one for one in found if (one.true, one.predicted) == cell]
    return sorted(own, key=lambda one: -one.probabilities[one.predicted])


@compute
def open_cell(
    photo_set: PhotoSet | None, taught: Classifier | None, about: PhotoSet | None, event: gr.EventData
) -> dict[str, Any]:
    """The photos behind a pressed number."""
    cell = getattr(event, "cell", None)
    if about is None or not isinstance(cell, list) or len(cell) != 2 or not all(isinstance(k, int) for k in cell):
        raise DemoError("This number is not in the table any more. Press another one.")
    if not all(0 <= k < len(about.names) for k in cell):
        raise DemoError("This number is not in the table any more. Press another one.")
    return _drawn(photo_set, taught, about, (cell[0], cell[1]))


@compute
def pick(
    taught: Classifier | None, about: PhotoSet | None, photo_set: PhotoSet | None, cell: Cell | None,
    event: gr.SelectData,
) -> dict[str, Any]:  # fmt: skip
    """The clicked photo: its class is shown to be changed."""
    if taught is None or about is None or cell is None:
        return {}
    own = _of(_judged(about, taught), cell)
    if not isinstance(event.index, int) or not 0 <= event.index < min(len(own), SHOWN):
        return {}
    photo = own[event.index].photo
    now = next((g.name for g in (photo_set or about).classes for p in g.photos if p.digest == photo.digest), None)
    return {
        "picked": photo.digest,
        "name": gr.update(value=now),
        "picked_line": f"Chosen: {words.as_typed(photo.name)}",
    }


@compute
def relabel(
    photo_set: PhotoSet | None, taught: Classifier | None, about: PhotoSet | None, cell: Cell | None,
    picked: str | None, name: str | None,
) -> dict[str, Any]:  # fmt: skip
    """The chosen photo put into another class."""
    if photo_set is None or picked is None:
        raise DemoError("No photo is chosen. Click one above, then choose its class.")
    if not name:
        raise DemoError("No class is chosen. Choose what the photo shows, then press the button again.")
    return _changed(photo_set.relabel(picked, name), name, taught, about, cell, f"It is {words.as_typed(name)} now.")


@compute
def delete(
    photo_set: PhotoSet | None, taught: Classifier | None, about: PhotoSet | None, cell: Cell | None,
    picked: str | None,
) -> dict[str, Any]:  # fmt: skip
    """The chosen photo taken out of the set."""
    if photo_set is None or picked is None:
        raise DemoError("No photo is chosen. Click one above, then delete it.")
    return _changed(photo_set.without([picked]), None, taught, about, cell, "It is deleted.")


def _changed(
    new: PhotoSet, name: str | None, taught: Classifier | None, about: PhotoSet | None, cell: Cell | None, line: str
) -> dict[str, Any]:
    """A set with a change: on this page and on "Your classes"."""
    there = show(new, name, line)
    other = {"classes_status": changed(taught)["status"], "classes_line": there.pop("line")}
    if taught is None or about is None:
        return there | other
    here = {"status": f"{line} Teach it again to see what that changes.", "picked": None, "picked_line": ""}
    return there | other | here | _photos(new, about, _judged(about, taught), cell)


@compute
def redrawn(
    photo_set: PhotoSet | None, taught: Classifier | None, about: PhotoSet | None, cell: Cell | None, right: Any
) -> dict[str, Any]:
    """The matrix of a new classifier, and how many it recognised before."""
    before = f"; before, {right[0]} of {right[1]}" if right else ""
    return _drawn(photo_set, taught, about, cell, before)


# ---- the page -------------------------------------------------------------------------------------------------------


def page(tab: gr.Tab, teaching: Teaching) -> dict[str, Any]:
    cell, picked, right = gr.State(None), gr.State(None), gr.State(None)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            status = gr.Markdown("", elem_classes="hl-status", elem_id="mistakes-status")
            matrix = gr.HTML("", js_on_load=SCRIPT, elem_classes=["hl-numbers"], elem_id="mistakes-matrix")
            again = gr.Button("Teach it again", variant="primary", elem_classes="hl-go", elem_id="mistakes-again")
        with gr.Column(elem_classes="hl-out"):
            heading = gr.Markdown("", elem_classes="hl-note", elem_id="mistakes-heading")
            photos = gr.Gallery(
                columns=4, height="auto", show_label=False, allow_preview=False, interactive=False, buttons=[],
                elem_id="mistakes-photos", elem_classes="hl-captions",
            )  # fmt: skip
            chosen = gr.Markdown("", elem_classes="hl-note", elem_id="mistakes-chosen")
            name = gr.Dropdown([], label="What the chosen photo really shows", elem_id="mistakes-class")
            with gr.Row():
                mend = gr.Button("Change its class", size="sm", min_width=120)
                gone = gr.Button("Delete it", size="sm", min_width=120)
            show_lesson("transfer/page/why/lesson_mistakes.md")
            show_code("demos.transfer.evaluation.judged.judged", "demos.transfer.teach.confusion")
    shown = {
        "matrix": matrix, "cell": cell, "picked": picked, "right": right, "status": status, "name": name,
        "photos": photos, "heading": heading, "picked_line": chosen,
    }  # fmt: skip
    states = [teaching.photo_set, teaching.taught, teaching.about]
    tab.select(inputs=[*states, cell], **into(open_page, **shown), api_name="open_mistakes", **QUICK, **QUIET)
    matrix.submit(inputs=states, **into(open_cell, **shown), api_name="open_cell", **QUICK, **QUIET)
    photos.select(
        inputs=[teaching.taught, teaching.about, teaching.photo_set, cell],
        **into(pick, picked=picked, name=name, picked_line=chosen), api_name="pick_mistake", **QUICK, **QUIET,
    )  # fmt: skip
    classes = {key: component for key, component in teaching.shown.items() if key != "line"}
    other = {"classes_status": teaching.results["status"], "classes_line": teaching.shown["line"]}
    both = {**classes, **other, **shown}
    mend.click(
        inputs=[*states, cell, picked, name], **into(relabel, **both), api_name="relabel_mistake", **QUICK, **QUIET
    )
    gone.click(inputs=[*states, cell, picked], **into(delete, **both), api_name="delete_mistake", **QUICK, **QUIET)
    return {"again": again, "shown": shown}


def refresh(parts: dict[str, Any], teaching: Teaching, run: Any) -> None:
    """Draws the page anew after `run`, the event of teaching."""
    shown = parts["shown"]
    parts["again"].click(
        lambda: "Teaching it again", None, shown["status"], queue=False, api_name="mistakes_teaching", **QUIET
    )
    states = [teaching.photo_set, teaching.taught, teaching.about, shown["cell"], shown["right"]]
    run.success(inputs=states, **into(redrawn, **shown), api_name="mistakes_redrawn", **QUICK, **QUIET)
    failed = guard(lambda: "Not taught: the message says why. Mend the photos, then teach it again.")
    run.failure(failed, None, shown["status"], queue=False, api_name="mistakes_failed", **QUIET)
