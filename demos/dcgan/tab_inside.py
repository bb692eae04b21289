"""The time machine, and what goes on inside the generator."""

from typing import Any

import gradio as gr
import torch

from demos.core import lessons, runs
from demos.core.errors import DemoError
from demos.dcgan import gans, inside, sampling, scores, show, time_machine
from demos.dcgan.sampling import Sheet
from demos.dcgan.tab_sample import HARD, QUICK, QUIET, SKIP, have

COLUMNS = 4
NO_COLLAPSED = "The run that was broken on purpose is not in weights/. Break one yourself: *Train one now*."


def _sheet_image(label: str, name: str, height: int = 360) -> gr.Image:
    return gr.Image(
        label=label, format="png", interactive=False, height=height, buttons=[], elem_id=name,
        elem_classes=["hl-fill", HARD],
    )  # fmt: skip


# ---- time machine ---------------------------------------------------------------------------------------------------


@runs.guard
def open_time(sheet: Sheet | None) -> Any:
    """The slider, as long as the training has moments."""
    try:
        last = len(time_machine.moments(gans.load(have(sheet).gan))) - 1
    except DemoError:
        return SKIP
    return gr.update(maximum=max(1, last), value=last, interactive=last > 0)


@runs.guard
def travel(sheet: Sheet | None, moment: float) -> tuple[Any, ...]:
    """(healthy, its line, collapsed, its line)."""
    try:
        sheet = have(sheet)
    except DemoError as error:
        return SKIP, str(error), SKIP, ""
    gan = gans.load(sheet.gan)
    index = min(int(moment), len(time_machine.moments(gan)) - 1)
    healthy = time_machine.visit(gan, index, sheet.seed)
    words = show.moment_line(healthy, gan.name)
    if len(time_machine.moments(gan)) == 1:
        words += " · this generator came without snapshots of its training"
    shown = sampling.contact(healthy.pixels, COLUMNS)
    if gan.config.set != "cats":  # only a training on cats was broken on purpose
        return shown, words, gr.update(value=None, visible=False), ""
    broken = time_machine.collapsed()
    if broken is None:
        return shown, words, gr.update(value=None, visible=True), NO_COLLAPSED
    beside = time_machine.visit(broken, time_machine.same_moment(broken, healthy.images), sheet.seed)
    pictures = gr.update(value=sampling.contact(beside.pixels, COLUMNS), visible=True)
    return shown, words, pictures, show.moment_line(beside, "Broken on purpose")


def time_page(sheet: gr.State, tab: gr.Tab) -> None:
    moment = gr.Slider(0, 11, 11, step=1, label="When: from before the first step to the end", elem_id="moment")
    with gr.Row():
        with gr.Column():
            healthy = _sheet_image("Its training", "time-healthy")
            line = gr.Markdown("", elem_classes=["hl-status", "hl-numbers"], elem_id="time-status")
        with gr.Column():
            broken = _sheet_image("A training that collapsed", "time-collapsed")
            beside = gr.Markdown("", elem_classes=["hl-status", "hl-numbers"], elem_id="time-collapsed-status")
    lessons.lesson(__file__, "lesson_time.md")
    lessons.code(time_machine.visit, scores.diversity)
    shown = [healthy, line, broken, beside]
    opened = tab.select(open_time, sheet, moment, api_name="open_time", **QUIET)
    opened.then(travel, [sheet, moment], shown, api_name="arrive", **QUICK, **QUIET)
    moment.input(
        travel, [sheet, moment], shown, api_name="travel", trigger_mode="always_last", **QUICK, **QUIET
    )  # fmt: skip


# ---- inside ---------------------------------------------------------------------------------------------------------


@runs.guard
def open_inside(sheet: Sheet | None) -> tuple[Any, ...]:
    """(layers, muted units, maps, line, before, after, the three modes, their line)."""
    try:
        sheet = have(sheet)
    except DemoError as error:
        return SKIP, (), [], str(error), SKIP, SKIP, SKIP, SKIP, SKIP, ""
    gan = gans.load(sheet.gan)
    names = inside.layers(gan)
    picture = sampling.enlarged(sheet.picture())
    return gr.update(choices=names, value=names[0]), (), *look_at(sheet, names[0], ()), picture, picture, *modes(sheet)


def look_at(sheet: Sheet, layer: str, silent: tuple[int, ...]) -> tuple[Any, str]:
    maps = inside.maps(gans.load(sheet.gan), sheet.latent(), number(layer))
    return show.map_tiles(maps, silent), show.muted_line(maps, silent)


def number(layer: str) -> int:
    """The index behind "2: 8 x 8, 160 units"."""
    return int(layer.split(":")[0]) - 1


def modes(sheet: Sheet) -> tuple[Any, ...]:
    if len(sheet) < 2:
        return SKIP, SKIP, SKIP, "A batch of 1 has no statistics of its own. Dream up 2 pictures or more."
    found = inside.batch_norm_modes(gans.load(sheet.gan), torch.from_numpy(sheet.z[:16]))
    line = f"The two sheets differ by **{100 * found.apart:.1f} %** of full brightness."
    sheets = (sampling.contact(p, COLUMNS) for p in (found.evaluation, found.training))
    return *sheets, sampling.enlarged(sampling.contact(found.alone, 1, times=1)), line


@runs.guard
def other_layer(sheet: Sheet | None, layer: str) -> tuple[Any, ...]:
    """(muted units, maps, line, after): each layer starts with all its units."""
    sheet = have(sheet)
    return (), *look_at(sheet, layer, ()), sampling.enlarged(sheet.picture())


@runs.guard
def mute(sheet: Sheet | None, layer: str, silent: tuple[int, ...], event: gr.SelectData) -> tuple[Any, ...]:
    """A click on a map: its unit falls silent, or speaks again."""
    sheet = have(sheet)
    gan = gans.load(sheet.gan)
    unit = inside.maps(gan, sheet.latent(), number(layer)).units[event.index]
    silent = tuple(u for u in silent if u != unit) if unit in silent else (*silent, unit)
    return silent, *look_at(sheet, layer, silent), without(sheet, layer, silent)


@runs.guard
def mute_all(sheet: Sheet | None, layer: str) -> tuple[Any, ...]:
    """The eight strongest at once."""
    sheet = have(sheet)
    silent = inside.maps(gans.load(sheet.gan), sheet.latent(), number(layer), 8).units
    return silent, *look_at(sheet, layer, silent), without(sheet, layer, silent)


def without(sheet: Sheet, layer: str, silent: tuple[int, ...]) -> Any:
    pixels = inside.muted(gans.load(sheet.gan), sheet.latent(), number(layer), silent)
    return sampling.enlarged(sampling.contact(pixels, 1, times=1))


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
            lessons.lesson(__file__, "lesson_inside.md")
            lessons.code(inside.muted, inside.batch_norm_modes)
    tab.select(
        open_inside, sheet, [layer, silent, maps, line, before, after, evaluation, training, alone, words],
        api_name="open_inside", **QUICK, **QUIET,
    )  # fmt: skip
    shown = [silent, maps, line, after]
    gr.on([layer.input, all_back.click], other_layer, [sheet, layer], shown, api_name="layer", **QUICK, **QUIET)
    maps.select(mute, [sheet, layer, silent], shown, api_name="mute", **QUICK, **QUIET)
    strongest.click(mute_all, [sheet, layer], shown, api_name="mute_eight", **QUICK, **QUIET)
