"""Each noise has the statistics of its name, the same seed gives the same noise, and cameras make it correlated.

A batch of cameras is as many single ones, and a batch's JPEG is Pillow's and torchvision's.
"""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.v2 import functional as v2

from demos.autoencoder.denoise import batched_jpeg, noise
from demos.core.data import samples
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
    level = noise.KINDS[kind].limit.default
    photo = torch.rand(1, 3, 33, 47)
    one, two, other = (noise.add(photo, kind, level, seed) for seed in (3, 3, 4))
    assert torch.equal(one, two)
    assert one.shape == photo.shape
    assert kind == "JPEG" or not torch.equal(one, other)


@pytest.mark.parametrize(("kind", "level"), [("Snow", 5), ("Gaussian", 76), ("JPEG", 0), ("Poisson", float("nan"))])
def test_what_cannot_be_made_is_one_sentence(kind: str, level: float) -> None:
    with pytest.raises(DemoError, match=r"Snow|(noise|quality) cannot be"):
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


# ---- a batch at once ------------------------------------------------------------------------------------------------


def photos(height: int = 96, width: int = 128) -> Tensor:
    """Corners of three photos, (3, 3, height, width) in 0..1."""
    corners = [v2.pil_to_tensor(samples.photo(name))[:, :height, :width] for name in ("china", "coffee", "flower")]
    return torch.stack(corners).float() / 255


def through_pillow(photo: Tensor, quality: int) -> Tensor:
    file = io.BytesIO()
    Image.fromarray((photo * 255).round().byte().permute(1, 2, 0).numpy()).save(file, "JPEG", quality=quality)
    return torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1).float() / 255


@pytest.mark.parametrize("quality", [5, 10, 30, 50, 75, 95, 100])
@pytest.mark.parametrize("sides", [(96, 128), (97, 121)])
def test_a_batchs_jpeg_is_pillows_and_torchvisions(quality: int, sides: tuple[int, int]) -> None:
    """Mean absolute difference under 0.8 of 255 levels; 4:2:0 each."""
    batch = photos(*sides)
    ours = batched_jpeg.compress(batch, torch.full((3,), quality))
    pillows = torch.stack([through_pillow(photo, quality) for photo in batch])
    torchvisions = v2.jpeg((batch * 255).round().byte(), quality).float() / 255
    for theirs in (pillows, torchvisions):
        difference = 255 * (ours - theirs).abs().mean((1, 2, 3))
        assert difference.max() < 0.8
    assert torch.equal(noise.jpeg(batch, quality), torchvisions)


def test_each_photo_of_a_batch_has_its_own_quality() -> None:
    batch, qualities = photos(), torch.tensor([20, 90, 60])
    together = batched_jpeg.compress(batch, qualities)
    for i in range(3):
        assert torch.equal(together[i : i + 1], batched_jpeg.compress(batch[i : i + 1], qualities[i : i + 1]))


def test_quantisation_tables_are_those_in_pillows_files() -> None:
    for quality in (1, 10, 49, 50, 75, 96, 100):
        file = io.BytesIO()
        Image.new("RGB", (16, 16)).save(file, "JPEG", quality=quality)
        theirs = Image.open(file).quantization  # type: ignore[attr-defined]
        ours = batched_jpeg.quantisation_tables(torch.tensor([quality]))[0]
        for k in range(2):
            assert sorted(ours[k].flatten().tolist()) == sorted(theirs[k])


@pytest.mark.parametrize("sigma", [0.0, 0.05, 0.4, noise.SOFTEST])
def test_a_batchs_blur_is_torchvisions(sigma: float) -> None:
    side = 2 * noise.REACH + 1
    theirs = v2.gaussian_blur(photos(), [side, side], [sigma, sigma]) if sigma else photos()
    torch.testing.assert_close(noise.blurred(photos(), torch.full((3, 1, 1, 1), sigma)), theirs, atol=1e-5, rtol=0)


