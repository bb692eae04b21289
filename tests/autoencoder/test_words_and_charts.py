"""What the page says and draws: charts with true numbers, honest sentences, previews that are small."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from demos.autoencoder import previews as pictures
from demos.autoencoder.compress import file as codec_file
from demos.autoencoder.compress import formats
from demos.autoencoder.compress import network as codec_network
from demos.autoencoder.denoise import baselines, noise, tiles
from demos.autoencoder.page import cleaning, text
from demos.core import chart
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images import tensors
from demos.core.images.load import fit

NUMBER = r"(-?[\d.e+-]+)"


def axis(drawn: str, along: str) -> list[tuple[float, float]]:
    """(place in px, number) of every number written along an axis."""
    if along == "up":
        found = re.findall(rf"<text x='{chart.LEFT - 6}' y='{NUMBER}' text-anchor='end'>{NUMBER}<", drawn)
        return [(float(place) - 4, float(number)) for place, number in found]
    found = re.findall(
        rf"<text x='{NUMBER}' y='{chart.HEIGHT - chart.BOTTOM + 16}' text-anchor='middle'>{NUMBER}<", drawn
    )
    return [(float(place), float(number)) for place, number in found]


def read(axis_of: list[tuple[float, float]], place: float) -> float:
    """The number at a place, by the axis' first and last number."""
    (a, low), (b, high) = axis_of[0], axis_of[-1]
    return low + (place - a) / (b - a) * (high - low)


values = st.floats(-1e4, 1e4).map(lambda value: round(value, 3))


@given(st.lists(st.tuples(values, values), min_size=2, max_size=12))
@settings(max_examples=60, deadline=None)
def test_points_stand_where_the_numbers_of_the_axes_say(points: list[tuple[float, float]]) -> None:
    drawn = chart.lines({"a": points}, {"a": "red"}, across="x", up="y")
    right, up = axis(drawn, "right"), axis(drawn, "up")
    spread = [max(abs(x) for x in of) + 1 for of in zip(*points, strict=True)]
    places = re.findall(rf"<circle cx='{NUMBER}' cy='{NUMBER}'", drawn)
    assert len(places) == len(points)
    for (x, y), (cx, cy) in zip(points, places, strict=True):
        assert chart.LEFT - 0.1 <= float(cx) <= chart.WIDTH - chart.RIGHT + 0.1
        assert chart.TOP - 0.1 <= float(cy) <= chart.HEIGHT - chart.BOTTOM + 0.1
        assert read(right, float(cx)) == pytest.approx(x, abs=0.01 * spread[0])
        assert read(up, float(cy)) == pytest.approx(y, abs=0.01 * spread[1])


def test_a_logarithmic_axis_has_round_numbers_and_each_ten_is_as_far() -> None:
    drawn = chart.lines({"a": [(0, 0.3), (9, 0.0004)]}, {"a": "red"}, across="x", up="y", logarithmic=True)
    up = axis(drawn, "up")
    assert [number for _, number in up] == [0.0001, 0.001, 0.01, 0.1, 1]
    assert np.diff([place for place, _ in up]) == pytest.approx([up[1][0] - up[0][0]] * 4, abs=0.2)
    close = chart.lines({"a": [(0, 0.03), (9, 0.02)]}, {"a": "red"}, across="x", up="y", logarithmic=True)
    assert [number for _, number in axis(close, "up")] == [0.02, 0.05]


def test_there_is_no_part_of_an_epoch() -> None:
    for last in (1, 3, 40):
        drawn = chart.lines({"a": [(0, 0.3), (last, 0.2)]}, {"a": "red"}, across="epoch", up="y")
        right = [number for _, number in axis(drawn, "right")]
        assert all(number.is_integer() for number in right)
        assert right[-1] >= last
        assert 2 <= len(right) <= 7
    one = chart.lines({"a": [(0, 0.3)]}, {"a": "red"}, across="epoch", up="y")
    assert [number for _, number in axis(one, "right")] == [0, 1]


def test_names_are_text_and_nothing_gives_no_chart() -> None:
    drawn = chart.lines({"<b>": [(0, 0), (1, 1)]}, {"<b>": "red"}, across="x", up="y")
    assert "<b>" not in drawn
    assert "&lt;b&gt;" in drawn
    assert chart.lines({}, {}, across="x", up="y") == ""


