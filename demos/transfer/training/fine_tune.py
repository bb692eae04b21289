"""Fine-tuning: the last block of convolutions learns, too, from where the last layer alone has come.

    photo --blocks 1 to 4, frozen: computed once--> pool4 --block 5, learns--> pool5 --> features --> last layer, learns

First the new layer alone, then the block below it at a small learning rate: gradients of an untrained layer would
destroy what the block knows (Yosinski et al., "How transferable are features in deep neural networks?", 2014, sect. 3;
Kornblith et al., "Do Better ImageNet Models Transfer Better?", 2019, sect. 4.3). The state with the lowest validation
loss is kept.
"""

import copy
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from weakref import WeakKeyDictionary

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from demos.core import device
from demos.core.errors import DemoError
from demos.core.networks.vgg import VGG16
from demos.transfer import features, limits
from demos.transfer.classifier import Classifier
from demos.transfer.data import photos, splits
from demos.transfer.data.photos import Photo, PhotoSet
from demos.transfer.evaluation import calibration
from demos.transfer.evaluation.folds import learned as learned_layer
from demos.transfer.evaluation.intervals import wilson
from demos.transfer.head import Head
from demos.transfer.settings import HeadConfig
from demos.transfer.training import augmentation

BLOCK_RATE, HEAD_RATE = 1e-4, 3e-3  # Adam's learning rates
BATCH = 16
DEAD = 1e-5  # a feature that moved less on all training photos told nothing; the block may wake it


@dataclass(frozen=True)
class FineTuned:
    """A classifier with a network of its own. It lives in memory only: its file would be the whole network's."""

    classifier: Classifier  # with the last layer as it is now
    network: VGG16  # float32; blocks 1 to 4 are those of the shared network
    before: Classifier  # the one that it began with

    def predict(self, image: Image.Image) -> list[tuple[str, float]]:
        """(class, probability) of a photo, the most probable first."""
        return self.classifier.predict(image, self.network)


@dataclass(frozen=True)
class FineTuneStep:
    """One batch of the fine-tuning, and the best state so far. Losses are mean cross-entropies in nats."""

    stage: str  # "looking" at the photos once, then "tuning"
    index: int  # of `total`: photos looked at, or batches learned from
    total: int
    epoch: int = 0
    losses: tuple[tuple[float, float], ...] = ()  # (training, validation) after each epoch; the first: before
    rights: tuple[tuple[float, float], ...] = ()  # the same of the shares recognised, 0..1
    before: tuple[int, float, float] = (0, 0.0, 0.0)  # validation photos recognised, and Wilson's 95 % interval
    best: tuple[int, float, float] = (0, 0.0, 0.0)  # the same of the best state
    best_epoch: int = 0
    photos: int = 0  # of validation
    tuned: FineTuned | None = None