def earlier_camera(photo: Tensor, taken: noise.Camera, normal: Tensor) -> Tensor:
    """One photo as this project took it before there were batches: Pillow's JPEG, edges repeated for the blur."""

    def blurred(x: Tensor) -> Tensor:
        reach = max(1, round(2.5 * taken.soften))
        line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / taken.soften) ** 2)
        line = line / line.sum()
        padded = F.pad(x, (reach,) * 4, mode="replicate")
        across = F.conv2d(padded, line.view(1, 1, 1, -1).expand(3, 1, 1, -1), groups=3)
        return F.conv2d(across, line.view(1, 1, -1, 1).expand(3, 1, -1, 1), groups=3)

    light = photo.clamp(0, 1) ** noise.GAMMA
    gains = torch.tensor([taken.gains[0], 1.0, taken.gains[1]]).view(1, 3, 1, 1)
    raw = light / gains
    noisy = raw + (taken.shot * raw + taken.read**2).sqrt() * normal
    if taken.mosaic:
        noisy = noise.demosaicked(noisy)
    picture = (noisy * gains).clamp(0, 1)
    if taken.soften > 0:
        picture = blurred(picture) ** (1 / noise.GAMMA)
        picture = picture + photo - blurred(light).clamp(0, 1) ** (1 / noise.GAMMA)
    else:
        picture = picture ** (1 / noise.GAMMA)
    picture = picture.clamp(0, 1)
    return through_pillow(picture[0], taken.quality)[None] if taken.quality else picture


def of_batch(taken: noise.Cameras, i: int) -> noise.Camera:
    red, _, blue = taken.gains[i].flatten().tolist()
    return noise.Camera(
        taken.shot[i].item(), taken.read[i].item(), (red, blue), bool(taken.mosaic[i]), taken.soften[i].item(),
        int(taken.quality[i]),
    )  # fmt: skip


def test_a_batch_of_cameras_is_as_many_single_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the earlier path and to the present one: 1e-4 without JPEG, with it 1.5 of 255 levels in the mean."""
    batch = photos().repeat(8, 1, 1, 1)
    random = torch.Generator().manual_seed(3)
    drawn = noise.Cameras.drawn(torch.rand(len(batch), noise.Cameras.UNIFORMS, generator=random))
    normal = torch.randn(batch.shape, generator=random)
    plain = replace(drawn, quality=torch.zeros_like(drawn.quality))
    assert drawn.mosaic.any()
    assert not drawn.mosaic.all()
    assert 0 < (drawn.soften > 0).sum() < len(batch)
    for taken in (plain, drawn):
        together = noise.cameras(batch, taken, normal)
        for i in range(len(batch)):
            monkeypatch.setattr(noise, "_normal", lambda photo, random, i=i: normal[i : i + 1])
            one = of_batch(taken, i)
            single = noise.camera(batch[i : i + 1], one, seeded())
            earlier = earlier_camera(batch[i : i + 1], one, normal[i : i + 1])
            inside = (..., slice(4, -4), slice(4, -4))  # the edges were continued otherwise
            if taken is plain:
                torch.testing.assert_close(together[i : i + 1], single, atol=1e-4, rtol=0)
                torch.testing.assert_close(single[inside], earlier[inside], atol=0.02, rtol=0)
            for other in (single, earlier):
                assert 255 * (together[i : i + 1] - other).abs().mean() < 1.5


def test_a_batch_of_cameras_is_float32_inside_autocast() -> None:
    batch = photos()
    taken = noise.Cameras.drawn(torch.rand(3, noise.Cameras.UNIFORMS, generator=seeded()))
    normal = torch.randn(batch.shape, generator=seeded())
    with torch.autocast("cpu", torch.bfloat16):
        inside = noise.cameras(batch, taken, normal)
    assert torch.equal(inside, noise.cameras(batch, taken, normal))
