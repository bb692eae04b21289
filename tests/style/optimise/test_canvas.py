"""The canvas: starts as the given picture, and gradients reach every one of its sizes."""

import pytest
import torch

from demos.style.optimise.canvas import PyramidCanvas, _Clamp


def test_it_starts_as_the_picture_and_adds_all_sizes() -> None:
    start = torch.rand(2, 3, 33, 50)
    canvas = PyramidCanvas(start, 4)
    assert [tuple(part.shape[-2:]) for part in canvas.parts] == [(33, 50), (16, 25), (8, 12), (4, 6)]
    torch.testing.assert_close(canvas.picture().detach(), start)
    with torch.no_grad():
        canvas.parts[3].fill_(0.25)
    torch.testing.assert_close(canvas.picture().detach(), (start + 0.25).clamp(0, 1))


def test_a_constant_pull_moves_large_parts_as_a_whole() -> None:
    canvas = PyramidCanvas(torch.zeros(1, 3, 16, 16), 3)
    canvas.picture().sum().backward()
    assert all(part.grad is not None for part in canvas.parts)
    assert [part.grad.sum().item() for part in canvas.parts if part.grad is not None] == [3 * 256] * 3


def test_beginning_again_forgets() -> None:
    canvas = PyramidCanvas(torch.zeros(1, 3, 8, 8), 2)
    with torch.no_grad():
        canvas.parts[1].fill_(0.5)
    again = torch.rand(1, 3, 8, 8)
    canvas.begin_at(again)
    assert torch.equal(canvas.picture().detach(), again)


def test_colours_stay_on_the_screen_and_only_the_way_back_is_open() -> None:
    canvas = PyramidCanvas(torch.tensor([-0.2, 0.5, 1.3]).expand(1, 1, 1, 3), 1)
    picture = canvas.picture()
    torch.testing.assert_close(picture.detach().flatten(), torch.tensor([0.0, 0.5, 1.0]))
    for wanted, free in ((1.0, [True, True, False]), (0.0, [False, True, True])):
        (gradient,) = torch.autograd.grad(
            (picture - wanted).square().sum() + 1e-3 * picture.sum() * (2 * wanted - 1) * -1,
            canvas.parts,
            retain_graph=True,
        )
        assert [value != 0 for value in gradient.flatten().tolist()] == free


def test_inside_the_screens_colours_clamping_is_the_identity() -> None:
    x = 0.05 + 0.9 * torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.autograd.gradcheck(_Clamp.apply, x.requires_grad_(True))


@pytest.mark.parametrize("gradient", [1.0, -1.0])
def test_outside_it_a_step_may_only_lead_back(gradient: float) -> None:
    """A step goes against the gradient: of the values -1, 0, 1, 2 those move that it brings no further outside."""
    x = torch.tensor([-1.0, 0.0, 1.0, 2.0], requires_grad=True)
    _Clamp.apply(x).backward(torch.full((4,), gradient))
    assert x.grad is not None
    assert x.grad.tolist() == ([0, 1, 1, 1] if gradient > 0 else [-1, -1, -1, 0])
