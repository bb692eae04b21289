"""A letter machine, on the page: it learns a text from noise to words, and shows what single cells follow."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.basics import settings
from demos.basics.page.controls import first_opening
from demos.basics.sequences.text import own_text
from demos.core import chart
from demos.core.page.events import QUICK, QUIET, guard
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import Outcome, RunButton, Words
from demos.core.page.theme import COOL, GREY, WARM

if TYPE_CHECKING:
    from demos.basics.sequences.letters import LetterMachine, Step

Taught = tuple["LetterMachine", str]  # a machine and the text that it has read
LENGTH, LONGEST_START, SHADES = 300, 200, 4
NOBODY = "Nothing is taught yet. Press Teach it first."


def teach(text: str, steps: float, seed: float) -> Iterator[tuple[Step, str]]:
    """The machine as it learns, with the text as it was checked."""
    from demos.basics.sequences import letters

    text = letters.checked(text)
    for step in letters.learn(text, settings.LETTER_STEPS.checked(steps), settings.SEED.checked(seed)):
        yield step, text


def taste(text: str, seed: float) -> Iterator[tuple[Step, str]]:
    """The first steps of it."""
    yield from teach(text, settings.TASTE, seed)


@guard
def write(taught: Taught | None, beginning: str, temperature: float, seed: float) -> tuple[str, str]:
    """(what the machine writes, a line about it)."""
    from demos.basics.sequences import letters

    heat, seed = settings.TEMPERATURE.checked(temperature), settings.SEED.checked(seed)
    if taught is None:
        return gr.skip(), NOBODY
    beginning = (beginning or "")[:LONGEST_START]
    words = letters.sample(taught[0], beginning, LENGTH, heat, seed)
    return paper(words, beginning), f"{LENGTH} letters at temperature {heat:g}" + (
        ": always the likeliest one." if heat == 0 else "."
    )


def paper(words: str, beginning: str = "") -> str:
    """What was written, after its beginning."""
    return f"<div class='hl-paper'><b>{escape(beginning)}</b>{escape(words)}</div>"


@guard
def colour(taught: Taught | None, number: str | None) -> str:
    """The text, each letter in the colour of what one cell says after reading it."""
    from demos.basics.sequences import letters

    if taught is None or number is None:
        return ""
    machine, text = taught
    text = text[: letters.READ]
    values = letters.activations(machine, text)[:, settings.Whole("Cell", 0, letters.CELLS - 1, 0).checked(number)]
    values = values / max(float(values.abs().max()), 1e-6)
    parts, before = [], ""
    for letter, value in zip(text, values.tolist(), strict=True):
        shade = round(abs(value) * SHADES)
        kind = f"{'u' if value > 0 else 'd'}{shade}" if shade else ""
        if kind != before:
            parts.append(f"{'</i>' if before else ''}{f'<i class={kind}>' if kind else ''}")
            before = kind
        parts.append(escape(letter))
    words = "".join(parts) + ("</i>" if before else "")
    return f"<div class='hl-paper hl-cell'>{words}</div>"


def curve(step: Step, text: str) -> str:
    """Bits per letter against the step, with what counting alone achieves."""
    from demos.basics.sequences import letters

    ends = (1.0, float(step.total))
    once, pairs = letters.letter_bits(text), letters.pair_bits(text)
    names = ("the machine", f"counting letters: {once:.2f}", f"counting pairs: {pairs:.2f}")
    series = {
        names[0]: step.bits,
        names[1]: [(x, once) for x in ends],
        names[2]: [(x, pairs) for x in ends],
    }
    colours = dict(zip(names, (COOL, GREY, WARM), strict=True))
    drawn = chart.lines(series, colours, across="step", up="bits per letter")
    return f"<div class='hl-depth'>{drawn}</div>"


def line(step: Step) -> str:
    """How far it is, in words."""
    if not step.bits:
        return "It knows nothing yet: every letter is as likely as any other."
    last = step.bits[-10:]
    bits = sum(y for _, y in last) / len(last)
    return f"Step {step.step} of {step.total} · {bits:.2f} bits per letter, as unsure as among {2**bits:.1f} letters"


def page(root: gr.Blocks, tab: gr.Tab) -> None:
    taught = gr.State(None)
    gr.Markdown(
        "A network with a memory reads a text and guesses each next letter. Then it writes one of its own.",
        elem_classes="hl-promise",
    )
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            text = gr.Textbox(
                own_text(), label="Text to learn: paste your own", lines=8, max_lines=8, elem_id="letters-text"
            )
            go = RunButton("Teach it", "letters", elem_id="letters-teach", words=Words("It reads its first letters"))
            short = RunButton(f"Only the first {settings.TASTE} steps", "letters_taste", elem_id="letters-taste",
                              words=Words("It reads its first letters"), beside=go)  # fmt: skip
            beginning = gr.Textbox("The ", label="How its text begins", max_lines=1, elem_id="letters-beginning")
            heat = settings.TEMPERATURE
            temperature = gr.Slider(heat.low, heat.high, heat.default, step=0.05, elem_id="letters-temperature",
                                    label="Temperature: 0 is always the likeliest letter")  # fmt: skip
            with gr.Accordion("More", open=False):
                numbers = settings.LETTER_STEPS
                steps = gr.Slider(numbers.low, numbers.high, numbers.default, step=10, label=numbers.name,
                                  elem_id="letters-steps")  # fmt: skip
                seed = gr.Number(0, precision=0, label="Seed", elem_id="letters-seed")
        with gr.Column(elem_classes="hl-out"):
            written = gr.HTML("", elem_id="letters-written", elem_classes="hl-moves", min_height=200)
            status = gr.Markdown("", elem_classes="hl-status", elem_id="letters-status")
            bits = gr.HTML("", elem_id="letters-bits", min_height=240)
            cell = gr.Radio([], label="What a single cell follows (its correlation with it)", visible=False,
                            elem_id="letters-cell")  # fmt: skip
            coloured = gr.HTML("", elem_id="letters-coloured")
            show_lesson("basics/page/sequences/lessons/letters.md")
            show_code("demos.basics.sequences.letters_plain.letter_machine")

    def draw(shown: tuple[Step, str]) -> dict[Any, Any]:
        step, read = shown
        return {written: paper(step.written), status: line(step), bits: curve(step, read), taught: (step.machine, read)}

    def cells(outcome: Outcome, now: Taught | None) -> dict[Any, Any]:
        from demos.basics.sequences import letters

        if now is None:
            return {}
        found = letters.clearest(now[0], now[1][: letters.READ * 2])
        offered = [(f"{c.follows} ({c.correlation:.2f})", str(c.number)) for c in found]
        first = offered[0][1] if offered else None
        return {cell: gr.update(choices=offered, value=first, visible=bool(offered)), coloured: colour(now, first)}

    ending: dict[str, Any] = {
        "outputs": [written, bits, taught], "status": status, "after": cells, "after_inputs": [taught],
        "after_outputs": [cell, coloured], "every": 0.3,
    }  # fmt: skip
    go.wire(teach, draw, inputs=[text, steps, seed], **ending)
    short.wire(taste, draw, inputs=[text, seed], triggers=[first_opening(tab, "letters")], **ending)
    gr.on(
        [temperature.release, beginning.submit, seed.submit], write, [taught, beginning, temperature, seed],
        [written, status], api_name="letters_write", trigger_mode="always_last", **QUICK, **QUIET,
    )  # fmt: skip
    cell.input(colour, [taught, cell], coloured, api_name="letters_cell", **QUICK, **QUIET)
