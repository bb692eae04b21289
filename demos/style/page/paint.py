"""Painting on the page: the big button, the scrubber, what one keeps; the events' functions, then their wiring."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.core.networks import choice
from demos.core.page import run as page_run
from demos.core.page import theme
from demos.core.page.lesson import show_code, show_lesson
from demos.style import cost, keep, painting, selection, settings
from demos.style.instant import stylise
from demos.style.optimise import losses, masks, multiscale
from demos.style.page import text
from demos.style.painting import Painting
from demos.style.selection import Styles
from demos.style.styles import gallery

COMPUTE: dict[str, Any] = {"concurrency_id": "compute", "concurrency_limit": 1}
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
SKIP = gr.skip()


@dataclass(frozen=True)
class Inputs:
    """The components on the left that every way of painting takes."""

    photo: gr.Image
    styles: gr.State
    network: gr.Radio
    editor: gr.ImageEditor
    controls: list[Any]  # as `choices.settings` takes them

    def all(self) -> list[Any]:
        return [self.photo, self.styles, self.network, self.editor, *self.controls]


# ---- what the events call -------------------------------------------------------------------------------------------


def result(shown: Painting) -> tuple[Any, ...]:
    """(picture, status, numbers, curve, painting, scrubber)."""
    last = max(1, len(shown.frames) - 1)
    scrub = gr.update(maximum=last, value=last, visible=len(shown.frames) > 1)
    return shown.picture, text.status(shown), text.numbers(shown), text.curve(shown), shown, scrub


def photo_in(photo: str | None) -> Any:
    if photo is None:
        raise DemoError("There is no photo to paint. Drop one, or click an example.")
    return load_image(photo)


def starting(words: str) -> tuple[Any, ...]:
    """Claims the run before anything heavy, so that Stop works from the start."""
    return SKIP, words, SKIP, SKIP, SKIP, gr.update(visible=False)


@page_run.guard
def say_cost(photo: str | None, network: str, *controls: Any) -> str:
    size = (1, 1) if photo is None else load_image(photo).size
    words = cost.describe(choice.load(network), selection.settings(*controls), max(size) / min(size))
    return f"This will take {words}."


@page_run.compute
def paint(
    photo: str | None, styles: Styles, network: str, editor: dict[str, Any] | None, *controls: Any
) -> Iterator[tuple[Any, ...]]:
    """A stream of what `result` gives, the instant result first."""
    yield starting("Looking at the photo and the style")
    image, settings = photo_in(photo), selection.settings(*controls)
    first = stylise.preview(image, selection.active(styles), settings)
    if settings.start == "instant" and first is None:
        raise DemoError("There is no instant result to start from. Start from the photo instead.")
    run = painting.paint(
        image, selection.active(styles), choice.load(network), settings, masks=masks.from_editor(editor), first=first
    )
    for shown in page_run.stream(run):
        yield result(shown)


@page_run.compute
def paint_on(
    shown: Painting | None, position: float, photo: str | None, styles: Styles, network: str,
    editor: dict[str, Any] | None, *controls: Any,
) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    """Branches: from the frame that is scrubbed to, with the settings as they are now."""
    yield starting("Going on from this frame")
    if shown is None or not shown.frames:
        raise DemoError("There is no frame to go on from. Paint first, then move the slider under the picture.")
    run = painting.paint(
        photo_in(photo), selection.active(styles), choice.load(network), selection.settings(*controls),
        masks=masks.from_editor(editor), begin_with=frame_at(shown, position).image(),
    )  # fmt: skip
    for progress in page_run.stream(run):
        yield result(progress)


def frame_at(shown: Painting, position: float) -> painting.Frame:
    return shown.frames[min(int(position), len(shown.frames) - 1)]


@page_run.guard
def scrub_to(shown: Painting | None, position: float) -> tuple[Any, str]:
    if shown is None or not shown.frames:
        return SKIP, ""
    return frame_at(shown, position).image(), text.frame_words(shown, int(position))


@page_run.guard
def over(shown: Painting | None, halted: bool) -> tuple[Any, ...]:
    """After a run that did not reach its end: (status, scrubber, big button, Stop)."""
    line = "Stopped. The picture so far is kept." if halted else "That did not work; the message says why."
    scrub = result(shown)[-1] if halted and shown is not None else SKIP
    return line, scrub, *idle()


def busy() -> tuple[Any, ...]:
    """Stop stands where the big button was, and nobody has pressed it; nothing is ready to be kept."""
    return gr.update(visible=False), gr.update(visible=True), False, ready(None), ready(None)


def idle() -> tuple[Any, Any]:
    return gr.update(visible=True), gr.update(visible=False)


@page_run.guard
def keepsakes(shown: Painting | None) -> tuple[Any, Any]:
    """The files to take home, made when the run is over: a download button gives what it holds when it is clicked."""
    if shown is None:
        return SKIP, SKIP
    film = keep.movie([frame.jpeg for frame in shown.frames]) if len(shown.frames) > 1 else None
    return ready(keep.write_png(shown.picture, shown.recipe)), ready(film)


def ready(file: Path | None) -> Any:
    return gr.update(value=None if file is None else str(file), interactive=file is not None)


@page_run.guard
def restore(file: str | None) -> tuple[Any, ...]:
    """Everything as it was for a kept picture: (styles, line, shares..., controls...)."""
    if file is None:
        return (SKIP,) * (2 + len(settings.PLACES) + 8 + len(losses.STYLE_LAYERS))
    recipe = keep.read(file)
    known = [(name, share) for name, share in recipe.styles if name in gallery.names()]
    styles = tuple(painting.SelectedStyle(*pair) for pair in known) + selection.FIRST[len(known) :]
    line = selection.describe(styles)
    if len(known) < len(recipe.styles):
        line += ". One of its styles was a picture of your own: drop that once more."
    return styles, line, *(style.share for style in styles), *selection.from_settings(recipe.settings)


# ---- the page -------------------------------------------------------------------------------------------------------


def build(
    inputs: Inputs, go: gr.Button, stop: gr.Button, style_line: gr.Markdown, shares: list[Any]
) -> tuple[list[Any], list[Any]]:
    """The right-hand side; gives the components that `result` and `keepsakes` fill."""
    shown, halted = gr.State(None, time_to_live=3600), gr.State(False)
    picture = gr.Image(
        label="The picture",
        format="jpeg",
        interactive=False,
        height=460,
        buttons=["fullscreen"],
        elem_id="painted",
        elem_classes="hl-fill",
    )
    status = gr.Markdown("Loading the example", elem_classes="hl-status", elem_id="paint-status")
    scrub = gr.Slider(0, 1, 1, step=1, label="Look back at the run", visible=False, elem_id="scrub")
    with gr.Row():
        to_png, to_movie = (
            gr.DownloadButton(words, size="sm", elem_id=name, interactive=False)
            for words, name in (
                ("Keep the picture (PNG, settings inside)", "keep-png"),
                ("Keep the run (GIF)", "keep-gif"),
            )
        )
        branch = gr.Button("Paint on from this frame", size="sm", elem_id="branch")
    numbers = gr.HTML(elem_classes="hl-numbers", elem_id="paint-numbers")
    curve = gr.LinePlot(
        None, x="step", y="loss", color="of", height=200, x_title="step", y_title="loss (weighted)",
        color_map={text.CONTENT: theme.COOL, text.STYLE: theme.WARM}, show_label=False, buttons=[],
    )  # fmt: skip
    kept = gr.File(label="Restore settings: drop a kept PNG", file_types=[".png"], height=130, elem_id="restore")
    show_lesson("style/lesson.md")
    show_code(losses.gram, losses.losses, multiscale.descend)

    results = [picture, status, numbers, curve, shown, scrub]
    kept_files = [to_png, to_movie]
    begin = gr.on([go.click], busy, None, [go, stop, halted, *kept_files], api_name="begin_painting", **QUIET)
    run = begin.then(paint, inputs.all(), results, api_name="paint_page", trigger_mode="once", **COMPUTE, **QUIET)
    begin_on = branch.click(busy, None, [go, stop, halted, *kept_files], api_name="begin_branch", **QUIET)
    run_on = begin_on.then(
        paint_on, [shown, scrub, *inputs.all()], results, api_name="branch_page", trigger_mode="once",
        **COMPUTE, **QUIET,
    )  # fmt: skip
    for name, one in (("painting", run), ("branch", run_on)):
        whole = one.success(idle, None, [go, stop], api_name=f"end_{name}", **QUIET)
        early = one.failure(over, [shown, halted], [status, scrub, go, stop], api_name=f"end_{name}_early", **QUIET)
        for i, end in enumerate((whole, early)):
            end.then(keepsakes, shown, kept_files, api_name=f"keep_{name}_{i}", **QUIET)
    stop.click(lambda: True, None, halted, cancels=[run, run_on], queue=False, api_name="stop_painting", **QUIET)
    scrub.input(scrub_to, [shown, scrub], [picture, status], api_name="scrub", trigger_mode="always_last", **QUIET)
    kept.upload(
        restore, kept, [inputs.styles, style_line, *shares, *inputs.controls], api_name="restore_settings", **QUIET
    )
    return results, kept_files
