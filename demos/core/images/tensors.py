"""Between PIL pictures and tensors: float32 (3, H, W) or (N, 3, H, W), RGB 0..1."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demos.core.errors import DemoError
from demos.core.images.load import to_rgb

# ---- tensors --------------------------------------------------------------------------------------------------------


def to_tensor(image: Image.Image, device: torch.device | str | None = None) -> Tensor:
    """(1, 3, H, W) float32, RGB 0..1, on the CPU unless a device is named."""
    pixels = torch.from_numpy(np.array(to_rgb(image))).permute(2, 0, 1).unsqueeze(0)  # channels_last, and no copy
    return pixels.to(device or "cpu").float() / 255


def to_image(tensor: Tensor) -> Image.Image:
    """(1, 3, H, W) or (3, H, W), RGB 0..1, to a picture; values outside are clamped, NaN is black."""
    pixels = tensor.detach().float().reshape(tensor.shape[-3:]).nan_to_num(0.0, 1.0, 0.0).clamp(0, 1)
    return Image.fromarray(pixels.mul(255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy())


THINNEST = 16  # px: VGG16 halves a picture four times on the way to relu5_1


def resized(image: Image.Image, longest: int) -> Image.Image:
    """The longer side at `longest` px, enlarged too where need be; both sides at least `THINNEST` px."""
    scale = longest / max(image.size)
    width, height = (max(THINNEST, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def check_proportions(image: Image.Image, longest: int) -> None:
    """Raises DemoError where `resized` could not keep the picture's proportions."""
    short = round(min(image.size) * longest / max(image.size))
    if short < THINNEST:
        enough = -(-THINNEST * max(image.size) // min(image.size))
        raise DemoError(
            f"This photo of {image.width} x {image.height} px would be only {short} px thin at a size of {longest} px. "
            f"Choose a size of {enough} px or more, or crop the photo."
        )
