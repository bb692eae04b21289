"""The networks by name, and their files on this machine: where they are and whether they are sound.

Asks no network and loads no torch; `weights.py` is the door that everything else goes through.
"""

from dataclasses import dataclass, replace

from demos.core.errors import DemoError


@dataclass(frozen=True)
class Network:
    """What is known of a network's file without having it."""

    name: str
    file: str  # in its repository, or in weights/, where it may lie in a folder
    purpose: str
    licence: str = "MIT"
    repo: str | None = None  # on the Hub; None: shipped in weights/, with its hash in weights/SHA256SUMS
    revision: str = ""  # a commit, never a branch: the file behind it cannot change
    sha256: str = ""  # of the whole file
    size: int = 0  # bytes of the tensors that are fetched
    tensors: tuple[str, ...] = ()  # prefixes of the tensors wanted; () is all of them


# The Hub's VGG16 (Simonyan and Zisserman, 2015, with torchvision's weights) is one file and two entries: its
# convolutions are a tenth of it, and all that most visitors need.
_VGG16 = Network(
    "vgg16",
    "model.safetensors",
    "all of VGG16, with the 1,000 classes of ImageNet",
    licence="BSD-3-Clause",
    repo="timm/vgg16.tv_in1k",
    revision="b8d8aa2dd860af9233c8c67385a8097fd6c35d3f",
    sha256="57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
    size=553_430_176,
)

_NETWORKS = (
    Network("pocket-vgg16", "pocket_vgg16.safetensors", "a narrow VGG16, distilled here: there at once"),
    Network("style-decoder", "style_decoder.safetensors", "paints a photo in any style in one pass, trained here"),
    Network("denoiser", "denoiser.safetensors", "cleans noisy photos, trained here"),
    Network("codec", "codec.safetensors", "compresses photos to small files, trained here"),
    Network("taught-digits", "taught_digits.safetensors", "an autoencoder with two values, taught on digits here"),
    Network("layer-decoders", "layers.safetensors", "photos again from VGG16's layers, trained here"),
    replace(
        _VGG16,
        name="vgg16-features",
        purpose="VGG16's convolutions: features for new classes and for style",
        size=58_858_752,
        tensors=("features.",),
    ),
    _VGG16,
    # DCGANs trained here: a folder each, whose config.json says what else is in it (demos/dcgan/file_format.py).
    Network("dcgan-cats", "dcgan-cats/generator.safetensors", "makes faces of cats, 64 px"),
    Network("dcgan-fashion", "dcgan-fashion/generator.safetensors", "makes clothes, 64 px"),
    Network("dcgan-cats-collapsed", "dcgan-cats-collapsed/generator.safetensors", "broken on purpose: one cat only"),
)
NETWORKS: dict[str, Network] = {network.name: network for network in _NETWORKS}


def record(name: str | Network) -> Network:
    """The record of that name; a record passes through, so that every function here takes either."""
    if isinstance(name, Network):
        return name
    if name not in NETWORKS:
        raise DemoError(f"There is no network {name!r}. There are {', '.join(NETWORKS)}.")
    return NETWORKS[name]


def megabytes(count: int) -> str:
    """A size for people: "59 MB", "7.7 MB" (millions of bytes, as the Hub counts)."""
    return f"{count / 1e6:.0f} MB" if count >= 9.95e6 else f"{count / 1e6:.1f} MB"
