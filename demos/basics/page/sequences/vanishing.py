"""The vanishing gradient, on the page: what the first steps still count, and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from demos.basics import settings
from demos.basics.page.controls import first_opening
from demos.basics.sequences import pictures
from demos.core.errors import DemoError
from demos.core.page.events import QUICK, QUIET, guard
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import RunButton, Words

Drawn = tuple[str, str, str]  # chart, status line, numbers


def setting(radius: float, keep: float, start: str, clip: float, back: float, seed: float) -> Any:
    from demos.basics.sequences import gradients

    if start not in settings.STARTS:
        raise DemoError(f"There is no start {start!r}. There are: {', '.join(settings.STARTS)}.")
    return gradients.Setting(
        settings.BACK.checked(back), settings.RADIUS.checked(radius), settings.KEEP_BIAS.checked(keep), start,
        settings.GRADIENT_CLIP.checked(clip), settings.SEED.checked(seed),
    )  # fmt: skip


@guard
def measure(radius: float, keep: float, start: str, clip: float, back: float, seed: float) -> Drawn:
    """Of fresh networks: at once."""
    from demos.basics.sequences import gradients

    return _drawn(gradients.measure(setting(radius, keep, start, clip, back, seed)))


def learn(
    radius: float, keep: float, start: str, clip: float, back: float, seed: float, steps: float
) -> Iterator[Drawn]:
    """The same while they learn."""
    from demos.basics.sequences import gradients

    chosen = setting(radius, keep, start, clip, back, seed)
    for sizes in gradients.learn(chosen, settings.VANISHING_STEPS.checked(steps)):
        yield _drawn(sizes)


def _drawn(sizes: Any) -> Drawn:
    return pictures.gradient_chart(sizes), pictures.gradient_line(sizes), pictures.gradient_numbers(sizes)


def page(root: gr.Blocks, tab: gr.Tab) -> None:
    gr.Markdown(
        "Why did some networks of the part before forget? To learn from step *t*, its input must still move the "
        "error: the **gradient** dL/dx must be more than nothing. Here it is, step by step backwards. Next comes a "
        "network that writes.",
        elem_classes="hl-promise",
    )
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            radius = gr.Slider(
                settings.RADIUS.low, settings.RADIUS.high, settings.RADIUS.default, step=0.01,
                elem_id="vanishing-radius", label="Spectral radius of Elman's matrix",
            )  # fmt: skip
            keep = gr.Slider(
                settings.KEEP_BIAS.low, settings.KEEP_BIAS.high, settings.KEEP_BIAS.default, step=0.5,
                label="Forget bias of LSTM and GRU", elem_id="vanishing-keep",
            )  # fmt: skip
            go = RunButton(
                "Let them learn, and measure again", "vanishing", elem_id="vanishing-go",
                words=Words("Fresh networks, before the first step"),
            )  # fmt: skip
            with gr.Accordion("More", open=False):
                start = gr.Radio(
                    list(settings.STARTS), value=settings.STARTS[1], elem_id="vanishing-start",
                    label="Weights begin as: PyTorch's, rotations (both sliders act), or gates for this lag (chrono)",
                )  # fmt: skip
                clip = gr.Slider(
                    settings.GRADIENT_CLIP.low, settings.GRADIENT_CLIP.high, settings.GRADIENT_CLIP.default, step=0.5,
                    label="Clipping: longer gradients are shortened to this; 0: never",
                )  # fmt: skip
                back = gr.Slider(
                    settings.BACK.low, settings.BACK.high, settings.BACK.default, step=5, label="Steps back",
                    elem_id="vanishing-back",
                )  # fmt: skip
                steps = gr.Slider(
                    settings.VANISHING_STEPS.low, settings.VANISHING_STEPS.high, settings.VANISHING_STEPS.default,
                    step=20, label="Steps of learning", elem_id="vanishing-steps",
                )  # fmt: skip
                seed = gr.Number(0, precision=0, label="Seed", elem_id="vanishing-seed")
        with gr.Column(elem_classes="hl-out"):
            picture = gr.HTML(elem_classes="hl-moves", elem_id="vanishing-chart", min_height=260)
            status = gr.Markdown("", elem_classes="hl-status", elem_id="vanishing-status")
            numbers = gr.Markdown("", elem_classes="hl-numbers", elem_id="vanishing-numbers")
            show_lesson("basics/page/sequences/lessons/vanishing.md")
            show_code("demos.basics.sequences.plain_gradient")
    chosen = [radius, keep, start, clip, back, seed]
    gr.on(
        [radius.change, keep.change, start.input, back.change, seed.change], measure, chosen,
        [picture, status, numbers], api_name="vanishing_measured", trigger_mode="always_last", **QUICK, **QUIET,
    )  # fmt: skip
    opened = first_opening(tab, "vanishing")
    opened(measure, chosen, [picture, status, numbers], api_name="vanishing_first", **QUICK, **QUIET)

    def draw(drawn: Drawn) -> dict[Any, Any]:
        return dict(zip((picture, status, numbers), drawn, strict=True))

    go.wire(learn, draw, inputs=[*chosen, steps], outputs=[picture, numbers], status=status)
