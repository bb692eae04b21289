"""Sequences, on the page: four networks with a memory learn at once, and how far back each one remembers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from demos.basics import settings
from demos.basics.page.controls import first_opening
from demos.basics.sequences import pictures
from demos.core.errors import DemoError
from demos.core.page.events import QUIET, guard
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import RunButton, Words

RHYME = Path(pictures.__file__).with_name("rhyme.txt").read_text(encoding="utf-8").strip()
LETTERS = settings.SEQUENCE_TASKS[3]
MEANING = dict(
    zip(
        settings.SEQUENCE_TASKS,
        (
            "The first bit is marked; other bits follow. After *lag* steps: what was it?",
            "Many numbers, two of them marked, far apart. At the end: what is their sum?",
            "Two marked bits among many, the first one *lag* steps ago. At the end: are they different?",
            "The last *lag* letters of your text: which comes next? Judged on its last tenth.",
        ),
        strict=True,
    )
)
Drawn = tuple[str, str, str]  # chart, status line, numbers


def race(name: str, lag: float, text: str, steps: float, hidden: float, seed: float) -> Iterator[Drawn]:
    """The four, as they learn."""
    from demos.basics.sequences import race, tasks

    task = tasks.task(name, settings.LAG.checked(lag), text)
    before = None
    for look in race.race(
        task, settings.RACE_STEPS[task.name].checked(steps), seed=settings.SEED.checked(seed),
        hidden=settings.HIDDEN_UNITS.checked(hidden),
    ):  # fmt: skip
        if before is not None:
            yield pictures.race_chart(before), pictures.race_line(before, False), pictures.race_numbers(before)
        before = look
    if before is not None:
        yield pictures.race_chart(before), pictures.race_line(before, True), pictures.race_numbers(before)


def measure(name: str, lag: float, text: str, steps: float, hidden: float, seed: float) -> Iterator[Drawn]:
    """How far back each of the four remembers."""
    from demos.basics.sequences import race

    if name == LETTERS:
        raise DemoError("Letters have no single lag to measure. Choose Echo, Adding or Parity.")
    count = max(steps_of(name).checked(steps), settings.REACH_STEPS)
    for reach in race.sweep(
        name, steps=count, seed=settings.SEED.checked(seed), hidden=settings.HIDDEN_UNITS.checked(hidden)
    ):
        yield pictures.reach_bars(reach), pictures.reach_line(reach), pictures.reach_numbers(reach, count)


def steps_of(name: str) -> settings.Whole:
    """How many steps a task may take; DemoError where there is no such task."""
    if name not in settings.RACE_STEPS:
        raise DemoError(f"There is no task {name!r}. There are: {', '.join(settings.SEQUENCE_TASKS)}.")
    return settings.RACE_STEPS[name]


@guard
def choose(name: str, text: str) -> tuple[Any, Any, Any, Any]:
    """(the text's field, what the task asks, the steps it takes, a lag that some network solves in them)."""
    steps = steps_of(name).default
    return gr.update(visible=name == LETTERS, value=text or RHYME), MEANING[name], steps, settings.LAGS[name]


def page(root: gr.Blocks, tab: gr.Tab) -> None:
    gr.Markdown(
        "Pictures come all at once; words and sounds come **one step after the other**. Four networks with a memory, "
        "from 1989 to 2014, learn the same task before your eyes: which of them still knows what came first?",
        elem_classes="hl-promise",
    )
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            name = gr.Radio(
                list(settings.SEQUENCE_TASKS), value=settings.SEQUENCE_TASKS[0], label="Task", elem_id="memory-task"
            )
            meaning = gr.Markdown(MEANING[settings.SEQUENCE_TASKS[0]], elem_classes="hl-note")
            text = gr.Textbox(
                "", lines=4, max_lines=8, max_length=settings.MOST_LETTERS, visible=False,
                label="Your text (200 letters or more)", elem_id="memory-text",
            )  # fmt: skip
            lag = gr.Slider(
                settings.LAG.low, 120, settings.LAGS[settings.SEQUENCE_TASKS[0]], step=1,
                label="Lag: steps to remember", elem_id="memory-lag",
            )  # fmt: skip
            words = Words("Four fresh networks know nothing yet")
            go = RunButton("Let all four learn", "memory", elem_id="memory-go", words=words)
            far = RunButton(
                "How far back can each remember?", "reach", elem_id="memory-reach", words=words, beside=go
            )  # fmt: skip
            with gr.Accordion("More", open=False):
                steps = gr.Slider(
                    20, 1000, settings.RACE_STEPS[settings.SEQUENCE_TASKS[0]].default, step=20,
                    label="Steps of learning", elem_id="memory-steps",
                )  # fmt: skip
                hidden = gr.Slider(
                    settings.HIDDEN_UNITS.low, settings.HIDDEN_UNITS.high, settings.HIDDEN_UNITS.default, step=4,
                    label="Hidden units: numbers in each memory",
                )  # fmt: skip
                seed = gr.Number(0, precision=0, label="Seed", elem_id="memory-seed")
        with gr.Column(elem_classes="hl-out"):
            picture = gr.HTML(elem_classes="hl-moves", elem_id="memory-chart", min_height=260)
            status = gr.Markdown("", elem_classes="hl-status", elem_id="memory-status")
            numbers = gr.Markdown("", elem_classes="hl-numbers", elem_id="memory-numbers")
            show_lesson("basics/page/sequences/lessons/memory.md")
            show_code("demos.basics.sequences.cells")
    name.input(choose, [name, text], [text, meaning, steps, lag], api_name="memory_task", queue=False, **QUIET)

    def draw(drawn: Drawn) -> dict[Any, Any]:
        return dict(zip((picture, status, numbers), drawn, strict=True))

    inputs = [name, lag, text, steps, hidden, seed]
    go.wire(
        race, draw, inputs=inputs, outputs=[picture, numbers], status=status, triggers=[first_opening(tab, "memory")]
    )
    far.wire(measure, draw, inputs=inputs, outputs=[picture, numbers], status=status)