# ---- cleaning ----


def test_a_noisy_photo_is_never_taken_for_the_truth(tmp_path: Path) -> None:
    """Those of the examples and clean photos pass; with noise of sigma 15 on them, they do not."""
    for name in ("chelsea", "astronaut", "coffee", "china", "retina"):
        photo = fit(samples.photo(name), cleaning.JUDGED_SIDE)
        assert baselines.own_noise(photo, tiles.load()) < 0.7 * baselines.CLEAN
        path = tmp_path / f"{name}.png"
        tensors.to_image(noise.add(tensors.to_tensor(photo), "Gaussian", 15)).save(path)
        with pytest.raises(DemoError, match="noisy itself"):
            cleaning.clean_at_least(str(path))


def test_psnr_lies_starts_from_a_clean_photo_whatever_is_there(tmp_path: Path) -> None:
    path = tmp_path / "noisy.png"
    clean = fit(samples.photo("china"), 200)
    tensors.to_image(noise.add(tensors.to_tensor(clean), "Gaussian", 40)).save(path)
    for photo in (str(path), None):
        three, words = cleaning.lies(photo)
        assert "clean example" in words
        assert baselines.own_noise(three[0][0], tiles.load()) < baselines.CLEAN
    assert all(re.fullmatch(r"\w+: \d+\.\d dB, SSIM [01]\.\d{3}", caption) for _, caption in three)


def test_steps_share_one_array_and_show_at_most_a_preview(tmp_path: Path) -> None:
    class Idle(tiles.denoise_network.Denoiser):
        pass

    photo = Image.effect_noise((2400, 900), 50).convert("RGB")
    steps = list(tiles.denoise_tiles(photo, Idle((2, 2), (0, 0), (2, 2)).eval()))
    assert len(steps) == 1 + 7 * 3
    assert len({id(step.pixels) for step in steps}) == 1
    assert steps[3].preview(pictures.PREVIEW).size == (800, 300)
    running = cleaning.result(cleaning.CleanStep(photo, pictures.preview(photo), steps[3], 1.0))
    assert set(running) == {"slider", "status"}
    for path in running["slider"]:
        with Image.open(path) as shown:
            assert (shown.format, max(shown.size) <= pictures.PREVIEW) == ("JPEG", True)
    done = cleaning.result(cleaning.CleanStep(photo, "", steps[-1], 2.0))
    assert "at strength 2" in done["status"]
    for path, expected in zip(done["pair"], (photo, steps[-1].picture), strict=True):
        with Image.open(path) as kept:
            assert (kept.format, kept.tobytes()) == ("PNG", expected.tobytes())


# ---- squeezing ----


def test_formats_at_a_size_are_of_that_size_or_the_sentence_has_both(small_codec: codec_network.Codec) -> None:
    photo = fit(samples.photo("coffee"), 320)
    made = codec_file.compress(photo, small_codec, 3)
    for size in (3_000, 6_000):
        for name in formats.OPTIONS:
            other = formats.at_file_size(photo, name, size)
            ours = codec_file.Compressed(bytes(size), *(getattr(made, n) for n in (
                "picture", "code", "quality", "bits_per_pixel", "psnr", "ssim")))  # fmt: skip
            said = formats.verdict(ours, [other])
            near = (1 - formats.NEAR) * size <= len(other.content) <= size
            assert ("at this size" in said) == near
            assert (f"{len(other.content):,} bytes against {size:,}" in said) == (not near)
            assert near or name != "WebP"  # whose writer knows qualities in between


def test_what_was_shrunk_is_said_and_counted_as_it_is(small_codec: codec_network.Codec, photo: Image.Image) -> None:
    assert text.shrunk((100, 50), (100, 50)) == ""
    assert "4000 x 3000 px was shrunk to 2309 x 1732 px" in text.shrunk((4000, 3000), (2309, 1732))
    made = codec_file.compress(photo, small_codec, 0)
    times = round(3 * photo.width * photo.height / len(made.content))
    assert f"{times} times smaller than the {photo.width} x {photo.height} pixels" in text.times_smaller(photo, made)
