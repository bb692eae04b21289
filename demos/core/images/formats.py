"""What Pillow alone does not read, or takes for damage: HEIC, scientific TIFF, much metadata, a JPEG's missing end."""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # ISO/IEC 23008-12, annex B
TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two are BigTIFF
JPEG_HEAD = b"\xff\xd8\xff"
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
MOST_METADATA = 16_000_000  # bytes that a profile or XMP may have when it is unpacked; larger ones are left out


# ---- HEIC -----------------------------------------------------------------------------------------------------------


def is_heic(content: bytes) -> bool:
    """A phone's photo, by the brand in its first box."""
    return content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS


def reads_heic() -> bool:
    """Whether HEIC can be read; teaches Pillow to at the first call. Without the package pi-heif it cannot."""
    if "HEIF" not in Image.OPEN:
        try:
            import pi_heif
        except ImportError:  # not there, or built for another machine
            return False
        pi_heif.register_heif_opener()
    return True


# ---- PNG: what is around the pixels --------------------------------------------------------------------------------

PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


def png_without_metadata(content: bytes) -> tuple[bytes, dict[str | tuple[int, int], Any]]:
    """A PNG's pixels alone, and what of its metadata matters for them, as `Image.info` has it.

    Pillow refuses the whole picture for a profile or a text that unpacks to more than 1 MB, which photo editors write,
    or for a damaged one. Of an animation the first picture is left.
    """
    kept, end = [PNG_HEAD], len(PNG_HEAD)
    found: dict[str | tuple[int, int], Any] = {}
    for name, start, end in _png_chunks(content):
        chunk = content[start:end]
        if name in PIXELS:
            kept.append(chunk)
            continue
        body = chunk[8:-4]
        if name == b"eXIf":
            found["exif"] = b"Exif\0\0" + body
        elif name in (b"tEXt", b"zTXt") and body.startswith(b"Raw profile type exif\0"):  # ImageMagick's way
            text = body.partition(b"\0")[2]
            found["Raw profile type exif"] = (_unpacked(text[1:]) if name == b"zTXt" else text).decode("latin-1")
        elif name == b"iCCP":
            found["icc_profile"] = _unpacked(body.partition(b"\0")[2][1:])
        elif name == b"iTXt" and body.startswith(b"XML:com.adobe.xmp\0"):
            packed, text = body[18:19] == b"\1", body[20:].split(b"\0", 2)[-1]  # after flag, method, language, keyword
            found["xmp"] = _unpacked(text) if packed else text
    return b"".join(kept) + content[end:], {key: value for key, value in found.items() if value}


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(name, start, end) of every chunk that is there in full."""
    start = len(PNG_HEAD)
    while start + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, start)
        end = start + 12 + length
        if end > len(content):
            return
        yield name, start, end
        start = end


def _unpacked(packed: bytes) -> bytes:
    """Without zlib's compression; nothing where it is damaged or too large."""
    try:
        unpacked = zlib.decompressobj().decompress(packed, MOST_METADATA + 1)
    except zlib.error:
        return b""
    return unpacked if len(unpacked) <= MOST_METADATA else b""


def xmp_orientation(image: Image.Image) -> int:
    """How the camera was held, as XMP tells it: 1 to 8, 1 being upright and what is taken where it tells nothing."""
    xmp = image.info.get("xmp", b"")
    told = re.search(rb"tiff:Orientation\s*(?:=\s*[\"']|>)\s*([1-8])\b", xmp) if isinstance(xmp, bytes) else None
    return int(told[1]) if told else 1


# ---- JPEG: what is before its pixels, and its end -------------------------------------------------------------------


def jpeg_without_metadata(content: bytes) -> bytes:
    """A JPEG's pixels and what they need; for one that Pillow refuses for a damaged note of the camera or the like.

    Of the segments for programs, Adobe's alone (APP14) says how the colours are meant.
    """
    kept, start = [content[:2]], 2
    while content[start : start + 1] == b"\xff" and start + 4 <= len(content) and content[start + 1] != 0xDA:
        marker, end = content[start + 1], start + 2 + int.from_bytes(content[start + 2 : start + 4], "big")
        if not 0xE0 <= marker <= 0xEF or marker == 0xEE:
            kept.append(content[start:end])
        start = end
    return b"".join(kept) + content[start:]


def without_end(content: bytes, opened: Image.Image) -> Image.Image | None:
    """A JPEG of which no more than the mark of its end is missing, decoded; None where some of the picture is.

    Between the last pixels and the mark there may be any bytes. They change the picture only where pixels are missing,
    which are then made up from them: with two kinds of bytes, two pictures.
    """
    if opened.format not in ("JPEG", "MPO") or "progressive" in opened.info:  # whose last scans only refine
        return None
    pictures = []
    for filler in (b"\x55", b"\xaa"):
        file = io.BytesIO(content.removesuffix(b"\xff") + filler * 64 + b"\xff\xd9")
        picture = Image.open(file, formats=("JPEG",))
        picture.draft(picture.mode, opened.size)
        try:
            picture.load()
        except OSError:
            return None
        pictures.append(picture)
    return pictures[0] if pictures[0].tobytes() == pictures[1].tobytes() else None


