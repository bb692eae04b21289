"""The way back: it finds what the generator can make, lowers its loss, and ends in time."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demos.core.data import samples
from demos.core.errors import DemoError
from demos.dcgan import pretrained, sampling
from demos.dcgan.explore import invert


def test_a_picture_of_its_own_is_found_again(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    own = sampling.sheet(gan, 3, 1).picture()
    steps = list(invert.invert(gan, own, steps=60, restarts=4, seconds=60))
    losses = [loss for _, loss in steps[-1].history]
    assert losses == sorted(losses, reverse=True)  # the best so far never gets worse
    assert losses[-1] < 0.5 * losses[0]
    last = steps[-1]
    assert (last.index, last.total) == (60, 60)
    assert last.error < 0.12
    assert last.picture.shape == last.target.shape == last.missing.shape == (32, 32, 3)
    assert last.others.shape == (4, 32, 32, 3)
    target, picture = (x.astype(int) for x in (last.target, last.picture))
    expected = (2 * np.abs(target - picture)).clip(0, 255)  # what it cannot make, twice as bright
    assert np.abs(last.missing.astype(int) - expected).max() <= 3
    assert last.error == pytest.approx(np.sqrt(np.square((target - picture) / 255).mean()), abs=0.004)
    assert np.array_equal(last.target, np.asarray(own))
    again = sampling.sheet_from_latents(gan, invert.torch.from_numpy(last.z)[None]).pixels[0]
    assert np.abs(again.astype(int) - last.picture).max() <= 2


def test_a_vector_far_out_costs_and_a_usual_one_nothing(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    judge = invert.InversionLoss(gan, sampling.target(gan, samples.photo("chelsea")))
    usual = sampling.latents(0, 1, gan.latent)
    usual = usual / usual.square().mean().sqrt()  # of length root(latent), as random vectors have
    made = judge.make(usual)
    near, inside, far = (judge(made, usual * times).item() for times in (1.0, 0.3, 3.0))
    assert near == pytest.approx(inside, abs=1e-6)
    assert far - near == pytest.approx(0.002 * (9 - 1), rel=1e-3)


def test_the_same_seed_finds_the_same(shipped: Path) -> None:
    gan, photo = pretrained.load("Cats"), samples.photo("chelsea")
    one, two = (list(invert.invert(gan, photo, 4, 2, seed=1, seconds=1e9))[-1] for _ in range(2))
    np.testing.assert_allclose(one.z, two.z, atol=1e-5)


def test_it_ends_when_the_time_is_up(shipped: Path) -> None:
    last = list(invert.invert(pretrained.load("Cats"), samples.photo("lion"), 1000, 2, seconds=0.5))[-1]
    assert last.index < 1000
    assert last.index == last.total


def test_stopping_closes_the_search_and_frees_it(shipped: Path) -> None:
    import gc
    import weakref

    search = invert.invert(pretrained.load("Cats"), samples.photo("lion"), 50, 2)
    next(search)
    criterion = weakref.ref(search.gi_frame.f_locals["criterion"])
    search.close()
    gc.collect()
    assert criterion() is None


@pytest.mark.parametrize(("steps", "restarts"), [(0, 8), (5000, 8), (10, 0), (10, 99)])
def test_what_is_out_of_range_is_said(shipped: Path, steps: int, restarts: int) -> None:
    with pytest.raises(DemoError, match="out of range"):
        next(invert.invert(pretrained.load("Cats"), Image.new("RGB", (9, 9)), steps, restarts))
