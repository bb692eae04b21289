"""The style tab: on the left the photo and the styles, on the right four ways to paint one in the other."""

from typing import Any

import gradio as gr

from demos.core.data import samples
from demos.core.images.load import fit, load_image
from demos.core.networks import choice, vgg
from demos.core.page import run
from demos.core.page.photo_input import photo_input
from demos.style import api, cost, selection
from demos.style import settings as style_settings
from demos.style.optimise import colours, losses, masks
from demos.style.page import grid, instant, layers, paint
from demos.style.page.paint import COMPUTE, QUIET, SKIP, Inputs
from demos.style.selection import Styles
from demos.style.settings import PaintSettings
from demos.style.styles import gallery

EXAMPLES = ("china", "chelsea", "astronaut", "coffee", "tower")
PAINT_HELP = "White keeps the photo; blue is where the second style goes. Nothing painted: the style is everywhere."


def warm() -> None:
    """Called once in the background when the page is up."""
    gallery.thumbnails()
    api.first_painting()
    cost.speed(vgg.load(vgg.POCKET))


# ---- what the events call -------------------------------------------------------------------------------------------


def open_page() -> tuple[Any, ...]:
    """The page at first sight: an example photo, the styles, and the photo painted in the first of them."""
    sizes = cost.sizes(choice.load())
    size = gr.update(choices=sizes, value=min(512, sizes[-1]))
    photo = str(samples.PHOTOS[api.FIRST_PHOTO].path())
    line = selection.describe(selection.FIRST)
    return photo, gallery.thumbnails(), line, size, *paint.result(api.first_painting())


@run.guard
def choose_style(styles: Styles, place: str, event: gr.SelectData) -> tuple[Any, ...]:
    return changed(selection.set_style(styles, place, gallery.names()[event.index]))


@run.guard
def own_style(styles: Styles, place: str, file: str | None) -> tuple[Any, ...]:
    return changed(selection.set_own_image(styles, place, file)) if file else (SKIP,) * (2 + len(style_settings.PLACES))


@run.guard
def share_styles(styles: Styles, *shares: float) -> tuple[Any, ...]:
    return changed(selection.set_weights(styles, shares))


def changed(styles: Styles) -> tuple[Any, ...]:
    """(styles, line, shares...)."""
    return styles, selection.describe(styles), *(style.share for style in styles)


@run.guard
def for_editor(photo: str | None) -> dict[str, Any] | None:
    """The photo as the ground that one paints masks on."""
    if photo is None:
        return None
    image = fit(load_image(photo), 640)
    return {"background": image, "layers": [], "composite": image}


# ---- the page -------------------------------------------------------------------------------------------------------


