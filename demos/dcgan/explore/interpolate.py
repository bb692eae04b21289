"""From picture to picture through the latent space, as frames, as a strip, and as a seamless moving picture."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demos.core.choices import choose
from demos.core.errors import DemoError
from demos.core.images import sheets
from demos.dcgan import sampling
from demos.dcgan.pretrained import Gan
from demos.dcgan.sampling import as_bytes
from demos.dcgan.settings import FRAMES, WAYS

MOST_FRAMES = 480
FPS = 24
ALIKE = 1e-4  # radians: closer than this, the way on the sphere is the straight one
STRIP = 12  # pictures on a strip
SIDE, GIF_SIDE = 256, 128  # px of the moving pictures


def slerp(one: Tensor, two: Tensor, share: Tensor) -> Tensor:
    """From `one` to `two` (latent,) on the sphere, at `share` (M,) of the way: (M, latent).

    Normal vectors of 100 numbers all have lengths near 10: that shell is where the generator was trained. The straight
    way leads through its inside, where it has never been. Shoemake (1985); White (2016), "Sampling Generative
    Networks". Lengths are interpolated beside the direction, so that both ends are met exactly.
    """
    share = share[:, None]
    lengths = one.norm(), two.norm()
    cosine = torch.dot(one, two) / (lengths[0] * lengths[1]).clamp_min(1e-12)
    angle = torch.arccos(cosine.clamp(-1, 1))
    # No sphere's arc is the shortest between alike vectors or between opposite ones.
    if angle < ALIKE or torch.pi - angle < ALIKE or min(lengths) == 0:
        return lerp(one, two, share[:, 0])
    turned = (torch.sin((1 - share) * angle) * (one / lengths[0]) + torch.sin(share * angle) * (two / lengths[1])) / (
        torch.sin(angle)
    )
    return turned * (lengths[0] + share * (lengths[1] - lengths[0]))


def lerp(one: Tensor, two: Tensor, share: Tensor) -> Tensor:
    """The straight way: (latent,) twice and (M,) to (M, latent)."""
    return one + share[:, None] * (two - one)


def path(stops: Tensor, frames: int = FRAMES, way: str = WAYS[0], closed: bool = True) -> Tensor:
    """Latent vectors along all stops (S, latent), back to the first where closed: (about S * frames, latent).

    Raises:
        DemoError: fewer than two stops, another way, or too many frames.
    """
    way = choose(way, WAYS, "way", {"slerp": WAYS[0], "lerp": WAYS[1]})
    legs = len(stops) if closed else len(stops) - 1
    if len(stops) < 2:
        raise DemoError("A walk needs 2 pictures or more. Dream up a sheet of several first.")
    if not frames >= 2 or legs * frames > MOST_FRAMES:
        raise DemoError(
            f"{frames} frames on each of {legs} legs cannot be made: 2 or more each, {MOST_FRAMES} in all at most."
        )
    between = slerp if way == WAYS[0] else lerp
    # The last frame of a leg is the next one's first: left out, so that a loop has no frame twice.
    share = torch.arange(frames) / frames
    parts = [between(stops[i], stops[(i + 1) % len(stops)], share) for i in range(legs)]
    return torch.cat(parts if closed else [*parts, stops[-1:]])


def frames(gan: Gan, stops: Tensor, count: int = FRAMES, way: str = WAYS[0], closed: bool = True) -> np.ndarray:
    """The pictures along a walk: (F, size, size, 3) bytes."""
    z = path(stops, count, way, closed)
    return np.concatenate([as_bytes(sampling.generate(gan, part)) for part in z.split(64)])


def strip(pictures: np.ndarray, count: int = STRIP) -> Image.Image:
    """Some of the frames side by side, evenly spaced."""
    chosen = np.linspace(0, len(pictures) - 1, min(count, len(pictures))).round().astype(int)
    return sheets.contact_sheet(pictures[chosen], columns=len(chosen), times=1)


def middle_of(one: Tensor, two: Tensor) -> dict[str, float]:
    """How long the vector is half-way, by either way: why the straight one looks washed out."""
    half = torch.tensor([0.5])
    return {
        "ends": float((one.norm() + two.norm()) / 2),
        WAYS[0]: float(slerp(one, two, half).norm()),
        WAYS[1]: float(lerp(one, two, half).norm()),
    }


# ---- moving pictures ------------------------------------------------------------------------------------------------


def mp4(pictures: np.ndarray, fps: int = FPS) -> Path:
    """Frames (F, H, W, 3) as a film (H.264) that every browser plays; it starts over without a seam.

    Raises:
        DemoError: no frames, or no package av.
    """
    if len(pictures) == 0:
        raise DemoError("There is no frame to make a moving picture of. Walk first.")
    return sheets.mp4(sheets.enlarge_frames(pictures, SIDE), fps, "walk.mp4")


def gif(pictures: np.ndarray, fps: int = FPS) -> Path:
    """The same as a GIF, smaller and with every second frame: under 3 MB, as a message takes it."""
    return sheets.gif(sheets.enlarge_frames(pictures[::2], GIF_SIDE), fps / 2, "walk.gif")


def stops_of(sheet: sampling.Sheet, count: int) -> torch.Tensor:
    """The current picture and those after it on the sheet, around its end: (count, latent)."""
    indices = [(sheet.chosen + i) % len(sheet) for i in range(min(int(count), len(sheet)))]
    return torch.from_numpy(sheet.z[indices])
