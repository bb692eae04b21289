"""What programs ask of this tab: the functions behind `/denoise`, `/compress` and `/decompress`, for notebooks too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from demos.autoencoder import limits
from demos.autoencoder.settings import QUALITY, LearnSettings
from demos.core.cache import once
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.files import new_file
from demos.core.images.load import fit, load_image
from demos.core.networks import files as network_files

if TYPE_CHECKING:
    from demos.autoencoder.denoise import tiles
    from demos.autoencoder.live import learn

FIRST_PHOTO, FIRST_SIGMA, LONGEST = "chelsea", 25.0, 480
FIRST_TRAINING = LearnSettings(bottleneck=2, noise=0.2, seconds=4.0)


@once
def first_noisy() -> Image.Image:
    """The noisy example that the page opens with."""
    from demos.autoencoder.denoise import noise
    from demos.core.images import tensors

    photo = fit(samples.photo(FIRST_PHOTO), LONGEST)
    return tensors.to_image(noise.add(tensors.to_tensor(photo), "Gaussian", FIRST_SIGMA))


@once
def first_cleaned() -> tiles.DenoiseStep:
    from demos.autoencoder.denoise import tiles

    return tiles.denoised(first_noisy(), tiles.load())


@once
def first_training() -> learn.LearnStep:
    """A network of two values, taught on the digits, so that the page shows its map at once."""
    from demos.autoencoder.live import learn, shipped

    return shipped.finished() if network_files.available(shipped.NETWORK) else list(learn.train(FIRST_TRAINING))[-1]


def denoise(image: str, strength: float = 1.0) -> Image.Image:
    """Cleans a noisy photo.

    Args:
        image: the photo.
        strength: 0 (the photo itself) to 3; 1 takes away the noise that was found.
    """
    from demos.autoencoder.denoise import tiles

    power = limits.STRENGTH.checked(strength)
    return tiles.denoised(load_image(image), tiles.load(), tiles.DenoiseSettings(power)).picture


def compress(image: str, quality: float = QUALITY) -> tuple[str, Image.Image, dict[str, Any]]:
    """Compresses a photo: the file, the picture that comes out of it, and figures beside other formats of its size.

    Args:
        image: the photo.
        quality: 0 (smallest) to 5 (best).
    """
    from demos.autoencoder.compress import file as codec_file
    from demos.autoencoder.compress import formats

    level = limits.QUALITY_LEVEL.checked(quality)
    photo, network = codec_file.limit_pixels(load_image(image)), codec_file.load()
    compressed = codec_file.compress(photo, network, level)
    figures: dict[str, Any] = {
        "width": photo.width,
        "height": photo.height,
        "bytes": len(compressed.content),
        "bits_per_pixel": compressed.bits_per_pixel,
        "psnr": compressed.psnr,
        "ssim": compressed.ssim,
    }
    for name in formats.OPTIONS:
        other = formats.at_file_size(photo, name, len(compressed.content))
        figures[name] = {"bytes": len(other.content), "psnr": other.psnr, "ssim": other.ssim, "fits": other.fits}
    return str(save_for_download(compressed.content, "photo.hlc")), compressed.picture, figures


def decompress(file: str) -> Image.Image:
    """The picture in a file that `compress` made.

    Args:
        file: the .hlc file.
    """
    from demos.autoencoder.compress import file as codec_file

    if not file or not Path(file).is_file():
        raise DemoError("There is no file yet. Choose a .hlc file that was kept here.")
    return codec_file.decompress(Path(file).read_bytes(), codec_file.load())


def save_for_download(content: bytes, name: str) -> Path:
    """A file to take home."""
    path = new_file(name)
    path.write_bytes(content)
    return path
