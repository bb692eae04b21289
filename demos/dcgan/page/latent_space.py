"""Moving through the latent space on the page: walks, steering, arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from demos.core.errors import DemoError
from demos.core.images import sheets
from demos.core.page.events import QUICK, QUIET, SHORT, compute, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.dcgan import limits
from demos.dcgan.page import text
from demos.dcgan.page.current_sheet import HARD, sheet_or_default, with_current
from demos.dcgan.settings import FURTHEST, SLIDERS, WAYS

if TYPE_CHECKING:
    from demos.dcgan.sampling import Sheet

Walked = tuple[str, np.ndarray] | None  # the generator's name, and the stops' latent vectors (S, latent)
Saved = tuple[tuple[str, tuple[float, ...]], ...]  # edits by name
PLACES, FIRST_TERMS = ("A", "B", "C"), (0, 1, 2)  # of a sum, and pictures for them


# ---- walk -----------------------------------------------------------------------------------------------------------


NOT_YET = "Press *Walk*: from the current picture to the next ones on the sheet, and back."
FILMS = ("Keep the walk (MP4)", "Keep the walk (GIF)")


@compute
def go_for_a_walk(sheet: Sheet | None, stops: float, way: str) -> tuple[Any, ...]:
    """(video, strip, numbers, the MP4 and the GIF to keep, which stops it led through)."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import interpolate

    sheet = sheet_or_default(sheet)
    gan = pretrained.load(sheet.gan)
    z = interpolate.stops_of(sheet, limits.WALKED.checked(stops))
    frames = interpolate.frames(gan, z, way=way)
    line = text.walk_line(sheet, (sheet.chosen + 1) % len(sheet), way)
    film = str(interpolate.mp4(frames))
    kept = [gr.update(value=path, interactive=True) for path in (film, str(interpolate.gif(frames)))]
    return film, interpolate.strip(frames), line, *kept, (gan.name, z.numpy())


@guard
def start_from(sheet: Sheet | None, walked: Walked) -> dict[str, Any]:
    """The current picture; a walk that led through others is taken away, its files too."""
    from demos.dcgan.explore import interpolate

    try:
        sheet = sheet_or_default(sheet)
    except DemoError as error:
        return {"numbers": str(error)}
    start = {"start": sheets.enlarge(sheet.picture())}
    if walked is None:
        return start
    gan, z = walked
    if gan == sheet.gan and np.array_equal(z, interpolate.stops_of(sheet, len(z)).numpy()):
        return start
    closed = dict.fromkeys(("film", "kept"), gr.update(value=None, interactive=False))
    return start | closed | {"video": None, "strip": None, "numbers": NOT_YET, "walked": None}


