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

if TYPE_CHECKING:
    from demos.style import painting
    from demos.style.painting import Painting

STOPPED = "Stopped. The picture so far is kept."


# ---- what the events call -------------------------------------------------------------------------------------------


def result(shown: Painting) -> dict[str, Any]:
    """A painting, or one that is under way, on the page."""
    return {
        "picture": shown.picture,
        "status": text.status(shown),
        "numbers": text.numbers(shown),
        "curve": text.curve(shown),
        "painting": shown,
        "scrub": scrubber(shown),
    }


def scrubber(shown: Painting) -> Any:
    """The slider over the frames, at the last one."""
    last = max(1, len(shown.frames) - 1)
    return gr.update(maximum=last, value=last, visible=len(shown.frames) > 1)


def take_home(shown: Painting | None) -> dict[str, Any]:
    """The files, made when the run is over: a download button gives what it holds when it is clicked."""
    if shown is None:
        return {}
    from demos.style import painting

    film = painting.movie([frame.jpeg for frame in shown.frames]) if len(shown.frames) > 1 else None
    return {"png": ready(painting.write_png(shown.picture, shown.recipe)), "gif": ready(film), "scrub": scrubber(shown)}


def ready(file: Path | None) -> Any:
    return gr.update(value=None if file is None else str(file), interactive=file is not None)


@guard
def say_cost(photo: str | None, network: str, values: dict[str, Any]) -> str:
    """What a click will cost, said before it is made."""
    from demos.style import cost

    width, height = (1, 1) if photo is None else open_photo(photo).size
    words = cost.describe(choice.load(network), selection.settings(values), max(width, height) / min(width, height))
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
    return {"picture": frame_at(shown, position).image(), "status": text.frame_words(shown, int(position))}


@guard
def restore(file: str | None) -> dict[str, Any]:
    """Everything as it was for a kept picture: styles, their shares, and the settings by name."""
    from demos.style import painting
    from demos.style.styles import gallery

    if file is None:
        return {}
    recipe = painting.read_recipe(file)
    known = [(name, share) for name, share in recipe.styles if name in gallery.names()]
    styles = tuple(selection.SelectedStyle(*pair) for pair in known) + selection.FIRST[len(known) :]
    restored = style_choice(styles) | selection.from_settings(recipe.settings)
    if len(known) < len(recipe.styles):
        restored["line"] += ". One of its styles was a picture of your own: drop that once more."
    return restored


# ---- the page -------------------------------------------------------------------------------------------------------


def build(inputs: Inputs, go: RunButton, styles: StyleControls) -> tuple[dict[str, Any], dict[str, Any]]:
    """The right-hand side; gives the components that `result` and `take_home` fill, by their names."""
    shown = gr.State(None, time_to_live=3600)
    picture = gr.Image(
        label="The picture", format="jpeg", interactive=False, height=460, buttons=["fullscreen"], elem_id="painted",
        elem_classes="hl-fill",
    )  # fmt: skip
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
        branch = RunButton(
            "Paint on from this frame", "branch", elem_id="branch", beside=go, size="sm",
            words=Words("Going on from this frame", stopped=STOPPED),
        )  # fmt: skip
    numbers = gr.HTML(elem_classes="hl-numbers", elem_id="paint-numbers")
    curve = gr.LinePlot(
        None, x="step", y="loss", color="of", height=200, x_title="step", y_title="loss (weighted)",
        color_map={text.CONTENT: theme.COOL, text.STYLE: theme.WARM}, show_label=False, buttons=[],
    )  # fmt: skip
    kept = gr.File(label="Restore settings: drop a kept PNG", file_types=[".png"], height=130, elem_id="restore")
    show_lesson("style/lesson.md")
    show_code(
        "demos.style.optimise.losses.gram",
        "demos.style.optimise.losses.losses",
        "demos.style.optimise.multiscale.descend",
    )

    files = {"png": to_png, "gif": to_movie, "scrub": scrub}
    results = {
        "picture": picture, "status": status, "numbers": numbers, "curve": curve, "painting": shown, "scrub": scrub,
    }  # fmt: skip

    def draw(step: Painting) -> dict[Any, Any]:
        return {results[name]: value for name, value in result(step).items()}

    shared: dict[str, Any] = {
        "outputs": [component for component in results.values() if component is not status],
        "status": status,
        "clear": {to_png: ready(None), to_movie: ready(None), scrub: gr.update(visible=False)},
        "after": lambda _, painted: {files[name]: value for name, value in take_home(painted).items()},
        "after_inputs": [shown],
        "after_outputs": list(files.values()),
    }

    def start(*values: Any) -> Iterator[Painting]:
        yield from paint(inputs.read(values))

    def go_on(painted: Painting | None, position: float, *values: Any) -> Iterator[Painting]:
        yield from paint_on(painted, position, inputs.read(values))

    go.wire(start, draw, inputs=inputs.all(), **shared)
    branch.wire(go_on, draw, inputs=[shown, scrub, *inputs.all()], **shared)
    scrub.input(
        inputs=[shown, scrub], **into(scrub_to, picture=picture, status=status), api_name="scrub",
        trigger_mode="always_last", **QUIET,
    )  # fmt: skip
    kept.upload(
        inputs=kept, **into(restore, **styles.outputs(inputs.styles), **inputs.settings), api_name="restore_settings",
        **QUIET,
    )  # fmt: skip
    return results, files
