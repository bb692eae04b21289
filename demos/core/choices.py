"""One answer out of several, as a program or a person types it: case, spaces and kinds of apostrophes do not matter."""

import unicodedata
from collections.abc import Iterable, Mapping

from demos.core.errors import DemoError

LONGEST = 60  # letters of a wrong name that are shown again


def choose(typed: str, offered: Iterable[str], kind: str, also: Mapping[str, str] | None = None) -> str:
    """The offered name that was meant.

    Args:
        typed: "cats", " Cats " and "CATS" all mean "Cats".
        offered: the names as they are shown.
        kind: what is chosen, for the sentence: "optimiser".
        also: further spellings and the offered names that they stand for: {"slerp": "On the sphere (slerp)"}.

    Raises:
        DemoError: nothing of that name is offered; the sentence lists what is.
    """
    names = list(offered)
    meant = {folded(name): name for name in names}
    meant |= {folded(name): stands_for for name, stands_for in (also or {}).items()}
    if folded(typed) in meant:
        return meant[folded(typed)]
    raise DemoError(f"There is no {kind} {str(typed)[:LONGEST]!r}. Choose one of: {', '.join(names) or 'none yet'}.")


def folded(name: object) -> str:
    """A name with its differences of writing taken away: equal for two spellings of one name."""
    plain = unicodedata.normalize("NFKC", str(name)).replace("’", "'")
    return " ".join(plain.casefold().split())
