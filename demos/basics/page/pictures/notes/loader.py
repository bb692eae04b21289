"""*The loader*: batches, their order, and what augmentation makes of one photo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.basics.page.controls import first_opening
from demos.basics.page.pictures.notes import controls, text
from demos.basics.settings import CHANGES, LOADED, LOADER_BATCH, ORDERS, SEED
from demos.core.page.lesson import show_lesson
from demos.core.page.line import PACED
from demos.core.page.photo_input import photo_input
from demos.core.page.run import RunButton, Words

if TYPE_CHECKING:
    from demos.basics.pictures.epoch import Epoch

EXAMPLE = "coffee"


def run(
    order: str, batch: float, changes: list[str], photo: str | None, count: float, seed: float, number: int
) -> Iterator[tuple[Epoch, Any, int]]:
    """(the epoch so far, nine looks at the photo, which epoch it is); each epoch has a seed of its own."""
    import time

    from demos.basics.pictures import epoch

    own = SEED.checked(seed) + number
    nine = epoch.variants(controls.opened(photo, EXAMPLE), changes, own)
    for look in epoch.epoch(LOADED.checked(count), LOADER_BATCH.checked(batch), order, own):
        yield look, nine, number + 1
        time.sleep(min(0.3, 2 / look.total))  # so that eyes can follow


def page(tab: gr.Tab) -> None:
    number = gr.State(0)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            order = gr.Radio(list(ORDERS), value=ORDERS[0], label="Order (the sampler)", elem_id="loader-order")
            batch = gr.Slider(
                LOADER_BATCH.low, LOADER_BATCH.high, LOADER_BATCH.default, step=1, label=LOADER_BATCH.name,
                elem_id="loader-batch",
            )  # fmt: skip
            changes = gr.CheckboxGroup(
                list(CHANGES), value=list(CHANGES), label="Augmentation of the photo", elem_id="loader-changes"
            )
            go = RunButton("Next epoch", "loader", elem_id="loader-next", words=Words("The loader begins."))
            with gr.Accordion("More", open=False):
                photo = photo_input(label="Your photo (without one: a cup of coffee)", height=160)
                count = gr.Slider(LOADED.low, LOADED.high, LOADED.default, step=1, label=LOADED.name)
                seed = gr.Number(0, precision=0, label="Seed of the first epoch", elem_id="loader-seed")
        with gr.Column(elem_classes="hl-out"):
            picture = gr.HTML("", elem_classes=["hl-moves"], elem_id="loader-picture")
            status = gr.Markdown("", elem_classes="hl-status", elem_id="loader-status")
            nine = gr.HTML("", elem_id="loader-nine")
            show_lesson("basics/page/pictures/notes/lessons/loader.md")
            text.show_files("loader", "demos.basics.pictures.loader")

    def draw(step: tuple[Epoch, Any, int]) -> dict[Any, Any]:
        look, variants, after = step
        words = "One photo as nine epochs may see it"
        return {
            picture: text.batches(look), status: text.epoch_line(look, after), number: after,
            nine: f"<div class='notes-pair'>{text.pixel_image(variants, words)}</div>",
        }  # fmt: skip

    go.wire(
        run, draw, inputs=[order, batch, changes, photo, count, seed, number], outputs=[picture, nine, number],
        status=status, line=PACED,
        triggers=[first_opening(tab, "loader"), order.input, batch.release, changes.input, photo.input],
    )  # fmt: skip
