"""The time machine, the inside, and memorised or invented."""

import copy
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from demos.core import cache
from demos.core.data import small
from demos.core.data.splits import is_held_out
from demos.core.errors import DemoError
from demos.core.images.load import load_image, square_crop
from demos.core.networks import vgg
from demos.dcgan import describe, file_format, pretrained, sampling
from demos.dcgan.explore import activations, nearest, snapshots
from demos.dcgan.training import datasets
from tests.dcgan.conftest import ROOT, SEEN, SMALL, make, write


def test_the_time_machine_visits_each_moment(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    assert snapshots.snapshots(gan) == [*SEEN, 9000]
    visits = [snapshots.load_snapshot(gan, i, seed=3, count=4) for i in range(len(SEEN) + 1)]
    assert [visit.images for visit in visits] == [*SEEN, 9000]
    assert visits[-1].epoch == 18
    assert all(visit.pixels.shape == (4, 32, 32, 3) for visit in visits)
    assert visits[0].of_real == pytest.approx(visits[0].diversity / 0.2)
    final = sampling.sheet_from_latents(gan, sampling.latents(3, 4, gan.latent)).pixels
    assert np.abs(final.astype(int) - visits[-1].pixels).max() <= 1
    # The fourth snapshot was written from this seed; five share two files.
    z = sampling.latents(3, 4, gan.latent)
    expected = sampling.as_bytes(sampling.to_rgb01(make(SMALL, seed=len(SEEN) - 4)[0](z)))
    assert np.abs(expected.astype(int) - visits[4].pixels).mean() < 2  # 8 bits a weight


@pytest.mark.skipif(not pretrained.names(), reason="needs weights/")
def test_diversity_says_what_the_eye_sees() -> None:
    healthy, broken = pretrained.load("Cats"), snapshots.collapsed()
    assert broken is not None
    of_real = [snapshots.load_snapshot(healthy, i).of_real or 0 for i in (0, 1, len(snapshots.snapshots(healthy)) - 1)]
    assert of_real[0] < 0.02  # grey
    assert of_real[1] < 0.1  # noise that looks alike
    assert of_real[2] > 0.7
    for i in range(3, len(snapshots.snapshots(broken))):
        assert (snapshots.load_snapshot(broken, i).of_real or 0) < 0.5 * of_real[2]


def test_the_collapsed_run_stands_beside_at_the_same_time(shipped: Path) -> None:
    broken = snapshots.collapsed()
    assert broken is not None
    assert snapshots.same_moment(broken, 1300) == 2
    assert snapshots.same_moment(broken, 10**9) == len(SEEN)


def test_moments_that_are_not_there(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    with pytest.raises(DemoError, match="no moment 6"):
        snapshots.load_snapshot(gan, 6)
    (shipped / "dcgan-cats" / "snapshots-2.safetensors").unlink()
    assert len(snapshots.snapshots(gan)) == file_format.PER_FILE + 1


def test_maps_have_their_sizes_and_the_strongest_come_first(shipped: Path) -> None:
    gan, z = pretrained.load("Cats"), sampling.latents(0, 1, SMALL.latent)
    assert activations.layers(gan) == ["1: 4 x 4, 24 units", "2: 8 x 8, 12 units", "3: 16 x 16, 6 units"]
    for layer, (side, channels) in enumerate(((4, 24), (8, 12), (16, 6))):
        maps = activations.maps(gan, z, layer, 5)
        assert (maps.side, maps.channels, len(maps.units)) == (side, channels, 5)
        assert maps.pixels.shape == (5, 64, 64, 3)
        assert list(maps.strengths) == sorted(maps.strengths, reverse=True)
        seen: list[torch.Tensor] = []
        with torch.no_grad():
            gan.generator(z, lambda _, x, seen=seen: seen.append(x[0]) or x)
        # One scale for all maps of the layer: its brightest value is white.
        shown = maps.pixels[:, :: 64 // side, :: 64 // side, 0]
        expected = seen[layer][list(maps.units)] / seen[layer].max() * 255
        assert np.abs(shown - expected.numpy()).max() <= 0.51
    with pytest.raises(DemoError, match="no layer 4"):
        activations.maps(gan, z, 3)


def test_muting_everything_leaves_one_flat_picture_and_muting_nothing_all(shipped: Path) -> None:
    gan, z = pretrained.load("Cats"), sampling.latents(0, 3, SMALL.latent)
    plain = sampling.sheet_from_latents(gan, z).pixels
    assert np.abs(activations.ablate_units(gan, z, 1, []).astype(int) - plain).max() <= 1
    silent = activations.ablate_units(gan, z, 0, range(24))
    assert np.array_equal(silent[0], silent[1])  # nothing of z gets through
    strongest = activations.maps(gan, z[:1], 1, 1).units
    assert not np.array_equal(activations.ablate_units(gan, z[:1], 1, strongest)[0], plain[0])
    # A unit whose batch norm gives nothing is as silent: the generator says so itself.
    without = copy.deepcopy(gan.generator)
    without.blocks[1][1].weight.data[list(strongest)] = 0
    without.blocks[1][1].bias.data[list(strongest)] = 0
    with torch.no_grad():
        expected = sampling.as_bytes(sampling.to_rgb01(without(z)))
    assert np.abs(activations.ablate_units(gan, z, 1, strongest).astype(int) - expected).max() <= 1
    with pytest.raises(DemoError, match="no unit 99"):
        activations.ablate_units(gan, z, 0, [99])


def test_batch_norms_modes_differ_and_leave_no_trace(shipped: Path) -> None:
    gan, z = pretrained.load("Cats"), sampling.latents(0, 6, SMALL.latent)
    before = {key: value.clone() for key, value in gan.generator.state_dict().items()}
    found = activations.batch_norm_modes(gan, z)
    assert found.rms_difference > 0.001
    # In training mode a picture depends on its neighbours, in evaluation mode it does not.
    fewer = activations.batch_norm_modes(gan, z[:3])
    assert np.array_equal(fewer.evaluation, found.evaluation[:3])
    assert not np.array_equal(fewer.training, found.training[:3])
    taught = copy.deepcopy(gan.generator).train()  # PyTorch's own two modes
    with torch.no_grad():
        batch, alone = (sampling.as_bytes(sampling.to_rgb01(taught(part))) for part in (z, z[:1]))
    assert np.abs(found.training.astype(int) - batch).max() <= 1
    assert np.abs(found.alone.astype(int) - alone).max() <= 1
    assert all(torch.equal(before[key], value) for key, value in gan.generator.state_dict().items())
    assert not gan.generator.training
    with pytest.raises(DemoError, match="batch of 1"):
        activations.batch_norm_modes(gan, z[:1])


def remembered(gan: pretrained.Gan, folder: Path, count: int = 300) -> np.ndarray:
    """A "training set" of the generator's own pictures, described; gives them as bytes."""
    z = torch.randn(count, SMALL.latent, generator=torch.Generator().manual_seed(9))
    pixels = sampling.as_bytes(sampling.generate(gan, z))
    both = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()
    nearest.write(both[: count // 2], both[count // 2 :], folder, gan.discriminator)
    return pixels


def test_a_copy_is_found_and_an_invention_is_not(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    pixels = remembered(gan, shipped / "dcgan-cats")
    found = nearest.find(gan, pixels[[5, 17, 200]])
    assert found.indices[:2] == (5, 17)
    assert found.distances[0] < 0.1 * found.median_real_distance
    assert found.distances[2] > 0.3 * found.median_real_distance
    assert found.nearer_than[0] > 0.9
    assert len(found.real) == 101
    assert found.pictures is None  # the cats are not ours to show


def test_held_out_pictures_are_as_far_as_held_out_pictures(shipped: Path) -> None:
    """Looked up once more, they give the very distances that the file remembers of them."""
    gan = pretrained.load("Cats")
    pixels = remembered(gan, shipped / "dcgan-cats")
    found = nearest.find(gan, pixels[150:])
    distances = np.array(found.distances)
    np.testing.assert_allclose(np.quantile(distances, np.linspace(0, 1, 101)), found.real, rtol=0.05)
    assert found.median_real_distance == pytest.approx(np.median(distances), rel=0.05)
    further = [(distances > distance).mean() for distance in distances]
    np.testing.assert_allclose(found.nearer_than, further, atol=0.03)
    assert found.copies == 0
    assert replace(found, distances=(0.0, 0.34, 0.36, 1.0), median_real_distance=1.0).copies == 2


def test_the_nearest_is_that_of_a_loop(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    pixels = remembered(gan, shipped / "dcgan-cats", 80)
    found = nearest.find(gan, pixels[40:50])
    both = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    described, turned = (nearest.features(x, vgg.load(vgg.POCKET)).double() for x in (both, both.flip(-1)))
    mean = described[:40].mean(0)
    _, spread, basis = torch.linalg.svd(described[:40] - mean, full_matrices=False)
    basis = basis.T[:, :39] / (spread[:39] / 40**0.5)  # forty pictures about their mean have 39 components
    numbers, mirrored = ((x - mean) @ basis for x in (described, turned))
    for i, index, distance in zip(range(40, 50), found.indices, found.distances, strict=True):
        apart = [min(float((way[i] - other).norm()) for way in (numbers, mirrored)) for other in numbers[:40]]
        assert distance == pytest.approx(min(apart), rel=0.05)
        assert apart[index] < 1.03 * min(apart)


SETS = {"Cats": ROOT.parent / "shared/data" / datasets.CATS, "Clothes": small.fashion_folder()}


@pytest.mark.parametrize("name", SETS)
def test_the_alarm_rings_for_training_photos_and_not_for_others(name: str) -> None:
    """The shipped generators, and what one would make that had learned photos by heart."""
    folder = SETS[name]
    if folder is None or not folder.exists() or name not in pretrained.names():
        pytest.skip(f"needs the photos of {name} and weights/")
    gan = pretrained.load(name)
    photos = few_of(name)
    for words, pixels in describe.copies(photos):
        assert nearest.find(gan, pixels).copies >= 0.9 * len(pixels), words
    assert nearest.find(gan, next(describe.copies(photos))[1]).copies == len(photos)
    made = nearest.find(gan, sampling.sheet(gan, 1, 32).pixels)
    assert made.copies == 0
    assert made.real_copies <= 0.03


def few_of(name: str) -> torch.Tensor:
    """Sixteen training photos, without reading the whole set."""
    if name == "Clothes":
        return small.fashion(64, "train", indices=torch.arange(0, 60_000, 3750))[0]
    photos: list[np.ndarray] = []
    with tarfile.open(SETS[name]) as archive:  # type: ignore[arg-type]
        for member in archive:
            content = archive.extractfile(member).read() if member.name.endswith(".jpg") else b""  # type: ignore[union-attr]
            if content and not is_held_out(content, datasets.HELD_OUT):
                photos.append(np.asarray(square_crop(load_image(content), 64)))
            if len(photos) == 16:
                break
    return torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2)


def test_the_best_come_first_and_the_rest_follows_them(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    remembered(gan, shipped / "dcgan-cats")
    plain = sampling.sheet(gan, 5, 16)
    sheet = nearest.measured(gan, plain, best_first=True)
    assert list(sheet.distances) == sorted(nearest.measured(gan, plain).distances)
    again = sampling.sheet_from_latents(gan, torch.from_numpy(sheet.z))
    assert np.abs(again.pixels.astype(int) - sheet.pixels).max() <= 1
    np.testing.assert_allclose(again.scores, sheet.scores, atol=1e-3)


def test_nothing_is_known_without_the_file(shipped: Path) -> None:
    with pytest.raises(DemoError, match=r"neighbours\.safetensors is not there"):
        nearest.find(pretrained.load("Cats"), np.zeros((1, 32, 32, 3), np.uint8))


@pytest.mark.skipif(small.fashion_folder() is None, reason="needs Fashion-MNIST")
def test_clothes_are_shown_beside_their_nearest(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from demos.dcgan.models import Shape

    write(shipped, "dcgan-fashion", Shape(32, 1, 12, 6), set_="fashion")
    cache.networks.forget()
    gan = pretrained.load("Clothes")
    clothes = small.fashion(32)[0][:200]
    nearest.write(clothes, clothes[100:], shipped / "dcgan-fashion")
    found = nearest.find(gan, sampling.as_bytes((clothes[:2].float() / 255).expand(-1, 3, -1, -1)))
    assert found.indices == (0, 1)
    assert found.pictures is not None
    assert np.array_equal(found.pictures[0, :, :, 0], clothes[0, 0].numpy())
