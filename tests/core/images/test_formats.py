"""Good pictures that a plain Pillow refuses or misreads: each is seen as the same picture in a simple format."""

import builtins
import contextlib
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from demos.core.errors import DemoError
from demos.core.images import formats, load, tensors
from demos.core.images.load import load_image
from tests.core.images.test_load import TURN, encode, icc_profile, picture, pixels, smooth

HERE = Path(__file__).parent
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

# ---- HEIC -----------------------------------------------------------------------------------------------------------

needs_heic = pytest.mark.skipif(not formats.reads_heic(), reason="needs the package pi-heif")


@needs_heic
def test_a_phones_heic_photo_is_read() -> None:
    """smooth.heic is `smooth(96, 64)`, written by pillow-heif at quality 90."""
    found = load_image(HERE / "smooth.heic")
    assert np.abs(pixels(found) - pixels(smooth(96, 64))).mean() < 4


@needs_heic
def test_transparent_heic_shows_white_paper() -> None:
    found = pixels(load_image(HERE / "alpha.heic"))  # the left half is transparent
    assert found[:, :40].min() > 250
    assert np.abs(found - pixels(smooth(96, 64)))[:, 56:].mean() < 4


@needs_heic
def test_a_damaged_heic_is_damaged() -> None:
    content = (HERE / "smooth.heic").read_bytes()
    for cut in (40, 300, 1000):
        with pytest.raises(DemoError, match="is damaged or cut off"):
            load_image(content[:cut])


def test_without_the_package_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "pi_heif":
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    with pytest.raises(DemoError, match=r"smooth.heic is a HEIC photo .* package pi-heif is missing\. Save it as JPEG"):
        load_image(HERE / "smooth.heic")


# ---- metadata is not the picture ------------------------------------------------------------------------------------


def xmp(orientation: int) -> str:
    return f'<x:xmpmeta><rdf:Description tiff:Orientation="{orientation}"/></x:xmpmeta>'


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_png_with_much_xmp_is_read_and_turned_by_it(packed: bool, orientation: int) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp(orientation) + "layer history " * 120_000, zip=packed)
    found = load_image(encode(picture(), "PNG", pnginfo=info))
    assert np.array_equal(pixels(found), TURN[orientation](pixels(picture())))


def test_a_png_with_a_large_profile_is_read_and_the_profile_applied() -> None:
    profile = icc_profile("RGB ", 1.0)
    large = struct.pack(">I", len(profile) + 1_500_000) + profile[4:] + bytes(1_500_000)
    assert load_image(encode(smooth(), "PNG", icc_profile=large)).tobytes() == (
        load_image(encode(smooth(), "PNG", icc_profile=profile)).tobytes()
    )


def test_what_unpacks_to_too_much_is_left_out() -> None:
    bomb = zlib.compress(bytes(formats.MOST_METADATA + 1))
    assert formats._unpacked(bomb) == b""
    assert load_image(with_chunk(b"iCCP", b"name\0\0" + bomb)).tobytes() == picture().tobytes()


def with_chunk(name: bytes, body: bytes) -> bytes:
    """`picture()` as PNG with one more chunk after its header."""
    content = encode(picture(), "PNG")
    chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return content[:33] + chunk + content[33:]


@given(
    st.sampled_from([b"iCCP", b"iTXt", b"zTXt", b"tEXt", b"eXIf", b"pHYs", b"gAMA", b"abCd"]), st.binary(max_size=60)
)
def test_no_chunk_around_the_pixels_hides_them(name: bytes, body: bytes) -> None:
    keyword = {b"iTXt": b"XML:com.adobe.xmp\0", b"zTXt": b"Raw profile type exif\0"}.get(name, b"")
    found = load_image(with_chunk(name, keyword + body))
    assert sorted(found.size) == sorted(picture().size)


