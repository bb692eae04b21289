"""The decoder: which picture comes out of which cut, where its hook is called, and that its file says all of it."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from demos.core.errors import DemoError
from demos.core.networks import blocks, decoder, vgg

WIDTHS = (4, 6, 8, 10, 12)


@pytest.mark.parametrize("cut", vgg.CUTS)
@torch.no_grad()
def test_from_every_cut_the_picture_has_the_size_that_was_encoded(cut: str) -> None:
    encoder, network = vgg.VGG16(WIDTHS).eval(), decoder.Decoder(WIDTHS, cut)
    photo = torch.rand(2, 3, 64, 96)
    features = encoder.features(photo, [cut])[cut]
    assert 64 // network.stride == features.shape[2]
    picture = network(features)
    assert picture.shape == photo.shape
    assert picture.dtype == torch.float32
    assert 0 <= picture.min() <= picture.max() <= 1


@pytest.mark.parametrize("cut", ["relu4_1", "pool4", "relu1_2", "pool5"])
@torch.no_grad()
def test_the_hook_sees_what_the_encoder_has_at_each_depth(cut: str) -> None:
    """Deepest first, and with the encoder's own channels and size, so that statistics can be compared."""
    encoder, network = vgg.VGG16(WIDTHS).eval(), decoder.Decoder(WIDTHS, cut)
    found = encoder.features(torch.rand(1, 3, 64, 32), network.depths)
    seen: dict[str, torch.Size] = {}

    def hook(depth: str, x: Tensor) -> Tensor:
        seen[depth] = x.shape
        return x

    assert torch.equal(network(found[cut], hook), network(found[cut]))
    assert tuple(seen) == network.depths
    assert seen == {depth: x.shape for depth, x in found.items()}


@torch.no_grad()
def test_what_the_hook_gives_is_what_is_decoded() -> None:
    network = decoder.Decoder(WIDTHS)
    features = torch.rand(1, 10, 4, 4)
    doubled = network(features, lambda depth, x: 2 * x if depth == "relu4_1" else x)
    torch.testing.assert_close(doubled, network(2 * features))


@torch.no_grad()
def test_a_flat_input_gives_a_flat_picture() -> None:
    """No frame and no checkerboard: every position and every border is treated alike."""
    torch.manual_seed(0)
    network = decoder.Decoder(WIDTHS)
    picture = network(torch.rand(1, 10, 1, 1).expand(1, 10, 5, 6))
    torch.testing.assert_close(picture, picture[:, :, :1, :1].expand_as(picture), atol=1e-5, rtol=0)


def test_a_residual_block_starts_as_the_identity() -> None:
    x = torch.rand(1, 4, 3, 3)
    assert torch.equal(blocks.Residual(4)(x), x)


def test_its_file_is_small_and_gives_it_back(tmp_path: Path) -> None:
    network = decoder.Decoder(vgg.POCKET_WIDTHS)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.05)
    path = tmp_path / "decoder.safetensors"
    save_file({key: value.half() for key, value in network.state_dict().items()}, path, decoder.metadata(network))
    assert path.stat().st_size < 5e6
    with safe_open(path, "pt") as file:
        again = decoder.build(load_file(path), file.metadata())
    features = torch.rand(1, 192, 4, 4)
    with torch.no_grad():
        torch.testing.assert_close(again(features), network(features), atol=2e-3, rtol=0)


def test_what_is_no_decoder_is_said() -> None:
    network = decoder.Decoder(WIDTHS)
    notes, tensors = decoder.metadata(network), network.state_dict()
    for wrong in ({}, notes | {"cut": "relu9_9"}, notes | {"widths": "4,6"}, notes | {"widths": "4,x,8,10,12"}):
        with pytest.raises(DemoError, match="does not hold a decoder"):
            decoder.build(tensors, wrong)
    with pytest.raises(DemoError, match="git checkout"):
        decoder.build({"last.weight": torch.zeros(1)}, notes)
    with pytest.raises(ValueError, match="no cut"):
        decoder.Decoder(WIDTHS, "fc7")
    with pytest.raises(ValueError, match="five"):
        decoder.Decoder((4, 8), "relu4_1")


def test_a_printed_decoder_says_what_it_is() -> None:
    printed = repr(decoder.Decoder(WIDTHS, "pool3", (0, 0, 0, 0, 0), "transposed"))
    assert "cut='pool3', widths=(4, 6, 8, 10, 12), blocks=(0, 0, 0, 0, 0), enlargement='transposed'" in printed
    # Three transposed convolutions of 4 x 4 px (8 to 8, 8 to 6, 6 to 4) and the last of 3 x 3, with their biases.
    count = 16 * (8 * 8 + 8 * 6 + 6 * 4) + 8 + 6 + 4 + 9 * 4 * 3 + 3
    assert f"stride=8, {count:,} parameters" in printed


@pytest.mark.parametrize("relu_after", [True, False])
def test_a_residual_block_starts_as_the_identity_and_has_the_convolutions_it_is_given(relu_after: bool) -> None:
    def unbiased(inputs: int, outputs: int) -> nn.Conv2d:
        return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)

    block, x = blocks.Residual(3, unbiased, relu_after), torch.randn(2, 3, 5, 4)
    assert torch.equal(block(x), x.relu() if relu_after else x)
    assert set(block.state_dict()) == {"first.weight", "second.weight"}
