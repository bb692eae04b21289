"""Grad-CAM: where in the photo the evidence for a class lies.

    weight of channel k = mean over all positions of d logit / d A_k        how much the class wants this channel
    map = max(0, sum over k of weight_k A_k)                                where the channels that it wants are active

Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization" (2017), section 3,
equations 1 and 2. The gradient comes back through our own last layer, standardisation and pooling. Where the answer is
of the photo and its mirror image, the sum stands for both: at each place of the photo, what either makes of it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from demos.core.errors import DemoError
from demos.core.files import new_file
from demos.transfer import features
from demos.transfer.classifier import Classifier
from demos.transfer.explain import overlay, sight
from demos.transfer.settings import cuts_to_explain


def heat_maps(
    taught: Classifier, image: Image.Image, label: int, cuts: Sequence[str], network: features.Network | None = None
) -> dict[str, Tensor]:
    """The map of each cut for class `label`: (h, w) float32 at the cut's own resolution, 0 and more, in logits.

    Raises:
        DemoError: the classifier's network is not to be had, no such class, or no such cut.
    """
    network = network or taught.loaded()
    if not 0 <= label < len(taught.classes):
        raise DemoError(f"There is no class number {label}; there are {len(taught.classes)}.")
    with torch.enable_grad():
        shown = sight.to_tensor(sight.square(image, taught)).requires_grad_(True)
        try:
            x, activations = sight.see(shown, network, taught, cuts)
        except KeyError as error:
            raise DemoError(f"{error.args[0]} Choose another cut.") from error
        logit = taught.head.logits(x.cpu())[0, label]
        slopes = torch.autograd.grad(logit, [activations[cut] for cut in cuts])
    return {
        cut: sight.upright(evidence(activations[cut].detach().float(), slope.float()), taught).relu().cpu()
        for cut, slope in zip(cuts, slopes, strict=True)
    }


def latest(maps: Mapping[str, Tensor]) -> str:
    """The latest cut whose map is not empty, of maps from early to late; the last one where all are empty.

    What tells a small or finely textured thing from the others is often lost in the few places of the last cut.
    """
    return next((cut for cut in reversed([*maps]) if float(maps[cut].max()) > 0), [*maps][-1])


def evidence(activations: Tensor, slopes: Tensor) -> Tensor:
    """(V, C, h, w) activations and the logit's slopes there to what speaks for the class, (V, h, w), with its sign."""
    weights = slopes.mean((2, 3), keepdim=True)
    return (weights * activations).sum(1)


def explained(taught: Classifier, image: Image.Image) -> tuple[Path, str]:
    """The map over the photo for the most probable class at the latest cut where there is any evidence for it.

    Returns:
        A PNG file, and the class's name.
    """
    network = taught.loaded()
    label = int(taught.probabilities(taught.features_of([image], network)).argmax())
    maps = heat_maps(taught, image, label, cuts_to_explain(taught.network), network)
    path = new_file("explanation.png")
    overlay.warm(sight.square(image, taught), maps[latest(maps)]).save(path)
    return path, taught.classes[label]
