"""Pictures to take home: a PNG that remembers how it was painted, and the run as a moving picture."""

import dataclasses
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from demos.core.errors import DemoError
from demos.core.files import new_file
from demos.core.images.load import fit, load_image
from demos.style.settings import PaintSettings

KEY = "hidden-layers"  # of the PNG's text chunk
MOVIE_SIDE, MOVIE_SECONDS = 480, 6.0


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a picture was painted: all that another run needs but the pictures themselves."""

    settings: PaintSettings
    styles: tuple[tuple[str, float], ...]  # (name in the gallery or "your own", share)
    network: str

    def as_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))


def write_png(picture: Image.Image, recipe: Recipe) -> Path:
    """The picture as a PNG with its recipe inside."""
    path, note = new_file("painted.png"), PngImagePlugin.PngInfo()
    note.add_itxt(KEY, recipe.as_json())
    picture.save(path, pnginfo=note)
    return path


def read(path: str | Path) -> Recipe:
    """The recipe inside a PNG that was kept here.

    Raises:
        DemoError: not a picture, or one without a (sound) recipe.
    """
    load_image(path)  # the one door: whatever is wrong with the file is said there
    with Image.open(path) as file:
        text = getattr(file, "text", {}).get(KEY)
    if text is None:
        raise DemoError(
            "This picture carries no settings. Drop a PNG that was kept here, as the file itself: pictures that were "
            "sent through a messenger or saved again have lost theirs."
        )
    try:
        found = json.loads(text)
        return Recipe(
            settings=_settings(found["settings"]),
            styles=tuple((str(name)[:80], float(share)) for name, share in found["styles"][:3]),
            network=str(found["network"])[:80],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DemoError(
            f"The settings inside this picture cannot be read ({error}). Paint with settings of your own."
        ) from error


def _settings(found: dict[str, Any]) -> PaintSettings:
    """Checked field by field: a file from elsewhere may say anything."""
    defaults = PaintSettings()
    values: dict[str, Any] = {}
    for item in dataclasses.fields(PaintSettings):
        if item.name not in found:
            continue
        kind = type(getattr(defaults, item.name))
        value = found[item.name]
        if kind is dict:
            values[item.name] = {str(layer): float(weight) for layer, weight in dict(value).items()}
        else:
            values[item.name] = kind(value)
    settings = PaintSettings(**values)
    settings.check()
    return settings


def movie(frames: Sequence[bytes]) -> Path:
    """The run as an animated GIF from its frames (JPEG files), the last one held for a moment.

    Raises:
        DemoError: there are no frames.
    """
    if not frames:
        raise DemoError("There is no run to make a moving picture of. Paint first.")
    pictures = [fit(Image.open(io.BytesIO(frame)).convert("RGB"), MOVIE_SIDE) for frame in frames]
    pictures = [picture.resize(pictures[-1].size, Image.Resampling.BILINEAR) for picture in pictures]
    # One palette for all frames, taken from a few of them: one for each would make still areas flicker.
    width, height = pictures[-1].size
    some = [pictures[round(i * (len(pictures) - 1) / 3)] for i in range(4)]
    strip = Image.new("RGB", (width, 4 * height))
    for i, picture in enumerate(some):
        strip.paste(picture, (0, i * height))
    palette = strip.quantize(255)
    small = [picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for picture in pictures]
    each = max(40, round(1000 * MOVIE_SECONDS / len(small)))
    path = new_file("painted.gif")
    small[0].save(path, save_all=True, append_images=small[1:], duration=[each] * (len(small) - 1) + [2000], loop=0)
    return path
