"""The run as plain PyTorch: a short program that finds the same last layer, without anything of this project.

It reads the photos from `photos/train/CLASS/` and `photos/val/CLASS/`, as `as_folder` writes them, and the network from
its file. Where cross-validation chose the number of epochs, it takes that number, and learns from all photos.
"""

import inspect
import io
import itertools
import zipfile
from pathlib import Path

from demos.core import device
from demos.core.errors import DemoError
from demos.core.files import new_file
from demos.core.networks.catalogue import FEATURES, POCKET, record
from demos.core.networks.cuts import CONVOLUTIONS_PER_BLOCK
from demos.core.networks.vgg import VGG16
from demos.transfer.classifier import Classifier
from demos.transfer.data import names, splits
from demos.transfer.data.photos import SHORT_SIDE, PhotoSet
from demos.transfer.settings import INITIALISATIONS, HeadConfig
from demos.transfer.training import augmentation

MOST = 600  # photos in the folder: each is 100 kB, since they are kept exactly

START = """
{standard}import torch
{hub}from PIL import Image
from safetensors.torch import load_file
from torch.nn import functional as F
from torch.utils.data import default_collate
from torchvision.datasets import ImageFolder
from torchvision.models.vgg import make_layers
from torchvision.transforms.functional import pil_to_tensor{transform}

vgg = make_layers({plan}).requires_grad_(False)
vgg.load_state_dict({{name[{skip}:]: w for name, w in load_file({file}).items() if name.startswith("{prefix}")}})
vgg.to({placed})
mean, std = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).to({dtype}).view(2, 3, 1, 1)
"""

FEATURES_OF = """
def features(image):  # the middle square{views}; of each channel at {cuts} the mean and the maximum
    side, (left, top) = min(image.size), ((length - min(image.size)) // 2 for length in image.size)
    image = image.resize({size}, Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    x = (pil_to_tensor(image) / 255 - mean) / std
    x = torch.stack([{stack}]).to({placed})
    maps = [(x := part(x)).float().cpu() for part in ({parts})]
    return torch.cat([pooled for m in maps for pooled in (m.mean((2, 3)), m.amax((2, 3)))], 1).sqrt().mean(0)

{sides}
{augment}"""
SIDES = (
    '(x, y), (x_val, y_val) = (default_collate([*ImageFolder(f"photos/{side}", features)]) '
    'for side in ("train", "val"))'
)
ONE_SIDE = 'x, y = default_collate([*ImageFolder("photos/train", features)])'

AUGMENT = """seen = [(features(view(image, number)), label) for number in range(1, {views} + 1)
        for image, label in ImageFolder("photos/train")]
x, y = (torch.cat(pair) for pair in zip((x, y), default_collate(seen)))
"""

VIEW = """
AREA, RATIO, LIGHT, SHORT_SIDE = {area}, {ratio}, {light}, {short}

def view(image, number):
    digest = hashlib.sha256(f"{{image.width}}x{{image.height}}:".encode() + image.tobytes()).hexdigest()
    words = f"view {{number}} with seed {seed} of {{digest}}"
    return augmented(image, random.Random(hashlib.sha256(words.encode()).hexdigest()))

{source}
"""

TRAINING = """
mu, sigma = x.mean(0), x.std(0, correction=0).clamp_min(1e-6)
{standardised}
torch.manual_seed({seed})
weight, bias = {initial}.requires_grad_(), torch.zeros({classes}, requires_grad=True)
optimiser = {optimiser}
def closure():
    optimiser.zero_grad()
    loss = F.cross_entropy({seen} @ weight.T + bias, {labels}) + {decay} / 2 * weight.square().sum()
    loss.backward()
    return loss
"""
KEPT = """kept = (float("inf"),)
for epoch in range(1, {epochs} + 1):
{step}
    loss = F.cross_entropy(z_val @ weight.T + bias, y_val).item()
    kept = min(kept, (loss, epoch, weight.detach().clone(), bias.detach().clone()), key=lambda state: state[0])
    if epoch - kept[1] >= {patience}: break
lowest, best, weight, bias = kept  # the epoch with the lowest validation loss
probabilities = ((z_val @ weight.T + bias) / {temperature!r}).softmax(1)
print(int((probabilities.argmax(1) == y_val).sum()), "of", len(y_val), "held-back photos are recognised")
"""
IN_ROUNDS = """for best in range(1, {epochs} + 1):  # so many had the lowest validation loss in {rounds} rounds
{step}
probabilities = ((z @ weight.T + bias) / {temperature!r}).softmax(1)
print(int((probabilities.argmax(1) == y).sum()), "of", len(y), "pictures that it learned from are recognised")
"""
WHOLE = "    optimiser.step(closure)"
IN_BATCHES = """    for batch in {batches}:
        seen, labels = {seen}, y[batch]
        optimiser.step(closure)"""


