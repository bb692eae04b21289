"""The instant mode: a photo in a style in one pass, and the webcam as it comes."""

from typing import Any

import gradio as gr

from demos.core.page.events import QUIET, SHORT, compute
from demos.core.page.lesson import show_code, show_lesson
from demos.style import selection, settings
from demos.style.page.controls import Inputs, open_photo
from demos.style.selection import Styles
from demos.style.settings import SIZE, STRENGTH

WEBCAM_SIDE = 320


# ---- what the events call -------------------------------------------------------------------------------------------


@compute
def at_once(photo: str | None, styles: Styles, size: float, strength: float, kept: bool) -> Any:
    asked = settings.InstantSettings(SIZE.checked(size), STRENGTH.checked(strength), keep_colours=kept)
    words = "At once: " + " + ".join(style.name for style in selection.active(styles))
    return gr.update(value=stylise(open_photo(photo), styles, asked), label=words, alt_text=words)


@compute
def from_webcam(frame: Any, styles: Styles, strength: float, kept: bool) -> Any:
    """A frame of the webcam as it comes (a PIL image), small enough to keep up."""
    if frame is None:
        return gr.skip()
    return stylise(frame, styles, settings.InstantSettings(WEBCAM_SIDE, strength, keep_colours=kept))


def stylise(image: Any, styles: Styles, settings: settings.InstantSettings) -> Any:
    from demos.core.networks import vgg
    from demos.style.instant import stylise as instant_stylise

    used = [(style.picture(), style.share) for style in selection.active(styles)]
    return instant_stylise.stylise(image, used, vgg.load(vgg.POCKET), instant_stylise.load(), settings)


# ---- the page -------------------------------------------------------------------------------------------------------


def page(inputs: Inputs) -> None:
    with gr.Group():
        strength = gr.Slider(
            STRENGTH.low,
            STRENGTH.high,
            STRENGTH.default,
            step=0.05,
            label="Strength",
            elem_id="instant-strength",
            info="0 is the photo itself.",
        )
        kept = gr.Checkbox(False, label="Keep the photo's colours")
    go = gr.Button("Paint at once", variant="primary", elem_id="instant")
    picture = gr.Image(
        label="At once", format="jpeg", interactive=False, height=460, elem_id="instant-picture",
        elem_classes="hl-fill hl-moves", buttons=["download", "fullscreen"], alt_text="The photo, painted at once",
    )  # fmt: skip
    size = gr.Slider(SIZE.low, SIZE.high, SIZE.default, step=64, label="Size (px)", elem_id="instant-size")
    with gr.Accordion("From the webcam, as it comes", open=False):
        webcam = gr.Image(
            sources=["webcam"], streaming=True, type="pil", label="Webcam", height=240, elem_id="instant-webcam",
            webcam_options=gr.WebcamOptions(mirror=False), buttons=[],
        )  # fmt: skip
        live = gr.Image(
            label="Live", format="jpeg", interactive=False, height=300, elem_id="live", buttons=["fullscreen"],
            alt_text="The webcam's picture, painted",
        )  # fmt: skip
    show_lesson("style/page/lesson_instant.md")
    show_code("demos.style.instant.stylise.stylise")
    taken = [inputs.photo, inputs.styles, size, strength, kept]
    gr.on(
        [go.click, strength.release, kept.input, size.release], at_once, taken, picture,
        api_name="instant_page", trigger_mode="always_last", **SHORT, **QUIET,
    )  # fmt: skip
    gr.on(
        [inputs.which_photo.change, inputs.styles.change], lambda: gr.update(value=None, label="At once"), None,
        picture, api_name="clear_instant", **QUIET,
    )  # fmt: skip
    webcam.stream(
        from_webcam, [webcam, inputs.styles, strength, kept], live, stream_every=0.2, time_limit=300,
        api_name="webcam_page", **SHORT, **QUIET,
    )  # fmt: skip
