"""Two dimensions: the distributions, the game, what is counted, what is drawn."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from demos.core.errors import DemoError
from demos.dcgan.page import text
from demos.dcgan.training import toy2d
from demos.dcgan.training.toy2d import ToySettings


@pytest.mark.parametrize(("name", "count"), [("Ring of eight", 8), ("Grid of sixteen", 16), ("Two", 2), ("One", 1)])
def test_distributions_have_their_modes_and_fit_the_plane(name: str, count: int) -> None:
    target = toy2d.target(name)
    assert len(target.centres) == count
    assert target.points.abs().max() < toy2d.EXTENT
    assert toy2d.modes(target.points[:4000], target)[0] == count


def test_missing_modes_are_counted() -> None:
    target = toy2d.target("Ring of eight")
    half = target.points[target.points[:, 0] > 0.2]
    found, near = toy2d.modes(half[:1000], target)
    assert found == 3
    assert near > 0.98
    assert toy2d.modes(torch.zeros(100, 2), target) == (0, 0.0)


def test_a_drawing_becomes_a_distribution_the_right_way_up() -> None:
    drawing = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    pen = ImageDraw.Draw(drawing)
    pen.ellipse((30, 30, 80, 80), fill="black")  # top left
    pen.ellipse((220, 220, 270, 270), fill="black")  # bottom right
    target = toy2d.target(toy2d.DRAWN, drawing)
    assert len(target.centres) == 2
    first = target.centres[target.centres[:, 0].argmin()]
    assert first[0] < -0.7
    assert first[1] > 0.7  # up is up
    assert toy2d.modes(target.points[:1000], target)[0] == 2


@pytest.mark.parametrize("drawing", [None, Image.new("RGBA", (300, 300), (0, 0, 0, 0))])
def test_nothing_drawn_is_said(drawing: Image.Image | None) -> None:
    with pytest.raises(DemoError, match="drawn"):
        toy2d.target(toy2d.DRAWN, drawing)


def test_the_same_seed_plays_the_same_game() -> None:
    one, two = (list(toy2d.train_toy(toy2d.target("Two"), ToySettings(seed=3), 40))[-1] for _ in range(2))
    assert np.array_equal(one.fake, two.fake)
    assert one.losses == two.losses


@pytest.mark.parametrize(("trained", "who"), [(toy2d.ROLES[1], "generator"), (toy2d.ROLES[2], "discriminator")])
def test_one_player_alone(trained: str, who: str) -> None:
    game = toy2d.ToyGan(toy2d.target("One"), ToySettings(trained=trained))
    before = {name: [p.clone() for p in getattr(game, name).parameters()] for name in ("generator", "discriminator")}
    game.step()
    changed = {
        name for name, values in before.items()
        if not all(torch.equal(a, b) for a, b in zip(values, getattr(game, name).parameters(), strict=True))
    }  # fmt: skip
    assert changed == {who}


@pytest.mark.slow
def test_it_learns_one_blob() -> None:
    frames = list(toy2d.train_toy(toy2d.target("One"), steps=1200))
    first, last = frames[0], frames[-1]
    centre = np.array([0.6, 0.4])
    assert np.linalg.norm(last.fake.mean(0) - centre) < 0.25 < np.linalg.norm(first.fake.mean(0) - centre)
    assert last.step == 1200
    assert last.surface.shape == (toy2d.GRID, toy2d.GRID)


def test_the_surface_is_the_discriminators_opinion_the_right_way_up() -> None:
    game = toy2d.ToyGan(toy2d.target("One"), ToySettings(trained=toy2d.ROLES[2], rate=0.01))
    for _ in range(80):
        game.step()
    surface = game.snapshot(80, 1.0).surface
    column = round((0.6 / toy2d.EXTENT + 1) / 2 * toy2d.GRID)
    row = round((1 - 0.4 / toy2d.EXTENT) / 2 * toy2d.GRID)
    assert surface[row, column] > 0.5 > surface[-3, 3]


def test_it_is_drawn_and_said() -> None:
    frame = toy2d.ToyGan(toy2d.target("Two"), ToySettings()).snapshot(0, 0.0, 100)
    assert text.plane_picture(frame).size == (text.PLANE_SIDE, text.PLANE_SIDE)
    assert "modes found: 0 of 2" in text.plane_line(frame)
    assert text.plane_numbers(frame) == ""  # no step, no loss


@pytest.mark.parametrize(
    ("settings", "words"),
    [(ToySettings(rate=9), "rate of 9"), (ToySettings(generator_rate=1e4), "10000 times"),
     (ToySettings(discriminator_steps=0), "0 steps"), (ToySettings(trained="nobody"), "nobody")],
)  # fmt: skip
def test_settings_out_of_range(settings: ToySettings, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        next(toy2d.train_toy(toy2d.target("Two"), settings))
    with pytest.raises(DemoError, match="steps"):
        next(toy2d.train_toy(toy2d.target("Two"), steps=0))