def fine_tune(
    photo_set: PhotoSet,
    taught: Classifier,
    config: HeadConfig | None = None,
    epochs: int = 8,
    network: features.Network | None = None,
) -> Iterator[FineTuneStep]:
    """Trains conv5_1, conv5_2, conv5_3 and the last layer on the photos that `taught` was taught on.

    Args:
        config: the one of the teaching: its seed decides the sides, its weight decay holds the last layer.
        network: the one of `taught`, where it is at hand; it is copied and never changed.

    Raises:
        DemoError: another network than VGG16, or classes that are not those of the classifier.
    """
    config = limits.checked(config or HeadConfig())
    shared = _checked(photo_set, taught, network)
    own = copy.deepcopy(shared).float().train(False).requires_grad_(False)
    block = _block(own)
    train, validation = splits.split(photo_set, config.seed)
    train = augmentation.views(train, config)
    everything = [photo for photo, _ in train + validation]
    yield FineTuneStep("looking", 0, len(everything))
    below = []
    for start in range(0, len(everything), BATCH):
        below.append(_below(own, everything[start : start + BATCH], taught))
        yield FineTuneStep("looking", min(start + BATCH, len(everything)), len(everything))
    x, x_val = torch.cat(below).split([len(train), len(validation)])
    y, y_val = (torch.tensor([label for _, label in side]).to(x.device) for side in (train, validation))
    beginning = taught.head
    if taught.report and taught.report.folds:  # it has seen the photos that are held back here: one that has not
        with torch.no_grad():
            seen = torch.cat([_above(own, part, taught.cuts) for part in x.split(64)]).cpu()
        beginning = learned_layer(
            seen, y.cpu(), len(taught.classes), replace(config, steps=max(1, taught.report.kept_step))
        )
        taught = replace(taught, head=beginning, unknown=None)  # what is compared, too
    head = _awake(beginning, x.device)
    learned = [*(p for layer in block for p in layer.parameters()), head.weight, head.bias]
    optimiser = torch.optim.Adam(
        [{"params": learned[:-2], "lr": BLOCK_RATE}, {"params": learned[-2:], "lr": HEAD_RATE}]
    )

    @torch.no_grad()
    def measure(x: Tensor, y: Tensor) -> tuple[float, int, Tensor]:
        """Loss, photos recognised, logits (N, C)."""
        logits = torch.cat([head.logits(_above(own, part, taught.cuts)) for part in x.split(64)])
        return F.cross_entropy(logits, y).item(), int((logits.argmax(1) == y).sum()), logits

    def state(logits: Tensor) -> FineTuned:
        """With a temperature of its own, from logits (N, C) of the validation photos.

        Without what tells photos of other things: it was learned on features as they were before.
        """
        kept = Head(**{name: tensor.detach().cpu().clone() for name, tensor in vars(head).items()})
        temperature = calibration.temperature(logits.cpu(), y_val.cpu())
        now = replace(taught, head=kept, temperature=temperature, unknown=None)
        return FineTuned(now, copy.deepcopy(own).requires_grad_(False), taught)

    (train_loss, train_right, _), (loss, right, logits) = measure(x, y), measure(x_val, y_val)
    total = epochs * math.ceil(len(y) / BATCH)
    before = (right, *wilson(right, len(y_val)))
    step = FineTuneStep(
        "tuning", 0, total, 0, ((train_loss, loss),), ((train_right / len(y), right / len(y_val)),), before, before, 0,
        len(y_val), state(logits),
    )  # fmt: skip
    yield step
    lowest, random = loss, torch.Generator().manual_seed(config.seed)
    for parameter in learned:
        parameter.requires_grad_(True)
    for epoch in range(1, epochs + 1):
        for batch in torch.randperm(len(y), generator=random).split(BATCH):
            batch = batch.to(x.device)
            with torch.enable_grad():
                optimiser.zero_grad()
                penalty = config.decay(len(y)) / 2 * head.weight.square().sum()
                answers = head.logits(_above(own, x[batch], taught.cuts))
                (F.cross_entropy(answers, y[batch]) + penalty).backward()
                torch.nn.utils.clip_grad_norm_(learned, 1.0)
                optimiser.step()
            step = replace(step, index=step.index + 1, epoch=epoch)
            yield step
        (train_loss, train_right, _), (loss, right, logits) = measure(x, y), measure(x_val, y_val)
        if not math.isfinite(train_loss + loss):
            raise DemoError("The loss is no number any more. What was there before the fine-tuning is unchanged.")
        rights = (*step.rights, (train_right / len(y), right / len(y_val)))
        step = replace(step, losses=(*step.losses, (train_loss, loss)), rights=rights)
        if loss < lowest:
            lowest = loss
            step = replace(step, best=(right, *wilson(right, len(y_val))), best_epoch=epoch, tuned=state(logits))
        yield step


def _checked(photo_set: PhotoSet, taught: Classifier, network: features.Network | None) -> VGG16:
    """The network to tune. Raises DemoError where it, the classes or the classifier are others than it needs."""
    photos.check_ready(photo_set)
    shared = network or taught.loaded()
    if not isinstance(shared, VGG16):
        raise DemoError("Only VGG16's fifth block can be fine-tuned here. Choose the pocket or the real VGG16.")
    if photo_set.names != taught.classes:
        raise DemoError("The classes have changed since the last teaching. Teach them first, then fine-tune.")
    if not set(taught.cuts) <= {"pool4", "pool5"}:
        raise DemoError("This classifier looks at other places than pool4 and pool5. Teach once more, then fine-tune.")
    return shared


# ---- how long it will take ------------------------------------------------------------------------------------------

TIMED = 2  # photos that are tried for it


