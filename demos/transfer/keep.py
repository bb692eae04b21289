"""Files to take home: each download lies in a folder of its own that Gradio may serve and later deletes."""

import tempfile
from pathlib import Path

from demos.transfer import classifier
from demos.transfer.classifier import Classifier


def write(taught: Classifier) -> Path:
    """The classifier as a file with a name that says what it knows."""
    words = "-".join("".join(c for c in name if c.isalnum())[:12] or "class" for name in taught.classes[:3])
    folder = Path(tempfile.mkdtemp(prefix="hidden-layers-"))
    return classifier.save(taught, folder / f"classifier-{words}.safetensors")
