"""The time machine, and what goes on inside the generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.images import sheets
from demos.core.page.events import QUICK, QUIET, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.dcgan.page import text
from demos.dcgan.page.current_sheet import HARD, sheet_or_default

if TYPE_CHECKING:
    from demos.dcgan.sampling import Sheet

COLUMNS = 4
NO_COLLAPSED = "The run that was broken on purpose is not in weights/. Break one yourself: *Train one now*."


def _sheet_image(label: str, name: str, height: int = 360) -> gr.Image:
    return gr.Image(
        label=label, format="png", interactive=False, height=height, buttons=[], elem_id=name,
        elem_classes=["hl-fill", HARD], alt_text=label,
    )  # fmt: skip


# ---- time machine ---------------------------------------------------------------------------------------------------


@guard
def open_time(sheet: Sheet | None) -> Any:
    """The slider, as long as the training has moments."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import snapshots

    try:
        last = len(snapshots.snapshots(pretrained.load(sheet_or_default(sheet).gan))) - 1
    except DemoError:
        return gr.skip()
    return gr.update(maximum=max(1, last), value=last, interactive=last > 0)


@guard
def travel(sheet: Sheet | None, moment: float) -> dict[str, Any]:
    """The sheet at a moment of the training, and beside it the one of the training that collapsed."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import snapshots

    try:
        sheet = sheet_or_default(sheet)
    except DemoError as error:
        return {"line": str(error), "beside": ""}
    gan = pretrained.load(sheet.gan)
    index = min(int(moment), len(snapshots.snapshots(gan)) - 1)
    healthy = snapshots.load_snapshot(gan, index, sheet.seed)
    words = text.moment_line(healthy, gan.name)
    if len(snapshots.snapshots(gan)) == 1:
        words += " · this generator came without snapshots of its training"
    shown = {"healthy": sheets.contact_sheet(healthy.pixels, COLUMNS), "line": words}
    if gan.config.set != "cats":  # only a training on cats was broken on purpose
        return shown | {"broken": gr.update(value=None, visible=False), "beside": ""}
    broken = snapshots.collapsed()
    if broken is None:
        return shown | {"broken": gr.update(value=None, visible=True), "beside": NO_COLLAPSED}
    beside = snapshots.load_snapshot(broken, snapshots.same_moment(broken, healthy.images), sheet.seed)
    pictures = gr.update(value=sheets.contact_sheet(beside.pixels, COLUMNS), visible=True)
    return shown | {"broken": pictures, "beside": text.moment_line(beside, "Broken on purpose")}


def time_page(sheet: gr.State, tab: gr.Tab) -> None:
    moment = gr.Slider(0, 11, 11, step=1, label="When: from before the first step to the end", elem_id="moment")
    with gr.Row():
        with gr.Column():
            healthy = _sheet_image("Its training", "time-healthy")
            line = gr.Markdown("", elem_classes=["hl-status", "hl-numbers"], elem_id="time-status")
        with gr.Column():
            broken = _sheet_image("A training that collapsed", "time-collapsed")
            beside = gr.Markdown("", elem_classes=["hl-status", "hl-numbers"], elem_id="time-collapsed-status")
    show_lesson("dcgan/page/lessons/time.md")
    show_code("demos.dcgan.explore.snapshots.load_snapshot", "demos.dcgan.training.scores.spread")
    travelling = into(travel, healthy=healthy, line=line, broken=broken, beside=beside)
    opened = tab.select(open_time, sheet, moment, api_name="open_time", **QUIET)
    opened.then(inputs=[sheet, moment], **travelling, api_name="arrive", **QUICK, **QUIET)
    moment.input(
        inputs=[sheet, moment], **travelling, api_name="travel", trigger_mode="always_last", **QUICK, **QUIET
    )  # fmt: skip


# ---- inside ---------------------------------------------------------------------------------------------------------


@guard
def open_inside(sheet: Sheet | None) -> dict[str, Any]:
    """The layers of the generator, the maps of the first, and batch norm's two modes."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import activations

    try:
        sheet = sheet_or_default(sheet)
    except DemoError as error:
        return {"silent": (), "maps": [], "line": str(error), "words": ""}
    names = activations.layers(pretrained.load(sheet.gan))
    telling = names[activations.telling_layer(pretrained.load(sheet.gan), sheet.latent())]
    picture = sheets.enlarge(sheet.picture())
    opened = {"layer": gr.update(choices=names, value=telling), "before": picture, "after": picture}
    return opened | look_at(sheet, telling, ()) | modes(sheet)


