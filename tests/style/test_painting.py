"""A run as the page has it: frames, history, branches, the proof sheet, the cost."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from demos.core.errors import DemoError
from demos.core.images import tensors
from demos.core.images.load import fit
from demos.core.networks import vgg
from demos.style import cost, grid, painting, selection
from demos.style import settings as style_settings
from demos.style.optimise import losses, multiscale, targets, work
from demos.style.optimise.masks import Masks
from demos.style.page import text
from demos.style.selection import SelectedStyle
from demos.style.settings import SIZES
from demos.style.styles import gallery

QUICK = style_settings.PaintSettings(size=96, steps=6)


def own(style: Image.Image, share: float = 1.0) -> SelectedStyle:
    return SelectedStyle(selection.OWN, share, style)


def test_a_run_remembers_its_way(
    network: vgg.VGG16, photo: Image.Image, style: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painting, "FRAME_EVERY", 0.0)
    first = Image.new("RGB", (96, 64), "red")
    found = list(painting.paint(photo, [own(style)], network, QUICK, preview=first))
    last = found[-1]
    assert found[0].picture is first
    assert found[0].index == 0
    assert last.index == last.total == len(found) - 1
    assert len(last.frames) == len(found)
    assert [index for index, _ in last.history] == list(range(1, last.total + 1))
    assert last.recipe.settings == QUICK
    difference = np.abs(np.asarray(last.frames[-1].image(), int) - np.asarray(last.picture, int)).mean()
    assert difference < 6  # JPEG
    assert set(text.curve(last)["of"]) == {text.CONTENT, text.STYLE}
    assert "style relu1_1" in text.numbers(last)
    assert "Painted: 6 steps" in text.status(last)
    assert text.frame_words(last, 0) == "The instant result"


def test_long_runs_stay_short_films(network: vgg.VGG16) -> None:
    frames = [painting.Frame(i, 64, b"") for i in range(painting.MOST_FRAMES)]
    assert painting.every_second(frames) == frames
    thin = painting.every_second([*frames, painting.Frame(999, 64, b"")])
    assert len(thin) == painting.MOST_FRAMES // 2 + 1
    assert (thin[0].index, thin[-1].index) == (0, 999)


def test_a_region_needs_a_second_style(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    area = Image.new("L", (20, 20), 255)
    with pytest.raises(DemoError, match="second style"):
        next(painting.paint(photo, [own(style)], network, QUICK, masks=Masks(second=area)))
    run = painting.paint(photo, [own(style), own(photo)], network, QUICK, masks=Masks(second=area))
    assert next(run).total > 0
    run.close()


def test_leaving_closes_the_run_beneath(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    """What a visitor who leaves, or presses Stop, sets off."""
    ended = []
    real = multiscale.descend

    def watched(*args):
        try:
            yield from real(*args)
        finally:
            ended.append(True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multiscale, "descend", watched)
        run = painting.paint(photo, [own(style)], network, QUICK)
        next(run)
        assert not ended
        run.close()
    assert ended


def test_the_proof_sheet_is_nine_runs_in_one(
    network: vgg.VGG16, photo: Image.Image, style: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture in the middle is what painting alone at the same settings gives."""
    monkeypatch.setattr(grid, "SIDE", 96)
    monkeypatch.setattr(grid, "STEPS", 20)
    settings = replace(style_settings.PaintSettings(), size=grid.SIDE, palette=0.0)
    sheets = list(grid.parameter_grid(photo, [targets.Style(style)], network, settings))
    assert sheets[-1].index == sheets[-1].total == grid.STEPS
    pictures = sheets[-1].pictures
    assert len(pictures) == 9
    assert len({picture.tobytes() for picture in pictures}) == 9
    rate = settings.learning_rate * multiscale.COARSER**2
    alone = grid.settings_of(4, replace(settings, steps=grid.STEPS, learning_rate=rate))
    single = list(multiscale.paint(photo, [targets.Style(style)], network, alone))[-1].image()
    assert np.abs(np.asarray(single, int) - np.asarray(pictures[4], int)).mean() < 3

    for corner, strength, scale in ((2, 4.0, 0.75), (6, 0.25, 3.0)):  # strength grows across, strokes downwards
        one = replace(alone, style_strength=strength, style_scale=scale)
        assert grid.settings_of(corner, alone) == one
        last = np.asarray(list(multiscale.paint(photo, [targets.Style(style)], network, one))[-1].image(), int)
        differences = [np.abs(last - np.asarray(picture, int)).mean() for picture in pictures]
        assert differences.index(min(differences)) == corner

    def apart(picture: Image.Image) -> float:
        """The style's loss at relu1_1."""
        looks = (
            losses.activations(network, tensors.to_tensor(one), ["relu1_1"])["relu1_1"] for one in (picture, style)
        )
        return losses.relative_per_picture(*(losses.gram(look) for look in looks)).item()

    weak, strong = (apart(pictures[i]) for i in (3, 5))
    assert strong < weak


def test_what_is_dear_is_said_to_be_dear(network: vgg.VGG16) -> None:
    small, large = style_settings.PaintSettings(size=256), style_settings.PaintSettings(size=1024)
    assert cost.seconds(network, large) > 5 * cost.seconds(network, small)
    assert cost.memory(vgg.VGG16((64, 128, 256, 512, 512)), 512**2) > 3 * cost.memory(network, 512**2)
    assert cost.sizes(network)[0] == SIZES[0]
    assert " s and " in cost.describe(network, small) or " min and " in cost.describe(network, small)


