"""Settings inside a PNG: written, read, and refused with a sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from demos.core.errors import DemoError
from demos.core.images import recipe

ENDS = {"missing": "Drop another.", "instead": "Begin anew."}


def test_values_and_pixels_come_back() -> None:
    picture = Image.effect_noise((20, 10), 80).convert("RGB")
    values = {"name": "Ölbild", "layers": {"relu1_1": 0.5}, "sizes": [1, 2]}
    path = recipe.write(picture, "a-key", values, "kept.png")
    assert path.name == "kept.png"
    assert recipe.read(path, "a-key", dict, **ENDS) == values
    with Image.open(path) as file:
        np.testing.assert_array_equal(np.asarray(file), np.asarray(picture))
    with pytest.raises(DemoError, match=r"^This picture carries no settings\. Drop another\.$"):
        recipe.read(path, "another-key", dict, **ENDS)


def count(values: dict[str, Any]) -> int:
    return int(values["count"])


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"count": null}', '{"count": Infinity}', "[" * 100_000])
def test_what_cannot_be_parsed_is_said(text: str, tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("a-key", text)
    Image.new("RGB", (8, 8)).save(tmp_path / "note.png", pnginfo=info)
    with pytest.raises(DemoError, match=r"^The settings inside this picture cannot be read .* Begin anew\.$"):
        recipe.read(tmp_path / "note.png", "a-key", count, **ENDS)
