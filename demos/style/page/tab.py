"""The style tab: on the left the photo and the styles, on the right four ways to paint one in the other."""

from typing import Any

import gradio as gr

from demos.core.data import samples
from demos.core.images.load import fit, load_image
from demos.core.networks import choice
from demos.core.page.events import QUIET, SHORT, endpoint, guard, into
from demos.core.page.photo_input import photo_input, which_photo
from demos.core.page.run import RunButton, Words
from demos.style import api, opening, selection
from demos.style.optimise import masks
from demos.style.page import grid, instant, layers, paint
from demos.style.page.controls import Inputs, StyleControls, settings_controls, shares_of_styles, style_choice
from demos.style.selection import Styles
from demos.style.settings import PLACES, PaintSettings

EXAMPLES = ("china", "chelsea", "astronaut", "coffee", "tower")
PAINT_HELP = "White keeps the photo; blue is where the second style goes. Nothing painted: the style is everywhere."


def warm() -> None:
    """Called once in the background when the page is up."""
    from demos.core.networks import vgg
    from demos.style import cost
    from demos.style.styles import gallery

    gallery.thumbnails()
    opening.painting()
    cost.speed(vgg.load(vgg.POCKET))


# ---- what the events call -------------------------------------------------------------------------------------------


@guard
def open_page() -> dict[str, Any]:
    """The page at first sight: an example photo, and it in the first style. It is there before PyTorch is."""
    return {
        "photo": samples.photo(opening.PHOTO),  # not its path: Gradio serves none from outside of our folder
        "picture": opening.picture(),
        "status": opening.NOTE,
    }


@guard
def open_styles() -> dict[str, Any]:
    """The styles, and what is known of the painting."""
    from demos.style.styles import gallery

    return {
        "textures": gallery.thumbnails(),
        "line": selection.describe(selection.FIRST),
        **paint.result(opening.painting()),
        **paint.take_home(opening.painting(), None, opened=True),
    }


@guard
def open_sizes() -> dict[str, Any]:
    """What this machine can paint, which takes a network to say."""
    from demos.style import cost

    sizes = cost.sizes(choice.load())
    large = paint.say_large(opening.painting(), choice.AUTOMATIC)
    return {"large_line": large, "size": gr.update(choices=sizes, value=min(512, sizes[-1]))}


@guard
def choose_style(styles: Styles, place: str, event: gr.SelectData) -> dict[str, Any]:
    from demos.style.styles import gallery

    return style_choice(selection.set_style(styles, place, gallery.names()[event.index]))


@guard
def own_style(styles: Styles, place: str, file: str | None) -> dict[str, Any]:
    return style_choice(selection.set_own_image(styles, place, file)) if file else {"line": gr.skip()}


@guard
def share_styles(styles: Styles, *shares: float) -> dict[str, Any]:
    return style_choice(selection.set_weights(styles, shares))


@guard
def for_editor(photo: str | None) -> dict[str, Any] | None:
    """The photo as the ground that one paints masks on."""
    if photo is None:
        return None
    image = fit(load_image(photo), 640)
    return {"background": image, "layers": [], "composite": image}


# ---- the page -------------------------------------------------------------------------------------------------------


def build(root: gr.Blocks) -> None:
    """The tab's components and events, inside the current Blocks."""
    styles = gr.State(selection.FIRST, time_to_live=3600)
    with gr.Row(elem_classes="hl-columns hl-paint"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(label="A photo", height=240, elem_id="style-photo")
            another = which_photo(photo)
            gr.Examples(
                [str(samples.PHOTOS[name].path()) for name in EXAMPLES],
                photo,
                label="Examples",
                elem_id="style-examples",
            )
            textures = gr.Gallery(
                columns=5, height=270, object_fit="cover", label="A style", allow_preview=False, interactive=False,
                elem_id="swatches", elem_classes="hl-thumbs", buttons=[], format="jpeg",
            )  # fmt: skip
            line = gr.Markdown("", elem_classes="hl-note", elem_id="style-line")
            words = Words("Looking at the photo and the style", stopped=paint.STOPPED)
            go = RunButton("Paint", "paint", elem_id="paint", words=words)
            cost_line = gr.Markdown("", elem_classes="hl-note", elem_id="cost")
            with gr.Accordion("Your own painting, and mixing styles", open=False, elem_classes="hl-later"):
                own = photo_input(label="Your own painting as a style", height=160, elem_id="own-style")
                place = gr.Radio(list(PLACES), value=PLACES[0], label="A click or a drop sets the")
                style_controls = StyleControls(line, shares_of_styles())
            with gr.Accordion(
                "Paint on the photo: protect, or choose where", open=False, elem_classes="hl-later"
            ) as canvas:
                editor = gr.ImageEditor(
                    type="pil", layers=False, sources=(), transforms=(), height=360, label=PAINT_HELP,
                    brush=gr.Brush(colors=[masks.PROTECT, masks.SECOND], color_mode="fixed", default_size=40),
                    buttons=[], elem_id="masks",
                )  # fmt: skip
            with gr.Accordion("More", open=False, elem_classes="hl-later"):
                controls, network = settings_controls()
        with gr.Column(elem_classes="hl-out"), gr.Tabs(overflow_behavior="wrap"):
            inputs = Inputs(photo, another, styles, network, editor, controls)
            with gr.Tab("Painted"):
                painted = paint.build(inputs, go, style_controls, cost_line)
            with gr.Tab("At once"):
                instant.page(inputs)
            with gr.Tab("One layer at a time"):
                layers.page(inputs)
            with gr.Tab("Proof sheet"):
                grid.page(inputs)

    opening_view = {"photo": photo, "textures": textures, "line": line, "size": controls["size"], **painted}
    first = root.load(**into(open_page, **opening_view), api_name="open_style", **QUIET)
    rest = {name: component for name, component in opening_view.items() if name != "photo"}
    first.then(**into(open_styles, **rest), api_name="open_styles", **QUIET).then(
        **into(open_sizes, large_line=rest["large_line"], size=rest["size"]), api_name="open_sizes", **QUIET
    )
    chosen, shares = style_controls.outputs(styles), style_controls.shares
    textures.select(inputs=[styles, place], **into(choose_style, **chosen), api_name="choose_style", **QUIET)
    own.input(inputs=[styles, place, own], **into(own_style, **chosen), api_name="own_style", **QUIET)
    gr.on(
        [s.release for s in shares], inputs=[styles, *shares], **into(share_styles, **chosen), api_name="share_styles",
        **QUIET,
    )  # fmt: skip
    gr.on([canvas.expand, inputs.which_photo.change], for_editor, photo, editor, api_name="mask_ground", **QUIET)
    gr.on(
        [
            inputs.which_photo.change, styles.change, network.input, controls["size"].change, controls["steps"].change,
            controls["optimiser"].change, controls["style_scale"].change,
        ],
        lambda photo, styles, network, *values: paint.say_cost(
            photo, styles, network, dict(zip(controls, values, strict=True))
        ),
        [photo, styles, network, *controls.values()], cost_line, api_name="say_cost", trigger_mode="always_last",
        **QUIET,
    )  # fmt: skip
    _api()


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
        settings = [size, strength, scale, kept, start, steps, optimiser, seed, network]
        endpoint(api.stylize, [content, style, *settings], painted, "stylize")
        endpoint(api.stylize_fast, [content, style, size, strength, keep_colours], fast, "stylize_fast", SHORT)
