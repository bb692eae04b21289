"""Features of a photo from the frozen network: a few hundred numbers, computed once and cached.

    photo --square--> network --pool4, pool5--> average and maximum per channel --signed square root--> features

(pool4 and pool5 of VGG16; every network says which of its cuts are for teaching.)

Averages say how much of something is in the photo, maxima whether it is there at all; the signed square root keeps a
few very active channels from drowning the others (Perronnin et al., "Improving the Fisher Kernel", 2010, sect. 3.1).
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


def extract(photos: Sequence[Photo], network: Network, cuts: Sequence[str] = ()) -> Iterator[tuple[int, Tensor]]:
    """Features of the photos, a few at a time.

    Args:
        cuts: where they are taken; the network's own for teaching where none is named.

    Yields:
        (how many photos are done, (n, D) float32 features of the photos done since the last yield), in order.
    """
    cuts = cuts or network.teaching_cuts
    number = _numbers.setdefault(network, next(_next_number))
    for start in range(0, len(photos), BATCH):
        group = photos[start : start + BATCH]
        rows = once(partial(compute, group, network, cuts))  # all of the group at the first that is not remembered
        known = [
            remembered.get((number, tuple(cuts), photo.digest), partial(_row, rows, i), _size)
            for i, photo in enumerate(group)
        ]
        yield start + len(group), torch.stack(known)


def _row(rows: Callable[[], Tensor], index: int) -> Tensor:
    return rows()[index].clone()  # a view would keep all rows of the group in memory


def _size(row: Tensor) -> int:
    return row.nbytes + OVERHEAD


@torch.no_grad()
def compute(photos: Sequence[Photo], network: Network, cuts: Sequence[str] = ()) -> Tensor:
    """(n, D) float32 on the CPU, without the cache.

    The batch is filled up to `BATCH` photos: convolution kernels are chosen by the size of the batch and round
    differently, and a photo's features must not depend on which others came along with it.
    """
    batch = torch.cat([tensors.to_tensor(square_crop(photo.image, network.input_size)) for photo in photos])
    full = torch.cat([batch, batch[:1].expand(BATCH - len(batch), -1, -1, -1)]) if len(batch) < BATCH else batch
    cuts = cuts or network.teaching_cuts
    activations = network.features(full.to(device.current().device), cuts)
    return torch.cat([pool(activations[cut].float()) for cut in cuts], 1).cpu()[: len(batch)]


def pool(activations: Tensor) -> Tensor:
    """(N, C, H, W) to (N, 2 C): each channel's average and maximum, signed square root."""
    pooled = torch.cat([activations.mean((2, 3)), activations.amax((2, 3))], 1)
    return pooled.sign() * pooled.abs().sqrt()