def as_code(config: HeadConfig, classifier: Classifier) -> str:
    """The program of one run: its network, sizes, optimiser, settings and seed.

    Args:
        config: the settings that `classifier` was taught with.

    Raises:
        DemoError: a network that is not VGG16: its blocks would not fit on a screen.
    """
    network = classifier.loaded()
    if not isinstance(network, VGG16):
        raise DemoError("The short program is written for VGG16 only. Teach with the pocket or the real VGG16.")
    about = f"# One new layer on the frozen {network.name}: {config.optimiser}, seed {config.seed}. Beside it lie\n"
    about += "# photos/train/CLASS/" + ("" if classifier.report and classifier.report.folds else ", photos/val/CLASS/")
    about += " and the network's file in weights/." if network.name == POCKET else "."
    parts = (about, _start(config, network), _views(config), _looking(config, classifier, network))
    return "\n\n".join(filter(None, (*parts, _training(config, classifier)))) + "\n"


def count(program: str) -> tuple[int, int, int]:
    """Lines that import, that look at the photos, and that train; empty ones and comments are none."""
    looking, training = program.split(f"\n{TRAINING.split()[0]}", 1)
    lines = [line for line in looking.splitlines() if line.strip() and not line.startswith("#")]
    imports = sum(line.startswith(("import ", "from ")) for line in lines)
    return imports, len(lines) - imports, len([line for line in training.splitlines() if line.strip()])


def _start(config: HeadConfig, network: VGG16) -> str:
    plan: list[int | str] = []
    for width, convolutions in zip(network.widths, CONVOLUTIONS_PER_BLOCK, strict=True):
        plan += [*[width] * convolutions, "M"]
    origin = None if network.name == POCKET else record(FEATURES).origin
    hub, file = "", f'"weights/{record(POCKET).file}"'
    if origin is not None:
        hub = "from huggingface_hub import hf_hub_download\n"
        file = f'hf_hub_download("{origin.repo}", "{origin.file}", revision="{origin.revision}")'
    prefix = "layers." if origin is None else "features."
    return START.strip().format(
        plan=str(plan).replace("'", '"'),
        file=file,
        prefix=prefix,
        skip=len(prefix),
        standard="import hashlib\nimport math\nimport random\n" if config.views else "",
        hub=hub,
        transform="\nfrom torchvision.transforms.v2 import functional as transform" if config.views else "",
        placed=_placed(),
        dtype=device.current().dtype,
    )


def _views(config: HeadConfig) -> str:
    if not config.views:
        return ""
    source = "\n\n".join(inspect.getsource(part).strip() for part in (augmentation.augmented, augmentation._within))
    return VIEW.strip().format(
        area=augmentation.AREA, ratio=augmentation.RATIO, light=augmentation.LIGHT, short=SHORT_SIDE, seed=config.seed,
        source=source.replace("Image.Image", "Image"),
    )  # fmt: skip


