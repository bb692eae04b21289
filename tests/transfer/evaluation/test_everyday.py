"""The photos of other things: from installed packages only, the same ones every time, looked at once."""

import torch

from demos.core import device
from demos.core.data import samples
from demos.core.networks import vgg
from demos.transfer import features
from demos.transfer.evaluation import everyday


def small(name: str = vgg.POCKET) -> vgg.VGG16:
    torch.manual_seed(1)
    return device.current().place(vgg.VGG16((4, 4, 4, 4, 4), name=name, input_size=64))


def test_every_package_photo_but_those_left_out_in_three_parts() -> None:
    names = {*samples.PHOTOS, *samples.TEXTURES} - everyday.LEFT_OUT
    assert len(everyday.pictures()) == len(names) * len(everyday.PARTS) >= 40
    assert len({photo.digest for photo in everyday.pictures()}) == len(everyday.pictures())
    assert {*samples.PHOTOS, *samples.TEXTURES} > everyday.LEFT_OUT


def test_the_same_pictures_in_every_process() -> None:
    again = everyday.pictures.__wrapped__()  # type: ignore[attr-defined]
    assert [photo.digest for photo in again] == [photo.digest for photo in everyday.pictures()]


def test_they_are_looked_at_once() -> None:
    network, calls = small(), []
    network.layers[0].register_forward_hook(lambda *_: calls.append(1))
    first, again = (torch.cat(list(everyday.features_of(network))) for _ in range(2))
    assert torch.equal(first, again)
    assert first.shape == (len(everyday.pictures()), 16)
    assert len(calls) == -(-len(first) // features.BATCH)


def test_a_slow_network_is_shown_none() -> None:
    assert list(everyday.features_of(small("vgg16"))) == []