def look_at(sheet: Sheet, layer: str, silent: tuple[int, ...]) -> dict[str, Any]:
    """The layer's strongest maps, those of muted units marked."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import activations

    maps = activations.maps(pretrained.load(sheet.gan), sheet.latent(), number(layer))
    return {"silent": silent, "maps": text.map_tiles(maps, silent), "line": text.muted_line(maps, silent)}


def number(layer: str) -> int:
    """The index behind "2: 8 x 8, 160 units"."""
    return int(layer.split(":")[0]) - 1


def modes(sheet: Sheet) -> dict[str, Any]:
    """The sheet with batch norm in evaluation mode and in training mode."""
    import torch

    from demos.dcgan import pretrained
    from demos.dcgan.explore import activations

    if len(sheet) < 2:
        return {"words": "A batch of 1 has no statistics of its own. Dream up 2 pictures or more."}
    both = activations.batch_norm_modes(pretrained.load(sheet.gan), torch.from_numpy(sheet.z[:16]))
    return {
        "evaluation": sheets.contact_sheet(both.evaluation, COLUMNS),
        "training": sheets.contact_sheet(both.training, COLUMNS),
        "alone": sheets.enlarge(sheets.contact_sheet(both.alone, 1, times=1)),
        "words": f"The two sheets differ by **{100 * both.rms_difference:.1f} %** of full brightness.",
    }


@guard
def other_layer(sheet: Sheet | None, layer: str) -> dict[str, Any]:
    """Each layer starts with all its units."""
    sheet = sheet_or_default(sheet)
    return look_at(sheet, layer, ()) | {"after": sheets.enlarge(sheet.picture())}


@guard
def mute(sheet: Sheet | None, layer: str, silent: tuple[int, ...], event: gr.SelectData) -> dict[str, Any]:
    """A click on a map: its unit falls silent, or speaks again."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import activations

    sheet = sheet_or_default(sheet)
    gan = pretrained.load(sheet.gan)
    unit = activations.maps(gan, sheet.latent(), number(layer)).units[event.index]
    silent = tuple(u for u in silent if u != unit) if unit in silent else (*silent, unit)
    return look_at(sheet, layer, silent) | {"after": without(sheet, layer, silent)}


@guard
def mute_all(sheet: Sheet | None, layer: str) -> dict[str, Any]:
    """The eight strongest at once."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import activations

    sheet = sheet_or_default(sheet)
    silent = activations.maps(pretrained.load(sheet.gan), sheet.latent(), number(layer), 8).units
    return look_at(sheet, layer, silent) | {"after": without(sheet, layer, silent)}


def without(sheet: Sheet, layer: str, silent: tuple[int, ...]) -> Any:
    from demos.dcgan import pretrained
    from demos.dcgan.explore import activations

    pixels = activations.ablate_units(pretrained.load(sheet.gan), sheet.latent(), number(layer), silent)
    return sheets.enlarge(sheets.contact_sheet(pixels, 1, times=1))


def inside_page(sheet: gr.State, tab: gr.Tab) -> None:
    silent = gr.State((), time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            layer = gr.Radio(
                [], label="A layer", elem_id="gan-layer",
                info="It opens with the one whose strongest unit changes this picture most. A unit is one channel.",
            )  # fmt: skip
            with gr.Row():
                before = _sheet_image("The current picture", "inside-before", 200)
                after = _sheet_image("With units muted", "inside-after", 200)
            with gr.Row():
                strongest = gr.Button("Mute the eight strongest", size="sm", elem_id="mute-eight")
                all_back = gr.Button("Let all speak", size="sm", elem_id="unmute")
        with gr.Column(elem_classes="hl-out"):
            maps = gr.Gallery(
                columns=8, height="auto", label="The maps of the layer's units", show_label=False,
                allow_preview=False, interactive=False, format="png",
                buttons=[], elem_id="maps", elem_classes=["hl-tiles", HARD],
            )  # fmt: skip
            line = gr.Markdown("", elem_classes="hl-status", elem_id="inside-status")
            with gr.Accordion("Batch norm in its two modes", open=False):
                with gr.Row():
                    evaluation = _sheet_image("Evaluation: by the averages of training", "bn-evaluation", 260)
                    training = _sheet_image("Training: by this batch of 16", "bn-training", 260)
                    alone = _sheet_image("Training mode, the first one alone", "bn-alone", 260)
                words = gr.Markdown("", elem_classes="hl-numbers", elem_id="bn-line")
            show_lesson("dcgan/page/lessons/inside.md")
            show_code(
                "demos.dcgan.explore.activations.ablate_units", "demos.dcgan.explore.activations.batch_norm_modes"
            )
    shown = {"silent": silent, "maps": maps, "line": line, "after": after}
    modes_of = {"evaluation": evaluation, "training": training, "alone": alone, "words": words}
    tab.select(
        inputs=sheet, **into(open_inside, layer=layer, before=before, **shown, **modes_of), api_name="open_inside",
        **QUICK, **QUIET,
    )  # fmt: skip
    gr.on(
        [layer.input, all_back.click], inputs=[sheet, layer], **into(other_layer, **shown), api_name="layer",
        **QUICK, **QUIET,
    )  # fmt: skip
    maps.select(inputs=[sheet, layer, silent], **into(mute, **shown), api_name="mute", **QUICK, **QUIET)
    strongest.click(inputs=[sheet, layer], **into(mute_all, **shown), api_name="mute_eight", **QUICK, **QUIET)
