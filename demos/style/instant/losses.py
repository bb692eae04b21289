"""What the decoder of instant style transfer is trained on."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from demos.core.networks import decoder, vgg
from demos.style.instant import statistics
from demos.style.optimise import losses
from demos.style.settings import STYLE_LAYERS

if TYPE_CHECKING:
    from demos.style.instant.train import DecoderOptions

STYLE_CUTS = tuple(STYLE_LAYERS)


def relative_over_batch(x: Tensor, target: Tensor) -> Tensor:
    """Squared distance as a share of the target's square, both over the whole batch: a scalar, 0 for equal tensors.

    Not the mean of each picture's share, as painting has it: a plain white style has next to nothing in the deep
    layers, and would count more than all the others.
    """
    target = target.float()
    return (x.float() - target).square().sum() / target.square().sum().clamp_min(1e-12)


class DecoderLosses(nn.Module):
    """The decoder that learns, and what is asked of it.

    Args:
        network: that learns.
        encoder: frozen; no part of what is saved.
        settings: the losses' weights.
    """

    def __init__(self, network: decoder.Decoder, encoder: vgg.VGG16, settings: "DecoderOptions") -> None:
        super().__init__()
        self.network, self.settings = network, settings
        self._encoder = [encoder]  # in a list: not ours to train or save

    def forward(self, photo: Tensor, style: Tensor, plain: int) -> dict[str, Tensor]:
        """The weighted losses, scalars; the first `plain` photos are only repeated. Both (N, 3, H, W), RGB 0..1."""
        settings, network, encoder = self.settings, self.network, self._encoder[0]
        count = len(photo)
        painted = (torch.arange(count, device=photo.device) >= plain).float()
        with torch.no_grad():
            content = encoder.features(photo, [network.cut])[network.cut]
            style_features = encoder.features(style, [*STYLE_CUTS, *network.depths])
            targets = {depth: statistics.statistics(style_features[depth]) for depth in network.depths}
            hook = statistics.Restyle(targets, painted.view(-1, 1, 1))
            target = hook(network.cut, content)
        # What goes in has the style's statistics already: only the depths after the cut are left to the hook.
        del targets[network.cut]
        picture = network(target, hook)
        with torch.autocast(photo.device.type, enabled=False):
            features = encoder.features(picture, list({*STYLE_CUTS, network.cut}))
            result = {
                "content": settings.content_weight * relative_over_batch(features[network.cut], target),
                "smooth": settings.smooth_weight * losses.total_variation(picture).mean(),
            }
            if plain:
                result["pixels"] = settings.pixel_weight * plain / count * F.mse_loss(picture[:plain], photo[:plain])
            share = (count - plain) / count / len(STYLE_CUTS)
            for cut in STYLE_CUTS if plain < count else ():
                distance = _style_distance(features[cut][plain:], style_features[cut][plain:])
                result[f"style {cut}"] = settings.style_weight * share * distance
        return result


def _style_distance(features: Tensor, target: Tensor) -> Tensor:
    """Of means and spreads, which carry the colours, and of Gram matrices, which carry the patterns."""
    one, two = statistics.statistics(features), statistics.statistics(target)
    moments = relative_over_batch(torch.cat([one.mean, one.std], 1), torch.cat([two.mean, two.std], 1))
    return moments + relative_over_batch(losses.gram(features), losses.gram(target))
