"""Each noise has the statistics of its name, the same seed gives the same noise, and cameras make it correlated."""

import pytest
import torch
from torch import Tensor

from demos.autoencoder.denoise import noise
from demos.core.errors import DemoError

GREY = torch.full((1, 3, 128, 128), 0.5)


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(1)


def neighbour_correlation(x: Tensor) -> float:
    centred = x - x.mean((2, 3), keepdim=True)
    return float((centred[..., 1:] * centred[..., :-1]).mean() / centred.square().mean())


def test_gaussian_has_its_sigma_and_is_not_clipped() -> None:
    added = noise.gaussian(GREY, 25, seeded()) - GREY
    assert 255 * added.std().item() == pytest.approx(25, rel=0.02)
    assert abs(added.mean().item()) < 0.002
    assert noise.gaussian(torch.ones_like(GREY), 25, seeded()).max() > 1.1


def test_salt_and_pepper_reach_their_share_of_whole_pixels() -> None:
    found = noise.salt_and_pepper(GREY, 20, seeded())
    black, white = ((found == value).all(1).float().mean().item() for value in (0.0, 1.0))
    assert black == pytest.approx(0.1, abs=0.01)
    assert white == pytest.approx(0.1, abs=0.01)
    assert ((found == 0.5).all(1) | (found == 0).all(1) | (found == 1).all(1)).all()


@pytest.mark.parametrize("light", [0.2, 0.7])
def test_poisson_varies_by_the_root_of_the_light(light: float) -> None:
    found = noise.poisson(torch.full_like(GREY, light), 100, seeded())
    assert found.mean().item() == pytest.approx(light, rel=0.01)
    assert found.std().item() == pytest.approx((light / 100) ** 0.5, rel=0.03)


def test_speckle_grows_with_the_light() -> None:
    dark, bright = (noise.speckle(torch.full_like(GREY, v), 10, seeded()).std().item() for v in (0.2, 0.6))
    assert bright == pytest.approx(3 * dark, rel=0.01)


def test_jpeg_of_quality_95_is_nearer_than_of_10() -> None:
    photo = torch.rand(1, 3, 40, 56)
    near, far = ((noise.jpeg(photo, q) - photo).abs().mean() for q in (95, 10))
    assert near < far


@pytest.mark.parametrize("kind", noise.KINDS)
def test_a_seed_is_a_noise(kind: str) -> None:
    level = noise.KINDS[kind].usual
    photo = torch.rand(1, 3, 33, 47)
    one, two, other = (noise.add(photo, kind, level, seed) for seed in (3, 3, 4))
    assert torch.equal(one, two)
    assert one.shape == photo.shape
    assert kind == "JPEG" or not torch.equal(one, other)


@pytest.mark.parametrize(("kind", "level"), [("Snow", 5), ("Gaussian", 76), ("JPEG", 0), ("Poisson", float("nan"))])
def test_what_cannot_be_made_is_one_sentence(kind: str, level: float) -> None:
    with pytest.raises(DemoError, match=r"Snow|cannot be made"):
        noise.add(GREY, kind, level)


def test_a_mosaic_correlates_neighbours_and_a_plain_sensor_does_not() -> None:
    taken = noise.Camera(shot=0.002, read=0.01, gains=(1.8, 1.6), mosaic=True, soften=0, quality=0)
    plain = noise.Camera(shot=0.002, read=0.01, gains=(1.8, 1.6), mosaic=False, soften=0, quality=0)
    assert neighbour_correlation(noise.camera(GREY, taken, seeded())) > 0.2
    assert abs(neighbour_correlation(noise.camera(GREY, plain, seeded()))) < 0.05


def test_without_noise_a_camera_gives_a_smooth_photo_back() -> None:
    ramp = torch.linspace(0.2, 0.8, 64).expand(1, 3, 64, 64)
    taken = noise.Camera(shot=0, read=0, gains=(2, 1.5), mosaic=True, soften=0.7, quality=0)
    torch.testing.assert_close(noise.camera(ramp, taken, seeded()), ramp, atol=0.03, rtol=0)


def test_the_level_map_is_the_local_spread() -> None:
    difference = torch.zeros(1, 3, 64, 64)
    difference[..., :32] = 0.1 * torch.randn(1, 3, 64, 32, generator=seeded())
    found = noise.noise_level_map(difference)
    assert found.shape == (1, 1, 32, 32)
    assert found[..., 2:5].mean().item() == pytest.approx(0.1, rel=0.1)
    assert found[..., -3:].max() == 0
