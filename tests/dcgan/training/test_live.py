"""Guidelines taken away one by one, and fair races."""

import gc
import weakref
from dataclasses import astuple, replace

import numpy as np
import pytest
import torch
from torch import nn

from demos.core.errors import DemoError
from demos.dcgan.models import Discriminator, Generator, Shape
from demos.dcgan.page import text
from demos.dcgan.training import ablations, live
from demos.dcgan.training.ablations import SWITCHES, Ablation

SHAPE = Shape(size=32, channels=1, latent=10, width=4)


def kinds(network: nn.Module) -> set[type]:
    return {type(layer) for layer in network.modules()}


def test_nothing_broken_is_the_papers_networks() -> None:
    for make, standard in ((ablations.generator, Generator), (ablations.discriminator, Discriminator)):
        made, paper = make(SHAPE, Ablation()), standard(SHAPE)
        assert {k: v.shape for k, v in made.state_dict().items()} == {k: v.shape for k, v in paper.state_dict().items()}
        assert [type(layer) for layer in made.modules()] == [type(layer) for layer in paper.modules()]


def test_each_switch_breaks_what_it_names_and_nothing_else() -> None:
    def both(recipe: Ablation) -> tuple[set[type], set[type]]:
        return kinds(ablations.generator(SHAPE, recipe)), kinds(ablations.discriminator(SHAPE, recipe))

    g, d = both(Ablation(strides=False))
    assert nn.MaxPool2d in d
    assert nn.Upsample in g
    g, d = both(Ablation(batch_norm=False))
    assert nn.BatchNorm2d not in g | d
    g, d = both(Ablation(convolutional=False))
    assert nn.Linear in g
    assert nn.Linear in d
    assert nn.BatchNorm2d in g
    g, d = both(Ablation(tanh=False))
    assert nn.Sigmoid in g
    assert nn.Tanh not in g
    g, d = both(Ablation(leaky=False))
    assert nn.LeakyReLU not in d
    assert nn.ReLU in d
    assert Ablation(low_beta1=False).beta1 == 0.9


@pytest.mark.parametrize("field", [field for field, _, _ in SWITCHES])
def test_every_broken_one_still_runs(field: str) -> None:
    recipe = Ablation(**{field: False})
    generator, discriminator = ablations.generator(SHAPE, recipe), ablations.discriminator(SHAPE, recipe)
    made = generator(torch.randn(3, 10))
    assert made.shape == (3, 1, 32, 32)
    assert discriminator(made).shape == (3,)
    if field == "tanh":
        assert made.min() >= 0
    words = next(words for name, _, words in SWITCHES if name == field)
    assert ablations.ablation([words]) == recipe
    assert ablations.describe(recipe) == words
    first, *others = [*generator.parameters(), *discriminator.parameters()]
    assert all(p.abs().max() < 2 for p in [first, *others])  # the first weights stay small, whatever the layer


def test_a_race_of_equals_is_a_draw() -> None:
    *_, last = live.train_live([Ablation(), Ablation()], seconds=60, batch=16, most_steps=4)
    one, two = last.runs
    assert np.array_equal(one.pixels, two.pixels)
    assert one.curve == two.curve
    assert [point.step for point in one.curve] == [1, 2, 3, 4]
    assert all(0 <= p.d_real <= 1 and 0 <= p.d_fake <= 1 for p in one.curve)


def test_a_race_of_two_settings_starts_and_is_fed_alike() -> None:
    first, *_, last = live.train_live([Ablation(), Ablation(low_beta1=False)], seconds=60, batch=16, most_steps=3)
    assert np.array_equal(first.runs[0].pixels, first.runs[1].pixels)
    one, two = (player.curve for player in last.runs)
    # The first step is the same but for rounding: there is no momentum yet.
    assert astuple(one[0]) == pytest.approx(astuple(two[0]), rel=1e-4)
    assert astuple(one[2]) != pytest.approx(astuple(two[2]), rel=1e-3)


def test_looking_is_not_training() -> None:
    runner = live._Run(Ablation(), live.pictures(live.DIGITS), 0, 16)
    runner.step()
    before = {k: v.clone() for k, v in runner.training.generator.state_dict().items()}
    runner.snapshot(0.5)
    assert all(torch.equal(before[k], v) for k, v in runner.training.generator.state_dict().items())


@pytest.mark.slow
def test_it_learns_digits() -> None:
    """After 150 steps the pictures are as bright as digits and as varied, where the first ones were even grey."""
    first, *_, last = live.train_live([Ablation()], seconds=600, batch=32, most_steps=150)
    real = live.pictures(live.DIGITS).float().mean((0, 1))
    start, end = (np.mean(race.runs[0].pixels[..., 0], axis=0) for race in (first, last))
    assert np.corrcoef(end.ravel(), real.numpy().ravel())[0, 1] > 0.8 > np.corrcoef(start.ravel(), real.ravel())[0, 1]
    assert last.runs[0].diversity > 0.3


def test_curves_stay_short_and_go_on_the_page() -> None:
    point = live.Point(1, 1.0, 2.0, 0.9, 0.1)
    player = live.RunState("the paper's way", np.zeros((1, 2, 2, 3), np.uint8), (point,) * 150, 0.9)
    race = live.Comparison(10, 5.0, 60.0, (player, player))
    frame = text.race_curve(race, "beliefs")
    assert set(frame["of"]) == {"D(x) A", "D(G(z)) A", "D(x) B", "D(G(z)) B"}
    assert len(frame) <= 800
    assert frame["step"].dtype == frame["value"].dtype == float  # anything else would be drawn as categories
    assert text.race_curve(live.Comparison(0, 0.0, 60.0, (replace(player, curve=()),)), "losses") is None
    assert "about 55 s left" in text.race_line(race)


@pytest.mark.parametrize(
    ("generator", "diversity", "words"),
    [
        (20.0, 0.9, "discriminator has won"),
        (float("nan"), 0.9, "no number"),
        (1.0, 0.1, "collapsed"),
        (1.0, 0.9, "lear"),
    ],
)
def test_verdicts(generator: float, diversity: float, words: str) -> None:
    points = tuple(live.Point(step, 1.0, generator, 0.5, 0.5) for step in range(490, 500))
    assert words in live.RunState("", np.zeros(1), points, diversity).verdict


def test_stopping_frees_the_networks() -> None:
    run = live.train_live([Ablation()], seconds=60, batch=16)
    next(run)
    runner = weakref.ref(run.gi_frame.f_locals["runs"][0])
    run.close()
    gc.collect()
    assert runner() is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"variants": []}, "0 networks"), ({"variants": [Ablation()] * 3}, "3 networks"), ({"seconds": 0}, "0 s"),
     ({"seconds": 1e9}, "Seconds cannot be 1e"), ({"seconds": float("nan")}, "Seconds cannot be nan"),
     ({"batch": 7}, "batch of 7"), ({"data": "dogs"}, "no set 'dogs'")],
)  # fmt: skip
def test_what_cannot_be_trained_is_said(arguments: dict, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        next(live.train_live(**{"variants": [Ablation()], **arguments}))
