"""Latent vectors and sheets: determinism, truncation, what a kept sheet remembers."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from demos.core.errors import DemoError
from demos.core.images import sheets
from demos.dcgan import pretrained, sampling
from demos.dcgan.models import Shape
from tests.dcgan.conftest import write


@given(seed=st.integers(0, sampling.SEEDS - 1), count=st.integers(1, 64), truncation=st.floats(0.2, 3.0))
def test_a_seed_gives_the_same_vectors_and_more_of_them_change_none(seed: int, count: int, truncation: float) -> None:
    some = sampling.latents(seed, count, 7, truncation)
    assert some.shape == (count, 7)
    assert some.dtype == torch.float32
    assert some.abs().max() <= truncation + 1e-5
    assert torch.equal(some, sampling.latents(seed, 64, 7, truncation)[:count])


def test_the_vectors_are_pinned() -> None:
    """The same pictures for everybody and for ever: these must never change."""
    z = sampling.latents(7, 2, 3)
    np.testing.assert_allclose(z.numpy(), PINNED, atol=1e-5)


PINNED = [[-0.58291, -0.59985, 1.08534], [0.40229, 1.41447, 0.98884]]


def test_untruncated_vectors_are_normal_and_truncated_ones_are_cut_not_squeezed() -> None:
    z = torch.cat([sampling.latents(seed, 64, 100) for seed in range(10)])
    assert z.mean().abs() < 0.01
    assert z.std() == pytest.approx(0.987, abs=0.01)  # of a normal distribution cut off at 3
    cut = torch.cat([sampling.latents(seed, 64, 100, 1.0) for seed in range(10)])
    assert cut.std() == pytest.approx(0.54, abs=0.01)  # cut off at 1: sqrt(1 - 2 phi(1) / (2 Phi(1) - 1))
    assert torch.equal(z.argsort(), cut.argsort())  # smoothly: nothing changes places


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((0, 65, 4), "65 pictures"), ((0, 0, 4), "0 pictures"), ((-1, 4, 4), "-1 cannot be a seed"),
     ((2**40, 4, 4), "cannot be a seed"), ((0, 4, 4, 9.0), "truncation of 9"), ((0, 4, 4, float("nan")), "nan")],
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
    for truncation in (0.2, 1.0, 1.6, 3.0):
        z = torch.cat([sampling.latents(seed, 64, 100, truncation) for seed in range(10)])
        found = float(z.norm(dim=1).square().mean().sqrt())
        assert sampling.usual_length(100, truncation) == pytest.approx(found, rel=0.02)
    assert sampling.usual_length(100, 3.0) == pytest.approx(9.87, abs=0.01)


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
    sheet = sampling.sheet(pretrained.load("Cats"), 11, 9, 1.5)
    path = sampling.write_png(sheet)
    assert sampling.read_settings(path) == ("Cats", 11, 9, 1.5, False)
    with Image.open(path) as kept:
        assert kept.size == (2 * (3 * 32 + 2 * sheets.FRAME),) * 2
    noted = PngImagePlugin.PngInfo()
    noted.add_itxt("hidden-layers-dcgan", '{"model": "Cats", "seed": 3, "count": 4, "truncation": Infinity}')
    Image.new("RGB", (8, 8)).save(tmp_path / "noted.png", pnginfo=noted)
    with pytest.raises(DemoError, match="truncation of inf is out of range"):
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
