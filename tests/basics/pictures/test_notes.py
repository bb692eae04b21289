"""The notes' network and both loops: counted by hand, and each claim of the page's table checked."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from demos.basics.page.pictures.notes import text
from demos.basics.pictures import notes_loop, race, sets, todays_loop
from demos.basics.settings import CIFAR, DIGITS, LOOPS, TASTED_DIGITS, TASTED_EPOCHS
from demos.core.errors import DemoError
from demos.core.hub import fetch


def some(count: int = 48) -> DataLoader:
    random = torch.Generator().manual_seed(0)
    pictures = torch.randn(count, 3, 32, 32, generator=random)
    return DataLoader(TensorDataset(pictures, torch.arange(count) % 10), 24)


def test_parameters_and_shapes_are_those_counted_by_hand() -> None:
    net = notes_loop.Net()
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in net.named_children()}
    by_hand = {"conv1": 3 * 9 * 16 + 16, "conv2": 16 * 9 * 32 + 32, "conv3": 32 * 9 * 64 + 64}
    by_hand |= {"fc1": 1024 * 500 + 500, "fc2": 500 * 10 + 10, "pool": 0, "dropout": 0}
    assert counts == by_hand
    out = net(torch.zeros(5, 3, 32, 32))
    assert out.shape == (5, 10)
    torch.testing.assert_close(out.exp().sum(1), torch.ones(5))
    assert todays_loop.network()(torch.zeros(5, 3, 32, 32)).shape == (5, 10)


def test_the_losses_of_both_are_the_same_number() -> None:
    logits, classes = torch.randn(7, 10), torch.arange(7)
    torch.testing.assert_close(F.nll_loss(F.log_softmax(logits, 1), classes), F.cross_entropy(logits, classes))


def test_numpy_has_no_such_infinity_any_more() -> None:
    assert not hasattr(np, "Inf")


def test_lbfgs_calls_the_closure_several_times_for_a_step_and_adamw_does_not() -> None:
    torch.manual_seed(0)
    logs: list[dict[str, Any]] = [{}, {}]
    list(notes_loop.train(notes_loop.Net(), some(), some(), 1, logs[0]))
    list(todays_loop.train(todays_loop.network(), some(), some(), 1, logs[1]))
    assert logs[0]["evaluations"] > logs[0]["steps"] == 2
    assert logs[1]["evaluations"] == logs[1]["steps"] == 2


def test_the_notes_validate_with_gradients_on_and_today_without() -> None:
    class Watched(notes_loop.Net):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if not self.training:
                seen.append(torch.is_grad_enabled())
            return super().forward(x)

    seen: list[bool] = []
    list(notes_loop.train(Watched(), some(), some(), 1, {}))
    todays_loop.validate(Watched(), some())
    assert seen == [True, True, False, False]


@pytest.mark.parametrize("loop", [notes_loop, todays_loop])
def test_the_state_kept_is_the_one_with_the_lowest_validation_loss(loop: Any) -> None:
    torch.manual_seed(1)
    net: torch.nn.Module = notes_loop.Net() if loop is notes_loop else todays_loop.network()
    log: dict[str, Any] = {}
    list(loop.train(net, some(), some(), 4, log))
    net.load_state_dict(log["best"])
    assert todays_loop.validate(net, some()) == pytest.approx(min(v for v in log["valid"] if v == v), rel=1e-4)
    assert log["said"][0].startswith("Validation loss decreased (inf --> ")


def test_both_learn_the_digits_and_the_parts_have_no_picture_in_common() -> None:
    data = sets.load(DIGITS)
    parts = (data.train, data.validation, data.test)
    assert [len(part) for part in parts] == [1200, 297, 300]
    assert data.train.tensors[0].shape[1:] == (3, 32, 32)
    looks = list(race.race(DIGITS, LOOPS[1], 2, 0, 600))
    assert looks[-1].loops[LOOPS[1]].accuracy > 0.9
    assert looks[-1].first is not None
    early = list(race.race(DIGITS, LOOPS[2], 3, 0, most_seconds=0.2))[-1]
    assert early.over
    assert math.isnan(early.loops[LOOPS[0]].accuracy)


def test_every_step_has_its_loss_and_both_loops_move_from_the_first() -> None:
    looks = list(race.race(DIGITS, LOOPS[2], TASTED_EPOCHS, 0, TASTED_DIGITS))
    early, last = looks[4], looks[-1]  # the first look is before the pictures are there
    assert all(loop.losses for loop in early.loops.values())
    for name, batches in ((LOOPS[0], 5), (LOOPS[1], 10)):
        loop = last.loops[name]
        assert len(loop.losses) == loop.steps == TASTED_EPOCHS * batches
        assert loop.batches == batches
        assert len(loop.valid) == TASTED_EPOCHS
    today = last.loops[LOOPS[1]]  # an epoch's mean is that of its steps: all its batches are as large
    assert today.train[0] == pytest.approx(sum(today.losses[:10]) / 10, rel=1e-5)
    assert text.curves(early).count("<polyline") == 2
    assert text.curves(last).count("<polyline") == 4
    assert "nan" not in text.curves(last)


def test_a_run_neither_draws_from_the_programs_random_numbers_nor_hears_of_them() -> None:
    def losses(disturb: bool) -> list[tuple[float, ...]]:
        steps = race.race(DIGITS, LOOPS[2], 1, 4, 60)
        for number, look in enumerate(steps):  # noqa: B007
            if disturb:  # what another thread may do at any time
                torch.manual_seed(number)
        return [loop.losses + loop.valid for loop in look.loops.values()]

    alone = losses(disturb=False)
    before = torch.get_rng_state()
    assert losses(disturb=False) == alone
    assert torch.equal(torch.get_rng_state(), before)
    assert losses(disturb=True) == alone


def test_dropout_of_its_own_is_torchs() -> None:
    ours, torchs = race.Dropout(0.25, torch.Generator().manual_seed(0)), torch.nn.Dropout(0.25)
    values = torch.full((100_000,), 3.0)
    assert set(ours(values).tolist()) == set(torchs(values).tolist()) == {0.0, 4.0}
    assert float(ours(values).mean()) == pytest.approx(3, abs=4 * (3 / 100_000) ** 0.5)
    assert torch.equal(ours.eval()(values), values)
    net = race.runner(LOOPS[1], sets.first(sets.load(DIGITS), 60), 1, 0, False).net
    assert [type(part) for part in net.modules() if isinstance(part, torch.nn.Dropout)] == [race.Dropout] * 2


def test_batch_norm_folded_into_the_first_convolution_gives_the_same_maps() -> None:
    net = todays_loop.network()
    list(todays_loop.train(net, some(), some(), 2, log := {}))
    net.load_state_dict(log["best"])
    net.eval()
    one = race.Runner(net, iter(()), log, 2)
    weights, bias = (torch.from_numpy(values) for values in race.first_layer(one))
    picture = torch.randn(1, 3, 8, 8)
    torch.testing.assert_close(
        F.conv2d(picture, weights, bias, padding=1), net[1](net[0](picture)), atol=1e-5, rtol=1e-4
    )


def test_cifars_bytes_are_read_as_its_authors_wrote_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    planes = bytes([255]) * 1024 + bytes(1024) + bytes([51]) * 1024
    pictures, classes = sets.records(bytes([7]) + planes + bytes([2]) + bytes(3072))
    assert classes.tolist() == [7, 2]
    assert [round(float(v), 2) for v in pictures[0, :, 5, 9]] == [1.0, -1.0, -0.6]
    with pytest.raises(ValueError, match="reshape"):
        sets.records(bytes(100))


def test_where_cifar_cannot_be_had_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    fetch.set_offline(True)
    try:
        assert not sets.cifar_can()
        with pytest.raises(DemoError, match="forbids"):
            sets.load(CIFAR)
    finally:
        fetch.set_offline(False)
    for wrong in (("no set", LOOPS[0]), (DIGITS, "no loop")):
        with pytest.raises(DemoError, match="There is no"):
            list(race.race(*wrong, 1, 0))


def test_the_shown_code_runs_by_itself() -> None:
    for module, make in (("notes_loop", "Net"), ("todays_loop", "network")):
        names: dict[str, Any] = {"__name__": "fresh"}
        exec(text.file_source(f"demos.basics.pictures.{module}"), names)
        log: dict[str, Any] = {}
        list(names["train"](names[make](), some(), some(), 1, log))
        assert len(log["valid"]) == 1
    both = text.file_source("demos.basics.pictures.notes_loop", "demos.basics.pictures.todays_loop")
    exec(both, {"__name__": "fresh"})
