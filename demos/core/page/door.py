"""What comes in from outside is looked at before any component of Gradio sees it: files, pictures and numbers.

Gradio answers a bare data address, a server's path or an empty slider with a dump of its own, and reads a picture that
lies inside the request in another way than one that was uploaded. Here each becomes what it would have been from the
page, or one sentence.
"""

import base64
import binascii
import mimetypes
import re
import urllib.parse
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import processing_utils, utils
from gradio.data_classes import FileData

from demos.core import numbers
from demos.core.errors import DemoError

UPLOAD = "Upload the file first, or send it inside the request as data:image/png;base64,..."
FURTHEST = 1e15  # numbers of fields without bounds of their own


def as_from_the_page(inputs: list[Any], components: list[Any], state: Any) -> list[Any]:
    """An event's inputs as they would have come from the page.

    Args:
        inputs: as they came.
        components: the event's, as they were built.
        state: what the visitor's page has changed of them since (`gr.update(maximum=...)`), or None.

    Raises:
        DemoError: too few, or one that cannot be meant; the sentence says which.
    """
    if len(inputs) < len(components):
        raise DemoError(
            f"This needs {len(components)} values, and {len(inputs)} came. What they mean is under Use via API."
        )
    return [
        _meant(value, state[built._id] if state is not None and built._id in state else built, built)
        for value, built in zip(inputs, components, strict=False)
    ]


def _meant(value: Any, component: Any, as_built: Any) -> Any:
    """The value as the component expects it from the page. Raises DemoError."""
    if isinstance(component, gr.Slider | gr.Number):
        return _number(value, component, as_built.value)
    if isinstance(component, gr.Image) and component.streaming:
        return value  # a frame of the webcam, many times a second: never a file
    if isinstance(component, gr.Image | gr.File):
        if isinstance(value, list) and getattr(component, "file_count", "single") != "single":
            return [_file(one, component) for one in value]
        return _file(value, component)
    return value


# ---- numbers --------------------------------------------------------------------------------------------------------


def _number(value: Any, component: Any, default: Any) -> Any:
    if not isinstance(default, int | float):
        default = None
    if value is None:
        return default
    low, high = component.minimum, component.maximum
    if isinstance(component, gr.Number) and "seed" in (component.label or "").lower():
        low, high = numbers.SEED.low, numbers.SEED.high
    kind = numbers.Whole if getattr(component, "precision", None) == 0 else numbers.Real
    name = re.split(r"[:(]", component.label or "")[0].strip() or "This number"
    field = kind(name, -FURTHEST if low is None else low, FURTHEST if high is None else high, default or 0)
    if low is None and high is None and not component.label:
        return value  # an endpoint's, which says its own name and range
    return field.checked(value)


# ---- files and pictures ---------------------------------------------------------------------------------------------


def _file(value: Any, component: Any) -> Any:
    """An uploaded file, or one that lies inside the request, in the form that Gradio wants; None stays None."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = {"url": value} if value.startswith("data:") else {"path": value}
    if not isinstance(value, dict):
        raise DemoError(f"This is no file. {UPLOAD}")
    url, path = value.get("url"), value.get("path")
    name = Path(str(value.get("orig_name") or "")).name
    if isinstance(url, str) and url.startswith("data:"):
        path = _kept(url, name, component)
    elif path is None and url is None:
        return None
    elif not isinstance(path, str) or not _is_uploaded(path):
        raise DemoError(f"Files of this server and addresses of others are not opened. {UPLOAD}")
    return {"path": path, "orig_name": name or Path(path).name, "meta": {"_type": "gradio.FileData"}}


def _is_uploaded(path: str) -> bool:
    """Whether it is a file that came through the upload, or one that this page shows itself."""
    if not path or "\0" in path or "://" in path:
        return False
    return utils.is_in_or_equal(utils.abspath(path), utils.get_upload_folder()) or utils.is_static_file(
        FileData(path=path)
    )


def _kept(address: str, name: str, component: Any) -> str:
    """The path of a data address's content (RFC 2397), written among the uploads."""
    head, comma, body = address[5:].partition(",")
    mime, *options = head.split(";")
    try:
        if not comma:
            raise ValueError("no comma")
        content = urllib.parse.unquote_to_bytes(body)
        if "base64" in [option.strip().lower() for option in options]:
            content = base64.b64decode(b"".join(content.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DemoError(f"The data address is damaged. {UPLOAD}") from error
    name = name or "picture" + (mimetypes.guess_extension(mime) or "")
    return processing_utils.save_bytes_to_cache(content, name, component.GRADIO_CACHE)
