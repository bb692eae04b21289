"""Painting on the page: the big button, the scrubber, what one keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.networks import choice
from demos.core.page import theme
from demos.core.page.events import QUIET, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import RunButton, Words
from demos.style import selection
from demos.style.page import text
from demos.style.page.controls import Asked, Inputs, StyleControls, open_photo, style_choice
from demos.style.selection import Styles

if TYPE_CHECKING:
    from demos.style import painting
    from demos.style.large import LargeStep
    from demos.style.painting import Painting

STOPPED = "Stopped. The picture so far is kept."
STOPPED_EARLY = "Stopped before there was a picture."
OTHER_PHOTO = "This is the photo that was there before; press Paint for the new one."


# ---- what the events call -------------------------------------------------------------------------------------------


def result(shown: Painting) -> dict[str, Any]:
    """A painting, or one that is under way, on the page."""
    points = text.curve(shown)
    return {
        "picture": picture_of(shown, shown.picture),
        "status": text.status(shown),
        "numbers": text.numbers(shown),
        "curve": gr.update(value=points, visible=len(points) > 1),  # an empty chart is an error in the browser
        "painting": shown,
        "scrub": scrubber(shown),
    }


def nothing() -> dict[str, Any]:
    """The page without a result: what is left of an earlier one would be taken for the new one's."""
    return {
        "picture": gr.update(value=None, label="The picture"),
        "numbers": "",
        "curve": gr.update(visible=False),
        "painting": None,
        "scrub": gr.update(visible=False),
        "large_line": "",
        "png": ready(None), "gif": ready(None), "mp4": ready(None), "compare": gr.update(value=None, visible=False),
    }  # fmt: skip


def picture_of(shown: Painting, picture: Any) -> Any:
    """With the styles it is in, which by now may be others than the chosen ones."""
    return gr.update(value=picture, label=text.label(shown), alt_text=text.label(shown))


def scrubber(shown: Painting) -> Any:
    """The slider over the frames, at the last one."""
    last = max(1, len(shown.frames) - 1)
    return gr.update(maximum=last, value=last, visible=len(shown.frames) > 1)


def take_home(shown: Painting | None, photo: str | None, opened: bool = False) -> dict[str, Any]:
    """The files, made when the run is over: a download button gives what it holds when it is clicked.

    Where `photo`, the page's by now, is no longer the one that was painted, the status line says so; not for what the
    page has just opened with.
    """
    if shown is None:
        return {"status": STOPPED_EARLY, "large_line": ""}
    from demos.style import painting

    frames = [frame.jpeg for frame in shown.frames]
    moving = len(frames) > 1
    marked = {} if opened or painting.is_of(shown, photo) else {"status": OTHER_PHOTO}
    compared = None if shown.before is None else (shown.before.resize(shown.picture.size), shown.picture)
    return marked | {
        "png": ready(painting.write_png(shown.picture, shown.recipe)),
        "gif": ready(painting.movie(frames) if moving else None),
        "mp4": ready(painting.film(frames) if moving and painting.films() else None),
        "compare": gr.update(value=compared, visible=compared is not None),
        "scrub": scrubber(shown),
    }


@guard
def new_photo(photo: str | None, shown: Painting | None) -> dict[str, Any]:
    """A painting of another photo goes: its files and its picture would be taken for the new one's."""
    from demos.style import painting

    if shown is None or painting.is_of(shown, photo):
        return {}
    return nothing() | {"status": "A new photo: press Paint." if photo else ""}


def ready(file: Path | None) -> Any:
    return gr.update(value=None if file is None else str(file), interactive=file is not None)


def say_large(shown: Painting | None, network: str) -> str:
    """What a large picture will cost, beside its button."""
    from demos.style import large

    if shown is None or max(shown.picture.size) >= large.SIDE:
        return ""
    return f"For print, with strokes of its own. Takes {large.describe(shown, choice.load(network))}."


def make_large(shown: Painting | None, network: str) -> Iterator[LargeStep]:
    from demos.style import large

    yield from large.paint(shown, choice.load(network))


