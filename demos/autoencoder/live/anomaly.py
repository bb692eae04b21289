"""An anomaly detector: pictures unlike the training set are reconstructed with a large error."""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from demos.autoencoder.live import learn, model
from demos.autoencoder.live.learn import Snapshot
from demos.core.data import small as data_small
from demos.core.errors import DemoError


def as_input(picture: Image.Image, side: int) -> Tensor:
    """Any picture as (1, 1, side, side) 0..1: grey, light on dark, its subject in the middle with a rim around."""
    grey = ImageOps.grayscale(picture)
    values = np.asarray(grey, np.float32) / 255
    if values.mean() > data_small.DARK:
        grey = ImageOps.invert(grey)
    box = grey.point(lambda v: 255 if v > 40 else 0).getbbox()
    if box is None:
        raise DemoError("There is nothing on this picture. Draw something first.")
    cut = grey.crop(box)
    inside = max(1, round(side * 0.8))
    small = ImageOps.contain(cut, (inside, inside), Image.Resampling.BOX if max(cut.size) > side else 1)
    canvas = Image.new("L", (side, side))
    canvas.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    return torch.from_numpy(np.array(canvas)).float()[None, None] / 255


@dataclass(frozen=True)
class Alarm:
    """A picture through the network: the error says whether it is like what was learned."""

    rows: Image.Image  # what came in, what came out
    error: float
    threshold: float

    @property
    def is_anomaly(self) -> bool:
        """Whether the error is larger than that of 95 of 100 test pictures."""
        return self.error > self.threshold


@torch.no_grad()
def look_at(trained: Snapshot, picture: Image.Image, noise: float = 0.0, seed: int = 0) -> Alarm:
    """A picture of any kind and size, made grey, light on dark, and as small as the network's, with noise on top."""
    clean = as_input(picture, trained.network.side)
    noisy = model.with_noise(clean, noise, torch.Generator().manual_seed(seed))
    out = trained.network(noisy)
    return Alarm(learn.sheet_of_rows([noisy.clamp(0, 1), out], 240), F.mse_loss(out, clean).item(), trained.threshold)
