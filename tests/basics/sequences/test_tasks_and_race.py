"""The tasks against slow second implementations, their baselines, and the four networks that learn them."""

import itertools

import pytest
import torch

from demos.basics import api
from demos.basics.sequences import pictures, race, tasks
from demos.basics.settings import LAGS, NETWORKS, RACE_STEPS
from demos.core.errors import DemoError

NAMES = ("echo", "adding", "parity")
TEXT = "the cat sat on the mat and the dog sat on the log. " * 8


def slow_answer(name: str, sequence: list[list[float]]) -> float:
    """The answer read off one sequence, step by step, as a person would."""
    marked = [value for value, mark in sequence if mark == 1]
    if name == "echo":
        assert len(marked) == 1
        return float(marked[0] > 0)
    assert len(marked) == 2
    if name == "adding":
        return marked[0] + marked[1]
    return float((marked[0] > 0) is not (marked[1] > 0))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lag", [1, 3, 25])
def test_answers_are_what_a_slow_reader_finds(name: str, lag: int) -> None:
    x, answers = tasks.task(name, lag).draw(50, torch.Generator().manual_seed(lag))
    for sequence, answer in zip(x.tolist(), answers.tolist(), strict=True):
        assert slow_answer(name, sequence) == pytest.approx(answer, abs=1e-6)
        first = next(t for t, (_, mark) in enumerate(sequence) if mark == 1)
        assert len(sequence) - 1 - first >= lag  # it must be kept for at least so long
        assert set(mark for _, mark in sequence) <= {0.0, 1.0}


def test_baselines_are_those_of_theory() -> None:
    random = torch.Generator().manual_seed(0)
    _, sums = tasks.adding(20, 40_000, random)
    assert tasks.task("adding", 20).baseline == pytest.approx(1 / 6)  # 2 * 1/12: two uniform numbers
    assert float(((sums - 1) ** 2).mean()) == pytest.approx(1 / 6, rel=0.03)
    for name in ("echo", "parity"):
        _, bits = tasks.task(name, 20).draw(40_000, random)
        assert float(bits.mean()) == pytest.approx(0.5, abs=4 * 0.5 / 200)


def test_letters_and_their_baselines() -> None:
    work = tasks.task("Next letter", 8, TEXT)
    read = tasks.letters(TEXT, 8)
    x, answers = work.draw(20, torch.Generator().manual_seed(0))
    text = " ".join(TEXT.split())
    for one, following in zip(x, answers, strict=True):
        letters = "".join(read.alphabet[k] for k in one.argmax(1))
        after = "".join(read.alphabet[k] for k in following)
        assert letters[1:] == after[:-1]
        assert letters + after[-1] in text
    kept = "".join(read.alphabet[k] for k in read.kept)
    learnt = text[: len(text) - len(kept)]
    common = max(sorted(set(learnt)), key=learnt.count)
    assert work.baseline == pytest.approx(sum(letter != common for letter in kept[1:]) / (len(kept) - 1))
    pairs = [learnt[i : i + 2] for i in range(len(learnt) - 1)]
    table = {a: max(read.alphabet, key=lambda b, a=a: pairs.count(a + b)) for a in read.alphabet}
    wrong = sum(table[a] != b for a, b in itertools.pairwise(kept)) / (len(kept) - 1)
    assert work.solved == pytest.approx(wrong / 2)


@pytest.mark.parametrize(
    ("name", "lag", "text", "words"),
    [
        ("jazz", 10, "", "There is no task 'jazz'"), ("echo", 0, "", "Lag cannot be 0"),
        ("echo", 1e9, "", "from 1 to 200"), ("next letter", 5, "short", "has 5 letters"),
        ("next letter", 100, TEXT, "needs 1100"), ("echo", float("nan"), "", "Lag cannot be nan"),
    ],
)  # fmt: skip
def test_bad_input_gives_one_sentence(name: str, lag: float, text: str, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        tasks.task(name, lag, text)


def test_a_short_echo_is_learnt_by_all_four_within_seconds() -> None:
    *_, last = race.race(tasks.task("echo", 6), 200)
    assert set(last.solved) == set(NETWORKS)
    assert all(line[-1][1] <= 0.05 < 0.3 < line[0][1] for line in last.errors.values())
    assert all("LSTM" in words for words in (pictures.race_chart(last), pictures.race_numbers(last)))
    assert "All four solved it" in pictures.race_line(last, True)


def test_parity_is_solved_at_the_lag_that_the_page_offers_and_else_the_page_says_so() -> None:
    *_, last = race.race(tasks.task("parity", LAGS["Parity"]), RACE_STEPS["Parity"].default)
    assert last.solved
    *_, last = race.race(tasks.task("parity", 40), 20)
    assert "Nobody solved it" in pictures.race_line(last, True)
    assert f"With a lag of {LAGS['Parity']}" in pictures.race_line(last, True)


def test_nothing_is_echoed_from_beyond_the_window() -> None:
    """A lag of 15 is within 16 steps; at 16 no weights whatever can tell the bit."""
    found = {}
    for lag in (15, 16):
        learner = race.Learner(NETWORKS[0], tasks.task("echo", lag))
        for _ in range(120):
            learner.step()
        found[lag] = learner.error()
    assert found[15] <= 0.05
    assert found[16] > 0.4


def test_the_sweep_counts_what_was_solved() -> None:
    *looks, last = race.sweep("echo", lags=(4, 30), steps=120)
    assert last.over
    assert last.solved[NETWORKS[0]] == 4
    assert last.failed[NETWORKS[0]] == 30
    assert last.solved["GRU"] == 30
    assert looks[0].solved == dict.fromkeys(NETWORKS, 0)
    assert "30 steps" in pictures.reach_bars(last)
    assert "Time-delay | 4 | 30 |" in pictures.reach_numbers(last, 120)


def test_runs_repeat_with_their_seed() -> None:
    def ends(seed: int) -> list:
        *_, last = race.race(tasks.task("adding", 5), 20, seed=seed, hidden=8)
        return [last.errors[name][-1] for name in NETWORKS]

    assert ends(3) == ends(3)
    assert ends(3) != ends(4)


def test_programs_get_plain_numbers() -> None:
    import json

    said = api.train_sequence("Echo", 5, 100, hidden=16)
    assert json.loads(json.dumps(said)) == said
    assert said["networks"]["GRU"]["solved"] is True
    assert said["networks"]["GRU"]["accuracy"] >= 0.95
    assert said["baseline"] == 0.5
    assert api.train_sequence("adding", 5, 20, hidden=8)["networks"]["LSTM"]["accuracy"] is None
    with pytest.raises(DemoError, match="Hidden units cannot be 1000"):
        api.train_sequence(hidden=1000)
    with pytest.raises(DemoError, match="Steps cannot be 5"):
        api.train_sequence(steps=5)
    with pytest.raises(DemoError, match="At most 20000"):
        api.train_sequence("next letter", text="a" * 20_001)
