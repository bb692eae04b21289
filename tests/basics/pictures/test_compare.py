"""Parameters and multiply-adds against the papers and a count by hand; the comparison on a photo."""

import pytest
import torch
from torch import nn
from torchvision.models import squeezenet1_1

from demos.basics import api
from demos.basics.page.pictures.squeeze import text
from demos.basics.pictures import compare
from demos.basics.settings import COMPARED
from demos.core.networks import squeezenext, vgg


def counted(network: nn.Module, size: int) -> tuple[int, int, int]:
    photo = torch.rand(1, 3, size, size)
    with torch.inference_mode():
        return compare.count(network, lambda: network(photo))


def test_a_layer_counted_by_hand() -> None:
    """8 filters of 3 x 5 x 5 at 4 x 4 places, then 128 x 10."""
    network = nn.Sequential(nn.Conv2d(3, 8, 5), nn.Flatten(), nn.Linear(8 * 16, 10))
    assert counted(network, 8) == (2, 8 * 75 * 16 + 1280, 3 * 64 + 8 * 16)


def test_multiply_adds_are_the_papers() -> None:
    """VGG16: 15.5 billion (Simonyan and Zisserman's own count). SqueezeNet 1.1: 0.35 billion, 2.4 times less than 1.0's
    0.86 (the authors' repository). 1.0-SqNxt-23: 282 million, at 227 px (Gholami et al., table 1).
    """
    assert counted(vgg.VGG16(classifier="paper").eval(), 224)[1] == pytest.approx(15.5e9, rel=0.01)
    assert counted(squeezenet1_1(weights=None).eval(), 224)[1] == pytest.approx(0.35e9, rel=0.02)
    network = squeezenext.SqueezeNext().eval()
    assert counted(network, 227)[1] == pytest.approx(282e6, rel=0.03)
    layers, multiply_adds, _ = counted(network, 224)
    assert layers == 1 + 21 * 5 + 4 + 1 + 1  # stem, blocks, shortcuts of four first blocks, last, classes
    assert 3 * multiply_adds < counted(vgg.VGG16(vgg.POCKET_WIDTHS, classifier="pooled").eval(), 224)[1]


def test_every_network_is_measured_and_the_page_says_who_was_fastest() -> None:
    found = api.compare_networks()
    assert [one["name"] for one in found] == list(COMPARED)
    assert all(one["milliseconds"] > 0 and one["megabytes"] > 0 for one in found)
    step = compare.Comparison(4, 4, tuple(compare.Measured(**one) for one in found))
    fastest = min(found, key=lambda one: one["milliseconds"])["name"]
    assert fastest in text.line(step)
    assert text.table(step).count("<tr>") == 5
    for one in found:
        assert one["name"] in text.bars(step)


def test_before_the_first_result_there_is_nothing_to_draw() -> None:
    step = compare.Comparison(0, 4, ())
    assert text.bars(step) == text.table(step) == ""
    assert "network 1 of 4" in text.line(step)


def test_the_drawings_weights_are_the_blocks() -> None:
    block = squeezenext.Block(64, 64, batch_norm=False)
    weights = [layer.weight.numel() / 64**2 for layer in block.modules() if isinstance(layer, nn.Conv2d)]
    assert weights == [float(share) for _, _, share in text.WAY]
    assert dict(text.VERSIONS) == {"1.0-SqNxt-23": squeezenext.BLOCKS, "1.0-SqNxt-23v5": squeezenext.BLOCKS_V5}
    assert text.STAGES == squeezenext.WIDTHS
