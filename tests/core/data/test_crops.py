"""The sampler: the three cuts are torchvision's with the same numbers, resuming repeats nothing, processes share."""

import math
from collections.abc import Callable

import pytest
import torch
from torchvision.transforms.v2 import functional as v2

from demos.core.data.crops import PERMUTATIONS, Cut, IntegerPatch, ResizedCrop, Sampler, StyleCrop
from demos.core.data.random_stream import RandomStream

CUTS = [ResizedCrop(), ResizedCrop(mix=True), IntegerPatch(), StyleCrop()]
SIZE = 24


def photos() -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(1)
    sides = [(40, 60), (60, 40), (33, 33), (20, 50)]  # the last is smaller than a patch
    return [torch.randint(256, (3, *side), generator=random, dtype=torch.uint8) for side in sides]


def sampler(cut: Cut, rank: int = 0, world: int = 1) -> Sampler:
    return Sampler(photos(), [1, 2, 1, 1], cut, seed=5, rank=rank, world=world)


@pytest.mark.parametrize("cut", CUTS, ids=repr)
def test_batches_have_the_size_the_range_and_the_layout_and_are_seeded(cut: Cut) -> None:
    one, two = (sampler(cut)(8, SIZE) for _ in range(2))
    assert one.shape == (8, 3, SIZE, SIZE)
    assert one.dtype == torch.float32
    assert one.is_contiguous(memory_format=torch.channels_last)
    assert 0 <= one.min() <= one.max() <= 1
    assert torch.equal(one, two)


@pytest.mark.parametrize("cut", CUTS, ids=repr)
def test_three_batches_after_a_resume_equal_the_uninterrupted_ones(cut: Cut) -> None:
    whole, resumed = sampler(cut), Sampler(photos(), [1, 2, 1, 1], cut, seed=99)
    for _ in range(2):
        whole(4, SIZE)
    resumed.load_state_dict({key: tensor.clone() for key, tensor in whole.state_dict().items()})
    assert all(torch.equal(whole(4, SIZE), resumed(4, SIZE)) for _ in range(3))


@pytest.mark.parametrize("cut", CUTS, ids=repr)
def test_two_processes_see_what_one_with_the_doubled_batch_sees(cut: Cut) -> None:
    first, second, alone = sampler(cut, 0, 2), sampler(cut, 1, 2), sampler(cut)
    for size in (SIZE, SIZE + 8):
        parts = [first(6, size), second(6, size)]
        assert not torch.equal(*parts)
        assert torch.equal(torch.cat(parts), alone(12, size))
    assert all(torch.equal(tensor, second.state_dict()[key]) for key, tensor in first.state_dict().items())


# ---- against torchvision --------------------------------------------------------------------------------------------


def resized(photo: torch.Tensor, u: list[float], smallest: float = 0.35) -> torch.Tensor:
    """The rectangle with the numbers as documented: 35 to 100 % of the area, sides 3:4 to 4:3, mirrored below 1/2."""
    height, width = photo.shape[1:]
    side, stretch = math.sqrt(height * width * (smallest + (1 - smallest) * u[0])), (4 / 3) ** (0.5 - u[1])
    h, w = min(height, round(side * stretch)), min(width, round(side / stretch))
    crop = v2.resized_crop(photo, round(u[2] * (height - h)), round(u[3] * (width - w)), h, w, [SIZE, SIZE])
    return v2.horizontal_flip(crop) if u[4] < 0.5 else crop