def _looking(config: HeadConfig, classifier: Classifier, network: VGG16) -> str:
    ends = [i + 1 for i in range(len(network.layers)) if network.cut_at(i) in classifier.cuts]
    return FEATURES_OF.strip().format(
        size=(classifier.input_size, classifier.input_size),
        placed=_placed(),
        views=" and its mirror image" if classifier.mirrored else "",
        stack="x, x.flip(2)" if classifier.mirrored else "x",
        cuts=" and ".join(classifier.cuts),
        parts=", ".join(f"vgg[{start}:{end}]" for start, end in itertools.pairwise([0, *ends]))
        + ("," * (len(ends) == 1)),
        sides=ONE_SIDE if classifier.report and classifier.report.folds else SIDES,
        augment=AUGMENT.format(views=config.views) if config.views else "",
    )


def _training(config: HeadConfig, classifier: Classifier) -> str:
    size, share, (classes, d) = config.batch_size, config.dropout, classifier.head.weight.shape
    batches, step = "[slice(None)]", WHOLE
    if size:
        batches = f"torch.randperm(len(y)).split({size}) if len(y) > {size} else [slice(None)]"
    if size or share:
        seen = f"z[batch] * (torch.rand(z[batch].shape) >= {share}) / (1 - {share})" if share else "z[batch]"
        step = IN_BATCHES.format(batches=batches, seen=seen)
    rounds = classifier.report.folds if classifier.report else 0
    sides = "z" if rounds else "z, z_val"
    each = "F.normalize((x - mu) / sigma, dim=1)"
    if not rounds:
        each = "(F.normalize((side - mu) / sigma, dim=1) for side in (x, x_val))"
    return (
        (TRAINING + (IN_ROUNDS if rounds else KEPT))
        .strip()
        .format(
            seed=config.seed,
            standardised=f"{sides} = {each}",
            rounds=rounds,
            initial=_INITIAL[config.initialisation].format(classes=classes, n=d),
            classes=classes,
            optimiser=_OPTIMISERS[config.optimiser].format(rate=config.rate()),
            epochs=classifier.report.kept_step if classifier.report and rounds else config.steps,
            patience=config.patience,
            step=step,
            seen="seen" if step != WHOLE else "z",
            labels="labels" if step != WHOLE else "y",
            decay=f"1 / ({config.c} * len(y))" if config.weight_decay is None else repr(config.weight_decay),
            temperature=classifier.temperature,
        )
    )


def _placed() -> str:
    here = device.current()
    return f'"{here.device}", {here.dtype}, memory_format=torch.channels_last'


_INITIAL = dict(
    zip(
        INITIALISATIONS,
        (
            "((torch.rand({classes}, {n}) * 2 - 1) / {n}**0.5)",
            "(torch.randn({classes}, {n}) / {n}**0.5)",
            "torch.zeros({classes}, {n})",
        ),
        strict=True,
    )
)
_OPTIMISERS = {
    "L-BFGS": "torch.optim.LBFGS([weight, bias], lr={rate}, max_iter=1, max_eval=25, history_size=20, "
    'line_search_fn="strong_wolfe")',
    "Adam": "torch.optim.Adam([weight, bias], lr={rate})",
    "SGD": "torch.optim.SGD([weight, bias], lr={rate}, momentum=0.9)",
}


def as_folder(photo_set: PhotoSet, classifier: Classifier) -> Path:
    """A zip of the photos of a run, as the network was shown them, on the sides that they were on.

    `photos/train/00-apple/0001.png`, ...: numbered in the order of the run, so that batches are the same ones.

    Raises:
        DemoError: more than `MOST` photos.
    """
    if photo_set.count > MOST:
        raise DemoError(f"The photos are offered as a folder up to {MOST}; there are {photo_set.count}.")
    path = new_file("photos.zip")
    told = classifier.report
    sides = splits.split(photo_set, told.seed, told.folds) if told else splits.split(photo_set)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        for side, pairs in zip(("train", "val"), sides, strict=True):
            for number, (photo, label) in enumerate(pairs):
                content = io.BytesIO()
                photo.image.save(content, "PNG", compress_level=1)
                folder = f"{label:03d}-{names.in_a_file_name(photo_set.names[label])}"
                file.writestr(f"photos/{side}/{folder}/{number:05d}.png", content.getvalue())
    return path
