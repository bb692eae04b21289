"""The example photos: every one is in the installed packages, opens offline, and is credited as its package does."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import sklearn.datasets
from PIL import Image

from demos.core.data import samples, small
from demos.core.errors import DemoError
from demos.core.images.load import digest, load_image

ROOT = Path(__file__).resolve().parents[3]
ALL = samples.PHOTOS | samples.TEXTURES

# Opens everything in a Python that has no network and no pooch (with which scikit-image would download), and says
# which packages that has loaded.
OFFLINE = """
import socket, sys
def no_network(*arguments):
    raise OSError("the network was asked")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = no_network
sys.modules["pooch"] = None

from demos.core.data import samples, small
for name in samples.PHOTOS | samples.TEXTURES:
    image = samples.photo(name)
    print(name, image.mode, *image.size)
print("loaded:", *(package for package in ("skimage", "sklearn", "gradio", "torchvision") if package in sys.modules))
small.digits()
"""


def test_every_example_opens_offline_and_without_loading_its_package() -> None:
    run = subprocess.run(
        [sys.executable, "-c", OFFLINE],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    *opened, loaded = run.stdout.splitlines()
    assert [line.split()[0] for line in opened] == list(ALL)
    for line in opened:
        _, mode, width, height = line.split()
        assert mode == "RGB"
        assert min(int(width), int(height)) >= 61
    assert loaded == "loaded:"


def test_names_are_what_the_tabs_ask_for() -> None:
    assert samples.PHOTOS.keys() >= {"astronaut", "chelsea", "coffee", "rocket", "china", "flower"}
    assert samples.PHOTOS.keys() >= {"lion", "cheetah", "tower", "bus"}
    assert samples.textures().keys() == {"brick", "grass", "gravel"}


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("astronaut", "astronaut"),
        ("chelsea", "chelsea"),
        ("coffee", "coffee"),
        ("motorcycle", None),
        ("hubble", "hubble_deep_field"),
        ("tissue", "immunohistochemistry"),
        ("retina", "retina"),
    ],
)
def test_photos_are_those_of_scikit_image(name: str, function: str | None) -> None:
    expected = getattr(skimage.data, function)() if function else skimage.data.stereo_motorcycle()[0]
    assert np.array_equal(np.asarray(samples.photo(name)), expected)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("brick", "brick"),
        ("grass", "grass"),
        ("gravel", "gravel"),
        ("coins", "coins"),
        ("moon", "moon"),
        ("photographer", "camera"),
    ],
)
def test_grey_pictures_are_those_of_scikit_image(name: str, function: str) -> None:
    expected = getattr(skimage.data, function)()
    assert np.array_equal(np.asarray(samples.photo(name)), np.repeat(expected[..., None], 3, -1))


def test_the_rocket_is_converted_from_adobe_rgb() -> None:
    """The one example whose file carries another profile than sRGB: the same scene in other, stronger colours."""
    raw, found = skimage.data.rocket().astype(int), np.asarray(samples.photo("rocket")).astype(int)
    assert raw.shape == found.shape
    assert 0.5 < np.abs(raw - found).mean() < 20
    assert (found.max(-1) - found.min(-1)).mean() > (raw.max(-1) - raw.min(-1)).mean()


@pytest.mark.parametrize("name", ["china", "flower"])
def test_photos_are_those_of_scikit_learn(name: str) -> None:
    expected = sklearn.datasets.load_sample_image(f"{name}.jpg")
    assert np.array_equal(np.asarray(samples.photo(name)), expected)


@pytest.mark.parametrize(
    ("name", "file"), [("lion", "lion.jpg"), ("cheetah", "cheetah.jpg"), ("tower", "tower.jpg"), ("bus", "bus.png")]
)
def test_photos_are_those_of_gradio(name: str, file: str) -> None:
    from gradio.media import get_image  # here, so that the other tests need not wait for gradio

    assert samples.PHOTOS[name].path() == Path(get_image(file))


def test_the_bus_stands_on_white_paper() -> None:
    """Its background is transparent."""
    assert samples.photo("bus").getpixel((0, 0)) == (255, 255, 255)
    assert Image.open(samples.PHOTOS["bus"].path()).has_transparency_data


def test_a_sample_is_what_the_door_makes_of_it() -> None:
    path = samples.PHOTOS["coffee"].path()
    assert digest(samples.photo("coffee")) == digest(load_image(path))


# ---- credits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_every_example_names_its_package_and_terms(name: str) -> None:
    sample = ALL[name]
    assert sample.title
    assert {"skimage": "scikit-image", "sklearn": "scikit-learn", "gradio": "Gradio"}[sample.package] in sample.credit
    assert any(words in sample.credit for words in ("public domain", "CC0", "CC BY", "no known", "stated", "Apache"))


@pytest.mark.parametrize(
    ("name", "function", "words"),
    [
        ("astronaut", "astronaut", ["NASA", "public domain"]),
        ("chelsea", "chelsea", ["Stefan van der Walt", "CC0"]),
        ("coffee", "coffee", ["Rachel Michetti", "Pikolo Espresso Bar", "CC0"]),
        ("rocket", "rocket", ["SpaceX", "public domain"]),
        ("motorcycle", "stereo_motorcycle", ["Middlebury 2014 stereo benchmark", "Scharstein"]),
        ("hubble", "hubble_deep_field", ["NASA", "public domain"]),
        (
            "tissue",
            "immunohistochemistry",
            ["Center for Microscopy And Molecular Imaging", "nown copyright restrictions"],
        ),
        ("retina", "retina", ["Mikael", "CC0"]),
        ("coins", "coins", ["Brooklyn Museum", "nown copyright restrictions"]),
        ("photographer", "camera", ["Lav Varshney", "CC0"]),
        ("brick", "brick", ["CC0Textures", "CC0"]),
        ("grass", "grass", ["linolafett", "CC0"]),
        ("gravel", "gravel", ["CC0Textures", "CC0"]),
    ],
)
def test_credits_say_what_scikit_image_says(name: str, function: str, words: list[str]) -> None:
    stated = getattr(skimage.data, function).__doc__.casefold()
    for word in words:
        assert word in ALL[name].credit
        assert word.casefold() in stated


@pytest.mark.parametrize("name", ["china", "flower"])
def test_credits_say_what_scikit_learn_says(name: str) -> None:
    stated = (samples.PHOTOS[name].path().parent / "README.txt").read_text()
    entry = stated.partition(f"Image: {name}.jpg")[2].partition("Image:")[0]
    author, licence = samples.PHOTOS[name].credit.split(" on Flickr, CC BY 2.0, ")
    assert f"flickr.com/photos/{author}/" in entry
    assert licence.split(" ")[0] in entry


# ---- what is not there ----------------------------------------------------------------------------------------------


def test_an_unknown_example_is_answered_with_the_known_ones() -> None:
    with pytest.raises(DemoError, match=r"no example called 'dog'.*astronaut, chelsea, .*gravel"):
        samples.photo("dog")


@pytest.mark.parametrize(("package", "file"), [("no_such_package", "a.png"), ("skimage", "data/no_such_file.png")])
def test_an_example_that_its_package_lacks_says_so_without_a_path(package: str, file: str) -> None:
    with pytest.raises(DemoError) as caught:
        samples.Sample("A dog", package, file, "nobody").path()
    assert str(caught.value) == f"The example 'A dog' is not in the installed {package}. Run make install again."


# ---- digits ---------------------------------------------------------------------------------------------------------


def test_digits_are_scikit_learns_in_256_greys() -> None:
    pixels, labels = small.digits()
    expected = sklearn.datasets.load_digits()
    assert (pixels.shape, pixels.dtype) == ((1797, 8, 8), np.uint8)
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert np.abs(pixels - expected.images * 255 / 16).max() <= 0.5
    assert np.array_equal(labels, expected.target)
    assert set(labels) == set(range(10))


def test_nobody_draws_into_the_shared_digits() -> None:
    for shared in small.digits():
        with pytest.raises(ValueError, match="read-only"):
            shared[0] = 0
