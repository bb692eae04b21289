"""The same last layer, found by every optimiser and from every initialisation: what differs, and what does not.

The features are those of the run (cached), so that a comparison takes seconds.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from demos.transfer import features, limits
from demos.transfer.data import photos, splits
from demos.transfer.data.photos import PhotoSet
from demos.transfer.settings import INITIALISATIONS, OPTIMISERS, HeadConfig
from demos.transfer.training import augmentation
from demos.transfer.training.fit import HeadStep, fit


@dataclass(frozen=True)
class Run:
    """One training of the comparison: its epochs so far, and the seconds that they took."""

    steps: tuple[HeadStep, ...]
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """How far it is: photos first, then the runs by name."""

    done: int
    total: int  # photos to look at
    optimisers: dict[str, Run]
    initialisations: dict[str, Run]
    finished: bool = False


def compare(photo_set: PhotoSet, network: features.Network, config: HeadConfig | None = None) -> Iterator[Comparison]:
    """Trains the last layer with each of `OPTIMISERS`, then from each of `INITIALISATIONS`, all else as in `config`.

    Every optimiser has its own learning rate and sees all photos at once, so that an epoch is one step for each.

    Raises:
        DemoError: as `teach.teach` does.
    """
    config = replace(limits.checked(config or HeadConfig()), batch_size=0, learning_rate=0.0)
    photos.check_ready(photo_set)
    train, validation = splits.split(photo_set, config.seed)
    train = augmentation.views(train, config)
    everything = [photo for photo, _ in train + validation]
    batches = []
    for done, batch in features.extract(everything, network):
        batches.append(batch)
        yield Comparison(done, len(everything), {}, {})
    x, x_val = torch.cat(batches).split([len(train), len(validation)])
    y, y_val = (torch.tensor([label for _, label in side]) for side in (train, validation))
    found: tuple[dict[str, Run], dict[str, Run]] = ({}, {})
    changes = [(0, name, replace(config, optimiser=name)) for name in OPTIMISERS]
    changes += [(1, name, replace(config, initialisation=name)) for name in INITIALISATIONS]
    for kind, name, changed in changes:
        started, steps = time.perf_counter(), []
        for step in fit(x, y, x_val, y_val, len(photo_set.classes), changed):
            steps.append(step)
            found[kind][name] = Run(tuple(steps), time.perf_counter() - started)
            yield Comparison(len(everything), len(everything), dict(found[0]), dict(found[1]))
    yield Comparison(len(everything), len(everything), dict(found[0]), dict(found[1]), finished=True)