@guard
def say_cost(photo: str | None, styles: Styles, network: str, values: dict[str, Any]) -> str:
    """What a click will cost, said before it is made."""
    from demos.style import cost

    width, height = (1, 1) if photo is None else open_photo(photo).size
    asked, count = selection.settings(values), len(selection.active(styles))
    words = cost.describe(choice.load(network), asked, max(width, height) / min(width, height), count)
    return f"This will take {words}."


def paint(asked: Asked) -> Iterator[Painting]:
    """The instant result first, then the painting as it grows."""
    from demos.style import painting
    from demos.style.instant import stylise

    styles = selection.active(asked.styles)
    preview = stylise.preview(asked.photo, styles, asked.settings)
    if asked.settings.start == "instant" and preview is None:
        raise DemoError("There is no instant result to start from. Start from the photo instead.")
    yield from painting.paint(
        asked.photo, styles, choice.load(asked.network), asked.settings, masks=asked.masks, preview=preview
    )


def paint_on(shown: Painting | None, position: float, asked: Asked) -> Iterator[Painting]:
    """Branches: from the frame that is scrubbed to, with the settings as they are now."""
    from demos.style import painting

    if shown is None or not shown.frames:
        raise DemoError("There is no frame to go on from. Paint first, then move the slider under the picture.")
    yield from painting.paint(
        asked.photo, selection.active(asked.styles), choice.load(asked.network), asked.settings, masks=asked.masks,
        init_image=frame_at(shown, position).image(),
    )  # fmt: skip


def frame_at(shown: Painting, position: float) -> painting.Frame:
    return shown.frames[min(int(position), len(shown.frames) - 1)]


@guard
def scrub_to(shown: Painting | None, position: float) -> dict[str, Any]:
    if shown is None or not shown.frames:
        return {"status": ""}
    return {
        "picture": picture_of(shown, frame_at(shown, position).image()),
        "status": text.frame_words(shown, int(position)),
    }


@guard
def restore(file: str | None) -> dict[str, Any]:
    """Everything as it was for a kept picture: styles, their shares, and the settings by name."""
    from demos.style import painting
    from demos.style.styles import gallery

    if file is None:
        return {"styles": gr.skip()}
    recipe = painting.read_recipe(file)
    known = [(name, share) for name, share in recipe.styles if name in gallery.names()]
    styles = tuple(selection.SelectedStyle(*pair) for pair in known) + selection.FIRST[len(known) :]
    restored = style_choice(styles) | selection.from_settings(recipe.settings)
    if len(known) < len(recipe.styles):
        restored["line"] += ". One of its styles was a picture of your own: drop that once more."
    return restored


# ---- the page -------------------------------------------------------------------------------------------------------


