"""Sampling on the page: the big button, the sheet, the current picture, what one keeps."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.images import sheets
from demos.core.page.events import QUICK, QUIET, compute, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.dcgan import limits
from demos.dcgan.page import current_sheet, text

if TYPE_CHECKING:
    from demos.dcgan.sampling import Sheet

# ---- what the events call -------------------------------------------------------------------------------------------


def result(sheet: Sheet) -> dict[str, Any]:
    """A sheet with its tiles, its line, and the big button's words."""
    from demos.dcgan import pretrained

    gan = pretrained.load(sheet.gan)
    shown = {"tiles": text.tiles(sheet), "status": text.sheet_line(sheet, gan), "go": text.dream(gan, len(sheet))}
    return shown | current(sheet)


def current(sheet: Sheet) -> dict[str, Any]:
    """The current picture of the sheet, large, with its numbers."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import nearest

    words = text.tile_line(sheet, nearest.believed(pretrained.load(sheet.gan)))
    return {"sheet": sheet, "picture": sheets.enlarge(sheet.picture()), "numbers": words}


@compute
def open_page() -> dict[str, Any]:
    """The page at first sight; where no generator is here, one sentence that says so, and the way out."""
    from demos.dcgan import pretrained

    try:
        first = current_sheet.first_sheet()
    except DemoError as error:
        return {"model": gr.update(choices=[]), "sheet": None, "tiles": [], "status": str(error), "numbers": ""}
    return {"model": gr.update(choices=pretrained.names(), value=first.gan)} | result(first)


@guard
def keepsake(sheet: Sheet | None) -> Any:
    """The file to take home, made once the sheet is seen: writing it takes longer than dreaming it up."""
    from demos.dcgan import sampling

    return gr.skip() if sheet is None else gr.update(value=str(sampling.write_png(sheet)), interactive=True)


@compute
def again(model: str, hub: str, seed: float, count: float, truncation: float, best_first: bool) -> dict[str, Any]:
    """The sheet of these settings."""
    from demos.dcgan import pretrained, sampling
    from demos.dcgan.explore import nearest

    gan = pretrained.load(hub.strip() or model or "")
    numbers = limits.SEED.checked(seed), limits.COUNT.checked(count), limits.TRUNCATION.checked(truncation)
    return result(nearest.measured(gan, sampling.sheet(gan, *numbers), best_first))


@compute
def again_with(
    changed: dict[int, tuple[float, ...]], model: str, hub: str, seed: float, count: float, truncation: float,
    best_first: bool,
) -> dict[str, Any]:  # fmt: skip
    """The sheet of a kept one's settings, with the pictures that were found or steered on it."""
    made = again(model, hub, seed, count, truncation, best_first)
    return result(current_sheet.with_latents(made["sheet"], changed)) if changed else made


@compute
def come_back(sheet: Sheet | None) -> dict[str, Any]:
    """The sheet as the other pages have left it."""
    return {"status": gr.skip()} if sheet is None else result(sheet)


def new_seed() -> int:
    return secrets.randbelow(100_000)


@guard
def choose(sheet: Sheet | None, event: gr.SelectData) -> dict[str, Any]:
    """A click on a tile makes it the current picture."""
    return current(current_sheet.sheet_or_default(sheet).choose(event.index))


@guard
def restore(file: str | None) -> dict[str, Any]:
    """The settings of a kept sheet."""
    from demos.dcgan import pretrained, sampling

    if not file:
        raise DemoError("There is no sheet yet. Drop one that was kept here, as the file itself.")
    kept = sampling.read_settings(file)
    restored: dict[str, Any] = {"seed": kept.seed, "count": kept.count, "truncation": kept.truncation}
    restored |= {"best_first": kept.best_first, "changed": kept.changed}
    return restored | ({"model": kept.model, "hub": ""} if kept.model in pretrained.names() else {"hub": kept.model})


# ---- the page -------------------------------------------------------------------------------------------------------


