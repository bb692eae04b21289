"""The text that the letter machine starts from: verses of our own."""

from functools import cache
from pathlib import Path


@cache
def own_text() -> str:
    """About 2,700 letters in plain words, so that a small machine learns them in seconds."""
    return (Path(__file__).parent / "start.txt").read_text(encoding="utf-8").strip()
