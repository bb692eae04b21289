"""Flat, black, white, equal and extreme pictures, which people send to every program for styles: what comes back is a
picture, of the photo's shape, and what is asked for still holds.

Such pictures break style transfer elsewhere: a Gram matrix of zeros, a channel without spread, a line search on a
plateau.
"""

import numpy as np
import pytest
import torch
from PIL import Image

from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images import tensors
from demos.core.images.load import fit
from demos.core.networks import files as network_files
from demos.core.networks import vgg
from demos.style import painting, selection
from demos.style import settings as style_settings
from demos.style.instant import stylise
from demos.style.optimise import multiscale
from demos.style.optimise.targets import Style
from demos.style.selection import SelectedStyle
from demos.style.settings import HISTOGRAM, InstantSettings, PaintSettings

PHOTO = fit(samples.photo("chelsea"), 160)
OTHER = fit(samples.photo("coffee"), 160)
FLAT = {name: Image.new("RGB", (80, 60), name) for name in ("black", "white", "red")}
PICTURES = FLAT | {
    "grey": fit(samples.photo("chelsea"), 120).convert("L").convert("RGB"),
    "wide": samples.photo("chelsea").crop((0, 0, 300, 15)),
    "tall": samples.photo("chelsea").crop((0, 0, 15, 300)),
    "tiny": samples.photo("chelsea").crop((100, 100, 102, 102)),
}
THIN = ("wide", "tall")  # as styles they serve; a photo would be out of proportion
needs_decoder = pytest.mark.skipif(
    network_files.find("style-decoder") is None or network_files.find("pocket-vgg16") is None,
    reason="needs weights/style_decoder.safetensors and weights/pocket_vgg16.safetensors",
)


def instant(photo: Image.Image, style: Image.Image, **asked: float) -> Image.Image:
    settings = InstantSettings(size=128, **asked)  # type: ignore[arg-type]
    return stylise.stylise(photo, [(style, 1.0)], vgg.load(vgg.POCKET), stylise.load(), settings)


def apart(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, int) - np.asarray(other.resize(one.size), int)).mean())


@needs_decoder
@pytest.mark.parametrize("large_strokes", [False, True])
@pytest.mark.parametrize("odd", PICTURES)
def test_the_instant_mode_takes_any_picture_as_photo_or_style(odd: str, large_strokes: bool) -> None:
    for photo, style in ((PHOTO, PICTURES[odd]), (PICTURES[odd], OTHER), (PICTURES[odd], PICTURES[odd])):
        if photo is not PHOTO and odd in THIN:
            with pytest.raises(DemoError, match="thin at a size of 128 px"):
                instant(photo, style, large_strokes=large_strokes)
            continue
        painted = instant(photo, style, large_strokes=large_strokes)
        assert painted.size == tensors.resized(photo, 128).size


@needs_decoder
@pytest.mark.parametrize("large_strokes", [False, True])
def test_strength_0_of_the_instant_mode_is_the_photo(large_strokes: bool) -> None:
    """To the last bit; and a strength of next to nothing is next to it, with its details."""
    same = tensors.resized(PHOTO, 128)
    assert instant(PHOTO, OTHER, strength=0.0, large_strokes=large_strokes).tobytes() == same.tobytes()
    assert apart(instant(PHOTO, OTHER, strength=0.01, large_strokes=large_strokes), same) < 6


@needs_decoder
@pytest.mark.parametrize("large_strokes", [False, True])
def test_a_flat_style_gives_its_colour(large_strokes: bool) -> None:
    for name, colour in (("black", (0, 0, 0)), ("white", (255, 255, 255)), ("red", (255, 0, 0))):
        painted = np.asarray(instant(PHOTO, FLAT[name], large_strokes=large_strokes), float)
        assert np.abs(painted.mean((0, 1)) - colour).max() < 30, name


@pytest.mark.parametrize("optimiser", style_settings.OPTIMISERS)
@pytest.mark.parametrize(
    ("photo", "style", "change"),
    [
        ("photo", "black", {}), ("black", "black", {}), ("black", "photo", {}), ("white", "photo", {}),
        ("photo", "photo", {}), ("black", "black", {"start": "noise"}), ("black", "grey", {"colours": HISTOGRAM}),
        ("photo", "grey", {"colours": HISTOGRAM}), ("photo", "red", {"style_strength": 10.0}), ("photo", "wide", {}),
        ("photo", "tall", {}), ("tiny", "photo", {}),
    ],
)  # fmt: skip
def test_painting_takes_any_picture(
    network: vgg.VGG16, optimiser: str, photo: str, style: str, change: dict[str, object]
) -> None:
    pictures = PICTURES | {"photo": PHOTO}
    settings = PaintSettings(size=64, steps=6, optimiser=optimiser, **change)  # type: ignore[arg-type]
    for step in multiscale.paint(pictures[photo], [Style(pictures[style])], network, settings):
        assert torch.isfinite(step.picture).all()
        assert np.isfinite(step.loss)
    assert step.image().size == tensors.resized(pictures[photo], 64).size


@pytest.mark.parametrize("optimiser", style_settings.OPTIMISERS)
def test_a_photo_in_its_own_style_stays(network: vgg.VGG16, optimiser: str) -> None:
    """Nothing is asked but what is there already: the loss is about zero from the start."""
    settings = PaintSettings(size=64, steps=6, optimiser=optimiser, style_scale=1.0, smoothness=0.0)
    *_, last = multiscale.paint(PHOTO, [Style(PHOTO)], network, settings)
    assert apart(last.image(), tensors.resized(PHOTO, 64)) < 4


def test_a_photo_too_thin_for_its_size_is_refused_in_one_sentence(network: vgg.VGG16) -> None:
    for thin in THIN:
        with pytest.raises(DemoError, match="Choose a size of 320 px or more"):
            next(multiscale.paint(PICTURES[thin], [Style(OTHER)], network, PaintSettings(size=64)))


def test_a_strength_that_is_no_number_is_refused(network: vgg.VGG16) -> None:
    for strength in (float("nan"), float("inf")):
        with pytest.raises(DemoError, match="strength"):
            next(multiscale.paint(PHOTO, [Style(OTHER)], network, PaintSettings(size=64, style_strength=strength)))


def test_another_photo_is_told_from_the_painted_one(network: vgg.VGG16, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The page keeps photos in a format of its own, which must not make them others."""
    run = painting.paint(PHOTO, [SelectedStyle(selection.OWN, 1.0, OTHER)], network, PaintSettings(size=64, steps=1))
    *_, last = run
    for name in ("same.webp", "same.jpg", "same.png"):
        PHOTO.save(tmp_path / name)
        assert painting.is_of(last, str(tmp_path / name))
    OTHER.save(tmp_path / "other.png")
    assert not painting.is_of(last, str(tmp_path / "other.png"))
    assert not painting.is_of(last, None)
