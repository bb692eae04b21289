"""Walks, their films, principal directions, arithmetic."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from demos.core.errors import DemoError
from demos.core.images import sheets
from demos.dcgan import pretrained, sampling
from demos.dcgan.explore import directions, interpolate
from demos.dcgan.explore.interpolate import WAYS

SHARES = torch.tensor([0.0, 0.25, 0.5, 1.0])


@given(seed=st.integers(0, 1000), long=st.floats(0.3, 3.0))
def test_slerp_meets_its_ends_and_keeps_between_their_lengths(seed: int, long: float) -> None:
    one, two = torch.randn(2, 50, generator=torch.Generator().manual_seed(seed))
    two = two * long
    way = interpolate.slerp(one, two, SHARES)
    torch.testing.assert_close(way[0], one, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(way[-1], two, atol=1e-4, rtol=1e-4)
    expected = one.norm() + SHARES * (two.norm() - one.norm())
    torch.testing.assert_close(way.norm(dim=1), expected, atol=1e-3, rtol=1e-3)


def test_slerp_goes_evenly_and_lerp_through_the_inside() -> None:
    one, two = torch.randn(2, 100, generator=torch.Generator().manual_seed(0))
    way = interpolate.slerp(one, two, torch.linspace(0, 1, 11))
    unit = way / way.norm(dim=1, keepdim=True)
    angles = torch.arccos((unit[1:] * unit[:-1]).sum(1))
    assert angles.max() - angles.min() < 1e-3
    half = interpolate.middle_of(one, two)
    assert half[WAYS[1]] < 0.85 * half["ends"]
    assert half[WAYS[0]] == pytest.approx(half["ends"], rel=1e-3)


@pytest.mark.parametrize("factor", [1.0, -1.0, 0.0])
def test_slerp_where_no_arc_is_the_shortest(factor: float) -> None:
    one = torch.randn(20, generator=torch.Generator().manual_seed(0))
    way = interpolate.slerp(one, one * factor, SHARES)
    assert torch.isfinite(way).all()
    torch.testing.assert_close(way[-1], one * factor)


def test_a_closed_walk_has_no_frame_twice() -> None:
    stops = torch.randn(3, 10, generator=torch.Generator().manual_seed(0))
    closed, open_ = (interpolate.path(stops, 5, closed=c) for c in (True, False))
    assert len(closed) == 15
    assert len(open_) == 11
    torch.testing.assert_close(closed[::5], stops)
    torch.testing.assert_close(open_[-1], stops[-1])
    apart = (closed - closed.roll(-1, 0)).norm(dim=1)
    assert apart.min() > 0.1  # also over the seam


@pytest.mark.parametrize(
    ("stops", "frames", "way", "words"),
    [
        (1, 5, WAYS[0], "2 pictures or more"),
        (3, 1, WAYS[0], "1 frames"),
        (8, 400, WAYS[0], "480"),
        (3, 5, "fly", "fly"),
    ],
)
def test_walks_that_cannot_be_taken(stops: int, frames: int, way: str, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        interpolate.path(torch.randn(stops, 4), frames, way)


def test_films_play_and_start_over(shipped: Path) -> None:
    av = pytest.importorskip("av")
    gan = pretrained.load("Cats")
    frames = interpolate.frames(gan, sampling.latents(0, 3, gan.latent), 4)
    assert frames.shape == (12, 32, 32, 3)
    with av.open(str(interpolate.mp4(frames))) as film:
        seen = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(seen) == 12
    assert seen[0].shape == (256, 256, 3)
    apart = np.abs(seen[3].astype(int) - sheets.enlarge_frames(frames)[3])
    assert apart.mean() < 12  # colours are halved in size there
    with Image.open(interpolate.gif(frames)) as film:
        assert film.n_frames == 6  # every second one, so that it stays small
        assert film.info["loop"] == 0
    assert interpolate.strip(frames, 5).size == (5 * 32 + 4 * sheets.FRAME, 32)


def test_a_gif_of_the_longest_walk_is_small_enough_to_send() -> None:
    """The page's most: eight stops, on the shipped generator."""
    if "Cats" not in pretrained.names():
        pytest.skip("needs weights/dcgan-cats")
    gan = pretrained.load("Cats")
    frames = interpolate.frames(gan, sampling.latents(0, 8, gan.latent))
    assert interpolate.gif(frames).stat().st_size < 3_000_000


def test_a_walk_starts_at_the_chosen_picture_and_goes_around_the_sheets_end(shipped: Path) -> None:
    sheet = sampling.sheet(pretrained.load("Cats"), 0, 4).choose(2)
    assert np.array_equal(interpolate.stops_of(sheet, 3).numpy(), sheet.z[[2, 3, 0]])
    assert np.array_equal(interpolate.stops_of(sheet, 9).numpy(), sheet.z[[2, 3, 0, 1]])


def test_a_strip_shows_the_walk_from_end_to_end() -> None:
    pictures = np.arange(0, 21, dtype=np.uint8)[:, None, None, None].repeat(4, 1).repeat(4, 2).repeat(3, 3)
    strip = np.asarray(interpolate.strip(pictures, 5))
    assert strip[0, :: 4 + sheets.FRAME, 0].tolist() == [0, 5, 10, 15, 20]


