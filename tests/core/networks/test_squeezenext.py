"""SqueezeNext against the paper's table, against another implementation, and as a student."""

import pytest
import torch
from torch import nn

from demos.core.errors import DemoError
from demos.core.networks import squeezenext
from demos.core.networks.squeezenext import BLOCKS, BLOCKS_V5, SqueezeNext

PUBLISHED = {BLOCKS: ("sqnxt23_w1", 0.72), BLOCKS_V5: ("sqnxt23v5_w1", 0.92)}  # million parameters


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("blocks", [BLOCKS, BLOCKS_V5])
def test_parameters_are_the_papers(blocks: tuple[int, ...]) -> None:
    assert round(parameters(SqueezeNext(blocks=blocks)) / 1e6, 2) == PUBLISHED[blocks][1]
    assert sum(blocks) + 2 == 23  # with the first and the last convolution: the 23 of the name


def test_a_block_has_a_quarter_of_a_square_convolutions_weights() -> None:
    """9 C² of a 3x3 convolution; here C²/2 + C²/8 + 3C²/8 + 3C²/4 + C²/2."""
    channels = 64
    block = squeezenext.Block(channels, channels, batch_norm=False)
    weights = sum(layer.weight.numel() for layer in block.modules() if isinstance(layer, nn.Conv2d))
    assert weights == 2.25 * channels**2


@pytest.mark.parametrize("blocks", [BLOCKS, BLOCKS_V5])
def test_equal_logits_with_another_implementation(blocks: tuple[int, ...]) -> None:
    """Its random weights, in the order in which both define their layers, and running averages that are not 0 and 1."""
    models = pytest.importorskip("pytorchcv.models.squeezenext", reason="needs pytorchcv (requirements-dev.txt)")
    torch.manual_seed(0)
    theirs = getattr(models, PUBLISHED[blocks][0])().double()
    photos = torch.rand(2, 3, 224, 224, dtype=torch.float64)
    theirs.train()(photos)  # moves the running averages
    ours = SqueezeNext(blocks=blocks).double()
    copy_by_kind(theirs, ours)
    with torch.no_grad():
        given = (photos - ours.mean) / ours.std
        torch.testing.assert_close(ours.eval()(photos), theirs.eval()(given).float(), rtol=1e-6, atol=1e-6)


def copy_by_kind(theirs: nn.Module, ours: SqueezeNext) -> None:
    """Theirs names a block's shortcut after its other way, as ours does; so the layers come in one order."""
    kinds = (nn.Conv2d, nn.BatchNorm2d, nn.Linear)
    pairs = [[layer for layer in network.modules() if isinstance(layer, kinds)] for network in (theirs, ours)]
    for source, target in zip(*pairs, strict=True):
        target.load_state_dict(source.state_dict())


def test_the_cuts_and_their_sizes() -> None:
    network = SqueezeNext(classes=0).eval()
    found = network.features(torch.rand(1, 3, 128, 128), squeezenext.CUTS)
    for cut, activations in found.items():
        assert activations.shape[1] == network.channels(cut)
    assert [found[cut].shape[2] for cut in squeezenext.CUTS] == [31, 16, 8, 4, 4]
    assert set(network.teaching_cuts) <= set(squeezenext.CUTS)
    with pytest.raises(KeyError, match="pool5"):
        network.features(torch.rand(1, 3, 128, 128), ["pool5"])
    with pytest.raises(DemoError, match="no 1,000-class layer"):
        network(torch.rand(1, 3, 128, 128))


def test_folding_changes_nothing() -> None:
    torch.manual_seed(0)
    network = SqueezeNext()
    network.train()(torch.rand(4, 3, 96, 96))
    photo = torch.rand(2, 3, 96, 96)
    with torch.no_grad():
        before = network.eval()(photo)
        folded = squeezenext.fold(network)
        torch.testing.assert_close(folded(photo), before, rtol=2e-3, atol=2e-3)  # logits of some tens
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in folded.modules())


def test_another_networks_file_is_refused() -> None:
    with pytest.raises(DemoError, match="does not hold this network"):
        squeezenext.build({"stem.conv.weight": torch.zeros(1)}, {})


def test_the_file_is_read_back_as_it_was() -> None:
    network = SqueezeNext(classes=0, batch_norm=False, input_size=128)
    again = squeezenext.build(network.state_dict(), {"input_size": "128"})
    assert again.input_size == 128
    photo = torch.rand(1, 3, 64, 64)
    assert torch.equal(again.eval().features(photo)["last"], network.eval().features(photo)["last"])
