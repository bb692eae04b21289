"""Which of several events of one visitor may still draw: the one that began last."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass
class Newest:
    """In a `gr.State` by reference. A choice that is made while a run draws ends the run: else it would go on to draw
    what is no longer chosen.
    """

    number: int = 0

    def began(self) -> int:
        """Its number; whatever began before may draw no more."""
        self.number += 1
        return self.number

    def only(self, looks: Iterable[T]) -> Iterator[T]:
        """The looks, until another one begins."""
        mine = self.began()
        for look in looks:
            if self.number != mine:
                return
            yield look
