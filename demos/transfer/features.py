"""What the frozen network says of a photo: a few hundred numbers, computed once and remembered.

    photo --square--> network --pool4, pool5--> average and maximum per channel --signed square root--> features

Averages say how much of something is in the photo, maxima whether it is there at all; the signed square root keeps a
few very active channels from drowning the others (Perronnin et al., "Improving the Fisher Kernel", 2010, sect. 3.1).
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from demos.core import device
from demos.core.images import tensors
from demos.core.images.load import square_crop
from demos.core.networks import vgg
from demos.transfer.data.photos import Photo

CUTS = ("pool4", "pool5")
BATCH = 8
REMEMBERED = 20_000  # photos; at 896 numbers each (pocket network) 72 MB

# Per network, so that features vanish with the network that computed them; oldest first.
_cache: WeakKeyDictionary[vgg.VGG16, OrderedDict[tuple[str, tuple[str, ...]], Tensor]] = WeakKeyDictionary()
_lock = threading.Lock()


def extract(photos: Sequence[Photo], network: vgg.VGG16, cuts: Sequence[str] = CUTS) -> Iterator[tuple[int, Tensor]]:
    """Features of the photos, a few at a time.

    Yields:
        (how many photos are done, (n, D) float32 features of the photos done since the last yield), in order.
    """
    for start in range(0, len(photos), BATCH):
        group = photos[start : start + BATCH]
        keys = [(photo.digest, tuple(cuts)) for photo in group]
        with _lock:
            cache = _cache.setdefault(network, OrderedDict())
            known = [cache.get(key) for key in keys]
        missing = [i for i, found in enumerate(known) if found is None]
        if missing:
            computed = compute([group[i] for i in missing], network, cuts)
            with _lock:
                for i, row in zip(missing, computed, strict=True):
                    known[i] = cache[keys[i]] = row
                while len(cache) > REMEMBERED:
                    cache.popitem(last=False)
        yield start + len(group), torch.stack([row for row in known if row is not None])


@torch.no_grad()
def compute(photos: Sequence[Photo], network: vgg.VGG16, cuts: Sequence[str] = CUTS) -> Tensor:
    """(n, D) float32 on the CPU, without the cache.

    The batch is filled up to `BATCH` photos: convolution kernels are chosen by the size of the batch and round
    differently, and a photo's features must not depend on which others came along with it.
    """
    batch = torch.cat([tensors.to_tensor(square_crop(photo.image, network.input_size)) for photo in photos])
    full = torch.cat([batch, batch[:1].expand(BATCH - len(batch), -1, -1, -1)]) if len(batch) < BATCH else batch
    found = network.features(full.to(device.current().device), cuts)
    return torch.cat([pool(found[cut].float()) for cut in cuts], 1).cpu()[: len(batch)]


def pool(activations: Tensor) -> Tensor:
    """(N, C, H, W) to (N, 2 C): each channel's average and maximum, signed square root."""
    pooled = torch.cat([activations.mean((2, 3)), activations.amax((2, 3))], 1)
    return pooled.sign() * pooled.abs().sqrt()


def forget() -> None:
    """Empties the cache."""
    with _lock:
        _cache.clear()