# ---- TIFF of cameras, microscopes and rendering programs ------------------------------------------------------------


def is_tiff(content: bytes) -> bool:
    """By its first bytes."""
    return content[:4] in TIFF_HEADS


def is_odd(image: Image.Image) -> bool:
    """Whether a TIFF that Pillow has opened has more than 8 bits per colour, some kinds of which it misreads."""
    return max(np.ravel(getattr(image, "tag_v2", {}).get(258, 1))) > 8


def is_misread(image: Image.Image) -> bool:
    """Whether it is one of those: its colours lie one after the other, in planes."""
    return is_odd(image) and getattr(image, "tag_v2", {}).get(284) == 2


def tiff_size(content: bytes) -> tuple[int, int] | None:
    """(width, height) of a TIFF that `tiff_pixels` may read; None where that package does not know it either."""
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(content)) as file:
            page = file.pages.first
            return int(page.imagewidth), int(page.imagelength)
    except Exception:  # a damaged file makes it raise what it likes
        return None


def tiff_pixels(content: bytes) -> Image.Image | None:
    """A TIFF's first picture as 8-bit L, LA, RGB or RGBA; None where its compression or its kind is not known.

    For what Pillow does not open: floating point and 16 or 32 bits per colour, half floats, planes. Values are scaled
    so that the kind's white is white: see `white_of`.
    """
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(content)) as file:
            page = file.pages.first
            if page.photometric not in (0, 1, 2) or page.samplesperpixel > 4 or not _honest(page, content):
                return None
            values = page.asarray()
            if values.ndim == 3 and page.planarconfig == 2:
                values = np.moveaxis(values, 0, -1)
            inverted = page.photometric == 0
            orientation, profile = page.tags.valueof(274, 1), page.tags.valueof(34675)
    except Exception:
        return None
    if values.ndim not in (2, 3) or values.dtype.kind not in "uif":
        return None
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    eight = to_8_bit(values, white_of(values, tiff=True), inverted)
    image = Image.fromarray(np.ascontiguousarray(eight))  # (H, W), or (H, W, 2 to 4): L, LA, RGB, RGBA
    image.getexif()[274] = orientation
    if profile:
        image.info["icc_profile"] = profile
    return image


def _honest(page: object, content: bytes) -> bool:
    """Whether every strip unpacks to no more than the picture needs: a small file must not fill the memory."""
    if page.compression == 1:  # type: ignore[attr-defined]
        return True
    if page.compression not in (8, 32946):  # type: ignore[attr-defined]  # deflate; others need a package we do not have
        return False
    most = page.nbytes + 1024  # type: ignore[attr-defined]
    for start, count in zip(page.dataoffsets, page.databytecounts, strict=True):  # type: ignore[attr-defined]
        if len(zlib.decompressobj().decompress(content[start : start + count], most + 1)) > most:
            return False
    return True


# ---- more than 8 bits -----------------------------------------------------------------------------------------------


def white_of(values: np.ndarray, *, tiff: bool = False, mode: str = "") -> float:
    """The value that stands for white, of pixels of any kind of number.

    Unsigned 16 bits say 65,535, save for TIFFs of cameras and microscopes that keep 12 bits in them: those say 4,095
    where the brightest pixel uses the twelfth bit or the eleventh, and none a higher one (as 16 bits, nothing would
    be brighter than a sixteenth of white). Floating point, 32 bits and signed numbers do not say: the smallest of 1
    (floating point only), 255, 32,767 (signed 16 bits only) and 65,535 that no pixel exceeds is taken, else the
    brightest pixel.
    """
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    top = float(finite.max(initial=0))
    kind = values.dtype.kind + str(values.dtype.itemsize)
    if kind == "u2":
        return 4095 if tiff and 1023 < top <= 4095 else 65535
    whites: tuple[float, ...] = (255, 65535)
    if kind == "u1":
        whites = (255,)
    elif kind == "i2":
        whites = (255, 32767)
    elif kind[0] == "f":
        whites = (1, 255, 65535)
    return next((white for white in whites if top <= white), top)


def to_8_bit(values: np.ndarray, white: float, inverted: bool = False) -> np.ndarray:
    """uint8 of the same shape, 0 to `white` scaled to 0 to 255; what is no number is black, infinity is white."""
    with np.errstate(all="ignore"):  # not a number is an answer here
        scaled = values.astype(np.float32) / np.float32(white)
        if inverted:
            scaled = 1 - scaled
        scaled = np.nan_to_num(scaled * 255 + 0.5, nan=0, posinf=255, neginf=0)
    return scaled.clip(0, 255).astype(np.uint8)
