"""The time machine, and what goes on inside the generator."""

from typing import Any

import gradio as gr
import torch

from demos.core.errors import DemoError
from demos.core.images import sheets as images_sheets
from demos.core.page import run
from demos.core.page.lesson import show_code, show_lesson
from demos.dcgan import pretrained, sampling
from demos.dcgan.explore import activations, snapshots
from demos.dcgan.page import text
from demos.dcgan.page.current_sheet import HARD, sheet_or_default
from demos.dcgan.page.sample import QUICK, QUIET, SKIP
from demos.dcgan.sampling import Sheet

COLUMNS = 4
NO_COLLAPSED = "The run that was broken on purpose is not in weights/. Break one yourself: *Train one now*."


def _sheet_image(label: str, name: str, height: int = 360) -> gr.Image:
    return gr.Image(
        label=label, format="png", interactive=False, height=height, buttons=[], elem_id=name,
        elem_classes=["hl-fill", HARD],
    )  # fmt: skip


# ---- time machine ---------------------------------------------------------------------------------------------------


@run.guard
def open_time(sheet: Sheet | None) -> Any:
    """The slider, as long as the training has moments."""
    try:
        last = len(snapshots.snapshots(pretrained.load(sheet_or_default(sheet).gan))) - 1
    except DemoError:
        return SKIP
    return gr.update(maximum=max(1, last), value=last, interactive=last > 0)


@run.guard
def travel(sheet: Sheet | None, moment: float) -> tuple[Any, ...]:
    """(healthy, its line, collapsed, its line)."""
    try:
        sheet = sheet_or_default(sheet)
    except DemoError as error:
        return SKIP, str(error), SKIP, ""
    gan = pretrained.load(sheet.gan)
    index = min(int(moment), len(snapshots.snapshots(gan)) - 1)
    healthy = snapshots.load_snapshot(gan, index, sheet.seed)
    words = text.moment_line(healthy, gan.name)
    if len(snapshots.snapshots(gan)) == 1:
        words += " · this generator came without snapshots of its training"
    shown = images_sheets.contact_sheet(healthy.pixels, COLUMNS)
    if gan.config.set != "cats":  # only a training on cats was broken on purpose
        return shown, words, gr.update(value=None, visible=False), ""
    broken = snapshots.collapsed()
    if broken is None:
        return shown, words, gr.update(value=None, visible=True), NO_COLLAPSED
    beside = snapshots.load_snapshot(broken, snapshots.same_moment(broken, healthy.images), sheet.seed)
    pictures = gr.update(value=images_sheets.contact_sheet(beside.pixels, COLUMNS), visible=True)
    return shown, words, pictures, text.moment_line(beside, "Broken on purpose")


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
    show_code(snapshots.load_snapshot, sampling.diversity)
    shown = [healthy, line, broken, beside]
    opened = tab.select(open_time, sheet, moment, api_name="open_time", **QUIET)
    opened.then(travel, [sheet, moment], shown, api_name="arrive", **QUICK, **QUIET)
    moment.input(
        travel, [sheet, moment], shown, api_name="travel", trigger_mode="always_last", **QUICK, **QUIET
    )  # fmt: skip


# ---- inside ---------------------------------------------------------------------------------------------------------


@run.guard
def open_inside(sheet: Sheet | None) -> tuple[Any, ...]:
    """(layers, muted units, maps, line, before, after, the three modes, their line)."""
    try:
        sheet = sheet_or_default(sheet)
    except DemoError as error:
        return SKIP, (), [], str(error), SKIP, SKIP, SKIP, SKIP, SKIP, ""
    gan = pretrained.load(sheet.gan)
    names = activations.layers(gan)
    picture = images_sheets.enlarge(sheet.picture())
    return gr.update(choices=names, value=names[0]), (), *look_at(sheet, names[0], ()), picture, picture, *modes(sheet)


