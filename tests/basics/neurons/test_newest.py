"""Of several events that draw, only the one that began last goes on; a part plays by itself only once."""

import gradio as gr

from demos.basics.page.neurons import neuron
from demos.basics.page.neurons.controls import Newest


def test_a_run_ends_once_another_begins() -> None:
    newest = Newest()
    old = newest.only(iter("abc"))
    assert next(old) == "a"
    new = newest.only(iter("xyz"))
    assert next(new) == "x"
    assert list(old) == []
    assert list(new) == ["y", "z"]


def test_a_hand_ends_a_run() -> None:
    newest = Newest()
    run = newest.only(iter("abc"))
    next(run)
    newest.began()
    assert list(run) == []


def test_who_comes_back_to_the_neuron_finds_what_was_there() -> None:
    with gr.Blocks() as root, gr.Tab() as tab:
        neuron.page(root, tab)
    (opening,) = [fn.fn for fn in root.fns.values() if fn.api_name == "neuron_opening"]
    newest = Newest()
    values = (newest, "AND", "sigmoid", False, 2, 1.0, 0)
    assert opening is not None
    assert len([look for look in opening(*values) if isinstance(look, dict) and len(look) > 1]) > 1
    assert list(opening(*values)) == [gr.skip()]