def test_lerp_is_straight() -> None:
    one, two = torch.tensor([0.0, 10.0]), torch.tensor([8.0, -10.0])
    assert interpolate.lerp(one, two, SHARES).tolist() == [[0, 10], [2, 5], [4, 0], [8, -10]]


@pytest.mark.parametrize(("per_second", "each"), [(24, 80), (10, 200), (200, 20)])
def test_films_play_as_fast_as_asked(per_second: int, each: int) -> None:
    """Milliseconds that a frame is shown for, from the written file; a GIF counts in hundredths, two at least."""
    pictures = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), np.uint8)
    with Image.open(interpolate.gif(pictures, per_second)) as film:
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(film)] == [each] * 4
    av = pytest.importorskip("av")
    with av.open(str(interpolate.mp4(pictures, per_second))) as film:
        times = [frame.time for frame in film.decode(video=0)]
    assert times == pytest.approx([i / per_second for i in range(8)])


def test_directions_are_fixed_ordered_and_change_the_picture(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    one, two = directions.find(gan, 600), directions.find(gan, 600)
    torch.testing.assert_close(one.z, two.z)
    assert list(one.explained) == sorted(one.explained, reverse=True)
    assert 0 < sum(one.explained) < 1
    assert one.z.shape == (directions.SLIDERS, gan.latent)
    torch.testing.assert_close(one.z.norm(dim=1), torch.full((6,), gan.latent**0.5 / 8))
    z = sampling.latents(0, 1, gan.latent)
    torch.testing.assert_close(directions.steer(z, one, [0.0] * 6), z)
    torch.testing.assert_close(directions.steer(z, one, [0.0, 2.0]), z + 2 * one.z[1])


def test_the_first_direction_moves_the_activation_most(shipped: Path) -> None:
    """More than a random direction of the same length does: the reason for looking for it."""
    gan = pretrained.load("Cats")
    found = directions.find(gan, 1000)
    z = torch.randn(200, gan.latent, generator=torch.Generator().manual_seed(5))
    chance = torch.nn.functional.normalize(
        torch.randn(20, gan.latent, generator=torch.Generator().manual_seed(6)), dim=1
    )
    before = directions.activation(gan, z, directions.BLOCK)

    def moved(direction: torch.Tensor) -> float:
        return float((directions.activation(gan, z + direction, directions.BLOCK) - before).square().sum(1).mean())

    length = found.z.norm(dim=1)[0]
    assert moved(found.z[0]) > sum(moved(c * length) for c in chance) / len(chance)


def test_directions_are_those_of_a_plain_decomposition(shipped: Path) -> None:
    """Signs and order included: NumPy's full SVD, and least squares with all components at once."""
    gan = pretrained.load("Cats")
    found = directions.find(gan, 500)
    z = torch.randn(500, gan.latent, generator=torch.Generator().manual_seed(0))
    x = directions.activation(gan, z, directions.BLOCK).double().numpy()
    x = x - x.mean(0)
    _, spread, components = np.linalg.svd(x, full_matrices=False)
    explained = spread**2 / (spread**2).sum()
    assert found.explained == pytest.approx(explained[: directions.SLIDERS], rel=0.01)
    assert explained[2] < 0.95 * explained[1] < 0.95**2 * explained[0]  # distinct: no other basis is as good
    components = components[: directions.SLIDERS]
    components *= np.sign(components[range(len(components)), np.abs(components).argmax(1)])[:, None]
    moves = np.linalg.lstsq(x @ components.T, z.numpy(), rcond=None)[0]
    cosines = torch.nn.functional.cosine_similarity(found.z, torch.from_numpy(moves).float())
    assert cosines[:2].min() > 0.99
    assert cosines.min() > 0.5


def test_the_overview_has_a_row_for_each_direction(shipped: Path) -> None:
    """The picture itself in the middle of each; to its right, what steering gives."""
    gan = pretrained.load("Cats")
    z, found = sampling.latents(4, 1, gan.latent), directions.directions(gan)
    rows = directions.overview(gan, z).reshape(directions.SLIDERS, 5, 32, 32, 3).astype(int)
    (plain,) = sampling.as_bytes(sampling.generate(gan, z)).astype(int)
    assert np.abs(rows[:, 2] - plain).max() <= 1
    for row in (0, 4):
        amounts = [0.0] * directions.SLIDERS
        amounts[row] = 3.0
        (steered,) = sampling.as_bytes(sampling.generate(gan, directions.steer(z, found, amounts))).astype(int)
        assert np.abs(rows[row, 4] - steered).max() <= 1
        assert np.abs(steered - plain).mean() > 2


def test_arithmetic_keeps_the_length() -> None:
    a, b, c = (torch.randn(1, 30, generator=torch.Generator().manual_seed(i)) for i in range(3))
    found = directions.arithmetic(a, b, c)
    assert found.norm() == pytest.approx(float((a.norm() + b.norm() + c.norm()) / 3), rel=1e-4)
    torch.testing.assert_close(torch.nn.functional.cosine_similarity(found, a - b + c), torch.ones(1))
    torch.testing.assert_close(directions.arithmetic(a, a, a), a)


def test_too_far_is_said(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    with pytest.raises(DemoError, match="A direction cannot be 9"):
        directions.steer(torch.zeros(1, gan.latent), directions.find(gan, 200), [9.0])
