"""A name is text: shown as typed, compared as people do, never an instruction."""

import html
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from demos.core.errors import DemoError
from demos.transfer.data import names
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page import text

ANY = st.text(st.characters(), max_size=130)
# What trips programs: joiners, marks, turns of the direction, halves of characters, markup, spaces of all kinds.
TRIPS = (
    "aÄß\u0301\u0327\u0345İ \t\n\u00a0\u2028<>&*_`$[]\u200b\u200c\u200d\u200f\u0915\u094d\u0e49👨👩\ufe0f\ufeff"
    + "\ud800\x00"
)
TURNS = "\u202a\u202c\u202e\u2066\u2069"
ODD = st.text(st.sampled_from(TRIPS + TURNS), max_size=130)


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        "*stars* _and_ `ticks` $x^2$ [x](y)",
        "a & b",
        "\u06af\u0644\u200c\u0647\u0627",  # Persian, with the non-joiner
        "\u0915\u094d\u0937\u093f\u0915\u093e",  # Hindi
        "\u0e01\u0e25\u0e49\u0e27\u0e22",  # Thai
        "\U0001f415\u200d\U0001f9ba",  # a dog and a vest, joined
        "\u05db\u05dc\u05d1\u200f 1",  # Hebrew, with a mark of direction
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # a flag spelled by tags
    ],
)
def test_names_stay_as_typed(name: str) -> None:
    assert PhotoSet().add_class(name).names == (name,)
    assert names.folder_name(name) == name


def test_known_answers() -> None:
    assert names.clean_name("A\u0308pfel") == "Äpfel"
    assert names.clean_name("  my \n cat\x00 ") == "my cat"
    assert names.clean_name("a\u202eb") == "a\u202eb\u202c"  # what it turns around ends with it
    assert names.clean_name("a\u202cb\u2069") == "ab"
    assert names.clean_name("\u2066a\u202eb\u2069c") == "\u2066a\u202eb\u2069c"


@pytest.mark.parametrize("name", ["", "  ", "\u200d", "\u0301", "\u202e", "\n\t", "\u200b\u200e"])
def test_nothing_to_see_is_no_name(name: str) -> None:
    with pytest.raises(DemoError, match="needs a name"):
        names.clean_name(name)
    with pytest.raises(DemoError, match="no name that can be seen"):
        names.folder_name(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Cats", "cats"), ("Äpfel", "a\u0308PFEL"), ("Straße", "STRASSE"), ("cats", "cats\u200b"), ("❤", "❤\ufe0f")],
)
def test_one_name_written_in_two_ways(one: str, other: str) -> None:
    assert names.key(one) == names.key(other)
    with pytest.raises(DemoError, match="already"):
        PhotoSet().add_class(one).add_class(other)
    assert len(PhotoSet().add_class(one).rename_class(one, other).names) == 1


@pytest.mark.parametrize(("one", "other"), [("cats", "cat"), ("क्ष", "क्\u200dष"), ("a b", "a_b"), ("ł", "l")])
def test_two_names_stay_two(one: str, other: str) -> None:
    assert len(PhotoSet().add_class(one).add_class(other).names) == 2


@given(ANY | ODD)
@example("e\u202c\u0301")
def test_every_name_is_cleaned_once_and_for_all_or_refused(name: str) -> None:
    try:
        cleaned = names.clean_name(name)
    except DemoError:
        return
    assert names.clean_name(cleaned) == cleaned
    assert names.key(cleaned) == names.key(name)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert len(cleaned.encode()) <= 8 * names.LONGEST  # and no half of a character
    opened = sum(c in names.TURNS for c in cleaned)
    assert sum(c in names.TURNS.values() for c in cleaned) <= opened


@given(st.lists(ANY | ODD, max_size=6))
def test_folders_become_names_of_their_own(folders: list[str]) -> None:
    given_names: tuple[str, ...] = ()
    for folder in folders:
        try:
            name = names.folder_name(folder, given_names)
        except DemoError:
            continue
        assert names.clean_name(name) == name  # what a visitor could have typed
        assert not names.is_among(name, given_names)
        given_names = (*given_names, name)


@given(ANY | ODD)
def test_names_in_file_names_hold_nothing_that_a_file_system_minds(name: str) -> None:
    kept = names.in_a_file_name(name)
    assert 1 <= len(kept) <= 12
    assert not set(kept) & set('/\\:*?"<>|. \0\n')


def test_a_download_is_called_what_it_knows() -> None:
    assert names.in_a_file_name("क्षिका") == "क्षिका"
    assert names.in_a_file_name("<b>cats</b>") == "bcatsb"
    assert names.in_a_file_name("***") == "class"


def test_markdown_shows_a_name_as_typed() -> None:
    """Against markdown-it, which is CommonMark."""
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark")
    typed = r"*a* _b_ `c` <i>d</i> [e](f) &amp; \g # 1. ~~h~~ ![i](j) http://k.l | m"
    shown = markdown.render(text.as_typed(typed))
    assert html.unescape(shown) == f"<p>{typed}</p>\n"


def test_lists_in_words() -> None:
    assert [names.listed("abcde"[:n]) for n in (0, 1, 2, 3, 5)] == [
        "",
        "a",
        "a and b",
        "a, b and c",
        "a, b, c and 2 more",
    ]