def page(sheet: gr.State, root: gr.Blocks, tab: gr.Tab) -> None:
    of_file = gr.State({}, time_to_live=3600)  # of a sheet that was dropped
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            model = gr.Radio([], label="A generator", elem_id="gan")
            count = gr.Slider(
                limits.COUNT.low,
                limits.COUNT.high,
                current_sheet.FIRST_COUNT,
                step=1,
                label="How many",
                elem_id="gan-count",
            )
            truncation = gr.Slider(
                limits.TRUNCATION.low, limits.TRUNCATION.high, current_sheet.FIRST_TRUNCATION, step=0.05,
                elem_id="gan-truncation", label="Truncation: left is safe and alike, right is all it has",
                info="Left, each vector is mixed with the nearest of eight whose pictures came out well.",
            )  # fmt: skip
            go = gr.Button("Dream up 16", variant="primary", elem_classes="hl-go", elem_id="dream")
            with gr.Accordion("More", open=False):
                seed = gr.Number(
                    current_sheet.FIRST_SEED,
                    precision=0,
                    minimum=limits.SEED.low,
                    maximum=limits.SEED.high,
                    label="Seed: the same one, the same pictures",
                )
                best_first = gr.Checkbox(True, label="Best first: the nearest to a real photo", elem_id="gan-best")
                hub = gr.Textbox("", label="A generator from the Hub: OWNER/NAME", elem_id="gan-hub", max_lines=1)
                load = gr.Button("Load it", size="sm", elem_id="gan-load")
                file = gr.File(label="Restore settings: drop a kept sheet", file_types=[".png"], height=120)
        with gr.Column(elem_classes="hl-out"):
            tiles = gr.Gallery(
                columns=8, height="auto", label="The sheet", show_label=False,
                allow_preview=False, interactive=False, format="png",
                buttons=[], elem_id="gan-sheet", elem_classes=["hl-tiles", "hl-moves", current_sheet.HARD],
                object_fit="contain",
            )  # fmt: skip
            status = gr.Markdown("Dreaming", elem_classes="hl-status", elem_id="gan-status")
            kept = gr.DownloadButton(
                "Keep the sheet (PNG, settings inside)", size="sm", interactive=False, elem_id="gan-keep"
            )
            picture = gr.Image(
                label="The current picture", format="png", interactive=False, height=260, buttons=["download"],
                elem_id="gan-current", elem_classes=["hl-fill", current_sheet.HARD],
                alt_text="The current picture",
            )  # fmt: skip
            numbers = gr.Markdown("", elem_classes="hl-numbers", elem_id="gan-numbers")
            show_lesson("dcgan/lesson.md")
            show_code("demos.dcgan.models.Generator", "demos.dcgan.sampling.latents")

    shown = {"sheet": sheet, "picture": picture, "numbers": numbers}
    results = shown | {"tiles": tiles, "status": status, "go": go}
    settings = {
        "model": model, "hub": hub, "seed": seed, "count": count, "truncation": truncation, "best_first": best_first,
    }  # fmt: skip
    dream = {"inputs": list(settings.values()), **into(again, **results), **QUICK, **QUIET}
    # What another page has put in place of the current picture is seen here as well.
    back_here = tab.select(inputs=sheet, **into(come_back, **results), api_name="back_to_sheet", **QUICK, **QUIET)
    opened = root.load(**into(open_page, model=model, **results), api_name="open_dcgan", **QUICK, **QUIET)
    fresh = go.click(new_seed, None, seed, api_name="new_seed", **QUIET)
    dreamt = fresh.then(**dream, api_name="dream_page")
    changed = gr.on(
        [seed.submit, count.release, truncation.release, best_first.input, load.click, hub.submit],
        **dream, api_name="dream_again", trigger_mode="always_last",
    )  # fmt: skip
    shipped = model.input(lambda: "", None, hub, api_name="leave_hub", **QUIET)
    other = shipped.then(**dream, api_name="dream_other")
    tiles.select(inputs=sheet, **into(choose, **shown), api_name="choose_tile", **QUIET)
    restored = file.upload(inputs=file, **into(restore, **settings, changed=of_file), api_name="restore_sheet", **QUIET)
    back = restored.success(
        **(dream | into(again_with, **results) | {"inputs": [of_file, *settings.values()]}), api_name="dream_restored"
    )
    for i, event in enumerate((opened, dreamt, changed, other, back, back_here)):
        event.success(keepsake, sheet, kept, api_name=f"keep_sheet_{i}", **QUIET)
