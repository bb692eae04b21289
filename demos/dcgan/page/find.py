"""Find me, and Memorised or invented?: the way back from a picture, to a latent vector and to the training set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images import sheets
from demos.core.images.load import load_image
from demos.core.page import theme
from demos.core.page.events import QUICK, QUIET, compute, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input, which_photo
from demos.core.page.run import RunButton, Words
from demos.dcgan.page import text
from demos.dcgan.page.current_sheet import HARD, sheet_or_default, with_current

if TYPE_CHECKING:
    from demos.dcgan.explore.invert import Inversion
    from demos.dcgan.sampling import Sheet

EXAMPLES = ("chelsea", "lion", "cheetah", "astronaut")


# ---- find me --------------------------------------------------------------------------------------------------------


def find(sheet: Sheet | None, photo: str | None) -> Iterator[Inversion]:
    """The search for the latent vector whose picture is nearest to the photo."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import invert

    if photo is None:
        raise DemoError("There is no photo to look for. Drop one, or click an example.")
    yield from invert.invert(pretrained.load(sheet_or_default(sheet).gan), load_image(photo))


@compute
def take(sheet: Sheet | None, inversion: Inversion | None) -> tuple[Any, ...]:
    """The found picture in place of the current one on the sheet: (sheet, status)."""
    import torch

    if inversion is None:
        raise DemoError("Nothing is found yet. Press Find me first.")
    sheet = sheet_or_default(sheet)
    if inversion.gan != sheet.gan:
        raise DemoError(f"This was found by another generator, {inversion.gan}. Press Find me again.")
    return with_current(
        sheet, torch.from_numpy(inversion.z)[None]
    ), "It is the current picture now: walk from it, steer it, look inside."


def come_here(sheet: Sheet | None, inversion: Inversion | None) -> dict[str, Any]:
    """What another generator found is taken away."""
    if inversion is None or sheet is None or inversion.gan == sheet.gan:
        return {}
    nothing = dict.fromkeys(("target", "found", "missing", "others", "result"))
    return nothing | {"status": f"The generator is {sheet.gan} now. Press *Find me* to look among its pictures."}


def find_page(sheet: gr.State, tab: gr.Tab) -> None:
    result = gr.State(None, time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(
                label="A photo", height=240, elem_id="find-photo", value=str(samples.PHOTOS["chelsea"].path())
            )
            gr.Examples([str(samples.PHOTOS[name].path()) for name in EXAMPLES], photo, label="Examples")
            go = RunButton("Find me", "find", elem_id="find", words=Words("Trying random vectors first"))
        with gr.Column(elem_classes="hl-out"):
            with gr.Row(elem_classes="hl-moves"):
                pictures = [
                    gr.Image(
                        label=label, format="png", interactive=False, height=220, buttons=[], elem_id=name,
                        elem_classes=["hl-fill", HARD], alt_text=label,
                    )
                    for label, name in (
                        ("The photo", "find-target"), ("Nearest it can make", "found"), ("What it cannot", "missing"),
                    )
                ]  # fmt: skip
            status = gr.Markdown("", elem_classes="hl-status", elem_id="find-status")
            others = gr.Image(
                label="All eight searches", format="png", interactive=False, buttons=[], height=110,
                elem_id="find-others", elem_classes=["hl-fill", HARD], alt_text="The best of all eight searches",
            )  # fmt: skip
            taken = gr.Button("Make it the current picture", size="sm", elem_id="find-take")
            show_lesson("dcgan/page/lessons/find.md")
            show_code("demos.dcgan.explore.invert.invert", "demos.dcgan.explore.invert.InversionLoss")

    def draw(step: Inversion) -> dict[Any, Any]:
        shown = (step.target, step.picture, step.missing)
        return {
            **{image: sheets.enlarge(Image.fromarray(p)) for image, p in zip(pictures, shown, strict=True)},
            others: sheets.contact_sheet(step.others, columns=8),
            status: text.found_line(step),
            result: step,
        }

    go.wire(
        find, draw, inputs=[sheet, photo], outputs=[*pictures, others, result], status=status, every=0.4,
        clear=dict.fromkeys([*pictures, others, result]),
    )  # fmt: skip
    # Another photo: what was found is no longer its answer.
    which_photo(photo).change(
        lambda: [*[None] * 5, "Press *Find me* to look for this photo."], None, [*pictures, others, result, status],
        api_name="other_photo", **QUIET,
    )  # fmt: skip
    names = dict(zip(("target", "found", "missing"), pictures, strict=True))
    tab.select(
        inputs=[sheet, result], **into(come_here, **names, others=others, result=result, status=status),
        api_name="find_from", **QUIET,
    )  # fmt: skip
    taken.click(take, [sheet, result], [sheet, status], api_name="take_found", **QUICK, **QUIET)


# ---- memorised or invented? -----------------------------------------------------------------------------------------


@guard
def remember(sheet: Sheet | None) -> tuple[Any, ...]:
    """(tiles, line, curve) for the sheet; a sentence where nothing is known."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import nearest

    try:
        sheet = sheet_or_default(sheet)
        gan = pretrained.load(sheet.gan)
        neighbours = nearest.find(gan, sheet.pixels)
    except DemoError as error:
        return [], str(error), gr.update(value=None, visible=False)
    return (
        text.memory_tiles(neighbours, sheet),
        text.memory_line(neighbours, gan.config.many),
        gr.update(value=text.memory_curve(neighbours), visible=True),
    )


def memory_page(sheet: gr.State, tab: gr.Tab) -> None:
    line = gr.Markdown("", elem_classes=["hl-status", "hl-numbers"], elem_id="memory-status")
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            curve = gr.LinePlot(
                None, x="distance", y="share", color="of", height=260, x_title="distance (1: usual)",
                y_title="share that is nearer", visible=False, color_map={"real": theme.GREY,
                "made": theme.WARM}, label="How near", show_label=False,
                buttons=[],
            )  # fmt: skip
            gr.Markdown(
                "Grey: photos held out of the training, to their nearest training picture. Warm: the sheet's pictures. "
                "A warm line far left of the grey one would mean copies. Below each picture: how far its nearest "
                "training picture is, 1 x being usual for real ones.",
                elem_classes="hl-note",
            )
        with gr.Column(elem_classes="hl-out"):
            tiles = gr.Gallery(
                columns=8, height="auto", label="The sheet, and what is nearest", show_label=False,
                allow_preview=False, interactive=False, format="png",
                buttons=[], elem_id="memory-tiles", elem_classes=["hl-tiles", HARD],
            )  # fmt: skip
            show_lesson("dcgan/page/lessons/memory.md")
            show_code("demos.dcgan.explore.nearest.find")
    tab.select(remember, sheet, [tiles, line, curve], api_name="memory_page", **QUICK, **QUIET)
