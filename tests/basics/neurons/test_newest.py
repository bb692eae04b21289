"""Of several events that draw, only the one that began last goes on."""

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
