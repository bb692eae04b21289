"""The loader: every picture once an epoch, the same order for the same seed, a last batch of what is left."""

from typing import Any

import numpy as np
import pytest
import torch

from demos.basics.page.pictures.notes import text
from demos.basics.pictures import epoch, loader
from demos.basics.settings import CHANGES, ORDERS
from demos.core.data.samples import photo
from demos.core.errors import DemoError


def order(name: str, seed: int = 0) -> list[tuple[int, ...]]:
    return list(list(epoch.epoch(50, 16, name, seed))[-1].indices)


def test_an_epoch_has_every_picture_once_and_the_last_batch_what_is_left() -> None:
    for name in ORDERS[:2]:
        batches = order(name)
        assert [len(batch) for batch in batches] == [16, 16, 16, 2]
        assert sorted(index for batch in batches for index in batch) == list(range(50))
    assert [index for batch in order(ORDERS[1]) for index in batch] == list(range(50))


def test_a_seed_gives_its_order_again_and_another_seed_another() -> None:
    assert order(ORDERS[0], 3) == order(ORDERS[0], 3) != order(ORDERS[0], 4)


def test_the_weighted_sampler_prefers_threes() -> None:
    last = list(epoch.epoch(200, 50, ORDERS[2], 0))[-1]
    assert np.mean([c == epoch.THREE for batch in last.classes for c in batch]) > 0.4


def test_nine_variants_differ_stay_in_range_and_without_changes_are_the_photo() -> None:
    picture = photo("coffee")
    changed, same = epoch.variants(picture, list(CHANGES), 0), epoch.variants(picture, [], 0)
    assert changed.shape == same.shape == (288, 288, 3)
    assert np.array_equal(same[:96, :96], same[96:192, 192:])
    assert not np.array_equal(changed[:96, :96], changed[96:192, 192:])
    assert np.array_equal(changed, epoch.variants(picture, list(CHANGES), 0))
    with pytest.raises(DemoError, match="There is no change"):
        epoch.variants(picture, ["Melt"], 0)
    with pytest.raises(DemoError, match="There is no order"):
        list(epoch.epoch(50, 16, "Backwards", 0))


def test_mirroring_alone_mirrors() -> None:
    picture = torch.rand(3, 8, 8)
    random = torch.Generator().manual_seed(0)
    seen = [loader.augment(picture, True, False, False, random) for _ in range(30)]
    assert {torch.equal(s, picture) for s in seen} == {True, False}
    assert all(torch.equal(s, picture) or torch.equal(s, picture.flip(2)) for s in seen)


def test_the_shown_code_runs_by_itself() -> None:
    names: dict[str, Any] = {"__name__": "fresh"}
    exec(text.file_source("demos.basics.pictures.loader"), names)
    data = names["Digits"](torch.zeros(5, 1, 8, 8), torch.arange(5))
    assert [len(classes) for _, classes, _ in names["loader"](data, 2, "shuffled", 0)] == [2, 2, 1]
