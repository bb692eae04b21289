"""The notes' network and loop as one would write them today; what changed and why stands beside the chart."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader


def block(inputs: int, outputs: int) -> list[nn.Module]:
    """Convolution, batch norm, ReLU, 2 x 2 max pooling; no bias, since batch norm adds one of its own."""
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]


def network() -> nn.Sequential:
    """(N, 3, 32, 32) pictures to (N, 10) logits."""
    return nn.Sequential(
        *block(3, 16), *block(16, 32), *block(32, 64), nn.Flatten(),
        nn.Dropout(0.25), nn.Linear(64 * 4 * 4, 500), nn.ReLU(), nn.Dropout(0.25), nn.Linear(500, 10),
    )  # fmt: skip


def augmented(pictures: Tensor, random: torch.Generator | None = None) -> Tensor:
    """Photos (N, C, H, W), all mirrored or not, and shifted by up to 4 px. Not for digits: mirrored, they are none."""
    if torch.rand((), generator=random) < 0.5:
        pictures = pictures.flip(-1)
    down, right = torch.randint(0, 9, (2,), generator=random).tolist()
    height, width = pictures.shape[-2:]
    return F.pad(pictures, (4, 4, 4, 4), mode="reflect")[..., down : down + height, right : right + width]


def train(
    net: nn.Module, train_loader: DataLoader, valid_loader: DataLoader, epochs: int, log: dict, augment: bool = False,
    random: torch.Generator | None = None,
) -> Iterator[int]:  # fmt: skip
    """Trains, and yields the epoch after each batch; what there is to say stands in `log`, as in the notes' loop."""
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.01)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, epochs=epochs, steps_per_epoch=len(train_loader))
    best = math.inf
    log.update(train=[], valid=[], losses=[], said=[], evaluations=0, steps=0, best=None)
    for epoch in range(1, epochs + 1):
        net.train()  # dropout drops, batch norm uses the batch
        total = count = 0.0
        for pictures, classes in train_loader:
            loss = F.cross_entropy(net(augmented(pictures, random) if augment else pictures), classes)  # of logits
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rate.step()
            total, count = total + loss.item() * len(classes), count + len(classes)
            log["losses"].append(loss.item())
            log["evaluations"] += 1
            log["steps"] += 1
            yield epoch
        log["train"].append(total / count)
        log["valid"].append(validate(net, valid_loader))
        if log["valid"][-1] < best:
            log["said"].append(f"Validation loss decreased ({best:.6f} --> {log['valid'][-1]:.6f}). Saving model ...")
            best = log["valid"][-1]
            log["best"] = {name: value.clone() for name, value in net.state_dict().items()}
        yield epoch


@torch.inference_mode()
def validate(net: nn.Module, loader: DataLoader) -> float:
    """The mean loss over a loader, without a graph, dropout or the batch's own statistics."""
    net.eval()
    losses = [(F.cross_entropy(net(x), y, reduction="sum").item(), len(y)) for x, y in loader]
    return sum(loss for loss, _ in losses) / sum(count for _, count in losses)
