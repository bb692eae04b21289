"""The comparison: every optimiser and every initialisation, on the same photos, with what `fit` alone gives."""

import math

import pytest
import torch

from demos.core.networks import vgg
from demos.transfer import features
from demos.transfer.data import splits
from demos.transfer.data.photos import PhotoSet
from demos.transfer.settings import INITIALISATIONS, OPTIMISERS, HeadConfig
from demos.transfer.training import compare, fit


def test_all_are_compared_and_each_is_the_training_it_says(digits: PhotoSet, network: vgg.VGG16) -> None:
    config = HeadConfig(steps=10, learning_rate=1e-9, optimiser="Adam", batch_size=4)  # rate and batch are not used
    steps = list(compare.compare(digits, network, config))
    last = steps[-1]
    assert last.finished
    assert tuple(last.optimisers) == OPTIMISERS
    assert tuple(last.initialisations) == INITIALISATIONS
    train, validation = splits.split(digits, 0)
    x, x_val = (
        torch.cat([b for _, b in features.extract([p for p, _ in side], network)]) for side in (train, validation)
    )
    y, y_val = (torch.tensor([label for _, label in side]) for side in (train, validation))
    alone = list(fit.fit(x, y, x_val, y_val, 3, HeadConfig(steps=10, optimiser="SGD")))
    assert [s.validation_loss for s in last.optimisers["SGD"].steps] == pytest.approx(
        [s.validation_loss for s in alone], rel=1e-4
    )
    assert last.initialisations["Zero"].steps[0].validation_loss == pytest.approx(math.log(3), rel=1e-5)
    assert steps[0].optimisers == {}  # first the photos
