"""The classifier as a file to take home."""

from pathlib import Path

from demos.core import keeping
from demos.transfer import classifier
from demos.transfer.classifier import Classifier


def write(taught: Classifier) -> Path:
    """A file with a name that says what it knows."""
    words = "-".join("".join(c for c in name if c.isalnum())[:12] or "class" for name in taught.classes[:3])
    return classifier.save(taught, keeping.new_file(f"classifier-{words}.safetensors"))
