"""The components on the left that every way of painting takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.core.networks import choice
from demos.core.numbers import SEED
from demos.style import selection
from demos.style.optimise import masks
from demos.style.selection import Styles
from demos.style.settings import (
    COLOURS,
    OPTIMISERS,
    PLACES,
    SIZES,
    STARTS,
    STEPS,
    STYLE_LAYERS,
    STYLE_SCALE,
    STYLE_STRENGTH,
    PaintSettings,
)


@dataclass(frozen=True)
class Asked:
    """What a visitor asks for, read from the page."""

    photo: Image.Image
    styles: Styles
    network: str
    masks: masks.Masks | None
    settings: PaintSettings


@dataclass(frozen=True)
class Inputs:
    """The components by what they hold; `settings` has one for each of `selection.CONTROLS` and each style layer."""

    photo: gr.Image
    which_photo: gr.Textbox  # its `.change` says that the photo is another one
    styles: gr.State
    network: gr.Radio
    editor: gr.ImageEditor
    settings: dict[str, Any]

    def all(self) -> list[Any]:
        """Every component, in the order that `read` takes their values."""
        return [self.photo, self.styles, self.network, self.editor, *self.settings.values()]

    def read(self, values: Sequence[Any]) -> Asked:
        """The values of `all()`; raises DemoError where a photo is missing or a setting cannot be painted."""
        photo, styles, network, editor, *settings = values
        asked = selection.settings(dict(zip(self.settings, settings, strict=True)))
        return Asked(open_photo(photo), styles, network, masks.from_editor(editor), asked)


def open_photo(photo: str | None) -> Image.Image:
    """The visitor's photo; a sentence where there is none."""
    if photo is None:
        raise DemoError("There is no photo to paint. Drop one, or click an example.")
    return load_image(photo)


def outdated(made_of: tuple[Any, ...] | None, now: Sequence[Any]) -> bool:
    """Whether the page holds another photo, style or choice than the run that has just ended was started with."""
    return made_of is not None and made_of != tuple(now)


@dataclass(frozen=True)
class StyleControls:
    """Which styles, and how much of each."""

    line: gr.Markdown
    shares: list[gr.Slider]

    def outputs(self, styles: gr.State) -> dict[str, Any]:
        """The components that `style_choice` fills, by its names."""
        shares = {f"share_{i}": slider for i, slider in enumerate(self.shares)}
        return {"styles": styles, "line": self.line, **shares}


def style_choice(styles: Styles) -> dict[str, Any]:
    """The chosen styles, their line and their shares."""
    shares = {f"share_{i}": style.share for i, style in enumerate(styles)}
    return {"styles": styles, "line": selection.describe(styles), **shares}


def shares_of_styles() -> list[gr.Slider]:
    """A slider for the share of each place."""
    return [
        gr.Slider(0, 1, style.share, step=0.05, label=f"{name}: share", elem_id=f"share-{i}")
        for i, (name, style) in enumerate(zip(PLACES, selection.FIRST, strict=True))
    ]


def settings_controls() -> tuple[dict[str, Any], gr.Radio]:
    """What stands under More, by the names of the settings; and the network."""
    usual = PaintSettings()
    controls: dict[str, Any] = {
        "size": gr.Radio(
            list(SIZES[:5]), value=usual.size, label="Size of the longer side (px)", elem_id="size",
            info="Twice the size takes four times as long.",
        ),
        "style_strength": gr.Slider(
            STYLE_STRENGTH.low, STYLE_STRENGTH.high, usual.style_strength, step=0.05, label="Style strength",
            elem_id="strength", info="0 keeps the photo; at 10 hardly anything of it is left.",
        ),
        "style_scale": gr.Slider(
            STYLE_SCALE.low, STYLE_SCALE.high, usual.style_scale, step=0.05, label="Style scale: size of its strokes",
            elem_id="scale",
        ),
        "colours": gr.Radio(
            list(COLOURS), value=usual.colours, label="Colours", elem_id="colours",
            info="The photo's: only light and dark are painted. Its palette: the style is dyed in the photo's colours.",
        ),
        "start": gr.Radio(
            list(STARTS), value=usual.start, label="Start from", elem_id="start",
            info="Noise forgets the photo's details; instant is the picture of the page At once.",
        ),
        "optimiser": gr.Radio(
            list(OPTIMISERS), value=usual.optimiser, label="Optimiser",
            info="How the pixels follow the loss down. Adam: small steps with momentum. L-BFGS: longer ones that learn "
            "the slope's bend; twice as slow.",
        ),
        "steps": gr.Slider(
            STEPS.low, STEPS.high, usual.steps, step=1, label="Steps at each scale", elem_id="steps"
        ),
        "seed": gr.Number(
            usual.seed, precision=0, minimum=SEED.low, maximum=SEED.high, label="Seed of the noise",
            info="The same seed, the same noise.",
        ),
    }  # fmt: skip
    with gr.Accordion("Weights of the style layers", open=False):
        gr.Markdown(
            "How much each layer of VGG16 counts: relu1_1 sees grain, relu3_1 strokes, relu5_1 large forms.",
            elem_classes="hl-note",
        )
        controls |= {layer: gr.Slider(0, 3, weight, step=0.1, label=layer) for layer, weight in STYLE_LAYERS.items()}
    network = gr.Radio(
        choice.names(), value=choice.AUTOMATIC, label="Network at work",
        info="Whose features say what the photo shows and what the style is.",
    )  # fmt: skip
    return controls, network
