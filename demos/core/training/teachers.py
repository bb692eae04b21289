"""Larger networks that others trained: teachers for distillation, judges for the benchmarks. None of them ships.

Their files are read from a folder that you name; what each file holds is said at its loader. Every teacher maps
RGB 0..1 photos (N, 3, H, W) to named targets, the names being the pocket VGG16's cuts of the same stride.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models import mobilenet_v2
from torchvision.models.vgg import make_layers

from demos.core.errors import DemoError
from demos.core.networks import vgg

CAFFE_MEAN = (123.68, 116.779, 103.939)  # subtracted from RGB 0..255 by the networks that came from Caffe


def _tensors(folder: Path, file: str) -> dict[str, Tensor]:
    path = folder / file
    if not path.exists():
        raise DemoError(f"The teacher's file {file} is not in the folder given. Name its folder with --teachers.")
    return {key: tensor.float() for key, tensor in load_file(path).items()}


# its block -> our cut of the same stride (8, 16, 32)
MOBILENET_CUTS = {6: "relu4_3", 13: "relu5_3", 18: "pool5"}
VGG19_CUTS = {1: "relu1_1", 6: "relu2_1", 11: "relu3_1"}  # its layer -> our cut


class MobileNet(nn.Module):
    """MobileNetV2 (Sandler et al. 2018) with weights converted from Keras: deep features and ImageNet's logits.

    Keras pads its strided convolutions at the right and the bottom only; padding as PyTorch does costs the network
    ten points of accuracy. Batch norm is folded into the convolutions, for speed.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, folder: Path) -> None:
        super().__init__()
        network = mobilenet_v2(weights=None)
        network.load_state_dict(_tensors(folder, "mobilenet_v2_keras_fp16.safetensors"), strict=True)
        network.eval()
        for module in list(network.modules()):
            if isinstance(module, nn.Sequential):
                _fold(module)
        self.blocks, self.classifier = network.features, network.classifier
        self.register_buffer("mean", torch.tensor(vgg.IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(vgg.IMAGENET_STD).view(1, 3, 1, 1))

    def forward(self, photo: Tensor) -> dict[str, Tensor]:
        x, targets = (photo - self.mean) / self.std, {}
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in MOBILENET_CUTS:
                targets[MOBILENET_CUTS[i]] = x
        targets["pooled"] = x.mean((2, 3))  # (N, 1280)
        targets["logits"] = self.classifier(targets["pooled"])  # (N, 1000)
        return targets


class _PadRightAndBottom(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, (0, 1, 0, 1))


def _fold(block: nn.Sequential) -> None:
    """Folds each batch norm into the convolution before it; strided 3x3 convolutions get Keras' padding."""
    layers = list(block.children())
    for i, layer in enumerate(layers):
        if not isinstance(layer, nn.Conv2d):
            continue
        after = layers[i + 1] if i + 1 < len(layers) else None
        if isinstance(after, nn.BatchNorm2d):
            layer = fuse_conv_bn_eval(layer, after)
            block[i + 1] = nn.Identity()
        block[i] = layer
        if layer.stride == (2, 2) and layer.kernel_size == (3, 3):
            layer.padding = (0, 0)
            block[i] = nn.Sequential(_PadRightAndBottom(), layer)


class VGG19(nn.Module):
    """The real VGG19 up to relu3_1, rescaled to mean activations of 1 (Gatys et al. 2016, sect. 2)."""

    mean: Tensor

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.layers = make_layers([64, 64, "M", 128, 128, "M", 256], batch_norm=False)
        self.layers.load_state_dict(_tensors(folder, "vgg19norm_relu3_1_fp16.safetensors"), strict=True)
        self.register_buffer("mean", torch.tensor(CAFFE_MEAN).view(1, 3, 1, 1))

    def forward(self, photo: Tensor) -> dict[str, Tensor]:
        x, targets = photo * 255 - self.mean, {}
        for i, layer in enumerate(self.layers):
            x = F.relu(x) if isinstance(layer, nn.ReLU) else layer(x)
            if i in VGG19_CUTS:
                targets[VGG19_CUTS[i]] = x
        return targets


class CompressedVGG19(nn.Module):
    """VGG19 with a sixteenth of its weights (Wang et al., "Collaborative Distillation", 2020), encoder only.

    Its 1x1 `aux` layers predict the real VGG19's features, which is what `forward` gives at relu4_1 and relu5_1.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        tensors = {k.removeprefix("enc."): t for k, t in _tensors(folder, "vgg19_small16x_5_fp16.safetensors").items()}
        tensors = {k: t for k, t in tensors.items() if not k.startswith("dec.")}
        self.convolutions = nn.ModuleDict()
        for key, tensor in tensors.items():
            if key.endswith(".weight"):
                out_channels, in_channels, size, _ = tensor.shape
                self.convolutions[key.removesuffix(".weight")] = nn.Conv2d(in_channels, out_channels, size)
        self.convolutions.load_state_dict(tensors, strict=True)
        self.order = sorted(name for name in self.convolutions if name != "conv0" and not name.endswith("aux"))

    def forward(self, photo: Tensor) -> dict[str, Tensor]:
        x, targets = self.convolutions["conv0"](photo), {}
        for name in self.order:  # conv11, conv12, conv21, ...
            block, index = name[4], name[5]
            if index == "1" and block != "1":
                x = F.max_pool2d(x, 2)
            x = F.relu(self.convolutions[name](F.pad(x, (1, 1, 1, 1), mode="reflect")))
            if block in "45" and f"{name}_aux" in self.convolutions:
                targets[f"relu{block}_{index}"] = F.relu(self.convolutions[f"{name}_aux"](x))
        return targets


class HubVGG16(nn.Module):
    """The real VGG16 from the Hub, as a teacher of every cut and of the logits."""

    CUTS = ("relu1_1", "relu2_1", "relu3_1", "relu4_3", "relu5_3", "pool5")

    def __init__(self) -> None:
        super().__init__()
        self.network = vgg.load(vgg.FULL)

    def forward(self, photo: Tensor) -> dict[str, Tensor]:
        targets = self.network.features(photo, self.CUTS)
        pool5 = F.adaptive_avg_pool2d(targets["pool5"], 7).flatten(1)
        return targets | {"pooled": targets["pool5"].mean((2, 3)), "logits": self.network.classifier(pool5)}
