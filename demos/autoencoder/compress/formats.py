"""JPEG, WebP and AVIF beside ours: at the same size of file, and along their whole range."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, features

from demos.autoencoder import quality
from demos.autoencoder.compress import file as codec_file
from demos.autoencoder.compress import network as codec_network
from demos.autoencoder.settings import AVIF, OURS

OPTIONS: dict[str, dict[str, object]] = {  # the smallest files that Pillow's writers make in a second
    "JPEG": {"optimize": True, "progressive": True},
    "WebP": {"method": 6},
}
if features.check("avif"):  # a Pillow that was built without it neither writes nor opens AVIF
    # Of 0..10. At 6, Pillow's default, files are an eighth smaller, and one takes 1 to 2 s instead of 0.2 to 0.5 s.
    OPTIONS[AVIF] = {"speed": 8}
FRACTIONS = ("WebP",)  # whose writers know qualities between whole numbers; two neighbours differ by up to 5 %
NEAR = 0.02  # of the size: as far apart as files may be that are called equally large
CURVE_SIDE = 768  # px of the longer side at which the curves are measured
CURVE = {  # their qualities
    "JPEG": (3, 6, 10, 18, 30, 50, 75),
    "WebP": (0, 5, 15, 30, 50, 75),
    AVIF: (3, 12, 25, 40, 55, 68),
}


@dataclass(frozen=True)
class FormatResult:
    """A photo in another format."""

    name: str
    content: bytes
    picture: Image.Image
    bits_per_pixel: float
    psnr: float
    ssim: float
    fits: bool  # whether it is as small as it was to be


@dataclass(frozen=True)
class Point:
    """One point of a rate-distortion curve."""

    name: str
    bits_per_pixel: float
    psnr: float


def encoded(photo: Image.Image, name: str, quality: float) -> bytes:
    """The photo (any size, RGB) as a file of one of `OPTIONS`; quality 0 to 100, whole except for `FRACTIONS`."""
    file = io.BytesIO()
    photo.save(file, name, quality=quality, **OPTIONS[name])
    return file.getvalue()


def at_file_size(photo: Image.Image, name: str, size: int) -> FormatResult:
    """The best quality of a format whose file has at most `size` bytes; where there is none, its smallest file."""
    low, high = 0, 100  # low always fits, or is the smallest there is; files grow with the quality
    files = {0: encoded(photo, name, 0)}
    while high - low > 1 and len(files[0]) <= size:
        middle = _between(low, high, files, size)
        files[middle] = encoded(photo, name, middle)
        low, high = (middle, high) if len(files[middle]) <= size else (low, middle)
    best, above, below = files[low], float(high), float(low)
    for _ in range(4 if name in FRACTIONS and len(best) <= size else 0):
        if len(best) >= (1 - NEAR) * size:
            break
        finer = encoded(photo, name, (below + above) / 2)
        if len(finer) <= size:
            best, below = finer, (below + above) / 2
        else:
            above = (below + above) / 2
    return _saved(photo, name, best, size)


def _between(low: int, high: int, files: dict[int, bytes], size: int) -> int:
    """The quality to try next: log(size) is nearly straight in the quality, so four or five files do for most."""
    if high not in files or len(files) > 5:  # a curve that is bent is halved, so that it cannot creep
        return (low + high) // 2
    below, above = math.log(len(files[low])), math.log(len(files[high]))
    share = (math.log(size) - below) / max(1e-9, above - below)
    return min(high - 1, max(low + 1, round(low + share * (high - low))))


def saved(photo: Image.Image, name: str, quality: int) -> FormatResult:
    """The photo in a format of `OPTIONS` at a quality of 0 to 100."""
    return _saved(photo, name, encoded(photo, name, quality))


def _saved(photo: Image.Image, name: str, content: bytes, size: int | None = None) -> FormatResult:
    with Image.open(io.BytesIO(content)) as file:
        picture = file.convert("RGB")
    rate = 8 * len(content) / (photo.width * photo.height)
    fits = size is None or len(content) <= size
    return FormatResult(name, content, picture, rate, quality.psnr(photo, picture), quality.ssim(photo, picture), fits)


def curves(photo: Image.Image, network: codec_network.Codec) -> Iterator[Point]:
    """Rate and distortion of every quality of ours and of some of the others', for this photo."""
    for level in range(network.qualities):
        ours = codec_file.compress(photo, network, level)
        yield Point(OURS, ours.bits_per_pixel, ours.psnr)
    for name in OPTIONS:
        for level in CURVE[name]:
            other = saved(photo, name, level)
            yield Point(name, other.bits_per_pixel, other.psnr)


def verdict(ours: codec_file.Compressed, others: list[FormatResult]) -> str:
    """Who wins at this size, honestly; a format that this Pillow lacks is named as missing."""
    parts = []
    for other in others:
        if not other.fits:
            parts.append(f"{other.name} cannot be this small: its smallest file has {len(other.content):,} bytes.")
            continue
        apart = ours.psnr - other.psnr
        words = "as good as" if abs(apart) < 0.05 else f"{abs(apart):.1f} dB {'better' if apart > 0 else 'worse'} than"
        size, own = len(other.content), len(ours.content)
        if size >= (1 - NEAR) * own:
            parts.append(f"Ours is {words} {other.name} at this size.")
        else:  # no quality of it gives a file of this size
            parts.append(f"Ours is {words} {other.name}, whose nearest file has {size:,} bytes against {own:,}.")
    if AVIF in OPTIONS:
        parts.append(
            "AVIF is written in its quick setting here; written slowly, its files are about an eighth smaller."
        )
    else:
        parts.append("AVIF is not compared: the Pillow of this machine cannot write it.")
    return " ".join(parts)
