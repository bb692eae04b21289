"""The letter machine: its baselines by hand, temperature 0, seeds, what it learns, and texts that it refuses."""

import math

import pytest
import torch

from demos.basics.sequences import letters
from demos.basics.sequences.text import own_text
from demos.core.errors import DemoError
from demos.core.page import lesson

PAGE = ("demos.basics.sequences.letters_plain.letter_machine",)


@pytest.fixture(scope="module")
def taught() -> letters.Step:
    return list(letters.learn(own_text(), 60, 0))[-1]


def test_baselines_by_hand() -> None:
    assert letters.letter_bits("abab") == 1
    assert letters.letter_bits("abcd") == 2
    assert letters.letter_bits("aaab") == pytest.approx(-0.75 * math.log2(0.75) + 0.5)
    assert letters.pair_bits("ababababa") == 0
    assert letters.pair_bits("aabba") == pytest.approx(1)  # after a: a, b; after b: b, a
    assert letters.pair_bits(own_text()) < letters.letter_bits(own_text()) < math.log2(len(set(own_text())))


def test_it_learns_more_than_counting_does(taught: letters.Step) -> None:
    first = [bits for _, bits in taught.bits[:1]]
    last = [bits for _, bits in taught.bits[-10:]]
    assert first[0] == pytest.approx(math.log2(len(set(own_text()))), abs=0.3)  # it begins with knowing nothing
    assert sum(last) / 10 < letters.pair_bits(own_text())


def test_temperature_near_zero_is_the_likeliest_letter(taught: letters.Step) -> None:
    machine, read = taught.machine, "The cat "
    expected = ""
    with torch.no_grad():
        for _ in range(60):  # all of it read anew for every letter: a second way to the same text
            logits, _ = machine(machine.numbers(read + expected)[None])
            expected += machine.letters[int(logits[0, -1].argmax())]
    assert letters.sample(machine, read, 60, 0.0, 0) == expected
    assert letters.sample(machine, read, 60, 0.0, 99) == expected
    assert letters.sample(machine, read, 60, 0.002, 5) == expected


def test_the_same_seed_writes_the_same_text(taught: letters.Step) -> None:
    one, two, other = (letters.sample(taught.machine, "The ", 100, 1.0, seed) for seed in (1, 1, 2))
    assert one == two != other
    assert len(one) == 100
    again = list(letters.learn(own_text(), 5, 3))[-1], list(letters.learn(own_text(), 5, 3))[-1]
    assert again[0].bits == again[1].bits


def test_a_beginning_of_unknown_letters_is_no_obstacle(taught: letters.Step) -> None:
    assert len(letters.sample(taught.machine, "漢字", 20, 0.7, 0)) == 20
    assert len(letters.sample(taught.machine, "", 20, 2.0, 0)) == 20


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "no text"), ("  \n ", "no text"), (None, "no text"), ("a" * 300, "one letter only"),
     ("ab" * 20, "40 letters"), ("ab" * 20_000, "40000 letters"),
     ("".join(map(chr, range(300, 600))), "300 different")],
)  # fmt: skip
def test_a_text_that_cannot_be_learned_gets_one_sentence(text: str | None, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        letters.checked(text)


def test_cells_are_found_by_correlation(taught: letters.Step) -> None:
    text = own_text()[:600]
    found = letters.clearest(taught.machine, text)
    assert [abs(c.correlation) for c in found] == sorted((abs(c.correlation) for c in found), reverse=True)
    best = found[0]
    values = letters.activations(taught.machine, text)[:, best.number]
    assert values.abs().max() <= 1
    wanted = letters.features(text)[best.follows]
    both = torch.stack([values - values.mean(), wanted - wanted.mean()])
    by_hand = float((both[0] * both[1]).sum() / (both[0].norm() * both[1].norm()))
    assert by_hand == pytest.approx(best.correlation, abs=1e-4)
    assert abs(best.correlation) > 0.3


def test_features_of_a_line() -> None:
    found = letters.features("To be,\nI")
    assert found["spaces"].tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    assert found["vowels"].tolist() == [0, 1, 0, 0, 1, 0, 0, 1]
    assert found["ends of lines"].tolist() == [0, 0, 0, 0, 0, 0, 1, 0]
    assert found["place in the line"].tolist() == [0, 1, 2, 3, 4, 5, 6, 0]
    assert found["place in the word"].tolist() == [0, 1, 2, 0, 1, 2, 0, 0]


def test_the_code_on_the_page_runs_by_itself() -> None:
    names: dict = {}
    exec(lesson.sources(PAGE), names)
    words = names["letter_machine"](own_text(), steps=3, length=30)
    assert len(words) == 30
    assert set(words) <= set(own_text())
