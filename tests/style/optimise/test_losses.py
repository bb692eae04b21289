"""Style transfer's losses against loops, known answers and properties, on a small VGG16 with random weights."""

from dataclasses import replace

import pytest
import torch

from demos.core.networks import vgg
from demos.style.optimise import losses
from demos.style.settings import CONTENT_LAYER, STYLE_LAYERS


def targets(network: vgg.VGG16, photo: torch.Tensor, style: torch.Tensor) -> losses.Targets:
    return losses.Targets(
        [losses.Region(losses.style_grams(network, [style], [1.0], list(STYLE_LAYERS)))],
        STYLE_LAYERS,
        losses.content_activations(network, photo, [CONTENT_LAYER]),
        content_weight=1.0,
    )


def test_the_gram_matrix_is_that_of_a_loop() -> None:
    x = torch.randn(2, 3, 4, 5)
    found = losses.gram(x)
    for n in range(2):
        for i in range(3):
            for j in range(3):
                expected = sum(x[n, i, r, c] * x[n, j, r, c] for r in range(4) for c in range(5)) / 20
                torch.testing.assert_close(found[n, i, j], expected)


@pytest.mark.parametrize("region", [False, True])
def test_the_gram_matrix_has_its_gradient(region: bool) -> None:
    """Each pair of channels apart, so that halves and transposes show, too."""
    random = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, 4, 5, generator=random, dtype=torch.float64, requires_grad=True)
    where = torch.rand(1, 1, 4, 5, generator=random) if region else None
    # Central differences of a square are exact at any step; with a large one, sums in float32 are precise enough.
    assert torch.autograd.gradcheck(lambda x: losses.gram(x, where).double(), x, eps=0.1, atol=1e-5)


def test_a_regions_gram_matrix_is_that_of_the_region_cut_out() -> None:
    x, where = torch.randn(1, 3, 6, 8), torch.zeros(1, 1, 6, 8)
    where[..., 1:4, 2:7] = 1
    torch.testing.assert_close(losses.gram(x, where), losses.gram(x[..., 1:4, 2:7]))


def test_a_regions_palette_is_that_of_the_region_cut_out() -> None:
    picture, where = torch.rand(1, 3, 6, 8), torch.zeros(1, 1, 6, 8)
    where[..., 1:4, 2:7] = 1
    found, pixels = losses.palette(picture, where), picture[0, :, 1:4, 2:7].flatten(1)
    torch.testing.assert_close(found, losses.palette(picture[..., 1:4, 2:7]))
    torch.testing.assert_close(found[0, :, :3], torch.cov(pixels, correction=0))
    torch.testing.assert_close(found[0, :, 3], pixels.mean(1) / 4)


def test_a_picture_has_no_rim(network: vgg.VGG16) -> None:
    """One activation for each of the picture's own places, and a plain picture looks alike in all of them."""
    layers = list(STYLE_LAYERS)
    found = losses.activations(network, torch.tensor([0.9, 0.4, 0.1]).view(1, 3, 1, 1).expand(1, 3, 64, 96), layers)
    assert [tuple(found[layer].shape[-2:]) for layer in layers] == [(64 >> k, 96 >> k) for k in range(5)]
    for layer in layers[:3]:  # those that look no further than the border
        torch.testing.assert_close(found[layer], found[layer][..., :1, :1].expand_as(found[layer]))


def test_activations_are_where_they_are_in_the_picture(network: vgg.VGG16) -> None:
    """Far from the edge they are the network's own: what is cut off is the same on all four sides."""
    picture = torch.rand(1, 3, 96, 64)
    found, plain = (
        of(picture, ["relu1_1", "relu3_1"])
        for of in (lambda x, cuts: losses.activations(network, x, cuts), network.features)
    )
    torch.testing.assert_close(found["relu1_1"][..., 1:-1, 1:-1], plain["relu1_1"][..., 1:-1, 1:-1])
    torch.testing.assert_close(found["relu3_1"][..., 4:-4, 4:-4], plain["relu3_1"][..., 4:-4, 4:-4])


def test_style_does_not_depend_on_where_things_are() -> None:
    x = torch.randn(1, 3, 6, 6)
    torch.testing.assert_close(losses.gram(x), losses.gram(x.flip(3)))
    torch.testing.assert_close(losses.gram(x), losses.gram(x.roll(2, 2)))


def test_losses_are_zero_for_the_same_picture_and_one_for_nothing(network: vgg.VGG16) -> None:
    photo = torch.rand(1, 3, 64, 64)
    parts = losses.losses(network, photo, targets(network, photo, photo))
    assert max(part.item() for part in parts.values()) < 1e-9
    assert losses.relative_per_picture(torch.zeros(1, 3), torch.tensor([[1.0, -2.0, 3.0]])).item() == pytest.approx(1)


def test_weights_scale_their_part(network: vgg.VGG16) -> None:
    photo, style = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 48, 80)
    once = targets(network, photo, style)
    twice = replace(once, style_weights=dict.fromkeys(once.style_weights, 2.0), content_weight=3.0)
    picture = torch.rand(1, 3, 64, 64)
    one, two = losses.losses(network, picture, once), losses.losses(network, picture, twice)
    for name in one:
        assert two[name].item() == pytest.approx((3 if "content" in name else 2) * one[name].item(), rel=1e-5)


