"""The one door for pictures: every kind of good picture against an oracle, every bad one against its sentence."""

import io
import math
import os
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageOps
from torchvision.transforms import v2

from demos.core.errors import DemoError
from demos.core.images import load, tensors
from demos.core.images.load import MAX_ASPECT, MAX_PIXELS, Source, digest, fit, load_image, square_crop

MODES = (
    *("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"),
    *("I", "F", "I;16", "I;16L", "I;16B", "I;16N"),
)
WHITE = (255, 255, 255)

# Pillow warns of what is wrong with a file before it gives up, or does not.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pixels(image: Image.Image) -> np.ndarray:
    """(H, W, 3) as int, so that differences do not wrap around."""
    assert image.mode == "RGB"
    return np.asarray(image).astype(int)


def picture(width: int = 24, height: int = 16, seed: int = 0) -> Image.Image:
    """Noise: every pixel counts."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def smooth(width: int = 48, height: int = 32) -> Image.Image:
    """Gradients, which JPEG keeps nearly unchanged."""
    x, y = np.linspace(0, 1, width), np.linspace(0, 1, height)[:, None]
    channels = [x + 0 * y, y + 0 * x, (x + y) / 2]
    return Image.fromarray((np.stack(channels, -1) * 255).astype(np.uint8))


@st.composite
def sizes(draw: st.DrawFn, most: int = 40) -> tuple[int, int]:
    """Sizes that the door lets in."""
    width, height = draw(st.integers(2, most)), draw(st.integers(2, most))
    assume(max(width, height) <= MAX_ASPECT * min(width, height))
    return width, height


@st.composite
def rgb_pictures(draw: st.DrawFn, most: int = 40) -> Image.Image:
    width, height = draw(sizes(most))
    return Image.fromarray(draw(arrays.arrays(np.uint8, (height, width, 3))))


# ---- what comes in --------------------------------------------------------------------------------------------------


@given(st.sampled_from(MODES), sizes(), st.randoms(use_true_random=False))
def test_every_mode_leaves_as_rgb_of_the_same_size(mode: str, size: tuple[int, int], random: object) -> None:
    length = len(Image.new(mode, size).tobytes())
    content = random.randbytes(length)  # type: ignore[attr-defined]
    image = load_image(Image.frombytes(mode, size, content))
    assert (image.mode, image.size) == ("RGB", size)


def sources(folder: Path) -> dict[str, Source]:
    content = encode(picture(), "PNG")
    path = folder / "photo.png"
    path.write_bytes(content)
    return {
        "text path": str(path),
        "path": path,
        "bytes": content,
        "stream": io.BytesIO(content),
        "pillow": picture(),
        "lazy pillow": Image.open(path),
    }


@pytest.mark.parametrize("kind", ["text path", "path", "bytes", "stream", "pillow", "lazy pillow"])
def test_every_source_gives_the_same_picture(tmp_path: Path, kind: str) -> None:
    assert load_image(sources(tmp_path)[kind]).tobytes() == picture().tobytes()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_formats_keep_every_pixel(kind: str) -> None:
    assert load_image(encode(picture(), kind)).tobytes() == picture().tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "JPEG2000"])
def test_lossy_formats_come_close(kind: str) -> None:
    difference = np.abs(pixels(load_image(encode(smooth(), kind))) - pixels(smooth()))
    assert difference.mean() < 4


def test_grey_and_one_bit_pictures_get_three_equal_channels() -> None:
    grey = picture().convert("L")
    for image in (grey, grey.convert("1")):
        expected = np.repeat(np.asarray(image.convert("L"))[..., None], 3, -1)
        assert np.array_equal(pixels(load_image(encode(image, "PNG"))), expected)


@given(arrays.arrays(np.uint8, (5, 7, 4)))
def test_transparency_shows_white_paper(values: np.ndarray) -> None:
    colour, alpha = values[..., :3].astype(float), values[..., 3:].astype(float) / 255
    found = pixels(load_image(encode(Image.fromarray(values), "PNG")))
    assert np.abs(found - (colour * alpha + 255 * (1 - alpha))).max() <= 1


@given(arrays.arrays(np.uint8, (5, 7, 2)))
def test_transparent_grey_shows_white_paper(values: np.ndarray) -> None:
    grey, alpha = values[..., 0].astype(float), values[..., 1].astype(float) / 255
    found = pixels(load_image(encode(Image.fromarray(values, "LA"), "PNG")))
    assert np.abs(found - (grey * alpha + 255 * (1 - alpha))[..., None]).max() <= 1


@pytest.mark.parametrize("mode", ["RGBa", "La"])
def test_premultiplied_colours_are_divided_before_they_lie_on_white(mode: str) -> None:
    straight = {"RGBa": "RGBA", "La": "LA"}[mode]
    half_dark = Image.new(straight, (4, 4), (40,) * (len(straight) - 1) + (128,))
    found = pixels(load_image(half_dark.convert(mode)))
    assert np.abs(found - (40 * 128 / 255 + 255 * 127 / 255)).max() <= 2


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_transparent_colours_of_a_palette_show_white(kind: str) -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((3, 3), 1)
    found = load_image(encode(image, kind, transparency=0))
    assert found.getpixel((0, 0)) == WHITE
    assert found.getpixel((3, 3)) == (0, 0, 255)


def test_a_palette_with_partly_transparent_colours_is_mixed_with_white() -> None:
    image = Image.new("P", (2, 2), 1)
    image.putpalette([0, 0, 0, 0, 100, 200])
    found = pixels(load_image(encode(image, "PNG", transparency=bytes([255, 51]))))  # 51 of 255: a fifth
    assert np.abs(found - [204, 224, 244]).max() <= 1


def test_a_transparent_colour_of_rgb_shows_white() -> None:
    image = Image.new("RGB", (3, 3), (10, 20, 30))
    image.putpixel((1, 1), (10, 20, 31))
    found = load_image(encode(image, "PNG", transparency=(10, 20, 30)))
    assert found.getpixel((0, 0)) == WHITE
    assert found.getpixel((1, 1)) == (10, 20, 31)


@given(arrays.arrays(np.uint8, (4, 6, 4)))
def test_cmyk_becomes_rgb(values: np.ndarray) -> None:
    ink = values.astype(float) / 255
    expected = 255 * (1 - ink[..., :3]) * (1 - ink[..., 3:])
    found = pixels(load_image(encode(Image.fromarray(values, "CMYK"), "TIFF")))
    assert np.abs(found - expected).max() <= 1


def test_a_cmyk_jpeg_is_not_inverted() -> None:
    assert (
        np.abs(pixels(load_image(encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG"))) - [255, 0, 0]).max()
        < 6
    )


# ---- 16 bits and more -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@given(values=arrays.arrays(np.uint16, (5, 7)))
@example(values=np.full((5, 7), 200, np.uint16))  # all dark: stays dark, though it would fit into 8 bits
def test_16_bits_are_scaled_and_not_cut_off(kind: str, values: np.ndarray) -> None:
    image = Image.fromarray(values)
    assert image.mode == "I;16"
    found = pixels(load_image(encode(image, kind)))
    twelve = kind == "TIFF" and 1023 < values.max() <= 4095  # as cameras and microscopes keep 12 bits in 16
    assert np.abs(found - (values / (4095 if twelve else 65535) * 255)[..., None]).max() <= 0.501


def test_big_endian_16_bits_are_the_same() -> None:
    values = np.arange(0, 65536, 1024, dtype=np.uint16).reshape(8, 8)
    big = Image.frombytes("I;16B", (8, 8), values.astype(">u2").tobytes())
    assert load_image(big).tobytes() == load_image(Image.fromarray(values)).tobytes()


def test_the_transparent_grey_of_a_16_bit_picture_shows_white() -> None:
    values = np.array([[1000, 2570], [1001, 65535]], np.uint16)
    found = load_image(encode(Image.fromarray(values), "PNG", transparency=1000))
    assert pixels(found)[..., 0].tolist() == [[255, 10], [4, 255]]


@pytest.mark.parametrize(
    ("values", "white"),
    [
        ([[0, 1], [128, 255]], 255),  # fits into 8 bits: is 8 bits
        ([[0, 256], [30000, 65535]], 65535),
        ([[0, 1], [70000, 1_000_000]], 1_000_000),
    ],
)
def test_32_bit_pictures_are_scaled_to_the_smallest_white_that_fits(values: list, white: int) -> None:
    found = pixels(load_image(Image.fromarray(np.array(values, np.int32))))[..., 0]
    assert np.abs(found - np.array(values) / white * 255).max() <= 0.51


@pytest.mark.parametrize(
    ("values", "white"), [([[0, 0.5], [0.25, 1]], 1), ([[0, 2], [100, 200]], 255), ([[0, 400], [1, 9]], 65535)]
)
def test_floating_point_pictures_are_scaled_to_the_smallest_white_that_fits(values: list, white: int) -> None:
    found = pixels(load_image(encode(Image.fromarray(np.array(values, np.float32)), "TIFF")))[..., 0]
    assert np.abs(found - np.array(values) / white * 255).max() <= 0.51


def test_what_is_no_number_or_negative_is_black_and_infinity_white() -> None:
    values = np.array([[np.nan, -np.inf, -3], [np.inf, 1, 0.2]], np.float32)
    assert pixels(load_image(Image.fromarray(values)))[..., 0].tolist() == [[0, 0, 0], [255, 255, 51]]


def test_a_signalling_nan_makes_no_noise() -> None:
    values = np.full((3, 3), 0x7F800001, np.uint32).view(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not pixels(load_image(Image.fromarray(values))).any()


def test_all_black_is_black() -> None:
    for kind in (np.uint16, np.int32, np.float32):
        assert not pixels(load_image(Image.fromarray(np.zeros((3, 3), kind)))).any()


# ---- upright --------------------------------------------------------------------------------------------------------

# EXIF 2.32, tag 274: where row 0 and column 0 of the file are seen. What must be done to see it upright:
TURN: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: np.rot90,
}


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_stand_upright(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    content = encode(picture(), kind, exif=exif)
    lossless = kind in ("PNG", "TIFF")  # Pillow turns TIFF by itself, so what the file stores is not to be had from it
    stored = pixels(picture() if lossless else Image.open(io.BytesIO(content)))
    found = load_image(content)
    assert np.array_equal(pixels(found), TURN[orientation](stored))
    assert found.tobytes() == ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB").tobytes()


@given(rgb_pictures(12), st.integers(1, 8))
def test_any_photo_stands_upright(photo: Image.Image, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    found = load_image(encode(photo, "PNG", exif=exif))
    assert np.array_equal(pixels(found), TURN[orientation](pixels(photo)))


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0MM\0*\0\0\xff\xff", b"Exif\0\0" + bytes(range(256))])
def test_a_damaged_exif_block_is_no_reason_to_refuse_a_photo(exif: bytes) -> None:
    assert load_image(encode(smooth(), "JPEG", exif=exif)).size == smooth().size


def test_odd_tags_do_not_leave_a_photo_lying_on_its_side() -> None:
    """A resolution stored as bytes, which Pillow's own exif_transpose gives up on."""
    exif = Image.Exif()
    exif[274], exif[282] = 6, 72.0
    as_fraction, as_bytes = struct.pack(">2H", 282, 5), struct.pack(">2H", 282, 1)
    assert as_fraction in exif.tobytes()
    content = encode(picture(24, 16), "PNG", exif=exif.tobytes().replace(as_fraction, as_bytes))
    assert np.array_equal(pixels(load_image(content)), TURN[6](pixels(picture(24, 16))))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_ignored(orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    assert load_image(encode(picture(), "PNG", exif=exif)).tobytes() == picture().tobytes()


# ---- colours --------------------------------------------------------------------------------------------------------


def icc(device_class: str, space: str, connection: str, tags: dict[bytes, bytes], description: str = "test") -> bytes:
    """The smallest ICC profile (ICC.1:2001-04) around these tags."""
    text = description.encode() + b"\0"
    tags = tags | {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        table += name + struct.pack(">2I", start + len(body), len(tag))
        body += tag + bytes(-len(tag) % 4)
    kinds = device_class.encode(), space.encode(), connection.encode()
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"\0\0\0\0", 0x02400000, *kinds)
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header + bytes(128 - len(header)) + table + body


def xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def icc_profile(space: str, gamma: float, description: str = "test", swap_red_and_blue: bool = False) -> bytes:
    """A screen with sRGB's primaries, or grey, and one power law for the tones."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    if space != "RGB ":
        return icc("mntr", space, "XYZ ", {b"kTRC": curve}, description)
    red, blue = xyz(0.4360, 0.2225, 0.0139), xyz(0.1431, 0.0606, 0.7141)
    first, third = (blue, red) if swap_red_and_blue else (red, blue)
    tags = {b"rXYZ": first, b"gXYZ": xyz(0.3851, 0.7169, 0.0971), b"bXYZ": third}
    return icc("mntr", space, "XYZ ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve), description)


def srgb(linear: np.ndarray) -> np.ndarray:
    """0..1 light to 0..255 (IEC 61966-2-1, the formula from light to code values)."""
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


LINEAR = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, -1)


def test_a_photo_in_linear_light_is_brightened_to_srgb() -> None:
    found = pixels(load_image(encode(Image.fromarray(LINEAR), "PNG", icc_profile=icc_profile("RGB ", 1.0))))
    assert np.abs(found - srgb(LINEAR / 255)).max() <= 2


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_profile_is_applied(mode: str) -> None:
    grey = Image.fromarray(LINEAR[..., 0]).convert(mode)
    found = pixels(load_image(encode(grey, "PNG", icc_profile=icc_profile("GRAY", 1.8))))
    assert np.abs(found - srgb((LINEAR / 255) ** 1.8)).max() <= 3


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_the_profiles_primaries_are_applied_in_every_mode(mode: str) -> None:
    red = Image.new("RGB", (4, 4), (255, 0, 0)).convert(mode)
    profile = icc_profile("RGB ", 2.2, swap_red_and_blue=True)
    assert np.abs(pixels(load_image(encode(red, "PNG", icc_profile=profile))) - [0, 0, 255]).max() <= 3


def cmyk_profile() -> bytes:
    """Inks that are red (sRGB's, Lab 54, 81, 70) instead of coloured: a table of two steps per ink (ICC.1, 6.5.10)."""
    paper, red, black = (255, 128, 128), (139, 128 + 81, 128 + 70), (0, 128, 128)
    colours = [black if k else red if c + m + y else paper for c, m, y, k in np.ndindex(2, 2, 2, 2)]
    clut = bytes(np.ravel(colours).tolist())
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + ramp * 4 + clut + ramp * 3
    return icc("prtr", "CMYK", "Lab ", {b"A2B0": table})


def test_the_profile_of_a_print_is_applied() -> None:
    cyan = Image.new("CMYK", (4, 4), (255, 0, 0, 0))
    found = pixels(load_image(encode(cyan, "TIFF", icc_profile=cmyk_profile())))
    assert np.abs(found - [255, 0, 0]).max() <= 12  # 8 bits of Lab are coarse; without the profile it would be cyan
    paper = Image.new("CMYK", (4, 4), (0, 0, 0, 0))
    assert load_image(encode(paper, "TIFF", icc_profile=cmyk_profile())).getpixel((0, 0)) == WHITE


def test_a_profile_does_not_touch_transparency() -> None:
    clear = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    assert load_image(encode(clear, "PNG", icc_profile=icc_profile("RGB ", 1.0))).getpixel((0, 0)) == WHITE


def test_an_srgb_profile_changes_nothing() -> None:
    profile = icc_profile("RGB ", 1.8, description="sRGB by name")
    assert load_image(encode(picture(), "PNG", icc_profile=profile)).tobytes() == picture().tobytes()


@pytest.mark.parametrize(
    "profile",
    [b"no profile", bytes(200), icc_profile("RGB ", 1.0)[:150], icc_profile("GRAY", 1.0), icc_profile("CMYK", 1.0)],
    ids=["text", "zeros", "cut off", "for grey", "for CMYK"],
)
def test_a_profile_that_cannot_be_applied_is_ignored(profile: bytes) -> None:
    assert load_image(encode(picture(), "PNG", icc_profile=profile)).tobytes() == picture().tobytes()


def test_metadata_stays_behind_and_the_source_is_left_alone() -> None:
    exif = Image.Exif()
    exif[274] = 6
    exif.get_ifd(0x8825)[1] = "N"  # GPS latitude reference
    content = encode(picture(), "JPEG", exif=exif, icc_profile=icc_profile("RGB ", 1.0), comment=b"at home")
    source = Image.open(io.BytesIO(content))
    before = (dict(source.info), source.mode, source.size)
    found = load_image(source)
    assert found.info == {}
    assert dict(found.getexif()) == {}
    assert (dict(source.info), source.mode, source.size) == before
    assert b"at home" not in encode(found, "JPEG")


# ---- animations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animations_and_pages_give_the_first(kind: str) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encode(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert getattr(Image.open(io.BytesIO(content)), "n_frames", 1) == 3
    assert load_image(content).tobytes() == frames[0].tobytes()


def test_a_camera_s_multi_picture_file_gives_the_first() -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    found = load_image(encode(frames[0], "MPO", save_all=True, append_images=frames[1:]))
    assert np.abs(pixels(found) - [255, 0, 0]).max() < 6


# ---- what is refused ------------------------------------------------------------------------------------------------


def png_header(width: int, height: int) -> bytes:
    """A PNG that states its size and has no pixels: what is refused for its size is refused before decoding."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">2I5B", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)
PNG = encode(picture(), "PNG")
REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", r"is empty \(0 bytes\)\. Choose"),
    "text": (b"Dear all,", r"\(9 bytes\) is not a picture .* Use a JPEG"),
    "one byte": (b"\xff", r"\(1 byte\) is not a picture"),
    "pdf": (b"%PDF-1.7\n" + bytes(4000), r"\(5 kB\) is not a picture"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", r"\(41 bytes\) is not a picture"),
    "postscript": (encode(picture(), "EPS"), r"is not a picture"),
    "heic": (HEIC, r"is damaged or cut off in its 64 bytes"),
    "cut off": (PNG[:-300], r"is damaged or cut off in its (\d+ bytes|2 kB)"),
    "no pixels": (png_header(30, 20), r"is damaged or cut off in its 57 bytes"),
    "1 x 1": (encode(Image.new("L", (1, 1)), "PNG"), r"is 1 x 1 px: too small .* at least 2 x 2 px"),
    "1 x 9": (encode(Image.new("L", (1, 9)), "PNG"), r"is 1 x 9 px: too small"),
    "9 x 1": (encode(Image.new("L", (9, 1)), "PNG"), r"is 9 x 1 px: too small"),
    "just too large": (png_header(8000, 5001), r"8000 x 5001 px, 40\.1 megapixels, and 40 are allowed\. Use a smaller"),
    "too large": (png_header(9000, 9000), r"9000 x 9000 px, 81\.0 megapixels, and 40 are allowed\. Use a smaller"),
    "a bomb": (png_header(50_000, 50_000), r"2500 megapixels, and 40 are allowed\. Use a smaller"),
    "a long bomb": (png_header(1, 2**31 - 1), r"2147 megapixels, and 40 are allowed"),
    "a strip": (png_header(4001, 200), r"is 4001 x 200 px, a strip of 20\.1 to 1; up to 20 to 1 works\. Crop it"),
    "a tower": (png_header(10, 1000), r"is 10 x 1000 px, a strip of 100\.0 to 1"),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("form", ["bytes", "stream", "path"])
def test_bad_pictures_get_a_sentence_with_numbers_and_a_way_out(tmp_path: Path, kind: str, form: str) -> None:
    content, sentence = REFUSED[kind]
    path = tmp_path / "secret folder" / "holiday.png"
    path.parent.mkdir()
    path.write_bytes(content)
    forms: dict[str, Source] = {"bytes": content, "stream": io.BytesIO(content), "path": path}
    source = forms[form]
    with pytest.raises(DemoError, match=sentence) as caught:
        load_image(source)
    said = str(caught.value)
    assert said.startswith("holiday.png" if form == "path" else "This photo")
    assert "secret" not in said
    assert said.endswith((".", ")."))
    assert len(said) < 200


def test_the_largest_allowed_picture_is_only_refused_for_having_no_pixels() -> None:
    with pytest.raises(DemoError, match="damaged or cut off"):
        load_image(png_header(8000, 5000))


def test_limits_are_inclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MAX_PIXELS", 800)
    assert load_image(Image.new("L", (40, 20))).size == (40, 20)
    assert load_image(Image.new("L", (40, 2))).size == (40, 2)
    with pytest.raises(DemoError, match="40 x 21 px"):
        load_image(Image.new("L", (40, 21)))
    with pytest.raises(DemoError, match=r"41 x 2 px, a strip of 20\.5 to 1"):
        load_image(Image.new("L", (41, 2)))


@pytest.mark.parametrize("size", [(0, 0), (0, 5), (5, 0)])
def test_a_pillow_picture_without_pixels_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(DemoError, match=f"is {size[0]} x {size[1]} px: too small"):
        load_image(Image.new("RGB", size))


def test_pillows_warning_of_a_bomb_is_an_error_whatever_the_filters() -> None:
    for action in ("error", "ignore"):
        with warnings.catch_warnings():
            warnings.simplefilter(action, Image.DecompressionBombWarning)  # type: ignore[arg-type]
            with pytest.raises(DemoError, match=r"100(\.0)? megapixels, and 40 are allowed"):
                load_image(png_header(10_000, 10_000))


def test_no_photo_yet() -> None:
    with pytest.raises(DemoError, match=r"There is no photo yet\. Choose one first\."):
        load_image(None)


def test_missing_files_and_folders_are_named_without_their_folder(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    for name in ("gone.png", "folder.png"):
        with pytest.raises(DemoError) as caught:
            load_image(tmp_path / name)
        assert str(caught.value) == f"{name} is not there (any more). Choose the photo again."


def test_a_device_file_is_not_read_for_ever() -> None:
    with pytest.raises(DemoError, match="zero is not there"):
        load_image("/dev/zero")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a user whom permissions stop")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "locked.png"
    path.write_bytes(PNG)
    path.chmod(0)
    with pytest.raises(DemoError, match=r"^locked\.png cannot be read \(Permission denied\)\. Choose"):
        load_image(path)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux and its file that cannot be read")
def test_a_file_that_cannot_be_read_says_so() -> None:
    with pytest.raises(DemoError, match=r"^mem cannot be read \(Input/output error\)\. Choose"):
        load_image("/proc/self/mem")


def test_a_name_that_is_too_long_for_the_disk_is_shortened() -> None:
    with pytest.raises(DemoError, match=r"^x{40}\.\.\.x{13}\.png cannot be read \(File name too long\)"):
        load_image("x" * 5000 + ".png")


class Unreadable(io.RawIOBase):
    """A stream whose disk fails."""

    name = "/somewhere/secret/card.jpg"

    def read(self, size: int = -1) -> bytes:
        raise OSError(5, "Input/output error", "/somewhere/secret/card.jpg")


def test_a_stream_that_fails_says_why_and_not_where() -> None:
    with pytest.raises(DemoError) as caught:
        load_image(Unreadable())  # type: ignore[arg-type]
    expected = "card.jpg cannot be read (Input/output error). Choose the photo again, or another one."
    assert str(caught.value) == expected


def test_a_closed_stream_is_refused() -> None:
    stream = io.BytesIO(PNG)
    stream.close()
    with pytest.raises(DemoError, match=r"cannot be read \(it cannot be opened\)"):
        load_image(stream)


class Enormous(Image.Image):
    """A picture that the memory has no room for."""

    def load(self) -> None:
        raise MemoryError


def test_too_little_memory_is_no_damage() -> None:
    image = Enormous()
    image._size = (100, 100)
    with pytest.raises(DemoError, match=r"^This photo needs more memory than there is\. Use a smaller copy\.$"):
        load_image(image)


@pytest.mark.parametrize(
    ("given_name", "said"),
    [
        ("cats/tom.jpg", "tom.jpg"),
        ("C:\\Users\\me\\tom.jpg", "tom.jpg"),
        ("/var/secret/", "secret"),
        ("to\nm\x1b[31m.jpg", "tom[31m.jpg"),
        ("\0", "This photo"),
        ("", "This photo"),
    ],
)
def test_the_caller_may_say_what_a_photo_is_called(given_name: str, said: str) -> None:
    with pytest.raises(DemoError) as caught:
        load_image(b"nonsense", given_name)
    assert str(caught.value).startswith(f"{said} (8 bytes) is not a picture")


# ---- anything at all ------------------------------------------------------------------------------------------------

SMALL = picture(12, 9)
ENCODED = {
    "JPEG": encode(SMALL, "JPEG"),
    "progressive": encode(SMALL, "JPEG", progressive=True, exif=Image.Exif(), icc_profile=icc_profile("RGB ", 1.0)),
    "PNG": encode(SMALL, "PNG"),
    "16-bit PNG": encode(Image.fromarray(np.arange(108, dtype=np.uint16).reshape(9, 12) * 600), "PNG"),
    "GIF": encode(SMALL, "GIF"),
    "WEBP": encode(SMALL, "WEBP"),
    "BMP": encode(SMALL, "BMP"),
    "TIFF": encode(SMALL, "TIFF", compression="tiff_lzw"),
    "PPM": encode(SMALL, "PPM"),
    "JPEG2000": encode(SMALL, "JPEG2000"),
}
START = {"JPEG": b"\xff\xd8\xff", "PNG": PNG[:8], "GIF": b"GIF89a", "TIFF": b"II*\0", "BMP": b"BM", "none": b""}


def loads_or_says_why(content: bytes) -> None:
    try:
        image = load_image(content)
    except DemoError as error:
        said = str(error)
    else:
        assert image.mode == "RGB"
        assert min(image.size) >= 2
        assert image.width * image.height <= MAX_PIXELS
        return
    assert said.startswith("This photo")
    assert said.endswith((".", ")."))


@given(st.sampled_from(sorted(START)), st.binary(max_size=400))
def test_random_bytes_never_raise_anything_else(kind: str, content: bytes) -> None:
    loads_or_says_why(START[kind] + content)


@pytest.mark.parametrize("kind", ENCODED)
def test_every_truncation_loads_or_says_why(kind: str) -> None:
    whole = ENCODED[kind]
    assert load_image(whole).size == SMALL.size
    for length in range(len(whole)):
        loads_or_says_why(whole[:length])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
def test_half_a_photo_is_refused_and_not_filled_up_with_grey(kind: str) -> None:
    whole = encode(picture(64, 48), kind)
    with pytest.raises(DemoError, match=r"damaged or cut off in its \d+|is not a picture that can be read"):
        load_image(whole[: len(whole) // 2])


@given(st.sampled_from(sorted(ENCODED)), st.data())
def test_flipped_bytes_load_or_say_why(kind: str, data: st.DataObject) -> None:
    content = bytearray(ENCODED[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    loads_or_says_why(bytes(content))


# ---- sizes ----------------------------------------------------------------------------------------------------------


@given(sizes(300), st.integers(1, 400))
def test_fit_shrinks_to_the_longest_side_and_never_enlarges(size: tuple[int, int], longest: int) -> None:
    image = Image.new("RGB", size)
    found = fit(image, longest)
    if longest >= max(size):
        assert found.size == size
        return
    assert max(found.size) == longest
    scale = longest / max(size)
    for before, after in zip(size, found.size, strict=True):
        assert after >= 1
        assert abs(after - before * scale) < 1


def test_fit_averages_what_it_shrinks() -> None:
    checks = Image.fromarray(np.indices((128, 128)).sum(0).astype(np.uint8) % 2 * 255).convert("RGB")
    assert np.abs(pixels(fit(checks, 16)) - 127.5).max() < 3


@given(sizes(300), st.integers(1, 300))
def test_square_gives_exactly_that_size(size: tuple[int, int], side: int) -> None:
    assert square_crop(Image.new("RGB", size), side).size == (side, side)


@given(st.integers(8, 60), st.integers(0, 30), st.booleans())
def test_square_takes_the_middle(side: int, margin: int, upright: bool) -> None:
    """A blue square between red margins: but for two pixels of blending at the rim, no red must show."""
    middle = Image.new("RGB", (side, side), "blue")
    size = (side, side + 2 * margin) if upright else (side + 2 * margin, side)
    image = Image.new("RGB", size, "red")
    image.paste(middle, (0, margin) if upright else (margin, 0))
    found = pixels(square_crop(image, 16))
    assert (found[2:-2, 2:-2] == [0, 0, 255]).all()
    assert np.abs(found - np.flip(found, (0, 1))).max() <= 1  # and as much to the left as to the right


@pytest.mark.parametrize("size", [(448, 448), (100, 100), (896, 448), (448, 672)])
def test_square_is_what_networks_were_trained_with(size: tuple[int, int]) -> None:
    """torchvision's Resize and CenterCrop, at sizes where neither has to round."""
    noise = picture(*size)
    expected = v2.Compose([v2.Resize(224, antialias=True), v2.CenterCrop(224)])(noise)
    assert np.abs(pixels(square_crop(noise, 224)) - pixels(expected)).max() <= 1


def test_square_differs_by_a_part_of_a_pixel_at_other_sizes() -> None:
    photo = smooth(641, 427)
    expected = v2.Compose([v2.Resize(224, antialias=True), v2.CenterCrop(224)])(photo)
    assert np.abs(pixels(square_crop(photo, 224)) - pixels(expected)).max() <= 2


# ---- tensors --------------------------------------------------------------------------------------------------------


@given(rgb_pictures())
def test_a_picture_survives_the_tensor(image: Image.Image) -> None:
    tensor = tensors.to_tensor(image)
    assert tensor.shape == (1, 3, image.height, image.width)
    assert tensor.dtype == torch.float32
    assert 0 <= float(tensor.min()) <= float(tensor.max()) <= 1
    assert tensors.to_image(tensor).tobytes() == image.tobytes()
    assert tensors.to_image(tensor[0]).tobytes() == image.tobytes()


def test_a_tensor_equals_torchvisions() -> None:
    expected = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])(picture())[None]
    torch.testing.assert_close(tensors.to_tensor(picture()), expected, rtol=0, atol=1e-7)


