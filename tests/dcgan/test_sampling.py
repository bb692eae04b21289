"""Latent vectors and sheets: determinism, truncation, what a kept sheet remembers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from gradio import Error
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from demos.core.errors import DemoError
from demos.core.images import sheets
from demos.dcgan import pretrained, sampling
from demos.dcgan.models import Shape
from demos.dcgan.page import current_sheet, sample
from tests.dcgan.conftest import write


@given(seed=st.integers(0, sampling.SEEDS - 1), count=st.integers(1, 64))
def test_a_seed_gives_the_same_vectors_and_more_of_them_change_none(seed: int, count: int) -> None:
    some = sampling.latents(seed, count, 7)
    assert some.shape == (count, 7)
    assert some.dtype == torch.float32
    assert some.abs().max() <= sampling.CUT + 1e-5
    assert torch.equal(some, sampling.latents(seed, 64, 7)[:count])


def test_the_vectors_are_pinned() -> None:
    """The same pictures for everybody and for ever: these must never change."""
    z = sampling.latents(7, 2, 3)
    np.testing.assert_allclose(z.numpy(), PINNED, atol=1e-5)


PINNED = [[-0.58291, -0.59985, 1.08534], [0.40229, 1.41447, 0.98884]]


def test_the_vectors_are_normal() -> None:
    z = torch.cat([sampling.latents(seed, 64, 100) for seed in range(10)])
    assert z.mean().abs() < 0.01
    assert z.std() == pytest.approx(0.987, abs=0.01)  # of a normal distribution cut off at 3


GOOD = torch.tensor([[5.0, 0.0], [0.0, 0.1]])


@given(seed=st.integers(0, 1000), truncation=st.floats(0, 1))
def test_truncation_keeps_every_length_and_turns_towards_the_nearest_good_one(seed: int, truncation: float) -> None:
    z = sampling.latents(seed, 8, 2)
    mixed = sampling.truncate(z, truncation, GOOD)
    torch.testing.assert_close(mixed.norm(dim=1), z.norm(dim=1), rtol=1e-4, atol=1e-5)
    axes = torch.eye(2)
    which = (z @ axes.T).argmax(1)
    before, after = ((v * axes[which]).sum(1) / v.norm(dim=1) for v in (z, mixed))
    assert (after >= before - 1e-4).all()


def test_truncation_goes_from_the_good_ones_to_the_vectors_themselves() -> None:
    z = torch.tensor([[3.0, 4.0]])  # nearer to the second axis
    assert torch.equal(sampling.truncate(z, 1.0, GOOD), z)
    torch.testing.assert_close(sampling.truncate(z, 0.0, GOOD), torch.tensor([[0.0, 5.0]]))
    half = 0.6 * z + 0.8 * torch.tensor([[0.0, 5.0]])  # by hand
    torch.testing.assert_close(sampling.truncate(z, 0.6, GOOD), half / half.norm() * 5)
    for wrong in (-0.1, 1.1, float("nan"), float("inf")):
        with pytest.raises(DemoError, match=r"truncation of .* is out of range\. Choose one from 0"):
            sampling.truncate(z, wrong, GOOD)


def test_good_vectors_are_those_of_the_config_and_some_in_any_case(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    assert torch.equal(sampling.good(gan), sampling.latents(0, 8, gan.latent))
    named = replace(gan, config=replace(gan.config, good=(65, 3)))
    expected = torch.stack([sampling.latents(1, 64, gan.latent)[1], sampling.latents(0, 64, gan.latent)[3]])
    assert torch.equal(sampling.good(named), expected)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((0, 65, 4), "65 pictures"), ((0, 0, 4), "0 pictures"), ((-1, 4, 4), "-1 cannot be a seed"),
     ((2**40, 4, 4), "cannot be a seed")],
)  # fmt: skip
def test_what_is_out_of_range_is_said(arguments: tuple, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        sampling.latents(*arguments)


def test_a_sheet_is_the_same_twice_and_in_any_company(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    one, two = (sampling.sheet(gan, 5, count) for count in (16, 3))
    assert one.pixels.shape == (16, 32, 32, 3)
    assert one.pixels.dtype == np.uint8
    assert np.abs(one.pixels[:3].astype(int) - two.pixels).max() <= 1
    assert len(one.scores) == 16
    assert all(0 <= score <= 1 for score in one.scores)
    assert not np.array_equal(one.pixels[0], one.pixels[1])


def test_the_usual_length_is_that_of_many_vectors() -> None:
    z = torch.cat([sampling.latents(seed, 64, 100) for seed in range(10)])
    assert sampling.usual_length(100) == pytest.approx(float(z.norm(dim=1).square().mean().sqrt()), rel=0.02)
    assert sampling.usual_length(100) == pytest.approx(9.87, abs=0.01)


def test_scores_are_the_discriminators_own(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    sheet = sampling.sheet(gan, 5, 4)
    with torch.no_grad():
        expected = torch.sigmoid(gan.discriminator(gan.generator(torch.from_numpy(sheet.z))))
    np.testing.assert_allclose(sheet.scores, expected.numpy(), atol=1e-3)


def test_a_generator_of_greys_is_asked_for_greys(shipped: Path) -> None:
    write(shipped, "dcgan-fashion", Shape(32, 1, 12, 6), set_="fashion")
    photo = Image.merge("RGB", [Image.effect_noise((50, 40), spread) for spread in (20, 50, 90)])
    colours, grey = (sampling.target(pretrained.load(name), photo) for name in ("Cats", "Clothes"))
    assert colours.std(1).max() > 0.05
    torch.testing.assert_close(grey, colours.mean(1, keepdim=True).expand(-1, 3, -1, -1))


def test_a_kept_sheet_gives_its_settings_back(shipped: Path, tmp_path: Path) -> None:
    sheet = sampling.sheet(pretrained.load("Cats"), 11, 9, 0.5)
    path = sampling.write_png(sheet)
    assert sampling.read_settings(path) == sampling.Kept("Cats", 11, 9, 0.5, best_first=False)
    with Image.open(path) as kept:
        assert kept.size == (2 * (3 * 32 + 2 * sheets.FRAME),) * 2
    changed = {"4": [0.0] * 12}
    sound = {"format": 2, "model": "Cats", "seed": 3, "count": 4, "truncation": 1, "changed": {}}
    for wrong, words in (
        ({"truncation": float("inf")}, "truncation of inf is out of range"),
        ({"format": None, "truncation": 1.6}, "earlier version.*seed was 3"),
        ({"changed": changed}, "picture 4"),
        ({"changed": {"0": [1e9]}}, "picture 0"),
    ):
        noted = PngImagePlugin.PngInfo()
        noted.add_itxt("hidden-layers-dcgan", json.dumps(sound | wrong))
        Image.new("RGB", (8, 8)).save(tmp_path / "noted.png", pnginfo=noted)
        with pytest.raises(DemoError, match=words):
            sampling.read_settings(tmp_path / "noted.png")
    plain = tmp_path / "plain.png"
    Image.new("RGB", (8, 8)).save(plain)
    with pytest.raises(DemoError, match="carries no settings"):
        sampling.read_settings(plain)


def test_a_sheets_chosen_picture_stays_on_it(shipped: Path) -> None:
    sheet = sampling.sheet(pretrained.load("Cats"), 0, 4)
    assert sheet.choose(2).chosen == 2
    assert sheet.choose(99).chosen == 3
    assert sheet.choose(2).latent().shape == (1, 12)
    assert np.array_equal(np.asarray(sheet.choose(2).picture()), sheet.pixels[2])
    assert sheets.enlarge(sheet.picture(), 100).size == (96, 96)


def test_a_kept_sheet_brings_back_what_was_found_or_steered_on_it(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    first = replace(sampling.sheet(gan, 11, 9, 0.5), best_first=True).choose(4)
    steered = current_sheet.with_current(first, sampling.latents(99, 1, gan.latent))
    assert (steered.changed, steered.chosen, steered.best_first) == ((4,), 4, True)
    assert not np.array_equal(steered.pixels[4], first.pixels[4])
    path = str(sampling.write_png(steered))
    values = sample.restore(path)
    changed = values.pop("changed")
    settings = [values[name] for name in ("model", "hub", "seed", "count", "truncation", "best_first")]
    back = sample.again_with(changed, *settings)["sheet"]
    assert np.abs(back.pixels.astype(int) - steered.pixels).max() <= 1
    assert back.changed == (4,)
    with pytest.raises(Error, match="another generator"):
        sample.again_with({0: (1.0,)}, *settings)
    for nothing in (None, ""):
        with pytest.raises(Error, match="no sheet yet"):
            sample.restore(nothing)
