"""The networks by name: a table of what is known of each without having its file.

Reads no file, asks no network and loads no torch. Where a file lies, and whether it is sound: `files.py`.
"""

import os
from dataclasses import dataclass, replace

from demos.core.errors import DemoError
from demos.core.hub.fetch import Pinned

# OWNER/NAME of the repository on the Hub with the networks trained here, for a checkout without weights/; "" for none.
# `python -m demos.core.weights --push OWNER/NAME` fills it. Whatever it sends is checked by the hashes noted here.
HUB = os.environ.get("HIDDEN_LAYERS_HUB", "")


@dataclass(frozen=True)
class Network:
    """One network's entry in the table."""

    name: str
    file: str  # in weights/, where it may lie in a folder; of one with an origin: in its repository
    purpose: str
    licence: str = "MIT"
    origin: Pinned | None = None  # on the Hub; None: trained here and shipped in weights/
    trainer: str = ""  # the module whose command trains it


POCKET, FEATURES, FULL = "pocket-vgg16", "vgg16-features", "vgg16"  # the three that are VGG16, by their names
SQUEEZENEXT = "squeezenext"

# The Hub's VGG16 (Simonyan and Zisserman, 2015, with torchvision's weights) is one file and two entries: its
# convolutions are a tenth of it, and all that most visitors need.
_VGG16 = Pinned(
    repo="timm/vgg16.tv_in1k",
    file="model.safetensors",
    revision="b8d8aa2dd860af9233c8c67385a8097fd6c35d3f",
    sha256="57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
    size=553_430_176,
)

_NETWORKS = (
    Network(
        POCKET,
        "pocket_vgg16.safetensors",
        "a narrow VGG16, distilled here: there at once",
        trainer="demos.core.training.distil",
    ),
    Network(
        SQUEEZENEXT,
        "squeezenext.safetensors",
        "a small network for features, distilled here: a fifth of the pocket VGG16's weights",
        trainer="demos.core.training.distil",
    ),
    Network(
        "style-decoder",
        "style_decoder.safetensors",
        "paints a photo in any style in one pass, trained here",
        trainer="demos.style.instant.train",
    ),
    Network(
        "denoiser",
        "denoiser.safetensors",
        "cleans noisy photos, trained here",
        trainer="demos.autoencoder.denoise.train",
    ),
    Network(
        "codec",
        "codec.safetensors",
        "compresses photos to small files, trained here",
        trainer="demos.autoencoder.compress.train",
    ),
    Network("taught-digits", "taught_digits.safetensors", "an autoencoder with two values, taught on digits here"),
    Network(
        "layer-decoders",
        "layers.safetensors",
        "photos again from VGG16's layers, trained here",
        trainer="demos.autoencoder.layers.train",
    ),
    Network(
        FEATURES,
        _VGG16.file,
        "VGG16's convolutions: features for new classes and for style",
        licence="BSD-3-Clause",
        origin=replace(_VGG16, size=58_858_752, prefixes=("features.",)),
    ),
    Network(
        FULL, _VGG16.file, "all of VGG16, with the 1,000 classes of ImageNet", licence="BSD-3-Clause", origin=_VGG16
    ),
    # DCGANs trained here: a folder each, whose config.json says what else is in it (demos/dcgan/file_format.py).
    Network("dcgan-cats", "dcgan-cats/generator.safetensors", "makes faces of cats, 64 px"),
    Network("dcgan-fashion", "dcgan-fashion/generator.safetensors", "makes clothes, 64 px"),
    Network("dcgan-cats-collapsed", "dcgan-cats-collapsed/generator.safetensors", "broken on purpose: one cat only"),
)
NETWORKS: dict[str, Network] = {network.name: network for network in _NETWORKS}


def record(name: str | Network) -> Network:
    """The entry of that name; an entry passes through, so that every function takes either."""
    if isinstance(name, Network):
        return name
    if name not in NETWORKS:
        raise DemoError(f"There is no network {name!r}. There are {', '.join(NETWORKS)}.")
    return NETWORKS[name]
