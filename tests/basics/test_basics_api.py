"""The functions behind the endpoints: what they answer, and what they refuse in one sentence."""

import pytest

from demos.basics import api
from demos.core.errors import DemoError


def test_a_neuron_learns_and_but_no_neuron_learns_xor() -> None:
    learned, failed = api.fit_neuron("AND"), api.fit_neuron("XOR", steps=300)
    assert learned["solved"]
    assert [round(row["output"]) for row in learned["outputs"]] == [0, 0, 0, 1]
    assert not failed["solved"]
    assert api.fit_neuron("or", "TANH")["solved"]  # names in any case
    assert api.fit_neuron("OR", seed=5) == api.fit_neuron("OR", seed=5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"gate": "NAND?"}, "no gate"),
        ({"activation": "softmax"}, "no activation"),
        ({"steps": -1}, "from 1 to"),
        ({"rate": float("nan")}, "from 0.01 to 10"),
        ({"seed": "many"}, "whole number"),
    ],
)
def test_a_wrong_word_or_number_is_one_sentence(arguments: dict, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        api.fit_neuron(**arguments)


def test_four_networks_learn_an_echo() -> None:
    answer = api.train_sequence("echo", lag=3, steps=120)
    assert set(answer["networks"]) == {"Time-delay", "Elman", "LSTM", "GRU"}
    assert answer["baseline"] == 0.5
    assert answer["networks"]["LSTM"]["solved"]
    for arguments, words in (
        (("chess",), "task"),
        (("echo", 1e9), "Lag"),
        (("next letter", 3, 20, 8, 0, "aaa"), "text"),
    ):
        with pytest.raises(DemoError, match=words):
            api.train_sequence(*arguments)
