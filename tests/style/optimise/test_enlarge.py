"""Tiles are a way of computing: losses and gradients of a large picture are those of looking at all of it at once."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from demos.core.images import tensors
from demos.core.networks import vgg
from demos.style.optimise import enlarge, losses
from demos.style.optimise.enlarge import Tiles, tiles
from demos.style.optimise.targets import Style
from demos.style.settings import PaintSettings

SETTINGS = PaintSettings(size=64, steps=1)


@settings(max_examples=60, deadline=None)
@given(st.integers(16, 700), st.integers(16, 700), st.integers(1, 20).map(lambda n: 16 * n))
def test_tiles_cover_a_picture_once(height: int, width: int, largest: int) -> None:
    covered = torch.zeros(height, width)
    for tile in tiles(height, width, largest):
        tile.cut(covered).add_(1)
        assert tile.top % 16 == tile.left % 16 == 0
        assert max(tile.bottom - tile.top, tile.right - tile.left) < largest + 32
    assert covered.eq(1).all()


# A mask is brought to each layer's size tile by tile, which is the same only where all sizes are whole.
@pytest.mark.parametrize(("size", "masked"), [((208, 160), False), ((208, 160), True), ((203, 150), False)])
def test_the_gradient_of_all_tiles_is_that_of_the_whole_picture(
    network: vgg.VGG16, photo: Image.Image, style: Image.Image, masked: bool, size: tuple[int, int]
) -> None:
    left = Image.new("L", (200, 150))
    left.paste(255, (0, 0, 90, 150))
    styles = [Style(style), Style(photo, 0.5, left)] if masked else [Style(style)]
    content = tensors.to_tensor(photo.resize(size))
    start = tensors.to_tensor(style.resize(size))
    wanted = replace(enlarge.targets_of(network, content, styles, SETTINGS), smoothness=0.0)
    wanted = replace(wanted, style_weights={k: v for k, v in wanted.style_weights.items() if k != "palette"})
    at_once = start.clone().requires_grad_()
    full = replace(wanted, content=losses.content_activations(network, content, list(wanted.content)))
    parts = losses.losses(network, at_once, full)
    torch.stack([part.sum() for part in parts.values()]).sum().backward()

    leaf, cut = start.clone().requires_grad_(), tiles(size[1], size[0], 64)
    assert len(cut) >= 9
    by_tiles = Tiles(network, content, wanted, cut)
    for i in range(len(cut)):
        by_tiles.look(i, start)
    for i in range(len(cut)):
        by_tiles.pull(i, leaf)
    for name, value in by_tiles.losses().items():
        assert float(value) == pytest.approx(float(parts[name].detach()), rel=0.01), name  # maps of odd sizes
    assert at_once.grad is not None
    assert leaf.grad is not None
    assert float((leaf.grad - at_once.grad).norm() / at_once.grad.norm()) < 0.02


def test_a_large_one_comes_closer_to_its_style_and_keeps_what_is_protected(
    network: vgg.VGG16, photo: Image.Image, style: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enlarge, "TILE_BYTES", 1.0)  # the smallest tiles there are
    protect = Image.new("L", photo.size)
    protect.paste(255, (0, 0, 100, photo.height))
    run = enlarge.paint(
        photo.resize((40, 30)), photo, [Style(style)], network, SETTINGS, side=96, steps=5, protect=protect
    )
    steps = list(run)
    rounds = [step.index for step in steps]
    assert rounds == sorted(rounds)
    assert rounds[-1] == 5
    assert steps[-1].share == pytest.approx(1)
    assert steps[-1].loss < 0.9 * next(step.loss for step in steps if step.index == 1)
    assert max(steps[-1].image().size) == 96
    kept = tensors.to_tensor(tensors.resized(photo, 96))
    assert torch.allclose(steps[-1].picture[..., :40].cpu(), kept[..., :40], atol=1e-5)
