"""What the page opens with: good, of the shipped network, labelled, and there before PyTorch is."""

import json
import subprocess
import sys

import pytest

from demos.core.networks import files as network_files
from demos.core.networks import vgg
from demos.style import opening, painting
from demos.style.page import text
from demos.style.styles import gallery

WITHOUT_TORCH = """
import sys
from demos.style import opening
print(opening.picture().size, "torch" in sys.modules)
"""


def test_the_painting_is_large_and_has_a_run_behind_it() -> None:
    shown = opening.painting()
    assert max(shown.picture.size) == opening.SETTINGS.size == 512
    assert shown.before is not None
    assert shown.before.size == shown.picture.size
    assert shown.recipe.styles == ((gallery.names()[0], 1.0),)
    assert "painted beforehand" in text.status(shown)
    assert 0 < shown.loss < 0.1
    assert len(text.curve(shown)) > 50
    assert painting.read_recipe(painting.write_png(shown.picture, shown.recipe)) == shown.recipe
    assert opening.PICTURE.stat().st_size < 120_000


@pytest.mark.skipif(network_files.find(vgg.POCKET) is None, reason="needs weights/pocket_vgg16.safetensors")
def test_it_is_the_shipped_networks() -> None:
    """Otherwise: `python -m demos.style.draw_opening`."""
    assert json.loads(opening.RUN.read_text())["network_sha256"] == network_files.file_hash(vgg.POCKET)


def test_it_is_there_before_torch() -> None:
    said = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["(512,", "342)", "False"]