def patch(photo: torch.Tensor, u: list[float]) -> torch.Tensor:
    if min(photo.shape[1:]) < SIZE:
        photo = v2.resize(photo, [SIZE])
    height, width = photo.shape[1:]
    crop = v2.crop(photo, int(u[0] * (height - SIZE + 1)), int(u[1] * (width - SIZE + 1)), SIZE, SIZE)
    orientation = int(u[2] * 8)
    return v2.rotate(v2.horizontal_flip(crop) if orientation % 2 else crop, 90 * (orientation // 2))


def style(photo: torch.Tensor, u: list[float]) -> torch.Tensor:
    crop = resized(photo, u, smallest=0.06)
    if u[8] < 0.5:
        crop = v2.permute_channels(crop, list(PERMUTATIONS[int(u[9] * 6)]))
    return v2.invert(crop) if u[10] < 0.1 else crop


@pytest.mark.parametrize(
    ("cut", "reference"),
    [(ResizedCrop(jitter=0), resized), (IntegerPatch(), patch), (StyleCrop(), style)],
    ids=["resized", "patch", "style"],
)
def test_a_crop_is_torchvisions_with_the_same_numbers(
    cut: Cut, reference: Callable[[torch.Tensor, list[float]], torch.Tensor]
) -> None:
    batch, random = sampler(cut)(64, SIZE), RandomStream(5)
    chosen = random.choice(torch.tensor([1.0, 2.0, 1.0, 1.0]), 64).tolist()
    numbers = random.rand(64, cut.uniforms).tolist()
    for ours, i, u in zip(batch, chosen, numbers, strict=True):
        torch.testing.assert_close(ours, reference(photos()[i], u).float() / 255, atol=0, rtol=0)


def test_jitter_is_torchvisions_contrast_and_brightness_on_grey() -> None:
    """On grey pictures the two definitions of contrast agree: torchvision blends with the mean of the grey picture."""
    grey = torch.randint(60, 180, (1, 40, 40), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    cut, u = ResizedCrop(), torch.rand(1, ResizedCrop.uniforms, generator=torch.Generator().manual_seed(2))
    x = grey.expand(1, 3, 40, 40).float() / 255
    brightness, contrast = (0.8 + 0.4 * float(number) for number in u[0, 5:7])
    expected = v2.adjust_brightness(v2.adjust_contrast(x, contrast), brightness)
    torch.testing.assert_close(cut.finish(x, u), expected, atol=2e-4, rtol=0)  # its weights of grey sum to 0.9999


def test_mixing_blends_neighbours_only() -> None:
    plain, mixed = (sampler(ResizedCrop(jitter=0))(4, SIZE, mix=mix) for mix in (False, True))
    share = RandomStream(5)
    share.choice(torch.tensor([1.0, 2.0, 1.0, 1.0]), 4)
    weights = share.rand(4, ResizedCrop.uniforms)[:, 7]
    for i, weight in enumerate(weights):
        torch.testing.assert_close(mixed[i], weight * plain[i] + (1 - weight) * plain[i ^ 1])
    with pytest.raises(ValueError, match="even"):
        sampler(ResizedCrop(mix=True))(3, SIZE)


def test_weights_say_how_often_a_photo_is_drawn() -> None:
    flat = [torch.full((3, 30, 30), value, dtype=torch.uint8) for value in (0, 100, 200)]
    batch = Sampler(flat, [1, 3, 0], IntegerPatch(), seed=0)(400, 8)
    share = float((batch[:, 0, 0, 0] > 0.2).float().mean())
    assert share == pytest.approx(0.75, abs=0.07)
    assert batch.max() < 0.5
    with pytest.raises(ValueError, match="0 photos"):
        Sampler([], [], IntegerPatch(), seed=0)


# ---- the stream -----------------------------------------------------------------------------------------------------


def test_streams_share_and_resume_in_every_kind_of_number() -> None:
    def numbers(stream: RandomStream, count: int) -> list[torch.Tensor]:
        weights = torch.tensor([1.0, 2.0])
        own = stream.normal(count, 3)
        drawn = [stream.rand(count, 2), stream.randn(count, 9), stream.randint(1000, count)]
        return [*drawn, stream.choice(weights, count), own]

    alone, first, second = RandomStream(3), RandomStream(3, 0, 2), RandomStream(3, 1, 2)
    for whole, *halves in zip(numbers(alone, 8), numbers(first, 4), numbers(second, 4), strict=True):
        assert torch.equal(whole, torch.cat(halves))
    resumed = RandomStream(0)
    resumed.load_state_dict(alone.state_dict())
    for one, two in zip(numbers(alone, 4), numbers(resumed, 4), strict=True):
        assert torch.equal(one, two)


def test_a_stream_without_a_seed_has_pytorchs_numbers() -> None:
    torch.manual_seed(7)
    expected = torch.randn(4, 2)
    torch.manual_seed(7)
    assert torch.equal(RandomStream(None).randn(4, 2), expected)
    assert RandomStream(None).state_dict() == {}
