"""Files to take home. Gradio copies them to where visitors may fetch them, so ours are deleted an hour later."""

import shutil
import tempfile
import time
from pathlib import Path

from demos.transfer import classifier
from demos.transfer.classifier import Classifier

FOLDER = Path(tempfile.gettempdir()) / "hidden-layers"
KEPT_FOR = 3600  # seconds


def write(taught: Classifier) -> Path:
    """The classifier as a file with a name that says what it knows."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    _forget_old()
    words = "-".join("".join(c for c in name if c.isalnum())[:12] or "class" for name in taught.classes[:3])
    folder = Path(tempfile.mkdtemp(dir=FOLDER))  # a folder of its own: two visitors may teach the same classes
    return classifier.save(taught, folder / f"classifier-{words}.safetensors")


def _forget_old() -> None:
    for folder in FOLDER.iterdir():
        try:
            if time.time() - folder.stat().st_mtime > KEPT_FOR:
                shutil.rmtree(folder)
        except OSError:  # another run was faster, or it is not ours to delete
            continue
