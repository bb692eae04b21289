"""Decode any image file to upright sRGB, or raise DemoError.

    photo (file, bytes, PIL) --load--> PIL, upright, sRGB --to_tensor--> (1, 3, H, W) float32 0..1 --to_image--> PIL

Every entrance of every tab goes through `load`: Gradio's own reading keeps a phone photo lying on its side, shows what
transparent pixels hide and turns 16-bit pictures white.
"""

import hashlib
import io
import math
import os
import re
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from demos.core.errors import DemoError
from demos.core.images import formats

MAX_PIXELS = 40_000_000  # 40 megapixels: more than most phones take, and 120 MB as RGB
# A JPEG can be decoded at half of its size and less: what is larger than MAX_PIXELS, phones' 48 and 108 megapixels
# and their panoramas, is read so.
MAX_JPEG_PIXELS = 120_000_000
MAX_ASPECT = 20  # a panorama is 6:1; what is longer would be a line or two for a network

# Formats that people have photos in. Pillow reads thirty more, among them ones that start other programs (EPS).
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "JPEG2000", "PPM")


class _Unopened(Image.Image):
    """Stands for a TIFF whose size is known, and which Pillow does not open."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self._size = size


Source = str | os.PathLike | bytes | BinaryIO | Image.Image


def load_image(source: Source | None, name: str = "") -> Image.Image:
    """A photo as an upright RGB picture in sRGB, without metadata. An animation gives its first frame.

    A JPEG of more than `MAX_PIXELS` comes in a half, a quarter or an eighth of its width and height.

    Args:
        source: a path, the file's bytes, an open binary file, or a PIL picture; None says that there is no photo yet.
        name: what to call it in a sentence, where the source does not know (bytes out of an archive).

    Raises:
        DemoError: none, not a picture, damaged, empty, a side under 2 px, over `MAX_PIXELS` (a JPEG: over
            `MAX_JPEG_PIXELS`), or longer than `MAX_ASPECT` to 1. The sentence names the file, never its folder.
    """
    if source is None:
        raise DemoError("There is no photo yet. Choose one first.")
    name = _display_name(name or source)
    content = None if isinstance(source, Image.Image) else _read(source, name)
    try:
        image = source if isinstance(source, Image.Image) else _open(content or b"", name)
        _check_size(image, name)  # from the header: nothing is decoded yet
        return _to_rgb(_upright(_decoded(image, content or b"", name)))
    except DemoError:
        raise
    except MemoryError as error:
        raise DemoError(f"{name} needs more memory than there is. Use a smaller copy.") from error
    except Exception as error:  # decoders raise what they like: OSError, ValueError, struct.error, SyntaxError ...
        size = f" in its {_file_size(content)}" if content else ""
        raise DemoError(f"{name} is damaged or cut off{size} and cannot be read. Save or copy it once more.") from error


# ---- opening --------------------------------------------------------------------------------------------------------


def _display_name(source: object) -> str:
    """What to call the photo in a sentence: its file's name, never its folder, which is nobody's business."""
    for candidate in (source, getattr(source, "filename", None), getattr(source, "name", None)):
        if isinstance(candidate, str | os.PathLike):
            name = re.split(r"[/\\]", os.fsdecode(candidate).rstrip("/\\"))[-1]  # a name may come from Windows, too
            name = "".join(c for c in name if c.isprintable()).strip()
            if name:
                return name if len(name) <= 60 else f"{name[:40]}...{name[-17:]}"
    return "This photo"


def _read(source: str | os.PathLike | bytes | BinaryIO, name: str) -> bytes:
    try:
        if isinstance(source, str | os.PathLike):
            path = Path(os.fsdecode(source))
            if not path.is_file():  # a folder or a device, too: reading /dev/zero would never end
                raise DemoError(f"{name} is not there (any more). Choose the photo again.")
            content = path.read_bytes()
        else:
            content = source if isinstance(source, bytes) else source.read()
    except (OSError, ValueError) as error:  # no permission, a name too long, a closed file
        reason = getattr(error, "strerror", None) or "it cannot be opened"
        raise DemoError(f"{name} cannot be read ({reason}). Choose the photo again, or another one.") from error
    if not content:
        raise DemoError(f"{name} is empty (0 bytes). Choose the photo again.")
    return content


def _open(content: bytes, name: str) -> Image.Image:
    """The picture with its header read, its pixels not yet."""
    Image.init()  # fills Image.OPEN; which formats there are depends on how Pillow was built
    heic = formats.is_heic(content)
    metadata: dict[str | tuple[int, int], Any] = {}
    if heic and not formats.reads_heic():
        raise DemoError(
            f"{name} is a HEIC photo ({_file_size(content)}), which this computer cannot read: the package pi-heif is "
            "missing. Save it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)."
        )
    kinds = ["HEIF"] if heic else [kind for kind in FORMATS if kind in Image.OPEN]
    if content.startswith(formats.PNG_HEAD):
        content, metadata = formats.png_without_metadata(content)
    try:
        image = Image.open(io.BytesIO(content), formats=kinds)
    except UnidentifiedImageError as error:
        bare = formats.jpeg_without_metadata(content) if content.startswith(formats.JPEG_HEAD) else content
        if bare != content:
            return _open(bare, name)
        if heic:
            raise  # it has a HEIC photo's head, so it is damaged
        size = formats.tiff_size(content) if formats.is_tiff(content) else None
        if size:
            return _Unopened(size)
        if formats.is_tiff(content):
            raise
        raise DemoError(
            f"{name} ({_file_size(content)}) is not a picture that can be read. "
            f"Use a JPEG, PNG, WebP, GIF, BMP{', TIFF or HEIC' if formats.reads_heic() else ' or TIFF'}."
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Pillow's own guard stops it at 179 megapixels (under python -W error at 90), before the size can be asked for.
        pixels = re.search(r"\d+", str(error))  # "Image size (2500000000 pixels) exceeds limit of ..."
        megapixels = f"{int(pixels[0]) / 1e6:.0f} megapixels" if pixels else "far more pixels than a camera takes"
        raise DemoError(_too_large(name, megapixels)) from error
    image.info |= metadata
    return image


def _decoded(image: Image.Image, content: bytes, name: str) -> Image.Image:
    """With its pixels."""
    if content and formats.is_tiff(content) and (isinstance(image, _Unopened) or formats.is_odd(image)):
        read = formats.tiff_pixels(content)
        if read is not None:
            return read
        if isinstance(image, _Unopened) or formats.is_misread(image):
            raise DemoError(
                f"{name} ({_file_size(content)}) is a kind of TIFF that cannot be read. Save it as PNG or JPEG."
            )
    if image.width * image.height > MAX_PIXELS:  # a JPEG: see `_check_size`
        shrink = math.ceil(math.sqrt(image.width * image.height / MAX_PIXELS))
        image.draft(image.mode, (image.width // shrink, image.height // shrink))
    try:
        image.load()
    except OSError:
        whole = formats.without_end(content, image) if content else None
        if whole is None:
            raise
        return whole
    return image


def _check_size(image: Image.Image, name: str) -> None:
    width, height = image.size
    if min(width, height) < 2:
        raise DemoError(f"{name} is {width} x {height} px: too small to show anything. Use at least 2 x 2 px.")
    most = MAX_JPEG_PIXELS if image.format in ("JPEG", "MPO") else MAX_PIXELS
    if width * height > most:
        # Rounded up: 40,000,001 px must not read "40.0 megapixels".
        size = f"{width} x {height} px, {math.ceil(width * height / 1e5) / 10} megapixels"
        raise DemoError(_too_large(name, size, most))
    if max(width, height) > MAX_ASPECT * min(width, height):
        ratio = math.ceil(max(width, height) / min(width, height) * 10) / 10
        raise DemoError(
            f"{name} is {width} x {height} px, a strip of {ratio} to 1; up to {MAX_ASPECT} to 1 works. Crop it first."
        )


def _too_large(name: str, size: str, most: int | None = None) -> str:
    return f"{name} is too large: {size}, and {(most or MAX_PIXELS) / 1e6:g} are allowed. Use a smaller copy."


def _file_size(content: bytes) -> str:
    size = len(content)
    return f"{size} byte{'s' if size != 1 else ''}" if size < 1000 else f"{math.ceil(size / 1000):,} kB"


# ---- everything becomes RGB -----------------------------------------------------------------------------------------


PHOTOMETRIC = 262  # the TIFF tag that says whether zero is black or white
# What turns a photo upright, by its EXIF orientation (CIPA DC-008, "Orientation").
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,  # Pillow turns against the clock
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held; of a decoded picture, because Pillow turns TIFF by itself while decoding it.

    Not by ImageOps.exif_transpose: it writes the other EXIF tags anew and fails where one of them is odd, and a photo
    would be left lying on its side.
    """
    try:
        told = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # a damaged EXIF block is no reason to refuse a photo
        told = None
    turn = UPRIGHT.get(formats.xmp_orientation(image) if told is None else told)
    return image if turn is None else image.transpose(turn)


