"""The denoiser: shapes, its strength, what its file says, and that it fits its size."""

from pathlib import Path

import pytest
import torch

from demos.autoencoder.denoise import network as denoise_network
from demos.core.errors import DemoError


@pytest.mark.parametrize("count", [1, 3])
def test_the_picture_has_the_photos_shape_and_the_map_half_of_it(
    denoiser: denoise_network.Denoiser, count: int
) -> None:
    found = denoiser(torch.rand(count, 3, 24, 40))
    assert found.picture.shape == (count, 3, 24, 40)
    assert found.noise.shape == (count, 1, 12, 20)
    assert found.picture.dtype == found.noise.dtype == torch.float32
    assert found.noise.min() >= 0


def test_strength_0_gives_the_photo_and_a_half_half_of_the_residual(denoiser: denoise_network.Denoiser) -> None:
    x = torch.rand(1, 3, 16, 16)
    whole, half, none = (denoiser(x, strength).picture - x for strength in (1.0, 0.5, 0.0))
    assert torch.equal(none, torch.zeros_like(x))
    assert whole.abs().max() > 1e-3
    torch.testing.assert_close(half, whole / 2)


def test_above_1_the_network_is_told_of_more_noise(denoiser: denoise_network.Denoiser) -> None:
    x = 0.1 * torch.rand(1, 3, 16, 16)  # so that half as much again is no more than the training had
    plain = denoiser(x)
    for strength, more in ((2.0, 1.25), (3.0, 1.5)):
        torch.testing.assert_close(denoiser(x, strength).picture, denoiser(x, noise=more * plain.noise).picture)
        assert not torch.allclose(denoiser(x, strength).picture, plain.picture)


def test_no_strength_tells_of_more_noise_than_the_training_had() -> None:
    found = torch.tensor([0.0, 10.0, 50.0, 55.0, 75.0]) / 255
    for strength, expected in ((0.0, [0, 10, 50, 55, 75]), (1.0, [0, 10, 50, 55, 75]), (3.0, [0, 15, 55, 55, 75])):
        torch.testing.assert_close(255 * denoise_network.told(found, strength), torch.tensor(expected).float())


def test_the_lessons_formulas_are_the_codes(denoiser: denoise_network.Denoiser) -> None:
    """Both of the lesson's table, read from its file and worked out, against what the network answers."""
    rows = (Path(denoise_network.__file__).parents[1] / "lesson.md").read_text().split("|")
    code = [row.split("`")[1::2] for row in rows if "`" in row]
    (clean,), (told, more), *_ = code
    photo = 0.3 * torch.rand(1, 3, 16, 16)
    sigma = denoiser(photo).noise
    folded = torch.nn.functional.pixel_unshuffle(photo, denoise_network.FOLD)
    for strength in (0.0, 0.5, 1.0, 1.7, 3.0):
        known = {"strength": strength, "max": max, "min": min}
        factor = eval(more.split("=")[1], known)
        told_of = [eval(told, known | {"sigma": 255 * float(s), "more": factor}) / 255 for s in sigma.flatten()]
        noise = torch.tensor(told_of).view_as(sigma)
        known |= {"photo": photo, "residual": lambda _, noise: denoiser.residual(folded, noise), "told": noise}
        torch.testing.assert_close(denoiser(photo, strength).picture, eval(clean.split("=")[1], known))


def test_faint_noise_is_believed_up_to_a_little_above_the_plainest_quarter() -> None:
    faint = denoise_network.Faint(times=1.5, under=8, until=12)
    plain, texture = torch.full((1, 1, 4, 4), 4 / 255), torch.full((1, 1, 4, 4), 20 / 255)
    found = torch.cat([plain, texture], 2)
    assert faint.limit(found).shape == (1, 1, 1, 1)
    assert 255 * faint.limit(found).item() == pytest.approx(6)
    assert 255 * faint.limit(2.5 * found).item() == pytest.approx(1.5 * 10 / 0.5)  # half way out of it
    assert faint.limit(4 * found).item() > 1  # strong noise may be anywhere


def test_what_is_told_keeps_to_the_limit(denoiser: denoise_network.Denoiser) -> None:
    x = torch.rand(1, 3, 16, 16)
    bare, most = denoiser(x).noise, torch.full((1, 1, 1, 1), 0.05)
    found = denoiser(x, limit=most)
    assert bare.max() > 0.05
    torch.testing.assert_close(found.noise, bare.clamp(max=0.05))
    torch.testing.assert_close(found.picture, denoiser(x, noise=bare.clamp(max=0.05)).picture)


def test_twice_the_light_gives_twice_the_answer(denoiser: denoise_network.Denoiser) -> None:
    """No layer has a bias."""
    x = torch.rand(1, 3, 16, 16)
    one, two = denoiser(x), denoiser(2 * x)
    torch.testing.assert_close(two.picture, 2 * one.picture, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(two.noise, 2 * one.noise, atol=1e-5, rtol=1e-4)


def test_the_shipped_size_is_under_9_mb_in_half_precision() -> None:
    assert 2 * sum(p.numel() for p in denoise_network.Denoiser().parameters()) <= 9e6


def test_its_file_says_how_to_build_it(denoiser: denoise_network.Denoiser) -> None:
    again = denoise_network.build(denoiser.state_dict(), denoise_network.metadata(denoiser))
    x = torch.rand(1, 3, 16, 16)
    assert torch.equal(again(x).picture, denoiser(x).picture)


@pytest.mark.parametrize("change", [{"widths": "8,12"}, {"blocks": "a"}, {"estimator": "8"}, {"widths": "9,12,16"}])
def test_another_file_is_one_sentence(denoiser: denoise_network.Denoiser, change: dict[str, str]) -> None:
    with pytest.raises(DemoError, match="does not hold a denoiser"):
        denoise_network.build(denoiser.state_dict(), denoise_network.metadata(denoiser) | change)


def test_a_printed_denoiser_says_what_it_is() -> None:
    printed = repr(denoise_network.Denoiser((2, 4), (1, 0), (3, 2)))
    assert "widths=(2, 4), blocks=(1, 0), estimator=(3, 2), multiple=4, faint=None, " in printed
    # The estimator, first and last, one layer down and one up, and one residual block of two layers on either way.
    count = 9 * (12 * 3 + 3 * 1) + 9 * (13 * 2 + 2 * 12) + 2 * 4 * 2 * 4 + 2 * 2 * 9 * 2 * 2
    assert f"{count:,} parameters" in printed
