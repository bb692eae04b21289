"""Painting: the loss falls, the same seed gives the same picture, and a loss that runs away is caught."""

import gc
import weakref
from dataclasses import replace

import pytest
import torch
from PIL import Image

from demos.core import images, samples, vgg
from demos.core.errors import DemoError
from demos.style import optimise

QUICK = optimise.Settings(size=128, steps=8)


@pytest.fixture(scope="module")
def network() -> vgg.VGG16:
    torch.manual_seed(0)
    return vgg.VGG16((4, 8, 8, 16, 16)).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return images.fit(samples.photo("china"), 200)


@pytest.fixture(scope="module")
def style() -> Image.Image:
    return images.fit(samples.photo("hubble"), 200)


def test_scales_double_up_to_the_size_asked_for() -> None:
    assert optimise.scales(512) == [128, 256, 512]
    assert optimise.scales(64) == [64]
    plan = optimise.steps_at(optimise.Settings(size=512, steps=60))
    assert [side for side, _ in plan] == [128, 256, 512]
    assert [steps for _, steps in plan] == [107, 80, 60]


def test_the_loss_falls_at_every_scale(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    settings = replace(QUICK, size=192, steps=12, start="noise")
    steps = list(optimise.paint(photo, [(style, 1.0)], network, settings))
    assert {step.scale for step in steps} == {96, 192}
    assert [step.index for step in steps] == list(range(1, steps[0].total + 1))
    for side in (96, 192):
        at_scale = [step.loss for step in steps if step.scale == side]
        assert at_scale[-1] < at_scale[0]
    last = steps[-1].image()
    assert max(last.size) == 192
    assert last.size == optimise.resized(photo, 192).size


def test_same_seed_same_picture(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    def painted(seed: int) -> bytes:
        settings = replace(QUICK, start="noise", seed=seed)
        return list(optimise.paint(photo, [(style, 1.0)], network, settings))[-1].image().tobytes()

    assert painted(3) == painted(3)
    assert painted(3) != painted(4)


def test_no_strength_leaves_the_photo(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    settings = replace(QUICK, style_strength=0.0, smoothness=0.0)
    last = list(optimise.paint(photo, [(style, 1.0)], network, settings))[-1]
    expected = images.to_tensor(optimise.resized(photo, 128))
    assert (last.picture - expected).abs().max() <= 1 / 255


def test_a_loss_that_runs_away_is_caught_and_said(
    network: vgg.VGG16, photo: Image.Image, style: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An overflow in the middle of a run, as float16 or a far too high rate gives it."""
    real, calls = optimise.losses.losses, []

    def overflowing(*args):
        calls.append(1)
        parts = real(*args)
        return {name: part * float("inf") for name, part in parts.items()} if len(calls) == 4 else parts

    monkeypatch.setattr(optimise.losses, "losses", overflowing)
    steps = list(optimise.paint(photo, [(style, 1.0)], network, QUICK))
    said = [step.note for step in steps if step.note]
    assert len(said) == 1
    assert "half" in said[0]
    assert torch.isfinite(steps[-1].picture).all()
    assert steps[-1].loss < steps[0].loss


def test_an_absurd_rate_still_ends_in_a_picture(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    last = list(optimise.paint(photo, [(style, 1.0)], network, replace(QUICK, learning_rate=1e6)))[-1]
    assert torch.isfinite(last.picture).all()
    assert 0 <= last.picture.min() <= last.picture.max() <= 1


def test_stopping_frees_the_run(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    run = optimise.paint(photo, [(style, 1.0)], network, QUICK)
    picture = next(run).picture
    watched = weakref.ref(picture)
    run.close()
    del picture, run
    gc.collect()
    assert watched() is None


def test_what_cannot_be_painted_is_said(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    with pytest.raises(DemoError, match="no style"):
        next(optimise.paint(photo, [], network))
    with pytest.raises(DemoError, match="4096 px"):
        next(optimise.paint(photo, [(style, 1.0)], network, replace(QUICK, size=4096)))


def test_grad_mode_is_left_as_it_was(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    with torch.no_grad():
        for _ in optimise.paint(photo, [(style, 1.0)], network, replace(QUICK, size=64, steps=2)):
            assert not torch.is_grad_enabled()
