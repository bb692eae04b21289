"""Points of two classes from a drawing in two colours."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demos.basics.neurons.playground import COUNT, EXTENT
from demos.core.errors import DemoError

SIDE = 120  # cells of the plane, either way, at which the drawing is read
FEWEST = 4  # cells that a colour must cover


def drawn(drawing: Image.Image | None, seed: int = 0) -> tuple[Tensor, Tensor]:
    """(COUNT, 2) points from under the ink, half of each colour, and (COUNT,) labels: 1 where it is blue, 0 orange.

    Args:
        drawing: RGBA, transparent where nothing is drawn; ink with more blue than red in it is blue.

    Raises:
        DemoError: nothing is drawn, or one colour only.
    """
    if drawing is None:
        raise DemoError("Nothing is drawn yet. Draw with blue and with orange on the canvas first.")
    small = np.asarray(drawing.convert("RGBA").resize((SIDE, SIDE), Image.Resampling.NEAREST)).astype(int)
    ink, blue = small[..., 3] > 100, small[..., 2] > small[..., 0]
    if not ink.any():
        raise DemoError("Nothing is drawn yet. Draw with blue and with orange on the canvas first.")
    for where, name, other in ((ink & blue, "blue", "orange"), (ink & ~blue, "orange", "blue")):
        if where.sum() < FEWEST:
            raise DemoError(f"Only {other} is drawn, and there is nothing to part. Draw something {name} too.")
    random = torch.Generator().manual_seed(seed)
    label = (torch.arange(COUNT) % 2).float()
    at = torch.empty(COUNT, 2)
    for which, where in ((1, ink & blue), (0, ink & ~blue)):
        rows, columns = np.nonzero(where)
        cells = torch.from_numpy(np.stack([columns, rows], 1)).float()
        chosen = cells[torch.randint(len(cells), (COUNT // 2,), generator=random)]
        place = (chosen + torch.rand(chosen.shape, generator=random)) / SIDE * 2 - 1  # anywhere in its cell
        at[label == which] = place * torch.tensor([EXTENT, -EXTENT])  # y upwards
    return at, label