@dataclass(frozen=True)
class Cost:
    """Seconds for one photo on this machine."""

    looking: float  # through blocks 1 to 4
    learning: float  # through block 5, and its gradients back
    judging: float  # through block 5 alone


_costs: WeakKeyDictionary[VGG16, Cost] = WeakKeyDictionary()  # tried once for each network


def estimate(
    photo_set: PhotoSet,
    taught: Classifier,
    config: HeadConfig | None = None,
    epochs: int = 8,
    network: features.Network | None = None,
) -> float:
    """Seconds that `fine_tune` will take with these arguments, from a few photos that are tried.

    Raises:
        DemoError: as `fine_tune` does.
    """
    config = limits.checked(config or HeadConfig())
    shared = _checked(photo_set, taught, network)
    train, validation = splits.split(photo_set, config.seed)
    if shared not in _costs:
        _costs[shared] = _cost(shared, [photo for photo, _ in (train + validation)[:TIMED]], taught)
    cost, learned = _costs[shared], len(train) * (1 + config.views)
    everything = learned + len(validation)
    return everything * cost.looking + epochs * learned * cost.learning + (epochs + 1) * everything * cost.judging


def _cost(shared: VGG16, tried: Sequence[Photo], taught: Classifier) -> Cost:
    """Each part twice: the first time prepares what the others find."""
    own = copy.deepcopy(shared).float().train(False).requires_grad_(False)
    weights = [p for layer in _block(own) for p in layer.parameters()]
    moments = [time.perf_counter()]
    for _ in range(2):
        moments = [time.perf_counter()]
        below = _below(own, tried, taught).cpu().to(device.current().device)  # back and forth: a GPU is waited for
        moments.append(time.perf_counter())
        for part in weights:
            part.requires_grad_(True)
        with torch.enable_grad():
            _above(own, below, taught.cuts).square().mean().backward()
        sum(part.grad.sum().item() for part in weights if part.grad is not None)
        moments.append(time.perf_counter())
        for part in weights:
            part.requires_grad_(False)
        _above(own, below, taught.cuts).sum().item()
        moments.append(time.perf_counter())
    looking, learning, judging = ((end - start) / len(tried) for start, end in pairwise(moments))
    return Cost(looking, learning, judging)


# ---- the network in two parts ---------------------------------------------------------------------------------------


def _block(network: VGG16) -> Sequence[torch.nn.Module]:
    """The layers behind pool4: conv5_1, conv5_2, conv5_3 with their ReLUs, and pool5."""
    end = next(i for i in range(len(network.layers)) if network.cut_at(i) == "pool4")
    return list(network.layers)[end + 1 :]


@torch.no_grad()
def _below(network: VGG16, group: Sequence[Photo], taught: Classifier) -> Tensor:
    """(n, V, C, H, W) activations at pool4, which stays as it is, of the photo and of its mirror image."""
    squares = features.pictures(group, taught.input_size).to(device.current().device)
    seen = torch.stack([squares, squares.flip(3)], 1) if taught.mirrored else squares[:, None]
    return network.features(seen.flatten(0, 1), ["pool4"])["pool4"].unflatten(0, seen.shape[:2])


def _above(network: VGG16, pool4: Tensor, cuts: Sequence[str]) -> Tensor:
    """(n, D) features as `features.compute` makes them of (n, V, C, H, W), through which gradients flow."""
    below = x = pool4.flatten(0, 1)
    for layer in _block(network):
        x = F.relu(x) if isinstance(layer, torch.nn.ReLU) else layer(x)
    at = {"pool4": below, "pool5": x}
    return torch.cat([_pool(at[cut]) for cut in cuts], 1).unflatten(0, pool4.shape[:2]).mean(1)


def _pool(activations: Tensor) -> Tensor:
    """`features.pool` of what is never negative; where it is zero, the root's endless slope is left out."""
    pooled = torch.cat([activations.mean((2, 3)), activations.amax((2, 3))], 1)
    positive = pooled > 0
    return torch.where(positive, torch.where(positive, pooled, 1).sqrt(), 0)


def _awake(head: Head, where: torch.device) -> Head:
    """A copy to train, in which features that were dead in training have the deviation 1 instead of almost none."""
    copied = {name: tensor.detach().clone().to(where) for name, tensor in vars(head).items()}
    return Head(**copied | {"std": torch.where(head.std > DEAD, head.std, 1).to(where)})
