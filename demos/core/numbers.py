"""A number that comes from outside: declared once, checked once, whoever sends it (the page, a program, a notebook).

An empty field counts as its default. Whatever else is not a number of the range becomes one sentence, which names the
field and its range: "Steps cannot be 1e+09. Choose a whole number from 1 to 300."
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from demos.core.errors import DemoError

LONGEST = 40  # letters of what was sent instead of a number that are shown again


@dataclass(frozen=True)
class Real:
    """A number with both bounds, which are allowed themselves.

    `name` is what the visitor reads: "Style strength"; `unit` follows the range: "px".
    """

    name: str
    low: float
    high: float
    default: float
    unit: str = ""
    kind: ClassVar[str] = "number"

    def checked(self, given: object) -> float:
        """The number that was meant: `default` for None and empty text. Raises DemoError, with the range, else."""
        number = self._number(given)
        if not self.low <= number <= self.high:  # not a number fails here, too: it compares with nothing
            raise self._refused(given)
        return number

    def _number(self, given: object) -> float:
        if given is None or (isinstance(given, str) and not given.strip()):
            return self.default
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            raise self._refused(given)
        try:
            return float(given)
        except (ValueError, OverflowError) as error:  # text, or a whole number beyond what a float holds
            raise self._refused(given) from error

    def _refused(self, given: object) -> DemoError:
        shown = f"{given:g}" if isinstance(given, float) else repr(given) if isinstance(given, str) else _written(given)
        if len(shown) > LONGEST:
            shown = f"{shown[:LONGEST]}..."
        unit = f" {self.unit}" if self.unit else ""
        if isinstance(given, float | int) and not isinstance(given, bool):
            shown += unit
        return DemoError(
            f"{self.name} cannot be {shown}. Choose a {self.kind} from {_plain(self.low)} to {_plain(self.high)}{unit}."
        )


class Whole(Real):
    """A whole number with both bounds: counts, sizes in px, seeds. 16.0 is one, as JSON and sliders write it."""

    kind = "whole number"

    def checked(self, given: object) -> int:
        """As `Real.checked`; a fraction is refused, since 2.9 steps are neither 2 nor 3."""
        number = self._number(given)
        if not self.low <= number <= self.high or number != math.floor(number):
            raise self._refused(given)
        return int(number)


# Of every generator of random numbers: what NumPy and torch both take, and a page's field can show exactly.
SEED = Whole("Seed", 0, 2**31 - 1, 0)


def _plain(bound: float) -> str:
    """A bound without an exponent: 2147483647, 0.1, 64."""
    return str(int(bound)) if bound == math.floor(bound) else f"{bound:g}"


def _written(given: object) -> str:
    """What is no text and no float. Huge whole numbers are not written out: Python refuses above 4,300 digits."""
    if isinstance(given, bool):
        return "yes or no"
    if isinstance(given, int):
        return str(given) if abs(given) < 10**20 else f"a number of {int(math.log10(abs(given))) + 1} digits"
    return "a list" if isinstance(given, list | tuple) else "a group of values" if isinstance(given, dict) else "that"
