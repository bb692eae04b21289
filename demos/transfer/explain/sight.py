"""What a classifier sees of a photo, with the way back: from its answer to the activations in the middle.

    square of the photo, and its mirror image --network--> activations at the cuts --pool, mean--> features
    features --last layer--> logits

The same numbers as `Classifier.features_of` (a test holds the two together), but gradients can flow through them.
"""

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from demos.core import device
from demos.core.images import tensors
from demos.core.images.load import square_crop
from demos.transfer import features
from demos.transfer.classifier import Classifier
from demos.transfer.data import photos


def square(image: Image.Image, taught: Classifier) -> Image.Image:
    """The part of a photo that the network is shown, `input_size` px a side."""
    return square_crop(photos.stored(image).image, taught.input_size)


def to_tensor(image: Image.Image) -> Tensor:
    """A square as (1, 3, S, S), RGB 0..1, on the network's device."""
    return tensors.to_tensor(image).to(device.current().device)


def see(
    squares: Tensor, network: features.Network, taught: Classifier, at: Sequence[str] = ()
) -> tuple[Tensor, dict[str, Tensor]]:
    """Features (N, D) float32 of squares (N, 3, S, S), and the activations at the cuts of `at`.

    Args:
        at: where one looks; a cut before those of the classifier has its part in the answer through later layers.

    Returns:
        The features, and for each cut (N, C, h, w); where the classifier looks at the mirror images, too,
        (2 N, C, h, w), theirs behind the others and mirrored as they are (`upright` turns them back).
    """
    views = torch.cat([squares, squares.flip(3)]) if taught.mirrored else squares
    activations = network.features(views, tuple(dict.fromkeys((*taught.cuts, *at))))
    seen = {cut: activations[cut] for cut in at}
    branches = [activations[cut].float().clone() for cut in taught.cuts]  # apart from what goes on to later layers
    for branch in branches:
        if branch.requires_grad:
            # The slope of a square root at 0 is infinite: PyTorch gives NaN for a channel that is 0 everywhere, which
            # has no part in the answer.
            branch.register_hook(lambda slope: slope.nan_to_num(0.0, 0.0, 0.0))
    x = torch.cat([features.pool(branch) for branch in branches], 1)
    return x.unflatten(0, (-1, len(squares))).mean(0), seen


def upright(maps: Tensor, taught: Classifier) -> Tensor:
    """Maps (V, h, w) of a photo's views to one (h, w), their sum; the mirror image's is turned back first."""
    return maps[0] + maps[1].flip(1) if taught.mirrored else maps[0]
