"""Train one now, on the page: a switch for each guideline, and a second network to race against."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from demos.core.images import sheets
from demos.core.page import run as page_run
from demos.core.page import theme
from demos.core.page.lesson import show_code, show_lesson
from demos.dcgan.page import text
from demos.dcgan.page.current_sheet import HARD
from demos.dcgan.page.sample import COMPUTE, QUIET, SKIP
from demos.dcgan.training import ablations, gan, live

SWITCHES = [words for _, _, words in ablations.SWITCHES]
COLOURS = {
    "discriminator": theme.COOL, "generator": theme.WARM, "D(x)": theme.COOL, "D(G(z))": theme.WARM,
    "discriminator A": theme.COOL, "generator A": theme.WARM, "D(x) A": theme.COOL, "D(G(z)) A": theme.WARM,
    "discriminator B": "#8fb7c5", "generator B": "#daa287", "D(x) B": "#8fb7c5", "D(G(z)) B": "#daa287",
}  # fmt: skip


@page_run.compute
def race(
    data: str, first: list[str], racing: bool, second: list[str], seconds: float, batch: str, seed: float
) -> Iterator[tuple[Any, ...]]:
    """A stream of (A, B, status, losses, beliefs)."""
    # The charts are emptied first: the lines of a race have other names than those of one network.
    yield SKIP, gr.update(visible=racing), "Building the networks", None, None
    recipes = [ablations.ablation(first), *([ablations.ablation(second)] if racing else [])]
    run = live.train_live(recipes, data, float(seconds), int(seed or 0), int(batch))
    for now in page_run.stream(run, every=0.7):
        pictures = [sheets.contact_sheet(player.pixels, 5, times=2) for player in now.players]
        other = gr.update(value=pictures[1], label=f"B: {now.players[1].words}") if racing else SKIP
        one = gr.update(value=pictures[0], label=f"{'A: ' if racing else ''}{now.players[0].words}")
        curves = (text.race_curve(now, what) for what in ("losses", "beliefs"))
        yield one, other, text.race_line(now), *curves


def busy() -> tuple[Any, ...]:
    """(big button, Stop, whether Stop was pressed)."""
    return gr.update(visible=False), gr.update(visible=True), False


def idle() -> tuple[Any, Any]:
    return gr.update(visible=True), gr.update(visible=False)


def over(halted: bool) -> tuple[Any, ...]:
    """The end of a run that did not finish: (big button, Stop, status).

    A run that Stop cancels counts as failed, too, so this is told which it was.
    """
    words = "Stopped. What there is so far is kept." if halted else "That did not work; the message says why."
    return *idle(), words


@page_run.guard
def examples(data: str) -> Any:
    """What is to be learned, before anybody has."""
    real = live.pictures(data)[: live.SHOWN].expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()
    return gr.update(value=sheets.contact_sheet(real, 5), label="What it is to learn: real ones")


def page(tab: gr.Tab) -> None:
    halted = gr.State(False)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            data = gr.Radio(live.sets_here(), value=live.DIGITS, label="Learn to make", elem_id="live-data")
            first = gr.CheckboxGroup(SWITCHES, label="Break the paper's guidelines", elem_id="live-broken")
            racing = gr.Checkbox(False, label="Race it against a second one", elem_id="live-race")
            second = gr.CheckboxGroup(
                SWITCHES, label="Broken in the second one (B)", visible=False, elem_id="live-broken-b"
            )
            go = gr.Button("Train", variant="primary", elem_classes="hl-go", elem_id="live-train")
            stop = gr.Button("Stop", visible=False, elem_classes="hl-stop", elem_id="stop-live")
            with gr.Accordion("More", open=False):
                seconds = gr.Slider(10, live.LONGEST, 60, step=10, label="Seconds", elem_id="live-seconds")
                batch = gr.Radio([str(size) for size in live.BATCHES], value="32", label="Pictures in a batch")
                seed = gr.Number(0, precision=0, label="Seed: both of a race have the same")
        with gr.Column(elem_classes="hl-out"):
            with gr.Row():
                pictures = [
                    gr.Image(
                        label=label, format="png", interactive=False, height=340, buttons=[], elem_id=name,
                        elem_classes=["hl-fill", HARD], visible=name == "live-a",
                    )
                    for label, name in (("The same 25 latent vectors, live", "live-a"), ("B", "live-b"))
                ]  # fmt: skip
            status = gr.Markdown("", elem_classes="hl-status", elem_id="live-status")
            with gr.Row():
                curves = [
                    gr.LinePlot(
                        None, x="step", y="value", color="of", height=220, x_title="step", y_title=title,
                        color_map=COLOURS, show_label=False, buttons=[],
                    )
                    for title in ("loss", "sure that it is real")
                ]  # fmt: skip
            show_lesson("dcgan/page/lessons/live.md")
            show_code(gan.GanTraining.discriminator_loss, gan.GanTraining.generator_loss, ablations.generator)
    gr.on([tab.select, data.input], examples, data, pictures[0], api_name="live_examples", **QUIET)
    racing.input(lambda on: gr.update(visible=on), racing, second, api_name="race_on", **QUIET)
    begin = go.click(busy, None, [go, stop, halted], api_name="begin_training", **QUIET)
    run = begin.then(
        race, [data, first, racing, second, seconds, batch, seed], [*pictures, status, *curves],
        api_name="live_page", trigger_mode="once", **COMPUTE, **QUIET,
    )  # fmt: skip
    run.success(idle, None, [go, stop], api_name="end_training", **QUIET)
    run.failure(over, halted, [go, stop, status], api_name="end_training_early", **QUIET)
    stop.click(lambda: True, None, halted, cancels=[run], queue=False, api_name="stop_training", **QUIET)
