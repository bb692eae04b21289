"""Features of photos are remembered within a limit of their own, each under the network that computed it."""

import gc

import pytest
import torch
from PIL import Image

from demos.core import cache, device
from demos.core.cache import Cache
from demos.core.networks import vgg
from demos.transfer import features
from demos.transfer.data import example_sets
from demos.transfer.data.photos import Photo

PHOTOS = example_sets.load("Materials").classes[0].photos[:11]


@pytest.fixture
def network() -> vgg.VGG16:
    return tiny()


def tiny(seed: int = 0) -> vgg.VGG16:
    torch.manual_seed(seed)
    return device.current().place(vgg.VGG16((4, 4, 4, 4, 4), input_size=64))


def extract(network: vgg.VGG16, photos: list = PHOTOS) -> torch.Tensor:
    return torch.cat([rows for _, rows in features.extract(photos, network)])


def passes(network: vgg.VGG16) -> list[int]:
    """Grows by one at each pass through the network."""
    calls: list[int] = []
    network.layers[0].register_forward_hook(lambda *_: calls.append(1))
    return calls


def test_a_few_new_photos_cost_one_pass_and_change_nothing(network: vgg.VGG16) -> None:
    calls = passes(network)
    first = extract(network, PHOTOS[:8])
    assert len(calls) == 1
    some = extract(network, [PHOTOS[10], *PHOTOS[:7]])
    assert len(calls) == 2
    assert torch.equal(some[1:], first[:7])
    extract(network, [PHOTOS[10], *PHOTOS[:7]])
    assert len(calls) == 2


def test_they_stay_within_their_limit_and_apart_from_networks(
    network: vgg.VGG16, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 16 * 4 + features.OVERHEAD
    monkeypatch.setattr(features, "remembered", Cache(5 * size))
    before = cache.networks.total_bytes
    calls = passes(network)
    first = extract(network)
    assert features.remembered.total_bytes == 5 * size
    assert cache.networks.total_bytes == before
    assert torch.equal(extract(network), first)
    assert len(calls) == 4


def test_rows_do_not_hold_those_of_their_group(network: vgg.VGG16) -> None:
    features.remembered.forget()
    extract(network, PHOTOS[:1])
    [(row, _)] = features.remembered._values.values()
    assert row.untyped_storage().nbytes() == row.nbytes == 16 * 4


def test_another_network_at_the_same_address_has_its_own() -> None:
    seen = []
    for seed in range(3):
        network = tiny(seed)
        seen.append(extract(network, PHOTOS[:2]))
        del network
        gc.collect()
    assert not torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[1], seen[2])


def test_a_photo_and_its_mirror_image_have_the_same_features(network: vgg.VGG16) -> None:
    edge = Image.new("RGB", (64, 64))
    edge.paste("white", (40, 0, 64, 64))
    both = [Photo(image, "", "") for image in (edge, edge.transpose(Image.Transpose.FLIP_LEFT_RIGHT))]
    found = features.compute(both, network, ["relu1_2"])
    torch.testing.assert_close(found[0], found[1], atol=1e-5, rtol=1e-3)
    alone = features.compute(both, network, ["relu1_2"], mirrored=False)
    assert (alone[0] - alone[1]).abs().max() > 1e-2  # a kernel that answers to the right side of things
    torch.testing.assert_close(alone.mean(0), found[0], atol=1e-5, rtol=1e-3)


def test_photos_are_looked_at_a_fifth_larger_than_in_training() -> None:
    sizes = [features.teaching_size(vgg.VGG16((4, 4, 4, 4, 4), input_size=size)) for size in (160, 224)]
    assert sizes == [192, 256]


def test_what_is_remembered_of_one_size_is_no_answer_for_another(network: vgg.VGG16) -> None:
    rows = [torch.cat([r for _, r in features.extract(PHOTOS[:2], network, size=size)]) for size in (64, 96)]
    assert not torch.equal(*rows)
