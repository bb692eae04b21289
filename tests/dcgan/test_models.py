"""The five guidelines as assertions on the modules, the range of the output, and folding."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from demos.core.errors import DemoError
from demos.dcgan.models import SLOPE, Discriminator, Generator, Shape, fold_batch_norm

PAPER = Shape(size=64, channels=3, latent=100, width=64)
POOLING = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.Upsample)


def kinds(network: nn.Module) -> list[type]:
    return [type(layer) for layer in network.modules()]


def test_guideline_1_strides_instead_of_pooling() -> None:
    for network in (Generator(PAPER), Discriminator(PAPER)):
        assert not any(issubclass(kind, POOLING) for kind in kinds(network))
    generator, discriminator = Generator(PAPER), Discriminator(PAPER)
    assert [block[0].stride for block in generator.blocks] == [(1, 1), (2, 2), (2, 2), (2, 2)]
    assert generator.last.stride == (2, 2)
    assert all(block[0].stride == (2, 2) for block in discriminator.blocks)
    assert all(isinstance(block[0], nn.ConvTranspose2d) for block in generator.blocks)


def test_guideline_2_batch_norm_but_not_at_the_ends() -> None:
    generator, discriminator = Generator(PAPER), Discriminator(PAPER)
    assert all(isinstance(block[1], nn.BatchNorm2d) for block in generator.blocks)
    assert isinstance(generator.last, nn.ConvTranspose2d)
    assert [isinstance(block[1], nn.BatchNorm2d) for block in discriminator.blocks] == [False, True, True, True]


def test_guideline_3_nothing_is_fully_connected() -> None:
    assert nn.Linear not in kinds(Generator(PAPER)) + kinds(Discriminator(PAPER))


def test_guidelines_4_and_5_activations() -> None:
    generator, discriminator = Generator(PAPER), Discriminator(PAPER)
    assert all(isinstance(block[2], nn.ReLU) for block in generator.blocks)
    assert all(isinstance(block[2], nn.LeakyReLU) for block in discriminator.blocks)
    assert all(block[2].negative_slope == SLOPE == 0.2 for block in discriminator.blocks)
    with torch.no_grad():
        generator.last.bias.fill_(9.0)
        assert generator.eval()(torch.zeros(1, 100)).max() == pytest.approx(1.0)  # Tanh: no picture leaves -1..1


def test_first_weights_are_normal_with_a_spread_of_two_hundredths() -> None:
    torch.manual_seed(0)
    for network in (Generator(PAPER), Discriminator(PAPER)):
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                assert float(layer.weight.detach().mean().abs()) < 2e-3
                assert float(layer.weight.detach().std()) == pytest.approx(0.02, rel=0.05)


def test_the_papers_widths_and_the_counts_of_weights() -> None:
    generator, discriminator = Generator(PAPER), Discriminator(PAPER)
    assert [block[0].out_channels for block in generator.blocks] == [512, 256, 128, 64]
    assert [block[0].out_channels for block in discriminator.blocks] == [64, 128, 256, 512]
    assert sum(p.numel() for p in generator.parameters()) == 3_576_707  # the tutorial's generator has 3,576,704


@settings(max_examples=8)
@given(size=st.sampled_from((16, 32, 64)), channels=st.sampled_from((1, 3)), latent=st.integers(1, 20))
def test_shapes_and_range(size: int, channels: int, latent: int) -> None:
    shape = Shape(size, channels, latent, width=4)
    seen = []
    pictures = Generator(shape)(torch.randn(3, latent) * 9, lambda i, x: seen.append((i, x.shape[-1])) or x)
    assert pictures.shape == (3, channels, size, size)
    assert -1 <= pictures.min() <= pictures.max() <= 1
    assert seen == [(i, 4 * 2**i) for i in range(shape.blocks)]
    assert Discriminator(shape)(pictures).shape == (3,)


def test_folding_batch_norm_changes_nothing(small) -> None:
    generator, z = small[0], torch.randn(5, small[0].shape.latent)
    torch.testing.assert_close(fold_batch_norm(generator)(z), generator(z), atol=1e-5, rtol=1e-4)
    assert nn.BatchNorm2d not in kinds(fold_batch_norm(generator))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Shape(size=63), "63 px"),
        (Shape(channels=2), "2 channels"),
        (Shape(latent=0), "latent vectors of 0"),
        (Shape(width=100_000), "width of 100000"),
        (Shape(width=True), "width of True"),
    ],
)
def test_other_shapes_are_refused_in_a_sentence(shape: Shape, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        shape.check()


def test_printed_networks_say_what_they_are() -> None:
    shape = Shape(size=32, channels=1, latent=5, width=2)
    # Transposed convolutions of 4 x 4 px 5 to 8, 8 to 4, 4 to 2 and 2 to 1 channel, batch norms, the last bias.
    count = 16 * (5 * 8 + 8 * 4 + 4 * 2 + 2 * 1) + 2 * (8 + 4 + 2) + 1
    assert f"Shape(size=32, channels=1, latent=5, width=2), {count:,} parameters" in repr(Generator(shape))
    assert "Shape(size=32, channels=1, latent=5, width=2), " in repr(Discriminator(shape))
