"""VGG16 at any width: its named cuts, its own normalisation, and the two networks that we use.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (2015),
configuration D: thirteen 3x3 convolutions in five blocks, each block closed by a 2x2 maximum pooling, and three
fully connected layers. The convolutional part is torchvision's own `vgg16().features`; only its widths vary.

- **the real VGG16** (widths 64 to 512, 138 million parameters): learned on ImageNet, fetched from the Hub.
- **the pocket VGG16** (widths `POCKET_WIDTHS`): shipped, distilled from larger networks by
  `demos/core/training/distil.py`.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.vgg import make_layers

from demos.core.errors import DemoError
from demos.core.networks import files as network_files
from demos.core.networks import shipped
from demos.core.networks.blocks import parameter_count
from demos.core.networks.catalogue import FEATURES, FULL, POCKET
from demos.core.networks.cuts import CONVOLUTIONS_PER_BLOCK, CUTS, FULLY_CONNECTED_CUTS

FULL_WIDTHS = (64, 128, 256, 512, 512)
# A quarter of VGG16 where pictures are largest, three eighths in the middle, half in the fifth block, which works on
# 8 x 8 to 16 x 16 positions: its channels cost little time and are what a new last layer is taught on.
POCKET_WIDTHS = (16, 48, 96, 192, 256)
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class VGG16(nn.Module):
    """VGG16's convolutions at the given widths, with or without a 1,000-class classifier.

    Args:
        widths: channels of the five blocks; `FULL_WIDTHS` is the network of the paper.
        classifier: None; "paper" for fc6, fc7 and the last layer of the paper; "pooled" for one linear layer on
            the average-pooled pool5 (what the pocket network has: Lin et al., "Network in Network", 2014).
        batch_norm: batch normalisation after each convolution (while training; see `fold_batch_norm`).
    """

    mean: Tensor
    std: Tensor
    classifier: nn.Sequential

    def __init__(
        self,
        widths: Sequence[int] = FULL_WIDTHS,
        *,
        classifier: str | None = None,
        batch_norm: bool = False,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
        name: str = "vgg16",
        input_size: int = 224,
    ) -> None:
        super().__init__()
        if len(widths) != len(CONVOLUTIONS_PER_BLOCK):
            raise ValueError(f"VGG16 has {len(CONVOLUTIONS_PER_BLOCK)} blocks, but {len(widths)} widths were given.")
        self.name, self.widths, self.input_size, self.classifier_kind = name, tuple(widths), input_size, classifier
        plan: list[str | int] = []
        for width, count in zip(widths, CONVOLUTIONS_PER_BLOCK, strict=True):
            plan += [width] * count + ["M"]
        self.layers = make_layers(plan, batch_norm=batch_norm)  # type: ignore[arg-type]
        self._name_cuts()
        if classifier == "paper":
            self.classifier = nn.Sequential(
                nn.Linear(widths[-1] * 7 * 7, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000)
            )
        elif classifier == "pooled":
            self.classifier = nn.Sequential(nn.Linear(widths[-1], 1000))
        # Buffers outside the state dict: part of the network's definition, not of what it learned.
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def _name_cuts(self) -> None:
        """A cut's name stands at the layer (ReLU or pooling) whose output it is."""
        names = iter(CUTS)
        self._cut_at = {
            i: next(names) for i, layer in enumerate(self.layers) if isinstance(layer, nn.ReLU | nn.MaxPool2d)
        }

    def extra_repr(self) -> str:
        head = f"classifier={self.classifier_kind!r}, input_size={self.input_size}"
        return f"{self.name!r}, widths={self.widths}, {head}, {parameter_count(self)}"

    def cut_at(self, layer: int) -> str | None:
        """The cut that is the output of `layers[layer]`; None between the cuts."""
        return self._cut_at.get(layer)

    @property
    def has_classifier(self) -> bool:
        return self.classifier_kind is not None

    @property
    def teaching_cuts(self) -> tuple[str, ...]:
        """The cuts that a new last layer is taught on."""
        return ("pool4", "pool5")

    def channels(self, cut: str) -> int:
        """Channels at a cut: 512 for pool5 of the full network."""
        if cut in FULLY_CONNECTED_CUTS:
            return 4096
        return self.widths[int(cut.removeprefix("relu").removeprefix("pool")[0]) - 1]

    def normalise(self, photo: Tensor) -> Tensor:
        """(N, 3, H, W) RGB 0..1 to what the first convolution was trained on, in the network's own precision."""
        first = self.layers[0].weight
        x = ((photo - self.mean) / self.std).to(first.dtype)
        channels_last = first.is_contiguous(memory_format=torch.channels_last) and not first.is_contiguous()
        return x.contiguous(memory_format=torch.channels_last) if channels_last else x

    def features(self, photo: Tensor, cuts: Sequence[str] = ("pool5",)) -> dict[str, Tensor]:
        """The activations at the named cuts; computing stops at the deepest of them.

        Args:
            photo: (N, 3, H, W) float32, RGB 0..1, at least 32 px a side for pool5.
            cuts: names from `CUTS`, and "fc6", "fc7" where the classifier of the paper is there.

        Returns:
            name to (N, C, H / 2**k, W / 2**k), or (N, 4096) for fc6 and fc7, in the network's precision.

        Raises:
            KeyError: a cut that this network does not have.
        """
        known = CUTS + (FULLY_CONNECTED_CUTS if self.classifier_kind == "paper" else ())
        for cut in cuts:
            if cut not in known:
                raise KeyError(f"{self.name} has no cut {cut!r}; it has {', '.join(known)}.")
        missing, activations = set(cuts), {}
        x = self.normalise(photo)
        for i, layer in enumerate(self.layers):
            # In place: what a ReLU overwrites is a convolution's result, which nobody asks for.
            x = F.relu(x, inplace=True) if isinstance(layer, nn.ReLU) else layer(x)
            cut_here = self.cut_at(i)
            if cut_here in missing:
                activations[cut_here] = x
                missing.remove(cut_here)
                if not missing:
                    return activations
        x = F.adaptive_avg_pool2d(x, 7).flatten(1)  # (N, C * 7 * 7)
        for cut_here, linear in zip(FULLY_CONNECTED_CUTS, self.classifier[0:4:2], strict=True):
            x = F.relu(linear(x))
            if cut_here in missing:
                activations[cut_here] = x
        return activations

    def classify(self, photo: Tensor) -> Tensor:
        """Logits (N, 1000) of ImageNet's classes, float32, for (N, 3, H, W) RGB 0..1 of `input_size` px."""
        if not self.has_classifier:
            raise DemoError(f"The network {self.name} here ends at pool5 and has no 1,000-class layer.")
        x = self.features(photo, ["pool5"])["pool5"]
        pooled = F.adaptive_avg_pool2d(x, 7 if self.classifier_kind == "paper" else 1)
        return self.classifier(pooled.flatten(1)).float()

    forward = classify


