"""Three looks at the code: fewer bits for each value, flipped bits in the file, the code itself as a picture."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFile

from demos.autoencoder import quality
from demos.autoencoder.compress import file as codec_file
from demos.autoencoder.compress import formats
from demos.autoencoder.compress import network as codec_network
from demos.core.images import sheets

GRID_GAP = 1  # px between two channels of the code's picture


# ---- bits per value -------------------------------------------------------------------------------------------------


def requantise(code: np.ndarray, bits: int) -> np.ndarray:
    """The code with 2^bits different values per channel at most, evenly between its smallest and its largest.

    With one bit each channel keeps two values; nothing changes where a channel has no more than that many anyway.
    """
    flat = code.reshape(len(code), -1).astype(np.float64)
    low, high = flat.min(1, keepdims=True), flat.max(1, keepdims=True)
    step = np.maximum((high - low) / (2**bits - 1), 1e-9)
    fewer = low + np.round((flat - low) / step) * step
    return np.where(high - low <= 2**bits - 1, flat, fewer).reshape(code.shape)


def with_bits(compressed: codec_file.Compressed, network: codec_network.Codec, bits: int) -> Image.Image:
    """The picture when each value of the code may have `bits` bits."""
    return codec_file.decode(requantise(compressed.code, bits), network, compressed.quality, compressed.picture.size)


# ---- flipped bits ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BitFlip:
    """A file with flipped bits, opened all the same; no picture where nothing opens it."""

    name: str
    picture: Image.Image | None
    psnr: float | None


def flip(content: bytes, count: int, start: int, seed: int) -> bytes:
    """`count` different bits flipped, none before the byte `start`."""
    bits = 8 * (len(content) - start)
    chosen = np.random.default_rng(seed).choice(bits, min(count, bits), replace=False)
    changed = bytearray(content)
    for bit in chosen:
        changed[start + bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


def flipped(
    photo: Image.Image, compressed: codec_file.Compressed, network: codec_network.Codec, count: int, seed: int = 0
) -> list[BitFlip]:
    """As many bits flipped in our file and in a JPEG of its size, headers spared in both."""
    ours = flip(compressed.content, count, codec_file.HEADER.size, seed)
    jpeg = formats.at_file_size(photo, "JPEG", len(compressed.content)).content
    broken = flip(jpeg, count, _after_header(jpeg), seed)
    return [
        _opened(formats.OURS, photo, codec_file.decompress(ours, network, despite_damage=True)),
        _opened("JPEG", photo, _jpeg_despite_damage(broken, photo.size)),
    ]


def _opened(name: str, photo: Image.Image, picture: Image.Image | None) -> BitFlip:
    return BitFlip(name, picture, None if picture is None else quality.psnr(photo, picture))


def _after_header(jpeg: bytes) -> int:
    """The first byte of the first scan's data."""
    scan = jpeg.index(b"\xff\xda")
    return scan + 2 + int.from_bytes(jpeg[scan + 2 : scan + 4], "big")


def _jpeg_despite_damage(content: bytes, size: tuple[int, int]) -> Image.Image | None:
    picture: Image.Image | None
    parser = ImageFile.Parser()  # gives what it has, where opening the whole would refuse
    try:
        parser.feed(content)
        picture = parser.close()
    except (OSError, ValueError, SyntaxError):
        picture = parser.image
    if picture is None or picture.size != size:
        return None
    try:
        return picture.convert("RGB")
    except (OSError, ValueError):
        return None


# ---- the code as a picture ------------------------------------------------------------------------------------------


def as_picture(code: np.ndarray) -> Image.Image:
    """The code (C, H, W) with every channel as a small grey picture, the busiest first; middle grey is 0."""
    busiest = np.argsort(-np.abs(code).reshape(len(code), -1).sum(1))
    peaks = np.maximum(1, np.abs(code).max((1, 2), keepdims=True))
    pixels = (128 + 127 * code / peaks).clip(0, 255).astype(np.uint8)
    columns = int(np.ceil(np.sqrt(len(code) * code.shape[1] / code.shape[2])))
    return sheets.enlarge(sheets.contact_sheet(pixels[busiest], columns, 1, gap=GRID_GAP), 640)


def zero_channels(code: np.ndarray) -> int:
    """How many channels hold nothing but 0."""
    return int((np.abs(code).reshape(len(code), -1).max(1) == 0).sum())