@given(st.integers(0xE0, 0xEF) | st.just(0xFE), st.sampled_from(
    [b"", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0\1\1", b"MPF\0", b"Photoshop 3.0\0", b"JFIF\0"]
), st.binary(max_size=60))  # fmt: skip
def test_no_segment_around_the_pixels_hides_them(marker: int, head: bytes, body: bytes) -> None:
    content = encode(smooth(), "JPEG")
    segment = bytes([0xFF, marker]) + struct.pack(">H", len(head + body) + 2) + head + body
    assert sorted(load_image(content[:2] + segment + content[2:]).size) == sorted(smooth().size)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_xmp_alone_turns_a_photo(kind: str) -> None:
    found = load_image(encode(smooth(), kind, xmp=xmp(6).encode(), quality=100))
    assert np.abs(pixels(found) - TURN[6](pixels(smooth()))).mean() < 4


# ---- large JPEGs, and their end -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "seen"), [((8064, 6048), (4032, 3024)), ((16382, 3628), (8191, 1814))])
def test_a_phones_48_megapixels_and_its_panorama_are_read_at_half_their_size(size: tuple, seen: tuple) -> None:
    found = load_image(encode(Image.new("RGB", size, (90, 140, 60)), "JPEG", quality=20))
    assert found.size == seen
    assert np.abs(np.array(found.getpixel((9, 9))) - (90, 140, 60)).max() < 9


def test_a_reduced_jpeg_is_the_photo_and_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    exif = Image.Exif()
    exif[274] = 6
    content = encode(smooth(96, 64), "JPEG", quality=100, exif=exif)
    monkeypatch.setattr(load, "MAX_PIXELS", 96 * 64 - 1)
    found = load_image(content)
    assert found.size == (32, 48)
    assert np.abs(pixels(found) - TURN[6](pixels(smooth(48, 32)))).mean() < 6


def test_the_limit_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MAX_PIXELS", 500)
    monkeypatch.setattr(load, "MAX_JPEG_PIXELS", 1000)
    with pytest.raises(DemoError, match="is too large"):
        load_image(encode(smooth(), "JPEG"))  # 1,536
    with pytest.raises(DemoError, match="is too large"):
        load_image(encode(smooth(24, 24), "PNG"))


@pytest.mark.parametrize("behind", [b"\0\0\0\x18ftypmp42" + bytes(5000), b"\0", b"\xff\xd8\xff"])
def test_a_film_behind_a_jpeg_is_nobodys_business(behind: bytes) -> None:
    content = encode(smooth(), "JPEG")
    assert load_image(content + behind).tobytes() == load_image(content).tobytes()


@pytest.mark.parametrize("cut", [1, 2])
def test_a_jpeg_without_the_mark_of_its_end_is_whole(cut: int) -> None:
    content = encode(picture(80, 60), "JPEG")
    assert load_image(content[:-cut]).tobytes() == load_image(content).tobytes()


@given(st.floats(0.2, 0.99), st.booleans())
def test_a_jpeg_that_lacks_a_part_is_damaged(part: float, progressive: bool) -> None:
    content = encode(picture(80, 60), "JPEG", progressive=progressive)
    with pytest.raises(DemoError, match="is damaged or cut off"):
        load_image(content[: int(part * len(content))])


# ---- TIFF -----------------------------------------------------------------------------------------------------------


def tiff(values: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


GREY = np.random.default_rng(0).integers(0, 65536, (16, 24), dtype=np.uint16)
GREY[0, 0] = 65535
EIGHT = np.asarray(picture())
WIDE = EIGHT.astype(np.uint16) * 257
TIFFS: dict[str, tuple[bytes, np.ndarray]] = {
    "16 bits": (tiff(GREY), GREY / 257),
    "16 bits, white is zero": (tiff(65535 - GREY, photometric="miniswhite"), GREY / 257),
    "8 bits, white is zero": (tiff(255 - EIGHT[..., 0], photometric="miniswhite"), EIGHT[..., 0]),
    "16 bits, white is zero, deflated": (tiff(65535 - GREY, photometric="miniswhite", compression="zlib"), GREY / 257),
    "float colour": (tiff((EIGHT / 255).astype(np.float32), photometric="rgb"), EIGHT),
    "double grey": (tiff(GREY / 65535), GREY / 257),
    "half float grey": (tiff((EIGHT[..., 0] / 255).astype(np.float16)), EIGHT[..., 0]),
    "16-bit colour": (tiff(WIDE, photometric="rgb"), EIGHT),
    "16-bit colour, deflated": (tiff(WIDE, photometric="rgb", compression="zlib"), EIGHT),
    "16-bit colour in planes": (tiff(np.moveaxis(WIDE, -1, 0), photometric="rgb", planarconfig="separate"), EIGHT),
    "32 bits unsigned": (tiff(GREY.astype(np.uint32) * 65537), GREY / 257),
    "16 bits signed": (tiff((GREY // 2).astype(np.int16)), GREY / 257),
    "12 bits kept in 16": (tiff(GREY // 16), GREY / 257),
    "BigTIFF": (tiff(GREY, bigtiff=True), GREY / 257),
    "big-endian float": (tiff((EIGHT / 255).astype(np.float32), photometric="rgb", byteorder=">"), EIGHT),
}


@pytest.mark.parametrize("kind", TIFFS)
def test_every_kind_of_tiff_is_the_same_picture(kind: str) -> None:
    content, values = TIFFS[kind]
    found = pixels(load_image(content))
    assert np.abs(found - (values if values.ndim == 3 else values[..., None])).max() <= 1.01


def test_an_odd_tiff_is_turned_too() -> None:
    content = tiff((EIGHT / 255).astype(np.float32), photometric="rgb", extratags=[(274, 3, 1, 6, True)])
    assert np.abs(pixels(load_image(content)) - TURN[6](EIGHT.astype(int))).max() <= 1


def test_a_tiff_that_cannot_be_read_is_not_told_to_be_one() -> None:
    five = tiff(np.zeros((16, 24, 5), np.float32), photometric="rgb", planarconfig="contig")
    with pytest.raises(DemoError, match=r"kind of TIFF that cannot be read\. Save it as PNG or JPEG\."):
        load_image(five)


def test_a_tiff_that_unpacks_to_more_than_its_picture_is_refused() -> None:
    content = bytearray(tiff((EIGHT / 255).astype(np.float32), photometric="rgb", compression="zlib"))
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages.first
        places = page.tags["StripOffsets"].valueoffset, page.tags["StripByteCounts"].valueoffset
        kinds = page.tags["StripOffsets"].dtype, page.tags["StripByteCounts"].dtype
    bomb = zlib.compress(bytes(1_000_000))
    for place, kind, value in zip(places, kinds, (len(content), len(bomb)), strict=True):
        struct.pack_into("<H" if int(kind) == 3 else "<I", content, place, value)
    with pytest.raises(DemoError, match="kind of TIFF that cannot be read"):
        load_image(bytes(content) + bomb)


@given(st.data())
def test_a_damaged_tiff_is_a_sentence(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([made for made, _ in TIFFS.values()])))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    with contextlib.suppress(DemoError):
        assert load_image(bytes(content[: cut or None])).mode == "RGB"


# ---- the size that a network sees -----------------------------------------------------------------------------------


def test_a_resized_picture_keeps_its_proportions_or_is_refused() -> None:
    """1200 x 300 px at 64 px are 64 x 16, not 64 x 32; 20 to 1 would be 3 px thin."""
    wide, strip = Image.new("RGB", (1200, 300)), Image.new("RGB", (1200, 60))
    tensors.check_proportions(wide, 64)
    assert tensors.resized(wide, 64).size == (64, 16)
    with pytest.raises(DemoError, match=r"1200 x 60 px would be only 3 px thin .* size of 320 px or more, or crop"):
        tensors.check_proportions(strip, 64)
    tensors.check_proportions(strip, 320)
    assert tensors.resized(strip, 320).size == (320, 16)