def build(inputs: Inputs, go: RunButton, styles: StyleControls, cost_line: gr.Markdown) -> dict[str, Any]:
    """The right-hand side; gives the components that `result` and `take_home` fill, by their names."""
    shown = gr.State(None, time_to_live=3600)
    picture = gr.Image(
        label="The picture", format="jpeg", interactive=False, height=460, buttons=["fullscreen"], elem_id="painted",
        elem_classes="hl-fill hl-moves", alt_text="The painting",
    )  # fmt: skip
    status = gr.Markdown("Loading the example", elem_classes="hl-status", elem_id="paint-status")
    scrub = gr.Slider(0, 1, 1, step=1, label="Look back at the run", visible=False, elem_id="scrub")
    with gr.Row():
        to_png, to_movie, to_film = (
            gr.DownloadButton(words, size="sm", elem_id=name, interactive=False)
            for words, name in (
                ("Keep the picture (PNG, settings inside)", "keep-png"),
                ("Keep the run (GIF)", "keep-gif"),
                ("Keep the run (MP4)", "keep-mp4"),
            )
        )
        branch = RunButton(
            "Paint on from this frame", "branch", elem_id="branch", beside=go, size="sm",
            words=Words("Going on from this frame", stopped=STOPPED),
        )  # fmt: skip
        enlarge = RunButton(
            "Make it large to print (2,048 px)", "large", elem_id="large", beside=go, size="sm",
            words=Words("Looking at the whole picture, tile by tile", stopped=STOPPED),
        )  # fmt: skip
    large_line = gr.Markdown("", elem_classes="hl-note", elem_id="large-line")
    compare = gr.ImageSlider(
        label="Before and after: drag the line", format="jpeg", interactive=False, visible=False, max_height=460,
        buttons=["fullscreen"], elem_id="compare",
    )  # fmt: skip
    numbers = gr.HTML(elem_classes="hl-numbers", elem_id="paint-numbers")
    curve = gr.LinePlot(
        None, x="step", y="loss", color="of", height=200, x_title="step", y_title="loss (weighted)",
        color_map={text.CONTENT: theme.COOL, text.STYLE: theme.WARM}, label="The losses, step by step",
        show_label=False, buttons=[], visible=False,
    )  # fmt: skip
    kept = gr.File(label="Restore settings: drop a kept PNG", file_types=[".png"], height=130, elem_id="restore")
    show_lesson("style/lesson.md")
    show_code(
        "demos.style.optimise.losses.gram",
        "demos.style.optimise.losses.losses",
        "demos.style.optimise.multiscale.descend",
    )

    drawn = {
        "picture": picture, "status": status, "numbers": numbers, "curve": curve, "painting": shown, "scrub": scrub,
    }  # fmt: skip
    files = {"png": to_png, "gif": to_movie, "mp4": to_film, "compare": compare, "large_line": large_line}
    everything = drawn | files

    def named(values: dict[str, Any]) -> dict[Any, Any]:
        return {everything[name]: value for name, value in values.items()}

    def finish(_: Any, painted: Painting | None, photo: str | None, *values: Any) -> dict[Any, Any]:
        chosen, network, *controls = values
        words = say_cost(photo, chosen, network, dict(zip(inputs.settings, controls, strict=True)))
        return named(take_home(painted, photo) | {"large_line": say_large(painted, network)}) | {cost_line: words}

    shared: dict[str, Any] = {
        "outputs": [component for component in drawn.values() if component is not status],
        "status": status,
        "after": finish,
        "after_inputs": [shown, inputs.photo, inputs.styles, inputs.network, *inputs.settings.values()],
        "after_outputs": [*files.values(), scrub, status, cost_line],
    }

    def start(*values: Any) -> Iterator[Painting]:
        yield from paint(inputs.read(values))

    def go_on(painted: Painting | None, position: float, *values: Any) -> Iterator[Painting]:
        yield from paint_on(painted, position, inputs.read(values))

    def draw(step: Painting) -> dict[Any, Any]:
        return named(result(step))

    def draw_large(step: LargeStep) -> dict[Any, Any]:
        words = {"status": text.large_status(step)}
        return named(result(step.painting) | words if step.fresh else words)

    go.wire(start, draw, inputs=inputs.all(), clear=named(nothing()), **shared)
    # The frame to go on from stays; what was made of the whole run does not.
    gone = {to_png: ready(None), to_movie: ready(None), to_film: ready(None), scrub: gr.update(visible=False)}
    branch.wire(go_on, draw, inputs=[shown, scrub, *inputs.all()], clear=gone, **shared)
    enlarge.wire(make_large, draw_large, inputs=[shown, inputs.network], clear={to_png: ready(None)}, every=0, **shared)
    scrub.input(
        inputs=[shown, scrub], **into(scrub_to, picture=picture, status=status), api_name="scrub",
        trigger_mode="always_last", **QUIET,
    )  # fmt: skip
    inputs.which_photo.change(
        inputs=[inputs.photo, shown], **into(new_photo, **everything), api_name="new_photo", **QUIET
    )
    kept.upload(
        inputs=kept, **into(restore, **styles.outputs(inputs.styles), **inputs.settings), api_name="restore_settings",
        **QUIET,
    )  # fmt: skip
    return everything
