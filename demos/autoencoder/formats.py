"""JPEG and WebP beside ours: at the same size of file, and along their whole range."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from demos.autoencoder import codec, compress, measures

OURS = "our autoencoder"
OPTIONS: dict[str, dict[str, object]] = {  # the smallest files that Pillow's writers make
    "JPEG": {"optimize": True, "progressive": True},
    "WebP": {"method": 6},
}
CURVE_SIDE = 768  # px of the longer side at which the curves are measured
CURVE = {"JPEG": (3, 6, 10, 18, 30, 50, 75), "WebP": (0, 5, 15, 30, 50, 75)}  # their qualities


@dataclass(frozen=True)
class Saved:
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


def encoded(photo: Image.Image, name: str, quality: int) -> bytes:
    file = io.BytesIO()
    photo.save(file, name, quality=quality, **OPTIONS[name])
    return file.getvalue()


def of_size(photo: Image.Image, name: str, size: int) -> Saved:
    """The best quality of a format whose file has at most `size` bytes; where there is none, its smallest file."""
    low, high = 0, 100  # low always fits, or is the smallest there is; files grow with the quality
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if len(encoded(photo, name, middle)) <= size else (low, middle)
    return saved(photo, name, low, size)


def saved(photo: Image.Image, name: str, quality: int, size: int | None = None) -> Saved:
    content = encoded(photo, name, quality)
    with Image.open(io.BytesIO(content)) as file:
        picture = file.convert("RGB")
    rate = 8 * len(content) / (photo.width * photo.height)
    fits = size is None or len(content) <= size
    return Saved(name, content, picture, rate, measures.psnr(photo, picture), measures.ssim(photo, picture), fits)


def curves(photo: Image.Image, network: codec.Codec) -> Iterator[Point]:
    """Rate and distortion of every quality of ours and of some of the others', for this photo."""
    for quality in range(network.qualities):
        made = compress.compress(photo, network, quality)
        yield Point(OURS, made.bits_per_pixel, made.psnr)
    for name, qualities in CURVE.items():
        for quality in qualities:
            made_by_other = saved(photo, name, quality)
            yield Point(name, made_by_other.bits_per_pixel, made_by_other.psnr)


def verdict(ours: compress.Compressed, others: list[Saved]) -> str:
    """Who wins at this size, honestly."""
    parts = []
    for other in others:
        if not other.fits:
            parts.append(f"{other.name} cannot be this small: its smallest file has {len(other.content):,} bytes.")
            continue
        apart = ours.psnr - other.psnr
        words = "as good as" if abs(apart) < 0.05 else f"{abs(apart):.1f} dB {'better' if apart > 0 else 'worse'} than"
        parts.append(f"Ours is {words} {other.name} at this size.")
    return " ".join(parts)
