"""How a picture was made, inside the picture: settings as JSON in a text chunk of a PNG."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image, PngImagePlugin

from demos.core.errors import DemoError
from demos.core.files import new_file
from demos.core.images.load import load_image

T = TypeVar("T")


def write(picture: Image.Image, key: str, values: Mapping[str, Any], name: str) -> Path:
    """A PNG called `name` with `values`, which JSON can hold, in the text chunk `key`."""
    path, info = new_file(name), PngImagePlugin.PngInfo()
    info.add_itxt(key, json.dumps(values))
    picture.save(path, pnginfo=info)
    return path


def read(path: str | Path, key: str, parse: Callable[[dict[str, Any]], T], *, missing: str, instead: str) -> T:
    """The settings inside a PNG, as `parse` makes them of the values that were written.

    Args:
        parse: may raise what reading untrusted values raises: ValueError, KeyError, TypeError, OverflowError.
        missing: what to do where the picture has no such chunk; the error's second sentence.
        instead: what to do where the chunk cannot be read.

    Raises:
        DemoError: not a picture, or one without (sound) settings.
    """
    load_image(path)  # raises the sentence for whatever is wrong with the file itself
    with Image.open(path) as file:
        text = getattr(file, "text", {}).get(key)
    if text is None:
        raise DemoError(f"This picture carries no settings. {missing}")
    try:
        return parse(json.loads(text))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise DemoError(f"The settings inside this picture cannot be read ({error}). {instead}") from error
