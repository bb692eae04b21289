"""Train one now, on the page: a switch for each guideline, and a second network to race against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.images import sheets
from demos.core.page import theme
from demos.core.page.events import QUIET, guard
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import RunButton, Words
from demos.dcgan import limits
from demos.dcgan.page import text
from demos.dcgan.page.current_sheet import HARD
from demos.dcgan.settings import BATCHES, DIGITS, SWITCHES, sets_here

if TYPE_CHECKING:
    from demos.dcgan.training import live

BROKEN = [words for _, _, words in SWITCHES]
CURVES = ("losses", "beliefs")  # of `text.race_curve`
COLOURS = {
    "discriminator": theme.COOL, "generator": theme.WARM, "D(x)": theme.COOL, "D(G(z))": theme.WARM,
    "discriminator A": theme.COOL, "generator A": theme.WARM, "D(x) A": theme.COOL, "D(G(z)) A": theme.WARM,
    "discriminator B": "#8fb7c5", "generator B": "#daa287", "D(x) B": "#8fb7c5", "D(G(z)) B": "#daa287",
}  # fmt: skip


def train(
    data: str, first: list[str], racing: bool, second: list[str], seconds: float, batch: str, seed: float
) -> Iterator[live.Comparison]:
    """The networks of one run, or of two that race, as they learn."""
    from demos.dcgan.training import ablations, live

    recipes = [ablations.ablation(first), *([ablations.ablation(second)] if racing else [])]
    yield from live.train_live(recipes, data, seconds, limits.SEED.checked(seed), int(batch))


def _chart(rows: Any) -> Any:
    return gr.skip() if rows is None else gr.update(value=rows, visible=True)


@guard
def examples(data: str) -> Any:
    """What is to be learned, before anybody has."""
    from demos.dcgan.training import live

    real = live.pictures(data)[: live.SHOWN].expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()
    return gr.update(value=sheets.contact_sheet(real, 5), label="What it is to learn: real ones")


def page(tab: gr.Tab) -> None:
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            data = gr.Radio(sets_here(), value=DIGITS, label="Learn to make", elem_id="live-data")
            first = gr.CheckboxGroup(
                BROKEN, label="Break the paper's guidelines", elem_id="live-broken",
                info="Batch norm brings each channel to one mean and spread; beta1 is how long the optimiser Adam "
                "remembers which way it went; ReLU passes no gradient below zero, LeakyReLU a little.",
            )  # fmt: skip
            racing = gr.Checkbox(False, label="Race it against a second one", elem_id="live-race")
            second = gr.CheckboxGroup(
                BROKEN, label="Broken in the second one (B)", visible=False, elem_id="live-broken-b"
            )
            go = RunButton("Train", "live", elem_id="live-train", words=Words("Building the networks"))
            with gr.Accordion("More", open=False):
                seconds = gr.Slider(
                    10,
                    limits.LIVE_SECONDS.high,
                    limits.LIVE_SECONDS.default,
                    step=10,
                    label="Seconds",
                    elem_id="live-seconds",
                )
                batch = gr.Radio([str(size) for size in BATCHES], value="32", label="Pictures in a batch")
                seed = gr.Number(0, precision=0, label="Seed: both of a race have the same")
        with gr.Column(elem_classes="hl-out"):
            with gr.Row(elem_classes="hl-moves"):
                pictures = [
                    gr.Image(
                        label=label, format="png", interactive=False, height=340, buttons=[], elem_id=name,
                        elem_classes=["hl-fill", HARD], visible=name == "live-a", 
                        alt_text="What the networks make of the same 25 latent vectors",
                    )
                    for label, name in (("The same 25 latent vectors, live", "live-a"), ("B", "live-b"))
                ]  # fmt: skip
            status = gr.Markdown("", elem_classes="hl-status", elem_id="live-status")
            with gr.Row():
                curves = [
                    gr.LinePlot(
                        None, x="step", y="value", color="of", height=220, x_title="step", y_title=title,
                        color_map=COLOURS, label=title, show_label=False, buttons=[], visible=False,
                    )
                    for title in ("loss", "sure that it is real")
                ]  # fmt: skip
            show_lesson("dcgan/page/lessons/live.md")
            show_code(
                "demos.dcgan.training.gan.GanTraining.discriminator_loss",
                "demos.dcgan.training.gan.GanTraining.generator_loss",
                "demos.dcgan.training.ablations.generator",
            )
    gr.on([tab.select, data.input], examples, data, pictures[0], api_name="live_examples", **QUIET)
    racing.input(
        lambda on: (gr.update(visible=on), gr.update(visible=on)), racing, [second, pictures[1]], api_name="race_on",
        **QUIET,
    )  # fmt: skip

    def draw(now: live.Comparison) -> dict[Any, Any]:
        sheet = [sheets.contact_sheet(one.pixels, 5, times=2) for one in now.runs]
        updates: dict[Any, Any] = {
            pictures[0]: gr.update(value=sheet[0], label=f"{'A: ' if len(sheet) > 1 else ''}{now.runs[0].words}"),
            status: text.race_line(now),
            # Hidden until there is something to draw: an empty chart has no axes, and the browser complains of it.
            **{curve: _chart(text.race_curve(now, what)) for curve, what in zip(curves, CURVES, strict=True)},
        }
        if len(sheet) > 1:
            updates[pictures[1]] = gr.update(value=sheet[1], label=f"B: {now.runs[1].words}", visible=True)
        return updates

    # The charts are emptied first: the lines of a race have other names than those of one network.
    go.wire(
        train, draw, inputs=[data, first, racing, second, seconds, batch, seed], outputs=[*pictures, *curves],
        status=status, clear={curve: gr.update(value=None, visible=False) for curve in curves}, every=0.7,
    )  # fmt: skip
