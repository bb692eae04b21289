"""The page that classifies many photos at once; a correction becomes a training photo."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.page.events import QUIET, compute, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import Outcome, RunButton, Words, remaining
from demos.transfer.data import left_out
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page.controls import Teaching, changed, show
from demos.transfer.page.home import text

if TYPE_CHECKING:
    from demos.transfer.classifier import Classifier
    from demos.transfer.export.many import Many

REALLY = "The chosen photo really is"
DOUBT, ORDER = "most doubtful first", "as they came"
WORDS = Words("Reading the photos", stopped="Stopped. What was looked at so far is below.")
# A row's button tells which row it stands in, and a folder can be dropped.
SCRIPT = (Path(__file__).parent / "folder.js").read_text(encoding="utf-8")


# ---- what the events call -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Looked:
    """What was said so far, by which classifier, and in how many seconds."""

    many: Many
    taught: Classifier
    seconds: float = 0.0

    @property
    def of_the_set(self) -> bool:
        """Whether these are photos of the set, shown to begin with, and none of the visitor's."""
        return all(row.where is None for row in self.many.rows) and not self.many.left_out


@compute
def open_page(
    looked: Looked | None, taught: Classifier | None, about: PhotoSet | None, photo_set: PhotoSet | None, order: str
) -> dict[str, Any]:
    """What the classifier of now says: of photos that were held back, where nothing was dropped yet.

    A table of the visitor's photos stays after the teaching of the same classes, to compare with, and is said to be
    older; one of other classes goes.
    """
    from demos.transfer.export import many as export_many

    choices = list(photo_set.names) if photo_set else []
    if looked is not None and looked.taught is taught:
        return {"really": gr.update(choices=choices)}
    really = gr.update(choices=choices, value=None, interactive=False, label=REALLY)
    # A row that was chosen in the table from before is not meant any more.
    classes = {"picked": None, "put": gr.update(interactive=False), "really": really}
    theirs = looked is not None and not looked.of_the_set
    if theirs and looked and taught is not None and looked.taught.classes == taught.classes:
        return classes | {"status": text.OLDER}
    if taught is None or about is None:
        gone = {"table": "", "many": None, "csv": gr.update(value=None, interactive=False)}
        return classes | gone | {"status": text.DROP if taught else text.NOTHING}
    shown = list(export_many.held_back(about, taught))[-1]
    file = gr.update(value=str(export_many.as_csv(shown)), interactive=True)
    new = {"table": text.table(shown, order == DOUBT), "many": Looked(shown, taught), "csv": file}
    learned = taught.report is not None and taught.report.folds > 0  # few photos: none was held back in the end
    return classes | new | {"status": text.LEARNED if learned else text.EXAMPLE}


def look(files: list[str] | None, taught: Classifier | None) -> Iterator[Looked]:
    """Every photo that was dropped."""
    from demos.transfer.export import many as export_many

    if taught is None:
        raise DemoError(text.NOTHING)
    started = time.perf_counter()
    for many in export_many.classify(files or [], taught):
        yield Looked(many, taught, time.perf_counter() - started)


@guard
def finished(outcome: Outcome, looked: Looked | None, order: str) -> dict[str, Any]:
    """The table and the CSV, of all photos or those before Stop."""
    from demos.transfer.export import many as export_many

    if looked is None:
        return {}
    many = looked.many
    file = gr.update(value=str(export_many.as_csv(many)), interactive=True) if many.rows else gr.skip()
    line = text.counted(many) if outcome is Outcome.DONE else text.counted(many, "Stopped. ")
    return {"table": text.table(many, order == DOUBT), "csv": file, "status": line}


def sort(looked: Looked | None, order: str) -> str:
    return "" if looked is None else text.table(looked.many, order == DOUBT)


@guard
def pick(looked: Looked | None, photo_set: PhotoSet | None, event: gr.EventData) -> dict[str, Any]:
    """A row's button: which photo is meant."""
    number = getattr(event, "row", None)
    if looked is None or not isinstance(number, int) or not 0 <= number < len(looked.many.rows):
        raise DemoError("This row is not there any more. Look at the photos once more.")
    row, classes = looked.many.rows[number], list(photo_set.names) if photo_set else []
    return {
        "picked": number,
        "really": gr.update(choices=classes, value=None, interactive=True, label=f"{row.name} really is"),
        "put": gr.update(interactive=True),
        "status": text.chosen(row),
    }


