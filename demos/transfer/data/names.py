"""Names of classes and files, wherever they come from: typed, a folder's, a file's, a kept classifier's.

The one place that decides what a name is. A name is text, shown as it was typed: markup, the joiners inside of Persian
or Hindi words and emoji, marks of direction. What it never does is act: break a line, turn the text after it around.
"""

import re
import unicodedata
from collections.abc import Sequence

from demos.core.errors import DemoError

LONGEST = 60  # characters of a class's name
FILE_LONGEST = 80  # of a file's name in a sentence

# Characters that turn the direction of all that follows, with those that end it (Unicode Annex 9).
TURNS = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c") | dict.fromkeys("\u2066\u2067\u2068", "\u2069")
JOINERS = "\u200c\u200d"  # they are how some words are spelled; all other invisible characters make no difference


def clean_name(name: str) -> str:
    """A class's name as it is shown: composed (NFC), single spaces, no control characters, 1 to `LONGEST` characters.

    Raises:
        DemoError: nothing to be seen in it, or longer.
    """
    cleaned = _text(name)
    if not _visible(cleaned):
        raise DemoError("A class needs a name. Type one, for example: my cat.")
    length = _length(cleaned)
    if length > LONGEST:
        raise DemoError(f"{_start(cleaned, 20)}... is {length} characters long; a class name has at most {LONGEST}.")
    return cleaned


def folder_name(folder: str, taken: tuple[str, ...] = ()) -> str:
    """A folder's name as a class's: shortened in its middle where it is too long, and never one of those `taken`.

    Raises:
        DemoError: nothing to be seen in it.
    """
    cleaned = _text(folder)
    if not _visible(cleaned):
        raise DemoError("One of the folders has no name that can be seen. Give it one, and pack them once more.")
    name, number = _short(cleaned, LONGEST), 1
    while is_among(name, taken):
        number += 1
        name = f"{_short(cleaned, LONGEST - 7)} ({number})"
    return name


def file_name(name: str) -> str:
    """A file's name in a sentence: like a class's, or "a file without a name"."""
    cleaned = _text(name)
    return _short(cleaned, FILE_LONGEST) if _visible(cleaned) else "a file without a name"


def key(name: str) -> str:
    """Equal for names that are one: upper and lower case, composed and decomposed, with and without what is not seen.

    Source: caseless matching of The Unicode Standard, section 3.13 (D145).
    """
    seen = "".join(c for c in _text(name) if c in JOINERS or not _unseen(c))
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", seen).casefold())


def is_among(name: str, others: tuple[str, ...]) -> bool:
    """Whether one of the others is the same name."""
    return key(name) in {key(other) for other in others}


def listed(several: Sequence[str], most: int = 3) -> str:
    """ "a, b and c", or "a, b, c and 5 more"."""
    shown = [*several[:most], *([f"{len(several) - most} more"] if len(several) > most else [])]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def in_a_file_name(name: str) -> str:
    """The beginning of a name for a download: letters with their marks and joiners, digits; "class" where none are."""
    kept = "".join(c for c in _text(name) if c.isalnum() or c in JOINERS or unicodedata.category(c)[0] == "M")
    return _start(kept, 12).strip(JOINERS) or "class"


# ---- characters -----------------------------------------------------------------------------------------------------


def _text(name: str) -> str:
    """Composed, single spaces, no control characters; what turns the direction ends where the name ends."""
    shown = "".join({"Cc": " ", "Cs": "\ufffd"}.get(unicodedata.category(c), c) for c in name)  # Cs: half a character
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", _closed(shown))).strip()


def _closed(name: str) -> str:
    """Every turn of the direction ended within the name, so that the words around it stay as they are."""
    kept: list[str] = []
    waiting: list[str] = []
    for c in name:
        if c in TURNS:
            waiting.append(TURNS[c])
        elif c in TURNS.values():
            if c not in waiting or (c == "\u202c" and waiting[-1] != c):
                continue  # it ends nothing
            while waiting.pop() != c:  # the end of an isolate also ends what was begun within
                pass
        kept.append(c)
    return "".join(kept + waiting[::-1])


def _visible(name: str) -> bool:
    """Whether there is anything to see: a mark or a joiner alone is nothing."""
    return any(unicodedata.category(c) not in ("Cf", "Mn", "Me", "Mc", "Zs", "Zl", "Zp") for c in name)


def _length(name: str) -> int:
    """In characters; those that `_closed` adds do not count."""
    return sum(c not in TURNS.values() for c in name)


def _short(name: str, longest: int) -> str:
    """The name, or its first and last characters: what differs is often at the end."""
    if _length(name) <= longest:
        return name
    end = longest * 2 // 5
    start = _start(name, longest - end - 1)
    while end and _attached(name[-end]):
        end -= 1
    return _closed(f"{start.rstrip()}…{name[len(name) - end :].lstrip()}")


def _start(name: str, length: int) -> str:
    """At most so many characters, no letter cut from its marks."""
    while 0 < length < len(name) and _attached(name[length]):
        length -= 1
    return _closed(name[:length])


def _unseen(c: str) -> bool:
    """Whether it is a mark of direction, a place to break a word, a choice of an emoji's form, or the like."""
    return unicodedata.category(c) == "Cf" or "\ufe00" <= c <= "\ufe0f"


def _attached(c: str) -> bool:
    """Whether this one belongs to the character before it."""
    return c in JOINERS or unicodedata.category(c)[0] == "M"
