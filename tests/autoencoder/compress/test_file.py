"""The file: exact both ways, of the size shown, refused in a sentence when damaged; other formats at its size."""

import io
import math

import constriction
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from demos.autoencoder import quality
from demos.autoencoder.compress import entropy, experiments, formats
from demos.autoencoder.compress import file as codec_file
from demos.autoencoder.compress import network as codec_network
from demos.core.errors import DemoError
from demos.core.images.load import load_image


@pytest.mark.parametrize("quality", [0, 5])
@pytest.mark.parametrize("size", [(160, 107), (47, 33), (200, 10), (1, 1), (16, 16)])
def test_what_was_shown_is_what_comes_out(
    small_codec: codec_network.Codec, photo: Image.Image, quality: int, size: tuple[int, int]
) -> None:
    small = photo.resize(size)
    made = codec_file.compress(small, small_codec, quality)
    assert codec_file.decompress(made.content, small_codec).tobytes() == made.picture.tobytes()
    assert made.picture.size == size
    assert made.bits_per_pixel == pytest.approx(8 * len(made.content) / (size[0] * size[1]))


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.3, 3.0, 60.0]), st.integers(1, 9), st.integers(1, 9))
def test_any_code_comes_back_exactly(seed: int, spread: float, height: int, width: int) -> None:
    torch.manual_seed(0)
    network = codec_network.Codec((8, 8, 8), 16, 0)
    values = np.random.default_rng(seed).laplace(0, spread, (16, height, width))
    code = values.round().clip(-codec_network.LARGEST, codec_network.LARGEST).astype(np.int32)
    content = entropy.write_code(network, code, 2)
    assert np.array_equal(entropy.read_code(network, content, 2, height, width), code)


def test_the_file_is_as_large_as_the_training_thinks() -> None:
    """Bits on disk against the bits that the loss counts, for a code that follows the expectation."""
    torch.manual_seed(0)
    network = codec_network.Codec((8, 8, 8), 16, 0)
    code = np.random.default_rng(0).laplace(0, 0.6, (16, 24, 24)).round().astype(np.int32)
    with torch.no_grad():
        values, quality = torch.from_numpy(code).float()[None], torch.tensor([2])
        expected = codec_network.bits(values, network.expectation(values, quality)).sum().item()
    assert 8 * len(entropy.write_code(network, code, 2)) == pytest.approx(expected, rel=0.02, abs=64)


def test_files_are_written_by_the_expectations_that_were_trained() -> None:
    """Which table each value gets: the scale nearest to the network's own, which is in floating point."""
    torch.manual_seed(0)
    network = codec_network.Codec((8, 8, 8), 16, 0)
    with torch.no_grad():
        for weight in network.expectation.parameters():  # every one of them counts
            torch.nn.init.uniform_(weight, -3, 0)
    code = np.random.default_rng(0).laplace(0, 2, (16, 9, 12)).round().astype(np.int32)
    equal = []
    for rate in (0, 3):
        with torch.no_grad():
            expected = network.expectation(torch.from_numpy(code).float()[None], torch.tensor([rate]))[0].numpy()
        nearest = np.abs(np.log(expected)[..., None] - np.log(entropy.SCALES)).argmin(-1)
        size = np.abs(code.astype(np.int64))
        around = codec_network.neighbours(torch.from_numpy(size)).numpy()
        sizes = entropy._Sizes(network, rate)
        for group, black, fields in entropy._parts(network, 9, 12):
            known = np.where(codec_network.chessboard(9, 12).numpy(), 0, size)  # of its own group, white fields alone
            known[: group.start] = size[: group.start]
            found = sizes.indices(known, around, group, black, fields)
            assert np.abs(found - nearest[group][:, fields]).max() <= 1  # rounded to whole numbers
            equal += list((found == nearest[group][:, fields]).flatten())
    assert np.mean(equal) > 0.95


def test_the_tables_hold_laplace_laws() -> None:
    """What a value costs in the file, against the law's own mass within half a step of it."""
    for index in (5, 20, 35):
        scale = entropy.SCALES[index]
        for value in (0, 1, -1, round(2 * scale)):
            coder, times = constriction.stream.queue.RangeEncoder(), 4000
            symbols = np.full(times, value + codec_network.LARGEST, np.int32)
            coder.encode(symbols, entropy._models()[index])
            below = [0.5 * math.exp(-abs(x) / scale) for x in (abs(value) - 0.5, abs(value) + 0.5)]
            mass = below[0] - below[1] if value else 1 - 2 * below[1]
            assert 32 * len(coder.get_compressed()) / times == pytest.approx(-math.log2(mass), abs=0.02, rel=0.01)