def test_the_time_is_that_of_the_pixels_looked_at(network: vgg.VGG16) -> None:
    asked = style_settings.PaintSettings(size=512, steps=10)  # at 64, 128, 256 and 512 px
    pixels = 64**2 + 128**2 + 256**2 + 512**2
    whole = 10 * (pixels + 4 * work.A_STEP_ITSELF) + work.A_STYLES_PIXEL * 1.5**2 * pixels
    assert cost.seconds(network, asked) / whole == pytest.approx(cost.speed(network))
    longer = cost.seconds(network, replace(asked, steps=30)) / cost.seconds(network, asked)
    assert 2.5 < longer < 3  # each scale's beginning is not done thrice
    assert cost.seconds(network, asked, aspect=2) < cost.seconds(network, asked) < cost.seconds(network, asked, 1, 3)
    assert work.a_step(512, replace(asked, optimiser="L-BFGS")) == 2 * work.a_step(512, asked)


def test_the_next_run_is_said_to_take_what_the_last_one_took(network: vgg.VGG16, photo: Image.Image) -> None:
    """Whatever was thought before: the speed is that of the run that has just ended."""
    cost.learn(network, "Adam", 1000.0, 1.0)
    last = list(painting.paint(photo, [own(photo)], network, QUICK))[-1]
    assert last.share == pytest.approx(1)
    assert last.expected > 1000
    now = cost.seconds(network, QUICK, max(photo.size) / min(photo.size))
    assert now == pytest.approx(last.seconds)
    assert list(painting.paint(photo, [own(photo)], network, QUICK))[-1].expected == pytest.approx(now)
    before = cost.speed(network)
    run = painting.paint(photo, [own(photo)], network, replace(QUICK, steps=200))
    next(run)
    run.close()  # stopped at its first step, which says nothing of the others
    assert cost.speed(network) == before


def test_the_memory_is_three_times_what_the_layers_give(network: vgg.VGG16) -> None:
    """Counted while a picture goes through: every convolution's result and its ReLU's."""
    given: list[int] = []
    watched = [
        layer.register_forward_hook(lambda _, __, x: given.append(2 * x.nbytes))
        for layer in network.layers
        if isinstance(layer, torch.nn.Conv2d)
    ]
    with torch.no_grad():
        network.features(torch.rand(1, 3, 64, 96), ["relu5_3"])
    for watch in watched:
        watch.remove()
    assert len(given) == 13
    pictures = 160 * 64 * 96  # forty numbers for each pixel of the picture, Adam's among them
    assert cost.memory(network, 64 * 96) == 3 * sum(given) + pictures


def test_the_second_style_goes_where_its_region_is(style: Image.Image, photo: Image.Image) -> None:
    area = Image.new("L", (20, 20), 255)
    first, second = painting.placed([own(style), own(photo, 0.5)], Masks(second=area))
    assert (first.where, second.where) == (None, area)
    assert (first.image, second.image, second.share) == (style, photo, 0.5)


@pytest.mark.parametrize("layers", [{"relu1_1": 3.0, "relu3_1": 1.0}, {"relu1_1": 0.3, "relu2_1": 0.0, "relu3_1": 0.1}])
def test_more_layers_do_not_mean_more_style(layers: dict[str, float]) -> None:
    asked = style_settings.PaintSettings(layers=layers, palette=0.0).style_losses()
    assert asked == pytest.approx({"relu1_1": 0.75, "relu3_1": 0.25})


def test_what_does_not_fit_is_not_offered(network: vgg.VGG16, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "available", lambda: cost.RESERVE + cost.memory(network, 512**2))
    assert cost.sizes(network) == [256, 384, 512]


def test_choices_become_settings_and_back() -> None:
    asked = style_settings.PaintSettings(size=384, style_strength=2.5, start="noise", seed=3)
    assert selection.settings(selection.from_settings(asked)) == asked


def test_styles_in_their_places(style: Image.Image) -> None:
    first, second = gallery.names()[:2]
    styles = selection.set_style(selection.FIRST, style_settings.PLACES[1], second)
    assert [(s.name, s.share) for s in selection.active(styles)] == [(first, 1.0), (second, 0.5)]
    assert selection.describe(styles) == f"In the style of **{first}** 67 % + **{second}** 33 %"
    alone = selection.set_weights(styles, (0.0, 1.0, 0.0))
    assert [s.name for s in selection.active(alone)] == [second]
    assert selection.describe(selection.set_weights(styles, (0.0, 0.0, 0.0))).startswith("No style")


def test_every_style_of_the_gallery_is_there() -> None:
    assert len(gallery.names()) == len(set(gallery.names())) >= 15
    for name, (small, title) in zip(gallery.names(), gallery.thumbnails(), strict=True):
        assert title == name
        assert small.size == (gallery.THUMBNAIL,) * 2
    assert fit(gallery.picture("hubble"), 64).mode == "RGB"
    with pytest.raises(DemoError, match="no style called 'Rembrandt'"):
        gallery.picture("Rembrandt")
