"""What was left out of a set, and why: nothing is dropped in silence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from demos.transfer.data import names

GROUPS, NAMES = 3, 2  # reasons that are told, and further names of each


@dataclass(frozen=True)
class LeftOut:
    """One file that was not used: "cats/torn.jpg", "is damaged." are the two halves of a sentence."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name} {self.why}"


def told(left_out: Sequence[LeftOut]) -> str:
    """How many, which and why, in a few sentences: files with the same reason are told together. "" for none."""
    if not left_out:
        return ""
    groups: dict[str, list[LeftOut]] = {}
    for one in left_out:
        groups.setdefault(_kind(one.why), []).append(one)
    largest = sorted(groups.values(), key=len, reverse=True)
    sentences = [_sentences(group) for group in largest[:GROUPS]]
    others = sum(map(len, largest[GROUPS:]))
    if others:
        sentences.append(f"And {others} for other reasons.")
    return f"{count(len(left_out))}: {' '.join(sentences)}"


def count(number: int) -> str:
    return "1 file was left out" if number == 1 else f"{number} files were left out"


def _sentences(group: list[LeftOut]) -> str:
    first, *others = group
    if not others:
        return str(first)
    return f"{first} The same goes for {names.listed([one.name for one in others], NAMES)}."


def _kind(why: str) -> str:
    """The reason without what differs from file to file: sizes, and the name of another photo in brackets."""
    return re.sub(r"\(.*?\)|\d[\d.,]*( bytes?| kB)?", "#", why)
