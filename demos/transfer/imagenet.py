"""ImageNet's 1,000 classes: VGG16 as it was published, its own last layer and all.

The 1,000-class layers are 494 MB beyond the features, so the page says so before they come. The pocket network
recognises with its own head where its file has one.
"""

from collections.abc import Iterator
from functools import partial

import torch
from PIL import Image

from demos.core import device
from demos.core.cache import once
from demos.core.hub import background, fetch
from demos.core.images import tensors
from demos.core.images.load import square_crop
from demos.core.networks import files as network_files
from demos.core.networks import vgg

CROP = 0.875  # the middle of the photo that is looked at, as in the network's own evaluation


@once
def class_names() -> list[str]:
    """ImageNet's 1,000 class names, in the order of the logits."""
    from torchvision.models import VGG16_Weights

    return list(VGG16_Weights.IMAGENET1K_V1.meta["categories"])


def network_name() -> str:
    """The network that recognises here and now: the full VGG16 where it is or can be fetched, else the pocket one."""
    full_is_here = network_files.find(vgg.FULL) is not None
    return vgg.POCKET if not full_is_here and pocket_can() else vgg.FULL


def pocket_can() -> bool:
    """Whether the shipped pocket network has a 1,000-class head."""
    return network_files.available(vgg.POCKET) and vgg.load(vgg.POCKET).has_classifier


def possible() -> bool:
    """Whether a photo can be recognised here: a network is on this machine, or the app may fetch it."""
    return network_files.find(vgg.FULL) is not None or pocket_can() or not fetch.is_offline()


def promise() -> str:
    """What a click will cost, said before it is made."""
    if network_files.find(vgg.FULL) is not None:
        return "The full VGG16 is here. Choose a photo."
    if pocket_can():
        return "The pocket VGG16 recognises; it is small, and often right only among its first five."
    if fetch.is_offline():
        return (
            "This needs the full VGG16, a file of 553 MB from the Internet, which is not on this machine, and the app "
            "was started to work without the Internet (`--offline`). Start it once without that and the file comes by "
            "itself; teach your own classes meanwhile."
        )
    return "The full VGG16 is fetched from the Hub once: 553 MB, a minute or ten. Then every photo takes a moment."


def top5(image: Image.Image, network: vgg.VGG16 | None = None) -> list[tuple[str, float]]:
    """ImageNet's five most probable classes, the most probable first.

    Args:
        image: upright RGB; its middle square is looked at, at the network's input size.

    Raises:
        DemoError: the network is not here and cannot be fetched.
    """
    network = network or vgg.load(network_name())
    size = network.input_size
    middle = square_crop(image, round(size / CROP))
    edge = (middle.width - size) // 2
    photo = tensors.to_tensor(middle.crop((edge, edge, edge + size, edge + size)), device.current().device)
    with torch.no_grad():
        probabilities, indices = network.classify(photo)[0].softmax(0).topk(5)
    return [(class_names()[i], p) for i, p in zip(indices.tolist(), probabilities.tolist(), strict=True)]


def steps(image: Image.Image) -> Iterator[tuple[str, list[tuple[str, float]] | None]]:
    """(a line of what is happening, the answer at the end); closing it between two lines stops the download."""
    name = network_name()
    if network_files.find(name) is None and not fetch.is_offline():
        yield "The full VGG16 is on its way: 0 of 553 MB.", None
        for done, total in background.stream(name, partial(network_files.path, name)):
            yield f"The full VGG16 is on its way: {done / 1e6:.0f} of {total / 1e6:.0f} MB. Stop keeps what came.", None
    yield "Looking at the photo.", None
    answer = top5(image)
    by = "the pocket VGG16" if name == vgg.POCKET else "the real VGG16"
    yield f"Recognised by {by}.", answer