def build() -> None:
    """The tab's components and events, inside the current Blocks."""
    styles = gr.State(selection.FIRST, time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(label="A photo", height=240, elem_id="style-photo")
            gr.Examples([str(samples.PHOTOS[name].path()) for name in EXAMPLES], photo, label="Examples")
            swatches = gr.Gallery(
                columns=5, height=270, object_fit="cover", label="A style", allow_preview=False, interactive=False,
                elem_id="swatches", elem_classes="hl-thumbs", buttons=[], format="jpeg",
            )  # fmt: skip
            line = gr.Markdown("", elem_classes="hl-note", elem_id="style-line")
            go = gr.Button("Paint", variant="primary", elem_classes="hl-go", elem_id="paint")
            stop = gr.Button("Stop", visible=False, elem_classes="hl-stop", elem_id="stop-painting")
            cost_line = gr.Markdown("", elem_classes="hl-note", elem_id="cost")
            with gr.Accordion("Your own painting, and mixing styles", open=False):
                own = photo_input(label="Your own painting as a style", height=160, elem_id="own-style")
                place = gr.Radio(
                    list(style_settings.PLACES), value=style_settings.PLACES[0], label="A click or a drop sets the"
                )
                shares = [
                    gr.Slider(0, 1, style.share, step=0.05, label=f"{name}: share", elem_id=f"share-{i}")
                    for i, (name, style) in enumerate(zip(style_settings.PLACES, selection.FIRST, strict=True))
                ]
            with gr.Accordion("Paint on the photo: protect, or choose where", open=False) as canvas:
                editor = gr.ImageEditor(
                    type="pil", layers=False, sources=(), transforms=(), height=360, label=PAINT_HELP,
                    brush=gr.Brush(colors=[masks.PROTECT, masks.SECOND], color_mode="fixed", default_size=40),
                    buttons=[], elem_id="masks",
                )  # fmt: skip
            with gr.Accordion("More", open=False):
                controls, network = _controls()
        with gr.Column(elem_classes="hl-out"), gr.Tabs():
            inputs = Inputs(photo, styles, network, editor, controls)
            with gr.Tab("Painted"):
                results, kept_files = paint.build(inputs, go, stop, line, shares)
            with gr.Tab("At once"):
                instant.at_once_page(inputs)
            with gr.Tab("One layer at a time"):
                layers.layers_page(inputs)
            with gr.Tab("Proof sheet"):
                grid.grid_page(inputs, go)

    page = gr.context.Context.root_block
    assert page is not None
    opened = page.load(open_page, None, [photo, swatches, line, controls[0], *results], api_name="open_style", **QUIET)
    opened.then(paint.keepsakes, results[4], kept_files, api_name="keep_opening", **QUIET)
    chosen = [styles, line, *shares]
    swatches.select(choose_style, [styles, place], chosen, api_name="choose_style", **QUIET)
    own.input(own_style, [styles, place, own], chosen, api_name="own_style", **QUIET)
    gr.on([s.release for s in shares], share_styles, [styles, *shares], chosen, api_name="share_styles", **QUIET)
    gr.on([canvas.expand, photo.change], for_editor, photo, editor, api_name="mask_ground", **QUIET)
    gr.on(
        [photo.change, network.input, controls[0].input, controls[6].release, controls[5].input],
        paint.say_cost, [photo, network, *controls], cost_line, api_name="say_cost",
        trigger_mode="always_last", **QUIET,
    )  # fmt: skip
    _api()


def _controls() -> tuple[list[Any], gr.Radio]:
    """What stands under More, in the order of `choices.settings`; and the network."""
    usual = PaintSettings()
    size = gr.Radio(list(cost.SIZES[:5]), value=usual.size, label="Size of the longer side (px)", elem_id="size")
    strength = gr.Slider(0, 10, usual.style_strength, step=0.05, label="Style strength", elem_id="strength")
    scale = gr.Slider(0.25, 3, usual.style_scale, step=0.05, label="Style scale: size of its strokes", elem_id="scale")
    kept = gr.Radio(list(colours.CHOICES), value=usual.colours, label="Colours", elem_id="colours")
    start = gr.Radio(list(style_settings.STARTS), value=usual.start, label="Start from", elem_id="start")
    optimiser = gr.Radio(list(style_settings.OPTIMISERS), value=usual.optimiser, label="Optimiser")
    steps = gr.Slider(5, 300, usual.steps, step=5, label="Steps at each scale", elem_id="steps")
    seed = gr.Number(usual.seed, precision=0, label="Seed of the noise")
    with gr.Accordion("Weights of the style layers", open=False):
        layers = [gr.Slider(0, 3, weight, step=0.1, label=layer) for layer, weight in losses.STYLE_LAYERS.items()]
    network = gr.Radio(choice.names(), value=choice.AUTOMATIC, label="Network at work")
    return [size, strength, scale, kept, start, optimiser, steps, seed, *layers], network


def _api() -> None:
    """The endpoints for programs, on components that the page does not show."""
    with gr.Row(visible=False):
        content, style = photo_input(), photo_input()
        size, strength, scale, steps, seed = (
            gr.Number(value)
            for value in (
                512,
                PaintSettings.style_strength,
                PaintSettings.style_scale,
                PaintSettings.steps,
                PaintSettings.seed,
            )
        )
        kept, start, optimiser = gr.Textbox(PaintSettings.colours), gr.Textbox("photo"), gr.Textbox("Adam")
        network, keep_colours = gr.Textbox(choice.AUTOMATIC), gr.Checkbox(False)
        painted, fast = gr.Image(format="png"), gr.Image(format="png")
        buttons = [gr.Button() for _ in range(2)]
    settings = [size, strength, scale, kept, start, steps, optimiser, seed, network]
    buttons[0].click(run.compute(api.stylize), [content, style, *settings], painted, api_name="stylize", **COMPUTE)
    buttons[1].click(
        run.compute(api.stylize_fast), [content, style, size, strength, keep_colours], fast,
        api_name="stylize_fast", **COMPUTE,
    )  # fmt: skip
