"""What stands below every result: the lesson of the tab, and the very code that ran."""

from pathlib import Path

import gradio as gr

from demos.core.page.lesson import DEMOS, show_code, show_lesson, source
from demos.transfer import head


def test_the_code_shown_compiles_and_is_the_one_in_the_file() -> None:
    shown = source(head.fit)
    compile(shown, "shown", "exec")
    assert shown in Path(head.__file__).read_text()


def test_a_decorated_function_shows_its_own_body() -> None:
    from demos.transfer import features

    assert "def compute(" in source(features.compute)


def test_the_page_parts_hold_them() -> None:
    with gr.Blocks() as page:
        show_lesson("transfer/lesson.md")
        show_code(head.fit)
    values = [getattr(block, "value", "") for block in page.blocks.values()]
    assert (DEMOS / "transfer" / "lesson.md").read_text().strip() in values
    assert source(head.fit) in values
