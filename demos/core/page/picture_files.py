"""Files of shown pictures, written once: Gradio would write one anew while a browser is still being sent it."""

import os
import tempfile
from pathlib import Path
from typing import Any

from gradio import processing_utils


def write_once() -> None:
    """Lets Gradio keep a picture under the hash of its content without a moment at which the file is half there.

    Two visitors who open a page get the same pictures. Gradio writes the second one's over the first one's, and a
    browser that is just fetching it is told "too little data" and shows nothing.
    """
    processing_utils.save_pil_to_cache = _save


def _save(img: Any, cache_dir: str, name: str = "image", format: str = "webp") -> str:
    content = processing_utils.encode_pil_to_bytes(img, format)
    path = (Path(cache_dir) / processing_utils.hash_bytes(content) / f"{name}.{format}").resolve()
    if path.exists():
        os.utime(path)  # it is as young as one that was written now, for who clears old files away
        return str(path)
    path.parent.mkdir(exist_ok=True, parents=True)
    handle, part = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(part, 0o644)
    os.replace(part, path)  # all of it at once
    return str(path)