def test_a_mixture_of_a_style_with_itself_is_that_style(network: vgg.VGG16) -> None:
    style = torch.rand(1, 3, 64, 64)
    alone = losses.style_grams(network, [style], [1.0], ["relu2_1"])
    mixed = losses.style_grams(network, [style, style], [3.0, 1.0], ["relu2_1"])
    torch.testing.assert_close(alone["relu2_1"], mixed["relu2_1"])


def test_a_batch_has_the_losses_of_its_pictures_alone(network: vgg.VGG16) -> None:
    """Three pictures at once, each with a strength of its own, as the proof sheet has them."""
    photo, style, pictures = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64), torch.rand(3, 3, 64, 64)
    asked = replace(targets(network, photo, style), smoothness=1.0)
    strengths = torch.tensor([0.5, 1.0, 2.0])
    together = losses.losses(network, pictures, replace(asked, strength=strengths))
    for i in range(3):
        alone = losses.losses(network, pictures[i : i + 1], replace(asked, strength=float(strengths[i])))
        for name, part in alone.items():
            assert together[name][i].item() == pytest.approx(part.item(), rel=2e-3, abs=1e-9)


def test_a_region_is_judged_by_itself(network: vgg.VGG16) -> None:
    """A picture that is style A on the left and style B on the right satisfies a left A, right B at the first layer."""
    a, b = torch.rand(1, 3, 1, 1).expand(1, 3, 64, 64), torch.rand(1, 3, 1, 1).expand(1, 3, 64, 64)
    left = torch.zeros(1, 1, 64, 64)
    left[..., :32] = 1
    picture = torch.where(left > 0, a, b)
    wanted = {"relu1_1": 1.0}
    grams = [losses.style_grams(network, [style], [1.0], list(wanted)) for style in (a, b)]

    def loss(first: dict, second: dict) -> float:
        regions = [losses.Region(first, left), losses.Region(second, 1 - left)]
        return losses.losses(network, picture, losses.Targets(regions, wanted, {}, 0.0))["style relu1_1"].item()

    assert loss(*grams) < 0.1 * loss(*grams[::-1])


def test_a_regions_colours_are_asked_of_the_region_alone(network: vgg.VGG16) -> None:
    a, b = torch.rand(2, 1, 3, 64, 64)
    left = torch.zeros(1, 1, 64, 64)
    left[..., :32] = 1
    grams = [losses.style_grams(network, [style], [1.0], [losses.PALETTE]) for style in (a[..., :32], b[..., 32:])]
    regions = [losses.Region(grams[0], left), losses.Region(grams[1], 1 - left)]
    wanted = losses.Targets(regions, {losses.PALETTE: 1.0}, {}, 0.0)
    assert losses.losses(network, torch.where(left > 0, a, b), wanted)["style palette"].item() < 1e-9


def test_a_mixture_lies_between_its_styles_by_share(network: vgg.VGG16) -> None:
    a, b = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 48, 80) ** 3
    one, two = (losses.style_grams(network, [style], [1.0], ["relu2_1"])["relu2_1"] for style in (a, b))
    for shares in ([3.0, 1.0], [0.75, 0.25]):
        mixed = losses.style_grams(network, [a, b], shares, ["relu2_1"])["relu2_1"]
        torch.testing.assert_close(mixed, 0.75 * one + 0.25 * two)


def test_total_variation_known_answers() -> None:
    assert losses.total_variation(torch.full((1, 3, 8, 8), 0.3)).item() == 0
    board = torch.tensor([[0.0, 1.0], [1.0, 0.0]]).repeat(4, 4).expand(1, 3, 8, 8)
    assert losses.total_variation(board).item() == pytest.approx(2)
    rows = torch.tensor([0.0, 1.0]).repeat(4).view(1, 1, 8, 1).expand(1, 3, 8, 8)
    assert losses.total_variation(rows).item() == losses.total_variation(rows.mT).item() == pytest.approx(1)


def test_losses_pull_on_the_picture(network: vgg.VGG16) -> None:
    picture = torch.rand(1, 3, 64, 64, requires_grad=True)
    parts = losses.losses(network, picture, targets(network, torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64)))
    torch.stack(list(parts.values())).sum().backward()
    assert picture.grad is not None
    assert torch.isfinite(picture.grad).all()
    assert picture.grad.abs().max() > 0


def test_the_fast_precision_agrees_with_float32() -> None:
    """On the device's own precision (bfloat16 where it is native), losses are within 2 %."""
    torch.manual_seed(0)
    plain = vgg.VGG16((8, 16, 16, 32, 32)).eval().requires_grad_(False)
    fast = vgg.VGG16((8, 16, 16, 32, 32)).eval().requires_grad_(False)
    fast.load_state_dict(plain.state_dict())
    fast = fast.to(torch.bfloat16).to(memory_format=torch.channels_last)
    photo, style, picture = (torch.rand(1, 3, 96, 96) for _ in range(3))
    exact = losses.losses(plain, picture, targets(plain, photo, style))
    found = losses.losses(fast, picture, targets(fast, photo, style))
    assert sum(found.values()).item() == pytest.approx(sum(exact.values()).item(), rel=0.02)
