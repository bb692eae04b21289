"""*Layers on your photo*: convolution, pooling and dropout at work, a step at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.basics.page.controls import first_opening
from demos.basics.page.pictures.notes import controls, text
from demos.basics.settings import DROPPED, FILTERS, OWN, PHOTO_LAYERS, PLACE, POOLS
from demos.core.page.events import QUICK, QUIET, guard
from demos.core.page.lesson import show_lesson
from demos.core.page.photo_input import photo_input
from demos.core.page.run import RunButton, Words

if TYPE_CHECKING:
    from demos.basics.pictures.slide import Window

EXAMPLE = "chelsea"


def slide(
    photo: str | None, layer: str, name: str, own: str, pooling: str, p: float, down: float, right: float
) -> Iterator[Window]:
    """The layer at work over the photo."""
    from demos.basics.pictures import slide as steps

    values = steps.grey(controls.opened(photo, EXAMPLE))
    yield from steps.slide(
        values, layer, steps.weights(name, own), pooling, DROPPED.checked(p), PLACE.checked(down), PLACE.checked(right)
    )


@guard
def look(*chosen: Any) -> tuple[str, str]:
    """(drawing, words) at once, where the window stands at last."""
    last = None
    for last in slide(*chosen):  # noqa: B007 - 25 small pictures
        pass
    assert last is not None
    return text.window(last), text.window_line(last)


@guard
def maps(photo: str | None, first: Any) -> str:
    """The feature maps of the network that was just trained."""
    from demos.basics.pictures import slide as steps

    if first is None:
        return "<p class='hl-small'>Open <em>Train it</em> first: its network has no filters yet.</p>"
    sheet = steps.feature_maps(controls.opened(photo, EXAMPLE), first)
    words = "16 feature maps: what each filter of your network's first convolution finds"
    return f"<div class='notes-pair'>{text.pixel_image(sheet, words)}</div>"


def page(tab: gr.Tab, filters: gr.State) -> None:
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(label="Your photo (without one: Chelsea the cat)", height=160, elem_id="layers-photo")
            layer = gr.Radio(list(PHOTO_LAYERS), value=PHOTO_LAYERS[0], label="Layer", elem_id="layers-layer")
            name = gr.Radio([*FILTERS, OWN], value="Edges", label="Filter of the convolution", elem_id="layers-filter")
            go = RunButton("Slide it", "layers", elem_id="layers-slide", words=Words("The window is set down."))
            with gr.Accordion("More", open=False):
                own = gr.Textbox("0 0 0 0 1 0 0 0 0", label=OWN + ", row by row", elem_id="layers-own")
                pooling = gr.Radio(list(POOLS), value=POOLS[0], label="Pooling keeps", elem_id="layers-pool")
                p = gr.Slider(DROPPED.low, DROPPED.high, DROPPED.default, step=0.05, label=DROPPED.name)
                down = gr.Slider(PLACE.low, PLACE.high, 33, step=1, label="Window, from the top in %")
                right = gr.Slider(PLACE.low, PLACE.high, 46, step=1, label="Window, from the left in %")
        with gr.Column(elem_classes="hl-out"):
            picture = gr.HTML("", elem_classes=["hl-moves"], elem_id="layers-picture")
            status = gr.Markdown("", elem_classes="hl-status", elem_id="layers-status")
            sheet = gr.HTML("", elem_id="layers-maps")
            show_lesson("basics/page/pictures/notes/lessons/layers.md")
            text.show_files("layers", "demos.basics.pictures.layers")
    chosen = [photo, layer, name, own, pooling, p, down, right]
    changes = [layer.input, name.input, own.submit, pooling.input, p.release, down.release, right.release]
    gr.on(changes, look, chosen, [picture, status], api_name="layers_look", **QUIET, **QUICK)
    gr.on([tab.select, photo.input], maps, [photo, filters], sheet, api_name="layers_maps", **QUIET, **QUICK)
    go.wire(
        slide,
        lambda window: {picture: text.window(window), status: text.window_line(window)},
        inputs=chosen, outputs=[picture], status=status, every=0.08,
        triggers=[first_opening(tab, "layers"), photo.input], line=QUICK,
    )  # fmt: skip