def fold_batch_norm(network: VGG16) -> VGG16:
    """The same function without batch norm: y = g (Wx + b - m) / s + h is a convolution with weight g W / s.

    Returns a new network in float32 whose outputs equal those of `network` in evaluation mode.
    """
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    plain = VGG16(network.widths, classifier=network.classifier_kind, name=network.name, input_size=network.input_size)
    plain.mean, plain.std = network.mean.clone(), network.std.clone()
    layers = list(network.eval().layers)
    folded = [
        fuse_conv_bn_eval(layer, layers[i + 1]) if isinstance(layers[i + 1], nn.BatchNorm2d) else layer
        for i, layer in enumerate(layers)
        if isinstance(layer, nn.Conv2d)
    ]
    targets = [layer for layer in plain.layers if isinstance(layer, nn.Conv2d)]
    with torch.no_grad():
        for target, source in zip(targets, folded, strict=True):
            target.load_state_dict(source.state_dict())
    if network.has_classifier:
        plain.classifier.load_state_dict(network.classifier.state_dict())
    return plain.eval()


# ---- the networks by name -------------------------------------------------------------------------------------------


def _from_timm(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """timm's names and shapes to ours: its fully connected layers are stored as convolutions."""
    names = {"pre_logits.fc1": "classifier.0", "pre_logits.fc2": "classifier.2", "head.fc": "classifier.4"}
    ours: dict[str, Tensor] = {}
    for key, tensor in tensors.items():
        stem, kind = key.rsplit(".", 1)
        if stem in names:
            ours[f"{names[stem]}.{kind}"] = tensor.flatten(1) if kind == "weight" else tensor
        else:
            ours[key.replace("features.", "layers.", 1)] = tensor
    return ours


def build(name: str, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> VGG16:
    """The network `name` from its file's tensors, every key and shape checked.

    Raises:
        DemoError: a key or a shape is not what the network needs: the file is not this network.
    """
    metadata = metadata or {}
    if name == POCKET:
        widths = tuple(int(w) for w in metadata.get("widths", ",".join(map(str, POCKET_WIDTHS))).split(","))
        kind = "pooled" if "classifier.0.weight" in tensors else None
        network = VGG16(widths, classifier=kind, name=name, input_size=int(metadata.get("input_size", 160)))
    else:
        tensors = _from_timm(tensors)
        if name == FEATURES:  # also what the whole file gives, when only its features are asked for
            tensors = {key: t for key, t in tensors.items() if key.startswith("layers.")}
        # FEATURES and FULL are one network: what is taught on one must be recognised by the other.
        network = VGG16(FULL_WIDTHS, classifier="paper" if name == FULL else None, name="vgg16")
    try:
        network.load_state_dict({key: tensor.float() for key, tensor in tensors.items()}, strict=True)
    except RuntimeError as error:
        raise DemoError(
            f"The file of {name} does not hold this network ({len(tensors)} tensors with other names or shapes). "
            f"Remove it with: python -m demos.core.weights --remove {name}"
        ) from error
    return network


def load(name: str = POCKET, progress: Callable[[int, int], None] | None = None) -> VGG16:
    """The network, frozen, on the chosen device in its fast precision; built once per process and shared.

    Args:
        name: "pocket-vgg16" (shipped), "vgg16-features" (59 MB from the Hub) or "vgg16" (553 MB, with fc6 to fc8).
        progress: called with (bytes done, bytes in all) while a file comes from the Hub.

    Raises:
        DemoError: the file cannot be had or is not this network.
    """
    return shipped.network(name, partial(build, name), progress)


def available() -> list[str]:
    """Names of the networks that can be loaded now without any network."""
    return [name for name in (POCKET, FEATURES, FULL) if network_files.available(name)]
