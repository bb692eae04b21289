"""A sheet to take home: a PNG that remembers model, seed and truncation, and gives them back."""

import json
from pathlib import Path

from PIL import Image, PngImagePlugin

from demos.core.errors import DemoError
from demos.core.files import new_file
from demos.core.images import sheets
from demos.core.images.load import load_image
from demos.dcgan import sampling
from demos.dcgan.sampling import Sheet

KEY = "hidden-layers-dcgan"  # of the PNG's text chunk


def write_png(sheet: Sheet) -> Path:
    """The sheet, twice as large, with its recipe inside."""
    path, note = new_file("dreamt.png"), PngImagePlugin.PngInfo()
    recipe = {"model": sheet.gan, "seed": sheet.seed, "count": len(sheet), "truncation": sheet.truncation}
    note.add_itxt(KEY, json.dumps(recipe))
    sheets.contact_sheet(sheet.pixels).save(path, pnginfo=note)
    return path


def read(path: str | Path) -> tuple[str, int, int, float]:
    """(model, seed, count, truncation) inside a PNG that was kept here.

    Raises:
        DemoError: not a picture, or one without a (sound) recipe.
    """
    load_image(path)  # the one door: whatever is wrong with the file is said there
    with Image.open(path) as file:
        text = getattr(file, "text", {}).get(KEY)
    if text is None:
        raise DemoError("This picture carries no settings. Drop a sheet that was kept here, as the file itself.")
    try:
        found = json.loads(text)
        name, seed, count = str(found["model"])[:100], int(found["seed"]), int(found["count"])
        truncation = float(found["truncation"])
    except (ValueError, KeyError, TypeError) as error:
        raise DemoError(f"The settings inside this picture cannot be read ({error}). Dream up a new sheet.") from error
    sampling.latents(seed, count, 1, truncation)  # says what is out of range
    return name, seed, count, truncation