def walk_page(sheet: gr.State, tab: gr.Tab) -> None:
    walked = gr.State(None, time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            start = _current("walk-start")
            stops = gr.Slider(
                limits.WALKED.low,
                limits.WALKED.high,
                limits.WALKED.default,
                step=1,
                label="Through how many pictures of the sheet",
                elem_id="walk-stops",
            )
            way = gr.Radio(list(WAYS), value=WAYS[0], label="Which way", elem_id="walk-way")
            go = gr.Button("Walk", variant="primary", elem_classes="hl-go", elem_id="walk")
        with gr.Column(elem_classes="hl-out"):
            video = gr.Video(
                label="The walk",
                autoplay=True,
                loop=True,
                height=320,
                interactive=False,
                buttons=[],
                elem_id="walk-video",
                elem_classes="hl-moves",
            )
            strip = gr.Image(
                label="The same as a strip", height=110, format="png", interactive=False, buttons=[],
                alt_text="Twelve pictures of the walk",
                elem_id="walk-strip", elem_classes=["hl-fill", HARD],
            )  # fmt: skip
            numbers = gr.Markdown(NOT_YET, elem_classes="hl-numbers", elem_id="walk-numbers")
            with gr.Row():
                film, kept = (
                    gr.DownloadButton(words, size="sm", interactive=False, elem_id=name)
                    for words, name in zip(FILMS, ("walk-mp4", "walk-gif"), strict=True)
                )
            show_lesson("dcgan/page/lessons/walk.md")
            show_code("demos.dcgan.explore.interpolate.slerp", "demos.dcgan.explore.interpolate.path")
    shown = {"video": video, "strip": strip, "numbers": numbers, "film": film, "kept": kept, "walked": walked}
    tab.select(
        inputs=[sheet, walked], **into(start_from, start=start, **shown), api_name="walk_from", **QUIET
    )  # fmt: skip
    gr.on(
        [go.click, way.input], go_for_a_walk, [sheet, stops, way], list(shown.values()),
        api_name="walk_page", trigger_mode="always_last", **SHORT, **QUIET,
    )  # fmt: skip


def _current(name: str, label: str = "The current picture") -> gr.Image:
    return gr.Image(
        label=label, format="png", interactive=False, height=220, buttons=[], elem_id=name,
        elem_classes=["hl-fill", HARD], alt_text=label,
    )  # fmt: skip


# ---- steer ----------------------------------------------------------------------------------------------------------


@compute
def open_steering(sheet: Sheet | None) -> dict[str, Any]:
    """The current picture, what each direction does to it, and all sliders in the middle."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import directions

    level: dict[str, Any] = {f"slider_{i}": 0.0 for i in range(SLIDERS)}
    try:
        sheet = sheet_or_default(sheet)
    except DemoError as error:
        return level | {"line": str(error)}
    gan = pretrained.load(sheet.gan)
    here = sheets.enlarge(sheet.picture())
    overview = sheets.contact_sheet(directions.overview(gan, sheet.latent()), columns=len(directions.SHOWN), times=1)
    return level | {"before": here, "after": here, "overview": overview, "tiles": text.sum_tiles(sheet,
    FIRST_TERMS), "picked": FIRST_TERMS,
                    "line": "", "total": None, "sum_line": "", "place": PLACES[0]}  # fmt: skip


@compute
def steered(sheet: Sheet | None, *amounts: float) -> Any:
    from demos.dcgan import pretrained, sampling
    from demos.dcgan.explore import directions

    sheet = sheet_or_default(sheet)
    gan = pretrained.load(sheet.gan)
    z = directions.steer(sheet.latent(), directions.directions(gan), amounts)
    return sheets.enlarge(sampling.sheet_from_latents(gan, z).picture(0))


@compute
def take_steered(sheet: Sheet | None, *amounts: float) -> Sheet:
    """The sheet with the steered picture in place of the current one."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import directions

    sheet = sheet_or_default(sheet)
    principal = directions.directions(pretrained.load(sheet.gan))
    return with_current(sheet, directions.steer(sheet.latent(), principal, amounts))


@guard
def save_edit(saved: Saved, name: str, *amounts: float) -> tuple[Any, ...]:
    """(edits, their names, an empty name)."""
    name = name.strip()[:30]
    if not name:
        raise DemoError("This edit has no name yet. Call it something: older, darker, looks left ...")
    others = tuple(edit for edit in saved if edit[0] != name)
    saved = (*others, (name, tuple(float(a) for a in amounts)))[-20:]
    return saved, gr.update(choices=[edit[0] for edit in saved], value=name), ""


@guard
def recall_edit(saved: Saved, name: str | None) -> dict[str, Any]:
    """The sliders as they were saved under that name."""
    return {f"slider_{i}": amount for i, amount in enumerate(dict(saved).get(name or "", ()))}


@guard
def pick(sheet: Sheet | None, picked: tuple[int, ...], place: str, event: gr.SelectData) -> tuple[Any, ...]:
    """(the three tiles, where the next click goes, all tiles with their letters)."""
    index = PLACES.index(place)
    picked = (*picked[:index], event.index, *picked[index + 1 :])
    return picked, PLACES[(index + 1) % len(PLACES)], text.sum_tiles(sheet_or_default(sheet), picked)


@compute
def add_up(sheet: Sheet | None, picked: tuple[int, ...]) -> tuple[Any, ...]:
    """(A, B, C and the result, in words)."""
    import torch

    from demos.dcgan import pretrained, sampling
    from demos.dcgan.explore import directions

    sheet = sheet_or_default(sheet)
    gan, chosen = pretrained.load(sheet.gan), [min(i, len(sheet) - 1) for i in picked]
    z = directions.arithmetic(*(sheet.latent(i) for i in chosen))
    terms = sampling.sheet_from_latents(gan, torch.cat([*(sheet.latent(i) for i in chosen), z]))
    words = f"{chosen[0] + 1} - {chosen[1] + 1} + {chosen[2] + 1}"
    return sheets.contact_sheet(
        terms.pixels, columns=4
    ), f"A, B, C, and A - B + C, that is pictures {words} of the sheet."


def steer_page(sheet: gr.State, tab: gr.Tab) -> None:
    saved, picked = gr.State((), time_to_live=3600), gr.State(FIRST_TERMS, time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            sliders = [
                gr.Slider(
                    -FURTHEST,
                    FURTHEST,
                    0,
                    step=0.1,
                    label=f"Direction {i + 1}",
                    elem_id=f"steer-{i}",
                )
                for i in range(SLIDERS)
            ]
            taken = gr.Button("Make it the current picture", size="sm", elem_id="steer-take")
            level = gr.Button("Start over", size="sm", elem_id="steer-level")
            with gr.Accordion("Name and save this edit", open=False):
                name = gr.Textbox("", label="Name", max_lines=1, elem_id="edit-name")
                save = gr.Button("Save", size="sm", elem_id="edit-save")
                edits = gr.Dropdown([], label="Saved edits, for any picture", elem_id="edits")
        with gr.Column(elem_classes="hl-out"):
            with gr.Row():
                before, after = _current("steer-before"), _current("steer-after", "Steered")
            line = gr.Markdown("", elem_classes="hl-status", elem_id="steer-status")
            overview = gr.Image(
                label="What each direction does, from -3 to 3", format="png", interactive=False, buttons=[],
                elem_id="steer-overview", elem_classes=["hl-fill", HARD],
                alt_text="A row for each direction: the picture moved from -3 to 3 units along it",
            )  # fmt: skip
            with gr.Accordion("Arithmetic: A - B + C", open=False):
                place = gr.Radio(list(PLACES), value="A", label="The next click sets", elem_id="sum-place")
                tiles = gr.Gallery(
                    columns=8, height="auto", label="Pictures for A, B and C", show_label=False,
                    allow_preview=False, interactive=False, format="png",
                    buttons=[], elem_id="sum-tiles", elem_classes=["hl-tiles", HARD],
                )  # fmt: skip
                total = gr.Image(
                    label="A, B, C, and A - B + C", format="png", interactive=False, height=160, buttons=[],
                    elem_id="sum", elem_classes=["hl-fill", HARD], alt_text="Pictures A, B, C, and A - B + C",
                )  # fmt: skip
                sum_line = gr.Markdown("", elem_classes="hl-note", elem_id="sum-line")
            show_lesson("dcgan/page/lessons/steer.md")
            show_code("demos.dcgan.explore.directions.find", "demos.dcgan.explore.directions.arithmetic")
    named = {f"slider_{i}": slider for i, slider in enumerate(sliders)}
    opening = into(
        open_steering, before=before, after=after, overview=overview, tiles=tiles, line=line, picked=picked,
        total=total, sum_line=sum_line, place=place, **named,
    )  # fmt: skip
    tab.select(inputs=sheet, **opening, api_name="open_steering", **QUICK, **QUIET)
    took = taken.click(take_steered, [sheet, *sliders], sheet, api_name="take_steered", **QUICK, **QUIET)
    took.success(inputs=sheet, **opening, api_name="steer_on", **QUICK, **QUIET).then(
        lambda: "It is the current picture now, here and on all pages: walk from it, steer it on.", None, line,
        api_name="taken_words", **QUIET,
    )  # fmt: skip
    level.click(inputs=sheet, **opening, api_name="level_steering", **QUICK, **QUIET)
    gr.on(
        [s.input for s in sliders], steered, [sheet, *sliders], after,
        api_name="steer_page", trigger_mode="always_last", **QUICK, **QUIET,
    )  # fmt: skip
    gr.on(
        [save.click, name.submit], save_edit, [saved, name, *sliders], [saved, edits, name],
        api_name="save_edit", **QUIET,
    )  # fmt: skip
    recalled = edits.input(inputs=[saved, edits], **into(recall_edit, **named), api_name="recall_edit", **QUIET)
    recalled.then(steered, [sheet, *sliders], after, api_name="steer_recalled", **QUICK, **QUIET)
    clicked = tiles.select(pick, [sheet, picked, place], [picked, place, tiles], api_name="pick_term", **QUIET)
    clicked.then(add_up, [sheet, picked], [total, sum_line], api_name="add_up", **QUICK, **QUIET)