@guard
def correct(
    looked: Looked | None, picked: int | None, really: str | None, photo_set: PhotoSet | None, taught: Any
) -> dict[str, Any]:
    """The chosen photo becomes a training photo of the class that it really is."""
    from demos.transfer.export import many as export_many

    if looked is None or picked is None or not 0 <= picked < len(looked.many.rows):
        raise DemoError("No photo is chosen. Press 'Correct' in its row first.")
    if photo_set is None or not really:
        raise DemoError("Choose which class the photo really is of.")
    row = looked.many.rows[picked]
    new = photo_set.add_photos(really, [export_many.photo_of(row)])
    if new.count == photo_set.count:
        raise DemoError(left_out.told(new.left_out[len(photo_set.left_out) :]))
    done = f"{text.as_typed(f'{row.name} is a training photo of {really} now.')} Teach it again on 'Your classes'."
    shown = show(new, really, text.as_typed(f"{row.name} came from 'Many photos'."))
    both = {"home_status": done, "put": gr.update(interactive=False), "picked": None}
    return shown | changed(taught) | both


# ---- the page -------------------------------------------------------------------------------------------------------


def page(tab: gr.Tab, teaching: Teaching) -> None:
    """A folder or a zip in, a table out."""
    many, picked = gr.State(None, time_to_live=3600), gr.State(None)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            files = gr.File(
                label="Photos, their folder, or a zip of them", file_count="multiple", height=150, elem_id="many-files"
            )
            go = RunButton("Say what they are", "look", elem_id="many", words=WORDS)
            order = gr.Radio([DOUBT, ORDER], value=DOUBT, label="In the table", elem_id="many-order")
            really = gr.Dropdown([], label=REALLY, interactive=False, elem_id="many-really")
            put = gr.Button("Put it into the training photos", interactive=False, elem_id="many-put")
        with gr.Column(elem_classes="hl-out"):
            with gr.Column(elem_classes="hl-moves"):
                status = gr.Markdown("", elem_classes="hl-status", elem_id="many-status")
                table = gr.HTML(elem_classes="hl-numbers", elem_id="many-table", js_on_load=SCRIPT)
            csv = gr.DownloadButton("Take the table home (CSV)", elem_id="many-csv", interactive=False)
            show_lesson("transfer/page/home/folder.md")
            show_code("demos.transfer.export.many.classify")
    own = {
        "status": status, "table": table, "many": many, "csv": csv, "really": really, "picked": picked, "put": put,
    }  # fmt: skip
    states = [many, teaching.taught, teaching.about, teaching.photo_set]
    tab.select(inputs=[*states, order], **into(open_page, **own), api_name="open_many", **QUIET)

    def draw(looked: Looked) -> dict[Any, Any]:
        left = remaining(looked.many.done, looked.many.total, looked.seconds).replace("step", "photo")
        return {status: f"Looking: {left}", many: looked}

    after = {"table": table, "csv": csv, "status": status}
    go.wire(
        look, draw, inputs=[files, teaching.taught], outputs=[many], status=status,
        after=lambda *ended: {after[name]: value for name, value in finished(*ended).items()},
        after_inputs=[many, order], after_outputs=list(after.values()),
    )  # fmt: skip
    order.input(sort, [many, order], table, api_name="sort_many", **QUIET)
    table.submit(
        inputs=[many, teaching.photo_set],
        **into(pick, picked=picked, really=really, put=put, status=status), api_name="pick_many", **QUIET,
    )  # fmt: skip
    both = {**teaching.shown, "status": teaching.results["status"], "home_status": status, "put": put, "picked": picked}
    put.click(
        inputs=[many, picked, really, teaching.photo_set, teaching.taught], **into(correct, **both),
        api_name="correct_many", **QUIET,
    )  # fmt: skip
