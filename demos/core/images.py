"""The one door for pictures: whatever comes in leaves as an upright RGB picture, or as a sentence that says why not.

    photo (file, bytes, PIL) --load--> PIL, upright, sRGB --to_tensor--> (1, 3, H, W) float32 0..1 --to_image--> PIL

Every entrance of every tab goes through `load`: Gradio's own reading keeps a phone photo lying on its side and shows
what transparent pixels hide.
"""

import hashlib
import io
import os
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms.v2 import functional as transforms

from demos.core.errors import DemoError

MAX_PIXELS = 40_000_000  # 40 megapixels: more than a phone takes, and 120 MB as RGB
MAX_ASPECT = 20  # a panorama is 6:1; what is longer would be one pixel high for a network

Source = str | os.PathLike | bytes | BinaryIO | Image.Image


def load(source: Source) -> Image.Image:
    """A photo as an upright RGB picture in sRGB, without metadata.

    Args:
        source: a path, the file's bytes, an open binary file, or a PIL picture.

    Raises:
        DemoError: no picture, damaged, empty, under 2 px, over `MAX_PIXELS`, or longer than `MAX_ASPECT` to 1.
    """
    name = _name(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of bombs and odd metadata; `_check_size` is stricter
            image = source if isinstance(source, Image.Image) else _open(source, name)
            _check_size(image, name)  # from the header: nothing is decoded yet
            image.load()
            return _to_rgb(_upright(image))
    except DemoError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        if isinstance(error, Image.DecompressionBombError):
            raise DemoError(_too_large(name, "far over")) from error
        raise DemoError(
            f"{name} is not a picture that can be read. Use a JPEG, PNG, WebP, GIF, BMP or TIFF."
        ) from error
    except MemoryError as error:
        raise DemoError(f"{name} needs more memory than there is. Use a smaller copy.") from error
    except Exception as error:  # decoders raise what they like (OSError, ValueError, struct.error, SyntaxError ...)
        raise DemoError(f"{name} is damaged or cut off and cannot be read. Save or download it once more.") from error


def _name(source: Source) -> str:
    """What to call the photo in a sentence: its file's name, never its folder."""
    path = source if isinstance(source, str | os.PathLike) else getattr(source, "filename", "") or ""
    name = Path(str(path)).name
    return name[:60] or "This photo"


def _open(source: str | os.PathLike | bytes | BinaryIO, name: str) -> Image.Image:
    if isinstance(source, bytes):
        content: bytes | None = source
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        if not path.is_file():
            raise DemoError(f"{name} is not there (any more). Choose the photo again.")
        content = path.read_bytes()
    else:
        content = source.read()
    if not content:
        raise DemoError(f"{name} is empty (0 bytes). Choose the photo again.")
    return Image.open(io.BytesIO(content))


def _check_size(image: Image.Image, name: str) -> None:
    width, height = image.size
    if min(width, height) < 1 or max(width, height) < 2:
        raise DemoError(f"{name} is {width} x {height} px: too small to show anything. Use at least 2 x 2 px.")
    if width * height > MAX_PIXELS:
        raise DemoError(_too_large(name, f"{width} x {height} px, {width * height / 1e6:.0f} megapixels;"))
    if max(width, height) > MAX_ASPECT * min(width, height):
        ratio = max(width, height) / min(width, height)
        raise DemoError(
            f"{name} is {width} x {height} px, {ratio:.0f} times as long as wide; "
            f"up to {MAX_ASPECT} times works. Crop it first."
        )


def _too_large(name: str, size: str) -> str:
    return f"{name} is too large ({size} {MAX_PIXELS // 1_000_000} megapixels are allowed). Use a smaller copy."


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held. A damaged EXIF block is no reason to refuse a photo."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I") or image.mode == "F":
        image = _to_8_bit(image)
    image = _to_srgb(image, profile)
    has_alpha = image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
    if has_alpha:  # what is transparent shows white paper, not the colour that happens to lie beneath
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
    image.info = {}  # no metadata goes on: not a profile that is applied already, not where the photo was taken
    return image


def _to_8_bit(image: Image.Image) -> Image.Image:
    """16-bit and floating-point grey to 8 bit by scaling; Pillow's own conversion cuts everything above 255 off."""
    values = np.asarray(image, dtype=np.float64)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    if image.mode == "F" and values.min() >= 0 and values.max() <= 1:
        top = 1.0
    else:
        top = 255.0 if values.max() <= 255 else 65535.0 if values.max() <= 65535 else values.max()
    return Image.fromarray(np.clip(values / top * 255 + 0.5, 0, 255).astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as the photo's ICC profile means them; a profile that cannot be read is ignored."""
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    try:
        return (
            ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGBA" if image.mode == "RGBA" else "RGB",
            )
            or image
        )
    except Exception:
        return image


# ---- sizes ----------------------------------------------------------------------------------------------------------


def fit(image: Image.Image, longest: int) -> Image.Image:
    """Shrunk so that the longer side has at most `longest` px; never enlarged."""
    scale = longest / max(image.size)
    if scale >= 1:
        return image
    size = tuple(max(1, round(side * scale)) for side in image.size)
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)  # type: ignore[arg-type]


def square(image: Image.Image, size: int) -> Image.Image:
    """The middle square at size x size px: antialiased bilinear, as the networks' training saw photos."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # Cut and resized in one pass: what lies outside the square is never computed.
    return image.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))


# ---- tensors --------------------------------------------------------------------------------------------------------


def to_tensor(image: Image.Image, device: torch.device | str | None = None) -> Tensor:
    """(1, 3, H, W) float32, RGB 0..1."""
    return (transforms.pil_to_tensor(image).to(device).float() / 255).unsqueeze(0)


def to_image(tensor: Tensor) -> Image.Image:
    """(1, 3, H, W) or (3, H, W), RGB 0..1, to a picture; values outside are clamped."""
    pixels = tensor.detach().float().reshape(tensor.shape[-3:]).clamp(0, 1).mul(255).round().to(torch.uint8)
    return transforms.to_pil_image(pixels.cpu())


def digest(image: Image.Image) -> str:
    """SHA-256 of size and pixels: the key of every cache of what was computed from a photo."""
    hashed = hashlib.sha256(f"{image.width}x{image.height}:".encode())
    hashed.update(image.tobytes())
    return hashed.hexdigest()
