"""Files to take home. Gradio copies them to where visitors may fetch them, so ours are deleted an hour later."""

import shutil
import tempfile
import time
from pathlib import Path

FOLDER = Path(tempfile.gettempdir()) / "hidden-layers"
LIFETIME = 3600  # seconds


def new_file(name: str) -> Path:
    """Where a file called `name` may be written: in a folder of its own, since two visitors may choose one name."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    _delete_old()
    return Path(tempfile.mkdtemp(dir=FOLDER)) / name


def _delete_old() -> None:
    for folder in FOLDER.iterdir():
        try:
            if time.time() - folder.stat().st_mtime > LIFETIME:
                shutil.rmtree(folder)
        except OSError:  # another run was faster, or it is not ours to delete
            continue
