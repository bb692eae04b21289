"""*Train it*: the notes' network under the notes' loop, beside today's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.basics.page.pictures.notes import text
from demos.basics.settings import CIFAR, DIGITS, LOOPS, NET_EPOCHS, SEED, SETS
from demos.core.page.events import QUIET, guard
from demos.core.page.lesson import show_lesson
from demos.core.page.run import RunButton, Words

if TYPE_CHECKING:
    from demos.basics.pictures.race import Look

FIRST = 2.0  # seconds of computing that the page opens with
NEEDED = f"**{CIFAR}** is fetched once, 170 MB; 3,000 of its photos are learned from, which takes a minute."
OFFLINE = "CIFAR-10 (small photos) is not here: it needs a start without `--offline`, and 170 MB."


def train(data: str, chosen: str, epochs: float, seed: float, runs: int) -> Iterator[tuple[Look, bool]]:
    """(look, whether it goes to the end): the visitor's first run is the one that the page opens with."""
    from demos.basics.pictures import race

    if runs == 0:
        for look in race.race(DIGITS, LOOPS[2], int(NET_EPOCHS.default), 0, FIRST):
            yield look, False
        return
    for look in race.race(data, chosen, NET_EPOCHS.checked(epochs), SEED.checked(seed)):
        yield look, True


@guard
def offers() -> tuple[Any, str]:
    """(the sets that can be had here, what the larger one needs)."""
    from demos.basics.pictures import sets

    if sets.cifar_can():
        return gr.update(choices=list(SETS)), NEEDED
    return gr.update(choices=[DIGITS], value=DIGITS), OFFLINE


def page(tab: gr.Tab) -> gr.State:
    """The page; the state is the first convolution of what was trained, (weights, biases), or None."""
    filters, runs, opened = gr.State(None), gr.State(0), gr.State(False)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            data = gr.Radio([DIGITS], value=DIGITS, label="Pictures to learn", elem_id="notes-set")
            needs = gr.Markdown("", elem_classes="hl-note", elem_id="notes-needs")
            chosen = gr.Radio(list(LOOPS), value=LOOPS[2], label="Which loop trains", elem_id="notes-loop")
            go = RunButton("Train it", "notes", elem_id="notes-train", words=Words("The weights are drawn by lot."))
            with gr.Accordion("More", open=False):
                epochs = gr.Slider(
                    NET_EPOCHS.low, NET_EPOCHS.high, NET_EPOCHS.default, step=1,
                    label="Epochs (times through all pictures)", elem_id="notes-epochs",
                )  # fmt: skip
                seed = gr.Number(0, precision=0, label="Seed", elem_id="notes-seed")
        with gr.Column(elem_classes="hl-out"):
            picture = gr.HTML("", elem_classes=["hl-moves", "notes-chart"], elem_id="notes-chart")
            status = gr.Markdown("", elem_classes="hl-status", elem_id="notes-status")
            numbers = gr.HTML("", elem_classes="hl-numbers", elem_id="notes-numbers")
            with gr.Accordion("What changed, and why", open=False):
                gr.HTML(text.changed_table())
            show_lesson("basics/page/pictures/notes/lessons/learn.md")
            text.show_files("notes", "demos.basics.pictures.notes_loop", "demos.basics.pictures.todays_loop")
    tab.select(offers, None, [data, needs], api_name="notes_offers", **QUIET)
    tab.select(lambda: True, None, opened, queue=False, api_name="notes_opened", **QUIET)

    def draw(step: tuple[Look, bool]) -> dict[Any, Any]:
        look, whole = step
        update = {
            picture: text.curves(look), numbers: text.loop_numbers(look), status: text.loop_line(look, whole), runs: 1
        }  # fmt: skip
        return update | ({filters: look.first} if look.first is not None else {})

    go.wire(
        train, draw, inputs=[data, chosen, epochs, seed, runs], outputs=[picture, numbers, filters, runs],
        status=status, triggers=[opened.change],
    )  # fmt: skip
    return filters