def test_a_tensor_does_not_share_memory_with_the_picture() -> None:
    image = picture()
    tensors.to_tensor(image).zero_()
    assert image.tobytes() == picture().tobytes()


def test_grey_pictures_get_three_channels() -> None:
    assert tensors.to_tensor(Image.new("L", (5, 4), 51)).flatten().tolist() == pytest.approx([0.2] * 60)


def test_the_device_is_the_one_named() -> None:
    assert tensors.to_tensor(picture(), "meta").device.type == "meta"
    assert tensors.to_tensor(picture()).device.type == "cpu"


def test_what_leaves_is_clamped_and_rounded_in_any_precision() -> None:
    values = torch.tensor([-1.0, 0.0, 0.499 / 255, 0.501 / 255, 254.6 / 255, 1.0, 7.0, math.inf, -math.inf, math.nan])
    image = tensors.to_image(values.view(1, 1, 1, 10).expand(1, 3, 1, 10))
    assert pixels(image)[0, :, 0].tolist() == [0, 0, 0, 1, 255, 255, 255, 255, 0, 0]
    coarse = torch.full((3, 2, 2), 0.3, dtype=torch.bfloat16, requires_grad=True)  # 0.30078125: 76.7 of 255
    assert tensors.to_image(coarse).getpixel((1, 1)) == (77, 77, 77)


# ---- digest ---------------------------------------------------------------------------------------------------------


@given(rgb_pictures(6), rgb_pictures(6))
def test_digests_are_equal_when_pixels_are(a: Image.Image, b: Image.Image) -> None:
    same = a.size == b.size and a.tobytes() == b.tobytes()
    assert (digest(a) == digest(b)) is same
    assert digest(a) == digest(a.copy())


@given(rgb_pictures(6), st.data())
def test_one_changed_value_changes_the_digest(image: Image.Image, data: st.DataObject) -> None:
    values = np.array(image)
    where = tuple(data.draw(st.integers(0, length - 1)) for length in values.shape)
    values[where] ^= data.draw(st.integers(1, 255))
    assert digest(Image.fromarray(values)) != digest(image)


def test_the_same_bytes_in_another_shape_have_another_digest() -> None:
    assert digest(Image.new("RGB", (4, 6))) != digest(Image.new("RGB", (6, 4)))


def test_a_digest_is_of_what_is_seen() -> None:
    photo = encode(picture(), "PNG")
    assert digest(load_image(photo)) == digest(picture())
    grey = Image.new("L", (4, 4), 9)
    assert digest(grey) == digest(grey.convert("RGB"))
    assert len(digest(grey)) == 64
