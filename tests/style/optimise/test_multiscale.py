"""Painting: the loss falls, the same seed gives the same picture, and a loss that runs away is caught."""

import gc
import math
import weakref
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from PIL import Image
from torch.optim.optimizer import register_optimizer_step_pre_hook

from demos.core.errors import DemoError
from demos.core.images import tensors
from demos.core.networks import vgg
from demos.style import settings
from demos.style.optimise import losses as style_losses
from demos.style.optimise import multiscale, targets, work

QUICK = settings.PaintSettings(size=128, steps=8)


def test_scales_double_up_to_the_size_asked_for() -> None:
    assert work.scales(512) == [64, 128, 256, 512]
    assert work.scales(64) == [64]
    plan = work.steps_at(settings.PaintSettings(size=512, steps=60))
    assert [side for side, _ in plan] == [64, 128, 256, 512]
    assert [steps for _, steps in plan] == [60] * 4


def test_the_loss_falls_at_every_scale(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    settings = replace(QUICK, size=192, steps=12, start="noise")
    steps = list(multiscale.paint(photo, [targets.Style(style)], network, settings))
    assert {step.scale for step in steps} == {96, 192}
    assert [step.index for step in steps] == list(range(1, steps[0].total + 1))
    for side in (96, 192):
        at_scale = [step.loss for step in steps if step.scale == side]
        assert at_scale[-1] < at_scale[0]
    last = steps[-1].image()
    assert max(last.size) == 192
    assert last.size == tensors.resized(photo, 192).size


@pytest.fixture
def rates() -> Iterator[list[list[float]]]:
    """Fills with the learning rates that Adam really takes, step by step, one for each of the canvas' pictures."""
    taken: list[list[float]] = []
    watch = register_optimizer_step_pre_hook(lambda adam, *_: taken.append([g["lr"] for g in adam.param_groups]))
    yield taken
    watch.remove()


def test_coarse_scales_and_small_pictures_take_their_own_rates(
    network: vgg.VGG16, photo: Image.Image, style: Image.Image, rates: list[list[float]]
) -> None:
    steps = 10
    asked = replace(QUICK, size=256, steps=steps, learning_rate=0.01)
    scales = [step.scale for step in multiscale.paint(photo, [targets.Style(style)], network, asked)]
    assert scales == [64] * steps + [128] * steps + [256] * steps
    full = [taken[0] for taken in rates]
    # 30 % more for each coarser scale; within a scale, down to 30 % along half a cosine.
    assert full[::steps] == pytest.approx([0.0169, 0.013, 0.01])
    for scale in range(3):
        fall = [rate / full[scale * steps] for rate in full[scale * steps : (scale + 1) * steps]]
        assert fall == sorted(fall, reverse=True)
        assert fall[steps // 2] == pytest.approx((1 + 0.3) / 2)
        assert fall[-1] == pytest.approx(0.3, abs=0.02)
    for taken in rates:
        assert [small / large for large, small in pairwise(taken)] == pytest.approx([0.7] * 5)


def test_each_time_the_loss_runs_away_the_rate_is_halved(
    network: vgg.VGG16, photo: Image.Image, style: Image.Image, rates: list[list[float]]
) -> None:
    asked = replace(QUICK, size=64, steps=12, learning_rate=1e6)
    notes = [bool(step.note) for step in multiscale.paint(photo, [targets.Style(style)], network, asked)]
    assert sum(notes) > 0
    falling = [0.3 + 0.7 * (1 + math.cos(math.pi * i / 12)) / 2 for i in range(12)]
    halved = [2.0 ** -sum(notes[:i]) for i in range(12)]
    assert [taken[0] for taken in rates] == pytest.approx([1e6 * a * b for a, b in zip(falling, halved, strict=True)])


def test_same_seed_same_picture(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    def painted(seed: int) -> bytes:
        settings = replace(QUICK, start="noise", seed=seed)
        return list(multiscale.paint(photo, [targets.Style(style)], network, settings))[-1].image().tobytes()

    assert painted(3) == painted(3)
    assert painted(3) != painted(4)


def test_no_strength_leaves_the_photo(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    settings = replace(QUICK, style_strength=0.0, smoothness=0.0)
    last = list(multiscale.paint(photo, [targets.Style(style)], network, settings))[-1]
    expected = tensors.to_tensor(tensors.resized(photo, 128))
    assert (last.picture - expected).abs().max() <= 1 / 255


def test_a_loss_that_runs_away_is_caught_and_said(
    network: vgg.VGG16, photo: Image.Image, style: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An overflow in the middle of a run, as float16 or a far too high rate gives it."""
    real, calls = style_losses.losses, []

    def overflowing(*args):
        calls.append(1)
        parts = real(*args)
        return {name: part * float("inf") for name, part in parts.items()} if len(calls) == 4 else parts

    monkeypatch.setattr(style_losses, "losses", overflowing)
    steps = list(multiscale.paint(photo, [targets.Style(style)], network, QUICK))
    said = [step.note for step in steps if step.note]
    assert len(said) == 1
    assert "half" in said[0]
    assert torch.isfinite(steps[-1].picture).all()
    assert steps[-1].loss < steps[0].loss


def test_an_absurd_rate_still_ends_in_a_picture(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    last = list(multiscale.paint(photo, [targets.Style(style)], network, replace(QUICK, learning_rate=1e6)))[-1]
    assert torch.isfinite(last.picture).all()
    assert 0 <= last.picture.min() <= last.picture.max() <= 1


def test_stopping_frees_the_run(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    run = multiscale.paint(photo, [targets.Style(style)], network, QUICK)
    picture = next(run).picture
    watched = weakref.ref(picture)
    run.close()
    del picture, run
    gc.collect()
    assert watched() is None


def test_what_cannot_be_painted_is_said(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    with pytest.raises(DemoError, match="no style"):
        next(multiscale.paint(photo, [], network))
    with pytest.raises(DemoError, match="4096 px"):
        next(multiscale.paint(photo, [targets.Style(style)], network, replace(QUICK, size=4096)))


def test_grad_mode_is_left_as_it_was(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    with torch.no_grad():
        for _ in multiscale.paint(photo, [targets.Style(style)], network, replace(QUICK, size=64, steps=2)):
            assert not torch.is_grad_enabled()


def test_a_finer_scale_gets_some_of_the_photos_detail_back(
    network: vgg.VGG16, photo: Image.Image, style: Image.Image
) -> None:
    """Without a step to speak of: half-way between the enlarged coarse picture and the photo, at strength 1."""
    asked = replace(QUICK, size=128, steps=1, learning_rate=1e-9)
    coarse, fine = list(multiscale.paint(photo, [targets.Style(style)], network, asked))
    sharp, blurred = (
        tensors.to_tensor(tensors.resized(photo, 128)),
        multiscale.upsampled(coarse.picture, fine.picture),
    )
    torch.testing.assert_close(fine.picture, (sharp + blurred) / 2, atol=1e-4, rtol=0)
    assert (sharp - blurred).abs().max() > 0.1


def test_what_is_shown_is_the_average_of_the_steps(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    """Of the very steps that a run without an average shows; the first ones are forgotten faster."""

    def pictures(average: float) -> list[torch.Tensor]:
        asked = replace(QUICK, size=64, steps=12, average=average)
        return [step.picture for step in multiscale.paint(photo, [targets.Style(style)], network, asked)]

    expected = tensors.to_tensor(tensors.resized(photo, 64))
    for i, (bare, shown) in enumerate(zip(pictures(0.0), pictures(0.8), strict=True)):
        kept = min(0.8, (i + 1) / (i + 4))
        expected = kept * expected + (1 - kept) * bare
        torch.testing.assert_close(shown, expected, atol=1e-5, rtol=0)


def test_what_is_asked_for_is_what_is_painted(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    """The first step judges the noise that the picture starts from."""
    asked = replace(QUICK, size=64, steps=1, start="noise", smoothness=7.0, content_layer="relu2_2")
    (step,) = multiscale.paint(photo, [targets.Style(style)], network, asked)
    start = multiscale.initial(tensors.to_tensor(tensors.resized(photo, 64)), asked)
    assert step.parts["smoothness"] == pytest.approx(7 * style_losses.total_variation(start).item())
    assert {name for name in step.parts if "content" in name} == {"content relu2_2"}
    (bare,) = multiscale.paint(photo, [targets.Style(style)], network, replace(asked, smoothness=0.0))
    assert "smoothness" not in bare.parts


def colourful(picture: torch.Tensor) -> float:
    return (picture - picture.mean(1, keepdim=True)).abs().mean().item()


def test_the_photos_colours_are_kept_where_asked(network: vgg.VGG16, photo: Image.Image) -> None:
    """A grey photo in an orange style: painted orange, or exactly grey, or asked for greys from the start."""
    grey, plain = photo.convert("L").convert("RGB"), photo.convert("L").rotate(180)
    orange = Image.merge("RGB", [plain, plain.point(lambda v: v // 2), plain.point(lambda v: v // 4)])

    def painted(kept: str) -> list[multiscale.PaintStep]:
        asked = replace(QUICK, size=64, steps=20, colours=kept, style_scale=1.0)
        return list(multiscale.paint(grey, [targets.Style(orange)], network, asked))

    free, kept, matched = (painted(kept) for kept in settings.COLOURS)
    assert colourful(free[-1].picture) > 0.03
    assert colourful(kept[-1].picture) < 1e-6
    assert matched[0].parts["style palette"] < 0.01 * free[0].parts["style palette"]


def test_what_no_style_was_painted_for_is_the_first_ones(network: vgg.VGG16, photo: Image.Image) -> None:
    """Every place is one style's: the maps add up to one, with the second where the mask is white."""
    mask = Image.new("L", (96, 64))
    mask.paste(255, (0, 0, 24, 64))
    content = tensors.to_tensor(tensors.resized(photo, 96))
    styles = [targets.Style(photo), targets.Style(photo.rotate(90), where=mask)]
    rest, second = (region.where for region in targets.targets_at(network, content, styles, QUICK).regions)
    assert rest is not None
    assert second is not None
    assert second[..., :23].min() == 1
    assert second[..., 25:].max() == 0
    torch.testing.assert_close(rest + second, torch.ones_like(rest))


def test_what_is_protected_stays_as_it_was(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    mask = Image.new("L", (90, 60))
    mask.paste(255, (0, 0, 45, 60))
    last = list(multiscale.paint(photo, [targets.Style(style)], network, QUICK, protect=mask))[-1]
    before, after = tensors.to_tensor(tensors.resized(photo, 128)), last.picture
    middle = before.shape[-1] // 2
    assert (after - before)[..., : middle - 1].abs().max() <= 1 / 255
    assert (after - before)[..., middle + 1 :].abs().max() > 10 / 255


def test_a_style_goes_where_it_was_painted(network: vgg.VGG16, photo: Image.Image) -> None:
    """Plain colours as styles, at the layer that knows colours: each side turns to its own."""
    red, blue = Image.new("RGB", (64, 64), (220, 30, 30)), Image.new("RGB", (64, 64), (30, 30, 220))
    right = Image.new("L", (64, 48))
    right.paste(255, (32, 0, 64, 48))
    settings = replace(QUICK, size=96, steps=60, content_weight=0.0, layers={"relu1_1": 1.0}, smoothness=0.1)
    styles = [targets.Style(red), targets.Style(blue, where=right)]
    picture = list(multiscale.paint(photo, styles, network, settings))[-1].picture[0]
    half = picture.shape[-1] // 2
    redder = picture[0] - picture[2]
    assert redder[:, : half - 4].mean() > redder[:, half + 4 :].mean() + 0.2


@pytest.mark.parametrize("optimiser", settings.OPTIMISERS)
def test_every_optimiser_lowers_the_loss(
    optimiser: str, network: vgg.VGG16, photo: Image.Image, style: Image.Image
) -> None:
    settings = replace(QUICK, optimiser=optimiser, steps=15)
    steps = list(multiscale.paint(photo, [targets.Style(style)], network, settings))
    assert steps[-1].loss < 0.7 * steps[0].loss


def test_a_branch_goes_on_from_its_frame(network: vgg.VGG16, photo: Image.Image, style: Image.Image) -> None:
    """Only the full size, and the first step is still next to the frame."""
    frame = Image.effect_noise((128, 96), 60).convert("RGB")
    settings = replace(QUICK, size=192, learning_rate=1e-3)
    styles = [targets.Style(style)]
    steps = list(multiscale.paint(photo, styles, network, settings, init_image=frame, coarse_to_fine=False))
    assert {step.scale for step in steps} == {192}
    assert len(steps) == settings.steps
    start = multiscale.upsampled(tensors.to_tensor(frame), tensors.to_tensor(tensors.resized(photo, 192)))
    assert (steps[0].picture - start).abs().max() < 0.05


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"style_scale": 9.0}, "Style scale cannot be 9"),
        ({"optimiser": "Newton"}, "Newton"),
        ({"start": "scratch"}, "scratch"),
        ({"colours": "all"}, "'all'"),
        ({"layers": {"relu9_9": 1.0}}, "relu9_9"),
        ({"style_strength": 0.0, "content_weight": 0.0}, "Nothing is asked"),
        ({"steps": 0}, "Steps at each scale cannot be 0"),
        ({"style_strength": 11.0}, "Style strength cannot be 11"),
        ({"seed": -1}, "Seed cannot be -1"),
    ],
)
def test_settings_that_cannot_be_painted_are_said(change: dict, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        replace(QUICK, **change).check()
