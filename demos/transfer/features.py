"""Features of a photo from the frozen network: a few hundred numbers, computed once and cached.

    photo --square--> network --pool4, pool5--> average and maximum per channel --signed square root--> features

(pool4 and pool5 of VGG16; every network says which of its cuts are for teaching.) Exactly, for a photo in upright sRGB:

1. Where its shorter side has more than 256 px, it is shrunk to 256 (`photos.stored`, Lanczos).
2. The middle square, resized to `teaching_size(network)` px (192 for the pocket network), antialiased bilinear.
3. RGB 0..1, minus ImageNet's mean, by its standard deviation; this square and its mirror image go through the network.
4. At each cut: the average of each channel, then the maximum of each, of both pictures; x becomes sign(x) sqrt|x|.
5. The cuts one after the other, the mean of the two pictures: (D,) = 2 x (192 + 256) = 896 numbers.

What the last layer makes of them stands in `head.py`.

Averages say how much of something is in the photo, maxima whether it is there at all; the signed square root keeps a
few very active channels from drowning the others (Perronnin et al., "Improving the Fisher Kernel", 2010, sect. 3.1).
A photo and its mirror image show the same thing: their mean is the same for both, whatever a webcam does. Trained on
crops, a network sees things smaller than it learned them when it gets a whole photo: a little larger is better
(Touvron et al., "Fixing the train-test resolution discrepancy", 2019).
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from demos.core import device
from demos.core.cache import Cache, once
from demos.core.images import tensors
from demos.core.images.load import square_crop
from demos.core.networks import squeezenext, vgg
from demos.transfer.data.photos import Photo

Network = vgg.VGG16 | squeezenext.SqueezeNext
BATCH = 8
OVERHEAD = 500  # bytes of a remembered photo beyond its numbers: the key and two objects

# Apart from the networks, which photos must not push out. At 896 numbers a photo (pocket network), 36,000 photos.
remembered = Cache(150_000_000)
# A number for each network while it lives: an id would be used again after it.
_numbers: WeakKeyDictionary[Network, int] = WeakKeyDictionary()
_next_number = itertools.count()


def teaching_size(network: Network) -> int:
    """The side in px at which photos are looked at in teaching: a fifth more than the network was trained at."""
    return round(network.input_size * 1.2 / 32) * 32  # pooling halves it five times


def extract(
    photos: Sequence[Photo],
    network: Network,
    cuts: Sequence[str] = (),
    *,
    size: int | None = None,
    mirrored: bool = True,
) -> Iterator[tuple[int, Tensor]]:
    """Features of the photos, a few at a time.

    Args:
        cuts: where they are taken; the network's own for teaching where none is named.
        size: side in px that the network looks at; `teaching_size` where none is named.
        mirrored: whether the mean of the photo's and its mirror image's is taken.

    Yields:
        (how many photos are done, (n, D) float32 features of the photos done since the last yield), in order.
    """
    cuts, size = tuple(cuts or network.teaching_cuts), size or teaching_size(network)
    number = _numbers.setdefault(network, next(_next_number))
    for start in range(0, len(photos), BATCH):
        group = photos[start : start + BATCH]
        # All of the group at the first that is not remembered.
        rows = once(partial(compute, group, network, cuts, size=size, mirrored=mirrored))
        known = [
            remembered.get((number, cuts, size, mirrored, photo.digest), partial(_row, rows, i), _size)
            for i, photo in enumerate(group)
        ]
        yield start + len(group), torch.stack(known)


def _row(rows: Callable[[], Tensor], index: int) -> Tensor:
    return rows()[index].clone()  # a view would keep all rows of the group in memory


def _size(row: Tensor) -> int:
    return row.nbytes + OVERHEAD


def pictures(photos: Sequence[Photo], size: int) -> Tensor:
    """(n, 3, size, size) RGB 0..1: the middle squares, as the network gets them."""
    return torch.cat([tensors.to_tensor(square_crop(photo.image, size)) for photo in photos])


@torch.no_grad()
def compute(
    photos: Sequence[Photo],
    network: Network,
    cuts: Sequence[str] = (),
    *,
    size: int | None = None,
    mirrored: bool = True,
) -> Tensor:
    """(n, D) float32 on the CPU, of at most `BATCH` photos, without the cache; arguments as in `extract`.

    The batch is filled up to `BATCH` photos: convolution kernels are chosen by the size of the batch and round
    differently, and a photo's features must not depend on which others came along with it.
    """
    cuts, batch = cuts or network.teaching_cuts, pictures(photos, size or teaching_size(network))
    full = torch.cat([batch, batch[:1].expand(BATCH - len(batch), -1, -1, -1)]) if len(batch) < BATCH else batch
    views = torch.cat([full, full.flip(3)]) if mirrored else full
    activations = network.features(views.to(device.current().device), cuts)
    pooled = torch.cat([pool(activations[cut].float()) for cut in cuts], 1).cpu()
    return pooled.unflatten(0, (-1, len(full))).mean(0)[: len(batch)]  # the mean of the views of each photo


def pool(activations: Tensor) -> Tensor:
    """(N, C, H, W) to (N, 2 C): each channel's average and maximum, signed square root."""
    pooled = torch.cat([activations.mean((2, 3)), activations.amax((2, 3))], 1)
    return pooled.sign() * pooled.abs().sqrt()
