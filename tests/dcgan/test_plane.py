"""Two dimensions: the distributions, the game, what is counted, what is drawn."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from demos.core.errors import DemoError
from demos.dcgan import plane, show
from demos.dcgan.plane import Settings


@pytest.mark.parametrize(("name", "count"), [("Ring of eight", 8), ("Grid of sixteen", 16), ("Two", 2), ("One", 1)])
def test_distributions_have_their_modes_and_fit_the_plane(name: str, count: int) -> None:
    target = plane.target(name)
    assert len(target.centres) == count
    assert target.points.abs().max() < plane.EXTENT
    assert plane.modes(target.points[:4000], target)[0] == count


def test_missing_modes_are_counted() -> None:
    target = plane.target("Ring of eight")
    half = target.points[target.points[:, 0] > 0.2]
    found, near = plane.modes(half[:1000], target)
    assert found == 3
    assert near > 0.98
    assert plane.modes(torch.zeros(100, 2), target) == (0, 0.0)


def test_a_drawing_becomes_a_distribution_the_right_way_up() -> None:
    drawing = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    pen = ImageDraw.Draw(drawing)
    pen.ellipse((30, 30, 80, 80), fill="black")  # top left
    pen.ellipse((220, 220, 270, 270), fill="black")  # bottom right
    target = plane.target(plane.DRAWN, drawing)
    assert len(target.centres) == 2
    first = target.centres[target.centres[:, 0].argmin()]
    assert first[0] < -0.7
    assert first[1] > 0.7  # up is up
    assert plane.modes(target.points[:1000], target)[0] == 2


@pytest.mark.parametrize("drawing", [None, Image.new("RGBA", (300, 300), (0, 0, 0, 0))])
def test_nothing_drawn_is_said(drawing: Image.Image | None) -> None:
    with pytest.raises(DemoError, match="drawn"):
        plane.target(plane.DRAWN, drawing)


def test_the_same_seed_plays_the_same_game() -> None:
    one, two = (list(plane.play(plane.target("Two"), Settings(seed=3), 40))[-1] for _ in range(2))
    assert np.array_equal(one.made, two.made)
    assert one.losses == two.losses


@pytest.mark.parametrize(("players", "who"), [(plane.PLAYERS[1], "generator"), (plane.PLAYERS[2], "discriminator")])
def test_one_player_alone(players: str, who: str) -> None:
    game = plane.Game(plane.target("One"), Settings(players=players))
    before = {name: [p.clone() for p in getattr(game, name).parameters()] for name in ("generator", "discriminator")}
    game.step()
    changed = {
        name for name, values in before.items()
        if not all(torch.equal(a, b) for a, b in zip(values, getattr(game, name).parameters(), strict=True))
    }  # fmt: skip
    assert changed == {who}


@pytest.mark.slow
def test_it_learns_one_blob() -> None:
    frames = list(plane.play(plane.target("One"), steps=1200))
    first, last = frames[0], frames[-1]
    centre = np.array([0.6, 0.4])
    assert np.linalg.norm(last.made.mean(0) - centre) < 0.25 < np.linalg.norm(first.made.mean(0) - centre)
    assert last.step == 1200
    assert last.surface.shape == (plane.GRID, plane.GRID)


def test_the_surface_is_the_discriminators_opinion_the_right_way_up() -> None:
    game = plane.Game(plane.target("One"), Settings(players=plane.PLAYERS[2], rate=0.01))
    for _ in range(80):
        game.step()
    surface = game.look(80, 1.0).surface
    column = round((0.6 / plane.EXTENT + 1) / 2 * plane.GRID)
    row = round((1 - 0.4 / plane.EXTENT) / 2 * plane.GRID)
    assert surface[row, column] > 0.5 > surface[-3, 3]


def test_it_is_drawn_and_said() -> None:
    frame = plane.Game(plane.target("Two"), Settings()).look(0, 0.0)
    assert show.plane_picture(frame).size == (show.PLANE_SIDE, show.PLANE_SIDE)
    assert "modes found: 0 of 2" in show.plane_line(frame, 100)
    assert show.plane_numbers(frame) == ""  # no step, no loss


@pytest.mark.parametrize(
    ("settings", "words"),
    [(Settings(rate=9), "rate of 9"), (Settings(generator_rate=1e4), "10000 times"),
     (Settings(discriminator_steps=0), "0 steps"), (Settings(players="nobody"), "nobody")],
)  # fmt: skip
def test_settings_out_of_range(settings: Settings, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        next(plane.play(plane.target("Two"), settings))
    with pytest.raises(DemoError, match="steps"):
        next(plane.play(plane.target("Two"), steps=0))
