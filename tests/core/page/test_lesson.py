"""What stands below every result: the lesson of the tab, and the very code that ran."""

from pathlib import Path

import gradio as gr
import pytest

import app
from demos.core.page.lesson import DEMOS, resolve, show_code, show_lesson, source
from demos.transfer.training import fit


def test_the_code_shown_compiles_and_is_the_one_in_the_file() -> None:
    shown = source(fit.fit)
    compile(shown, "shown", "exec")
    assert shown in Path(fit.__file__).read_text()


def test_a_decorated_function_shows_its_own_body() -> None:
    from demos.transfer import features

    assert "def compute(" in source(features.compute)


def test_lessons_and_code_are_loaded_when_they_are_opened() -> None:
    with gr.Blocks() as page:
        show_lesson("transfer/lesson.md")
        show_code("demos.transfer.training.fit.fit", "demos.dcgan.training.gan.GanTraining.generator_loss")
    assert not [block for block in page.blocks.values() if getattr(block, "value", "")]
    lesson_event, code_event = page.fns.values()
    assert lesson_event.fn() == (DEMOS / "transfer" / "lesson.md").read_text()
    code = code_event.fn()
    assert source(fit.fit) in code
    assert "def generator_loss(" in code


def test_a_name_that_leads_nowhere_is_an_error() -> None:
    with pytest.raises(AttributeError):
        resolve("demos.transfer.training.fit.no_such_function")
    with gr.Blocks(), pytest.raises(FileNotFoundError):
        show_lesson("transfer/no_lesson.md")


@pytest.mark.slow
def test_every_name_on_the_page_leads_to_code_and_every_lesson_is_there() -> None:
    page = app.build()
    opened = [fn for fn in page.fns.values() if str(fn.api_name).startswith(("lesson_", "code_demos"))]
    assert len(opened) > 30
    assert all(len(fn.fn()) > 100 for fn in opened)