def _to_rgb(image: Image.Image) -> Image.Image:
    colours, alpha = _split_alpha(image)
    rgb = _to_srgb(colours, image.info.get("icc_profile")).convert("RGB")
    if alpha is not None:  # what is transparent shows white paper, not the colour that happens to lie beneath
        rgb = Image.composite(rgb, Image.new("RGB", rgb.size, "white"), alpha)
    rgb.info = {}  # no metadata goes on: not a profile that is applied already, not where the photo was taken
    return rgb


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """(grey, RGB or CMYK with 8 bits per channel, alpha or None), whatever the mode."""
    if image.mode[0] in "IF":
        return _to_8_bit(image)
    if image.mode == "La":  # premultiplied grey, which Pillow converts to nothing but LA
        image = image.convert("LA")
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    if image.mode == "CMYK":
        return image, alpha
    return image.convert("L" if image.mode in ("1", "L", "LA") else "RGB"), alpha  # also divides by alpha where needed


def _to_8_bit(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """16-bit, 32-bit and floating-point grey, scaled; Pillow's own conversion makes everything above 255 white."""
    values = np.asarray(image)
    inverted = getattr(image, "tag_v2", {}).get(PHOTOMETRIC) == 0  # white is zero: Pillow minds it in 8 bits only
    transparent = image.info.get("transparency")  # one grey value, in 16-bit PNG
    alpha = None
    if isinstance(transparent, int):
        alpha = Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8))
    return Image.fromarray(formats.to_8_bit(values, formats.white_of(values), inverted)), alpha


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as the photo's ICC profile means them; a profile that cannot be read or applied is ignored."""
    if not profile:
        return image
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if ImageCms.getProfileDescription(embedded).startswith("sRGB"):
            return image  # most photos: takes three times as long as reading them, and would only round
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, embedded, srgb, outputMode="RGB") or image
    except Exception:
        return image


# ---- sizes ----------------------------------------------------------------------------------------------------------


def fit(image: Image.Image, longest: int) -> Image.Image:
    """Shrunk so that the longer side has at most `longest` px; never enlarged."""
    scale = longest / max(image.size)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def square_crop(image: Image.Image, size: int) -> Image.Image:
    """The middle square at size x size px: antialiased bilinear, as the networks' training saw photos."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # Cut and resized in one pass: only what lies in the square (and its neighbours, for the filter) is computed.
    return image.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))


def digest(image: Image.Image) -> str:
    """SHA-256 of size and RGB pixels: the key of every cache of what was computed from a photo."""
    hashed = hashlib.sha256(f"{image.width}x{image.height}:".encode())
    hashed.update(to_rgb(image).tobytes())
    return hashed.hexdigest()


def to_rgb(image: Image.Image) -> Image.Image:
    """The picture in mode RGB, itself where it is already."""
    return image if image.mode == "RGB" else image.convert("RGB")
