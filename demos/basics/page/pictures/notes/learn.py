"""*Train it*: the notes' network under the notes' loop, beside today's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.basics.page.pictures.notes import text
from demos.basics.settings import (
    CIFAR,
    DIGITS,
    LOOPS,
    NET_DIGITS,
    NET_EPOCHS,
    SEED,
    SETS,
    TASTED_DIGITS,
    TASTED_EPOCHS,
)  # fmt: skip
from demos.core.page.events import COMPUTE, QUIET, guard, into
from demos.core.page.lesson import show_lesson
from demos.core.page.run import RunButton, Words, stream

if TYPE_CHECKING:
    from demos.basics.pictures.race import Look

FIRST = 3.0  # seconds of computing that the page opens with, at most
NEEDED = f"**{CIFAR}** is fetched once, 170 MB; 3,000 of its photos are learned from, which takes a minute."
OFFLINE = "CIFAR-10 (small photos) is not here: it needs a start without `--offline`, and 170 MB."


def train(data: str, chosen: str, epochs: float, digits: float, seed: float) -> Iterator[Look]:
    """The chosen loops to their end."""
    from demos.basics.pictures import race

    yield from race.race(data, chosen, NET_EPOCHS.checked(epochs), SEED.checked(seed), NET_DIGITS.checked(digits))


def begin(known: Any) -> Iterator[dict[str, Any]]:
    """The first seconds of both loops, for a visitor who has no network (`known`) yet."""
    from demos.basics.pictures import race

    if known is not None:
        yield {}
        return
    for look in stream(race.race(DIGITS, LOOPS[2], TASTED_EPOCHS, 0, TASTED_DIGITS, FIRST)):
        yield drawn(look, whole=False)


def drawn(look: Look, whole: bool) -> dict[str, Any]:
    """What a look changes on the page; the filters once it is the last."""
    update = {"picture": text.curves(look), "numbers": text.loop_numbers(look), "status": text.loop_line(look, whole)}
    return update | ({"filters": look.first} if look.first is not None else {})


@guard
def offers() -> tuple[Any, str]:
    """(the sets that can be had here, what the larger one needs)."""
    from demos.basics.pictures import sets

    if sets.cifar_can():
        return gr.update(choices=list(SETS)), NEEDED
    return gr.update(choices=[DIGITS], value=DIGITS), OFFLINE


def page(tab: gr.Tab) -> gr.State:
    """The page; the state is the first convolution of what was trained, (weights, biases), or None."""
    filters = gr.State(None)
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
                digits = gr.Slider(
                    NET_DIGITS.low, NET_DIGITS.high, NET_DIGITS.default, step=60, elem_id="notes-digits",
                    label="Digits to learn from: twice as many take twice as long (photos: always 3,000)",
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
    shown = {"picture": picture, "numbers": numbers, "status": status, "filters": filters}
    tab.select(inputs=filters, api_name="notes_opened", **into(guard(begin), **shown), **QUIET, **COMPUTE)
    go.wire(
        train,
        lambda look: {shown[name]: value for name, value in drawn(look, whole=True).items()},
        inputs=[data, chosen, epochs, digits, seed], outputs=[picture, numbers, filters], status=status,
    )  # fmt: skip
    return filters