def look_at(sheet: Sheet, layer: str, silent: tuple[int, ...]) -> tuple[Any, str]:
    maps = activations.maps(pretrained.load(sheet.gan), sheet.latent(), number(layer))
    return text.map_tiles(maps, silent), text.muted_line(maps, silent)


def number(layer: str) -> int:
    """The index behind "2: 8 x 8, 160 units"."""
    return int(layer.split(":")[0]) - 1


def modes(sheet: Sheet) -> tuple[Any, ...]:
    if len(sheet) < 2:
        return SKIP, SKIP, SKIP, "A batch of 1 has no statistics of its own. Dream up 2 pictures or more."
    found = activations.batch_norm_modes(pretrained.load(sheet.gan), torch.from_numpy(sheet.z[:16]))
    line = f"The two sheets differ by **{100 * found.apart:.1f} %** of full brightness."
    sheets = (images_sheets.contact_sheet(p, COLUMNS) for p in (found.evaluation, found.training))
    return *sheets, images_sheets.enlarge(images_sheets.contact_sheet(found.alone, 1, times=1)), line


@run.guard
def other_layer(sheet: Sheet | None, layer: str) -> tuple[Any, ...]:
    """(muted units, maps, line, after): each layer starts with all its units."""
    sheet = sheet_or_default(sheet)
    return (), *look_at(sheet, layer, ()), images_sheets.enlarge(sheet.picture())


@run.guard
def mute(sheet: Sheet | None, layer: str, silent: tuple[int, ...], event: gr.SelectData) -> tuple[Any, ...]:
    """A click on a map: its unit falls silent, or speaks again."""
    sheet = sheet_or_default(sheet)
    gan = pretrained.load(sheet.gan)
    unit = activations.maps(gan, sheet.latent(), number(layer)).units[event.index]
    silent = tuple(u for u in silent if u != unit) if unit in silent else (*silent, unit)
    return silent, *look_at(sheet, layer, silent), without(sheet, layer, silent)


@run.guard
def mute_all(sheet: Sheet | None, layer: str) -> tuple[Any, ...]:
    """The eight strongest at once."""
    sheet = sheet_or_default(sheet)
    silent = activations.maps(pretrained.load(sheet.gan), sheet.latent(), number(layer), 8).units
    return silent, *look_at(sheet, layer, silent), without(sheet, layer, silent)


def without(sheet: Sheet, layer: str, silent: tuple[int, ...]) -> Any:
    pixels = activations.ablate_units(pretrained.load(sheet.gan), sheet.latent(), number(layer), silent)
    return images_sheets.enlarge(images_sheets.contact_sheet(pixels, 1, times=1))


def inside_page(sheet: gr.State, tab: gr.Tab) -> None:
    silent = gr.State((), time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            layer = gr.Radio([], label="A layer", elem_id="gan-layer")
            with gr.Row():
                before = _sheet_image("The current picture", "inside-before", 200)
                after = _sheet_image("With units muted", "inside-after", 200)
            with gr.Row():
                strongest = gr.Button("Mute the eight strongest", size="sm", elem_id="mute-eight")
                all_back = gr.Button("Let all speak", size="sm", elem_id="unmute")
        with gr.Column(elem_classes="hl-out"):
            maps = gr.Gallery(
                columns=8, height="auto", show_label=False, allow_preview=False, interactive=False, format="png",
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
            show_code(activations.ablate_units, activations.batch_norm_modes)
    tab.select(
        open_inside, sheet, [layer, silent, maps, line, before, after, evaluation, training, alone, words],
        api_name="open_inside", **QUICK, **QUIET,
    )  # fmt: skip
    shown = [silent, maps, line, after]
    gr.on([layer.input, all_back.click], other_layer, [sheet, layer], shown, api_name="layer", **QUICK, **QUIET)
    maps.select(mute, [sheet, layer, silent], shown, api_name="mute", **QUICK, **QUIET)
    strongest.click(mute_all, [sheet, layer], shown, api_name="mute_eight", **QUICK, **QUIET)