def test_a_photo_goes_on_with_its_last_pixels(small_codec: codec_network.Codec) -> None:
    """Sides that are no multiples of 16: the same code as of a photo that was made longer by hand."""
    photo = np.asarray(Image.effect_noise((29, 20), 70).convert("RGB"))
    longer = np.concatenate([photo, photo[:, -1:].repeat(3, 1)], 1)
    longer = np.concatenate([longer, longer[-1:].repeat(12, 0)], 0)
    one, two = (codec_file.encode(Image.fromarray(x), small_codec, 5) for x in (photo, longer))
    assert np.array_equal(one, two)
    assert np.abs(one).max() > 0


def test_every_byte_flipped_in_turn_is_a_sentence(small_codec: codec_network.Codec, photo: Image.Image) -> None:
    content = codec_file.compress(photo.resize((32, 32)), small_codec, 0).content
    for place in range(len(content)):
        for wrong in (content[place] ^ 0xFF, content[place] ^ 1):
            changed = content[:place] + bytes([wrong]) + content[place + 1 :]
            with pytest.raises(DemoError, match=r"damaged|not made here|version"):
                codec_file.decompress(changed, small_codec)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 30, -1])
def test_a_cut_file_is_a_sentence(small_codec: codec_network.Codec, photo: Image.Image, length: int) -> None:
    content = codec_file.compress(photo, small_codec, 3).content
    with pytest.raises(DemoError, match=r"damaged|not made here"):
        codec_file.decompress(content[:length], small_codec)


def test_another_networks_file_is_a_sentence(small_codec: codec_network.Codec, photo: Image.Image) -> None:
    torch.manual_seed(1)
    other = codec_network.Codec((8, 12, 16), 16, 1)
    content = codec_file.compress(photo, small_codec, 3).content
    with pytest.raises(DemoError, match="another network"):
        codec_file.decompress(content, other)


@pytest.mark.parametrize("quality", [-1, 6])
def test_a_quality_that_is_none_is_a_sentence(
    small_codec: codec_network.Codec, photo: Image.Image, quality: int
) -> None:
    with pytest.raises(DemoError, match=f"no quality {quality}"):
        codec_file.compress(photo, small_codec, quality)


def test_large_photos_are_shrunk() -> None:
    assert codec_file.limit_pixels(Image.new("RGB", (4000, 3000))).size == (2309, 1732)
    assert codec_file.limit_pixels(Image.new("RGB", (2000, 2000))).size == (2000, 2000)


def test_the_scale_of_a_laplace_law_sets_the_bits() -> None:
    values = torch.arange(-200, 201).float()
    for scale in (0.3, 2.0, 20.0):
        mass = 2 ** -codec_network.bits(values, torch.full_like(values, scale)).double()
        assert mass.sum().item() == pytest.approx(1, abs=2e-3)


