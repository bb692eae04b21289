"""README's Python gives the answers that stand beside it."""

import contextlib
import io
import re

import pytest

from demos.core.networks import files
from tests.server import ROOT

NEEDED = ("pocket-vgg16", "codec", "dcgan-cats")


@pytest.mark.slow
@pytest.mark.skipif(not all(files.find(name) for name in NEEDED), reason="needs our networks in weights/")
def test_the_answers_in_the_readme_are_right() -> None:
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    expected = re.findall(r"^print\(.*\)  # (.*)$", code[1], re.MULTILINE)
    assert len(expected) == code[1].count("print(")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code[1], {})
    assert printed.getvalue().splitlines() == expected
