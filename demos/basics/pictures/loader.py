"""A Dataset and a DataLoader in plain PyTorch: what feeds a network."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, WeightedRandomSampler


class Digits(Dataset):
    """Pictures (N, C, H, W) with their classes (N,), and what `change` makes of a picture at each look."""

    def __init__(self, pictures: Tensor, classes: Tensor, change: Callable[[Tensor], Tensor] | None = None) -> None:
        self.pictures, self.classes, self.change = pictures, classes, change

    def __len__(self) -> int:
        return len(self.classes)

    def __getitem__(self, index: int) -> tuple[Tensor, int, int]:
        picture = self.pictures[index]
        return self.change(picture) if self.change else picture, int(self.classes[index]), index


def loader(data: Dataset, batch: int, order: str, seed: int, weights: Tensor | None = None) -> DataLoader:
    """Batches of `batch`, the last one of what is left; order is "shuffled", "in order" or "weighted"."""
    random = torch.Generator().manual_seed(seed)
    if order == "weighted":  # draws with replacement: some pictures come twice, others not at all
        sampler = WeightedRandomSampler(weights, len(data), generator=random)  # type: ignore[arg-type]
        return DataLoader(data, batch, sampler=sampler)
    return DataLoader(data, batch, shuffle=order == "shuffled", generator=random)


def augment(picture: Tensor, mirror: bool, crop: bool, colour: bool, random: torch.Generator) -> Tensor:
    """A picture (C, H, W) of values 0..1 as an epoch may see it: mirrored or not, cropped, brighter or redder."""
    _, height, width = picture.shape
    if mirror and torch.rand((), generator=random) < 0.5:
        picture = picture.flip(2)
    if crop:  # 60 to 100% of either side, anywhere, back to the old size
        h, w = (int(side * (0.6 + 0.4 * torch.rand((), generator=random))) for side in (height, width))
        top, left = (int(torch.randint(0, rest + 1, (), generator=random)) for rest in (height - h, width - w))
        part = picture[None, :, top : top + h, left : left + w]
        picture = F.interpolate(part, (height, width), mode="bilinear")[0]
    if colour:  # each channel 0.7 to 1.3 times as strong
        picture = (picture * (0.7 + 0.6 * torch.rand(len(picture), 1, 1, generator=random))).clamp(0, 1)
    return picture