def test_a_better_quality_has_finer_steps(small_codec: codec_network.Codec) -> None:
    """Before any training by the root of what an error costs, and back again: unrounded, all decode alike."""
    photo, qualities = torch.rand(1, 3, 32, 48).expand(6, -1, -1, -1), torch.arange(6)
    with torch.no_grad():
        codes = small_codec.encode(photo, qualities)
        pictures = small_codec.decode(codes, qualities)
    for rate, cost in enumerate(codec_network.LAMBDAS):
        finer = (cost / codec_network.LAMBDAS[0]) ** 0.5
        torch.testing.assert_close(codes[rate], finer * codes[0], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(pictures[rate], pictures[0], rtol=1e-3, atol=1e-4)


def test_expectations_look_only_at_what_is_decoded_before() -> None:
    """Changing a value changes no scale of the values that come before it, nor its own."""
    torch.manual_seed(0)
    expectation = codec_network.ContextModel(16, 2)
    code, quality = torch.randn(1, 16, 5, 6), torch.tensor([1])
    with torch.no_grad():
        before = expectation(code, quality)
        board = codec_network.chessboard(5, 6)
        for channel, y, x in ((0, 2, 2), (9, 2, 3), (15, 0, 0)):
            changed = code.clone()
            changed[0, channel, y, x] += 5
            moved = (expectation(changed, quality) != before)[0]
            group = channel // codec_network.GROUP
            assert not moved[: group * codec_network.GROUP].any()
            own = moved[group * codec_network.GROUP : (group + 1) * codec_network.GROUP]
            assert not own[:, ~board].any()  # the white fields of its group come first
            assert not own.any() or not board[y, x]


# ---- other formats ----


@pytest.mark.parametrize("name", formats.OPTIONS)
def test_others_fill_the_size_and_do_not_pass_it(photo: Image.Image, name: str) -> None:
    found = formats.at_file_size(photo, name, 3000)
    assert found.fits
    assert 2000 < len(found.content) <= 3000
    assert found.psnr == pytest.approx(quality.psnr(photo, load_image(found.content)))


def test_the_search_finds_the_best_that_fits(photo: Image.Image) -> None:
    fitting = [quality for quality in range(101) if len(formats.encoded(photo, "JPEG", quality)) <= 3000]
    assert formats.at_file_size(photo, "JPEG", 3000).content == formats.encoded(photo, "JPEG", fitting[-1])


def test_the_search_asks_for_few_files(photo: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """AVIF takes a third of a second for each."""
    asked: list[int] = []
    monkeypatch.setattr(formats, "encoded", lambda _, __, quality: asked.append(quality) or bytes(900 + 9 * quality**2))
    monkeypatch.setattr(formats, "_saved", lambda _, __, content, size: content)
    for size in (900, 5000, 20_000, 60_000):
        asked.clear()
        quality = round(((len(formats.at_file_size(photo, "JPEG", size)) - 900) / 9) ** 0.5)  # type: ignore[arg-type]
        assert 900 + 9 * quality**2 <= size < 900 + 9 * (quality + 1) ** 2
        assert len(asked) <= 9


def test_avif_is_there_or_named_as_missing(
    small_codec: codec_network.Codec, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (formats.AVIF in formats.OPTIONS) == features.check("avif")
    made = codec_file.compress(photo, small_codec, 0)
    assert ("quick setting" in formats.verdict(made, [])) == features.check("avif")
    monkeypatch.setattr(formats, "OPTIONS", {"JPEG": {}})
    assert "AVIF is not compared" in formats.verdict(made, [])
    assert {point.name for point in formats.curves(photo, small_codec)} == {formats.OURS, "JPEG"}


def test_a_size_that_jpeg_cannot_reach_is_said(small_codec: codec_network.Codec, photo: Image.Image) -> None:
    found = formats.at_file_size(photo, "JPEG", 50)
    assert not found.fits
    made = codec_file.compress(photo, small_codec, 0)
    assert f"{len(found.content):,} bytes" in formats.verdict(made, [found])


def test_the_verdict_says_who_loses(small_codec: codec_network.Codec, photo: Image.Image) -> None:
    made = codec_file.compress(photo, small_codec, 0)
    words = formats.verdict(made, [formats.at_file_size(photo, "WebP", 20_000)])
    assert "worse than WebP" in words


def test_curves_rise_and_have_every_format(small_codec: codec_network.Codec, photo: Image.Image) -> None:
    points = list(formats.curves(photo, small_codec))
    assert {point.name for point in points} == {formats.OURS, *formats.OPTIONS}
    for name in formats.OPTIONS:
        of_one = [point for point in points if point.name == name]
        assert [p.psnr for p in of_one] == sorted(p.psnr for p in of_one)


# ---- lessons ----


def test_fewer_bits_leave_fewer_values() -> None:
    code = np.random.default_rng(0).integers(-40, 41, (4, 9, 9))
    for bits in (1, 3):
        found = experiments.requantise(code, bits)
        assert all(len(np.unique(channel.round(6))) <= 2**bits for channel in found)
        steps = np.ptp(code, (1, 2)) / (2**bits - 1)  # each value goes to the nearest that is left
        assert (np.abs(found - code).max((1, 2)) <= steps / 2 + 1e-9).all()
    assert np.array_equal(experiments.requantise(code, 8), code)


def test_flips_spare_the_header_and_flip_as_many_as_said() -> None:
    content = bytes(100)
    changed = experiments.flip(content, 20, 30, seed=1)
    assert changed[:30] == content[:30]
    assert sum(byte.bit_count() for byte in changed) == 20


@pytest.mark.parametrize("count", [1, 50])
def test_flipped_files_are_opened_or_said_to_be_lost(
    small_codec: codec_network.Codec, photo: Image.Image, count: int
) -> None:
    made = codec_file.compress(photo, small_codec, 4)
    for seed in range(4):
        ours, jpeg = experiments.flipped(photo, made, small_codec, count, seed)
        assert ours.picture is not None
        assert ours.picture.size == photo.size
        assert jpeg.picture is None or jpeg.picture.size == photo.size


def test_the_code_as_a_picture_shows_every_channel() -> None:
    code = np.zeros((16, 4, 6), np.int32)
    code[3] = 5
    picture = experiments.as_picture(code)
    assert picture.mode == "L"
    assert experiments.zero_channels(code) == 15
    assert {128, 255} <= set(np.unique(np.asarray(picture)))
    assert picture.getpixel((2, 2)) == 255  # the busiest comes first
    assert picture.getpixel((picture.width // 2 + 20, 2)) == 128


def test_pictures_are_files_that_pillow_opens(photo: Image.Image) -> None:
    for name in formats.OPTIONS:
        with Image.open(io.BytesIO(formats.encoded(photo, name, 50))) as file:
            assert file.size == photo.size


def test_a_printed_codec_says_what_it_is(small_codec: codec_network.Codec) -> None:
    count = sum(parameter.numel() for parameter in small_codec.parameters())
    line = f"channels={small_codec.channels}, blocks={small_codec.blocks}, qualities={small_codec.qualities}, stride=16"
    assert f"widths={small_codec.widths}, {line}, {count:,} parameters" in repr(small_codec)
