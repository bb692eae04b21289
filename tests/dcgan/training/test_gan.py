"""The game: equal to the well-known tutorial's loop, resumable, averaged; what it exports and pushes."""

import io
import itertools
import shutil
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from demos.core import cache, device, errors
from demos.core.data import small
from demos.core.hub import hashes
from demos.core.networks import catalogue
from demos.core.networks import files as network_files
from demos.core.training import loop, optimisation, update
from demos.dcgan import file_format, pretrained, sampling
from demos.dcgan.explore import nearest, snapshots
from demos.dcgan.models import Discriminator, Generator, Shape
from demos.dcgan.training import __main__ as training_command
from demos.dcgan.training import augment, datasets, export, gan, options


@pytest.fixture
def float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """The precision that other people's loops have, also on a processor with native bfloat16."""
    monkeypatch.setattr(device, "_current", device.Device(torch.device("cpu"), torch.float32, "CPU"))


@pytest.fixture
def settings(tmp_path: Path) -> options.GanOptions:
    path = str(tmp_path / "checkpoint.safetensors")
    return options.GanOptions(
        batch=8, size=16, width=4, latent=5, log_steps=1, checkpoint=path, export=str(tmp_path / "x")
    )


def pictures(count: int = 40, size: int = 16) -> torch.Tensor:
    coarse = torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    return (nn.functional.interpolate(coarse, size=(size, size), mode="bilinear") * 255).byte()


def game(settings: options.GanOptions) -> gan.GanTraining:
    return gan.GanTraining(settings, gan.Batches(pictures(), settings.batch, mirror=True))


def tutorial(settings: options.GanOptions, steps: int) -> list[dict[str, float]]:
    """PyTorch's DCGAN tutorial, its loop as it stands there, on our networks and our random numbers."""
    torch.manual_seed(settings.seed)
    generator, discriminator = Generator(settings.shape), Discriminator(settings.shape)
    batches = gan.Batches(pictures(), settings.batch, mirror=True)
    criterion, losses = nn.BCEWithLogitsLoss(), []
    optimiser_d = torch.optim.Adam(discriminator.parameters(), lr=settings.lr, betas=(settings.beta1, 0.999))
    optimiser_g = torch.optim.Adam(generator.parameters(), lr=settings.lr, betas=(settings.beta1, 0.999))
    torch.manual_seed(settings.seed)
    for _ in range(steps):
        discriminator.zero_grad()
        real = batches()
        on_real = criterion(discriminator(real), torch.ones(len(real)))
        on_real.backward()
        fake = generator(torch.randn(len(real), settings.latent))
        on_fake = criterion(discriminator(fake.detach()), torch.zeros(len(real)))
        on_fake.backward()
        optimiser_d.step()
        generator.zero_grad()
        loss = criterion(discriminator(fake), torch.ones(len(real)))
        loss.backward()
        optimiser_g.step()
        losses.append({"real": float(on_real), "fake": float(on_fake), "generator": float(loss)})
    return losses


@pytest.mark.usefixtures("float32")
def test_equal_losses_at_equal_seeds_with_the_tutorials_loop(settings: options.GanOptions) -> None:
    plain = replace(settings, augment="", smooth=0.0)
    ours = [log.losses for log in loop.train(game(plain).task(), plain, max_steps=5)]
    for one, two in zip(ours, tutorial(plain, 5), strict=True):
        assert one == pytest.approx(two, rel=2e-4)


def test_asking_the_discriminator_does_not_teach_it(settings: options.GanOptions) -> None:
    played = game(settings)
    task = played.task()
    list(loop.train(task, settings, max_steps=1))
    before = {key: tensor.clone() for key, tensor in played.discriminator.named_parameters()}
    played.discriminator_loss(played.discriminator, 0, 0.0)
    update.descend(task.updates[1])
    assert all(torch.equal(before[key], tensor) for key, tensor in played.discriminator.named_parameters())
    assert all(p.requires_grad for p in played.discriminator.parameters())


def test_smoothing_is_one_sided(settings: options.GanOptions) -> None:
    plain, smooth = (game(replace(settings, augment="", smooth=s)) for s in (0.0, 0.3))
    one, two = [], []
    for played, losses in ((plain, one), (smooth, two)):
        torch.manual_seed(3)
        losses.append(played.discriminator_loss(played.discriminator, 0, 0.0))
    assert one[0]["fake"] == two[0]["fake"]
    assert one[0]["real"] != two[0]["real"]


def test_a_resumed_training_goes_on_as_it_would_have(settings: options.GanOptions, tmp_path: Path) -> None:
    whole = replace(settings, checkpoint=str(tmp_path / "whole.safetensors"))
    in_one = [log.losses for log in loop.train(game(whole).task(), whole, max_steps=4)]
    first = [log.losses for log in loop.train(game(settings).task(), settings, max_steps=2)]
    again = game(replace(settings, seed=99))  # its own first weights must not matter
    second = [log.losses for log in loop.train(again.task(), settings, max_steps=2)]
    for one, two in zip(in_one, first + second, strict=True):
        assert one == pytest.approx(two, rel=1e-4)


def test_the_average_follows_and_is_smoother(settings: options.GanOptions) -> None:
    fast = replace(settings, lr=0.01, ema=0.9)
    played = game(fast)
    ways: list[list[torch.Tensor]] = [[], []]
    for log in loop.train(played.task(), fast, max_steps=30):
        averaged = log.average.averaged(played.generator)
        for way, network in zip(ways, (played.generator, averaged), strict=True):
            way.append(network.last.weight.detach().clone())

    def detour(way: list[torch.Tensor]) -> float:
        """The length of the way over the distance between its ends."""
        return sum(float((b - a).norm()) for a, b in itertools.pairwise(way)) / float((way[-1] - way[0]).norm())

    raw, mean = (detour(way[10:]) for way in ways)
    assert 1 <= mean < 0.9 * raw
    assert not any(p.requires_grad for p in averaged.parameters())
    assert torch.equal(played.trained_networks()[0].last.weight, ways[1][-1])  # what is kept is the average


def test_the_collapsing_recipe_starves_the_discriminator_from_half_way_on(settings: options.GanOptions) -> None:
    bad = options.completed(replace(settings, collapse=True, checkpoint="", export=""))
    assert bad.export == "weights/dcgan-cats-collapsed"
    assert bad.checkpoint.endswith("dcgan-cats-collapsed/checkpoint.safetensors")
    played = game(bad)
    assert set(played.discriminator_loss(played.discriminator, 0, 0.4)) == {"real", "fake"}
    starved = [played.discriminator_loss(played.discriminator, step, 0.6) for step in range(gan.STARVE_EVERY)]
    assert sum("fake" in losses for losses in starved) == 1
    assert starved[0]["real"] == 0


def test_spectral_norm_is_folded_for_export(settings: options.GanOptions) -> None:
    played = game(replace(settings, spectral=True))
    list(loop.train(played.task(), settings, max_steps=2))
    _, discriminator = played.trained_networks()
    file_format.from_tensors(Discriminator(settings.shape), file_format.to_tensors(discriminator), "discriminator")
    largest = torch.linalg.matrix_norm(discriminator.last.weight.detach().flatten(1), ord=2).item()
    assert largest == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize("policy", ["colour", "shift", "cutout", "colour,shift,cutout"])
def test_augmentation_changes_pictures_and_lets_the_gradient_through(policy: str) -> None:
    torch.manual_seed(0)
    picture = (torch.rand(6, 3, 16, 16) * 2 - 1).requires_grad_()
    changed = augment.augment(picture, policy)
    assert changed.shape == picture.shape
    assert not torch.equal(changed, picture)
    changed.square().sum().backward()
    assert picture.grad.abs().sum() > 0
    assert augment.augment(picture, "") is picture


def test_shifted_pictures_are_slices_of_the_padded_ones() -> None:
    picture = torch.rand(6, 3, 16, 16) * 2 - 1
    torch.manual_seed(4)
    shifted = augment.shift(picture)
    torch.manual_seed(4)
    down, right = torch.randint(0, 5, (2, 6)).tolist()
    padded = nn.functional.pad(picture, (2, 2, 2, 2), value=-1.0)
    for i in range(6):
        assert torch.equal(shifted[i], padded[i, :, down[i] : down[i] + 16, right[i] : right[i] + 16])


def test_both_rates_fall_late_and_not_where_the_game_is_to_collapse() -> None:
    healthy, bad = (options.completed(options.GanOptions(collapse=collapse)) for collapse in (False, True))
    rates = [optimisation.learning_rate(9, progress, healthy) for progress in (0, 0.6, 0.8, 1)]
    assert rates == pytest.approx([1, 1, 0.5, 0.1])
    assert optimisation.learning_rate(9, 1, bad) == 1


def test_snapshots_are_kept_when_due_and_once(settings: options.GanOptions, small) -> None:
    snapshots = export.Snapshots(Path(settings.checkpoint))
    for progress, images in ((0.0, 0), (0.001, 8), (0.015, 16), (0.5, 24), (0.51, 32)):
        snapshots.save_if_due(small[0], progress, images)
    assert [int(path.stem) for path in snapshots.paths()] == [0, 16, 24, 32]  # two were due at 0.5


def test_export_is_strict_small_and_hashed(tmp_path: Path, settings: options.GanOptions, small, monkeypatch) -> None:
    kept = []
    for i in range(5):
        kept.append(tmp_path / f"{i * 100:012d}.safetensors")
        save_file(file_format.quantised(small[0]), kept[-1])
    folder = tmp_path / "weights" / "dcgan-cats"
    described = export.describe(replace(settings, width=6, latent=12, size=32), pictures(), 4000, kept)
    export.export(*small, described, folder, kept)
    assert {path.name for path in folder.iterdir()} == {
        "config.json", "generator.safetensors", "discriminator.safetensors", "snapshots-1.safetensors",
        "snapshots-2.safetensors", "SHA256SUMS",
    }  # fmt: skip
    config = file_format.from_json((folder / "config.json").read_text())
    assert config == described
    assert config.shape == Shape(32, 3, 12, 6)
    assert config.snapshots == (0, 100, 200, 300, 400)
    assert config.diversity > 0  # of features: of the real set, what made ones are measured against
    monkeypatch.setattr(network_files, "SHIPPED", tmp_path / "weights")
    assert network_files.integrity_error(folder / "generator.safetensors", catalogue.NETWORKS["dcgan-cats"]) is None
    assert hashes.read(folder / "SHA256SUMS").keys() >= {"config.json", "snapshots-2.safetensors"}
    again = file_format.generator(config, load_file(folder / "generator.safetensors"))
    z = torch.randn(4, 12)
    assert (again(z) - small[0](z)).abs().mean() < 2e-3
    late = file_format.read_snapshot(load_file(folder / "snapshots-2.safetensors"), 4)
    assert (file_format.generator(config, late)(z) - small[0](z)).abs().mean() < 0.02


def test_the_snapshots_of_the_widest_set_fit(tmp_path: Path) -> None:
    shape = options.GanOptions().shape
    state = file_format.quantised(Generator(shape))
    paths = file_format.write_snapshots(
        tmp_path, [{k: t.clone() for k, t in state.items()} for _ in options.SNAPSHOTS_AT]
    )
    sizes = [path.stat().st_size for path in paths]
    assert max(sizes) < 10e6
    both = sum(
        sum(t.nbytes for t in file_format.to_tensors(network(shape)).values()) for network in (Generator, Discriminator)
    )
    assert sum(sizes) + both < 33e6  # of 40, with a narrower pair for clothes and a collapsed one beside


def test_sets_say_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "DEBIAN", tmp_path / "none")
    for name, words in (("cats", "cat_faces.tar.gz is not in"), ("fashion", "dataset-fashion-mnist"), ("dogs", "dogs")):
        with pytest.raises(errors.DemoError, match=words):
            datasets.load(name, tmp_path)


def test_cats_are_trained_on_or_held_out(shared: Path) -> None:
    held_out = datasets.cats(shared / "data", 16, held_out=True)
    assert held_out.shape[1:] == (3, 16, 16)
    assert held_out.dtype == torch.uint8
    assert 250 < len(held_out) < 500


def test_further_photos_join_the_set_as_squares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: options.GanOptions
) -> None:
    monkeypatch.setattr(datasets, "load", lambda *_: pictures(3))
    Image.new("RGB", (40, 30), (255, 0, 0)).save(tmp_path / "red.png")
    joined = training_command.training_pictures(replace(settings, photos=(str(tmp_path),)))
    assert joined.shape == (4, 3, 16, 16)
    assert joined[0].float().mean((1, 2)).tolist() == [255, 0, 0]
    assert torch.equal(joined[1:], pictures(3))


@pytest.mark.skipif(small.fashion_folder() is None, reason="needs Fashion-MNIST (Debian: dataset-fashion-mnist)")
def test_fashion_has_its_classes_and_its_frame() -> None:
    clothes, labels = small.fashion(32, "t10k")
    assert clothes.shape == (10_000, 1, 32, 32)
    assert labels.unique().tolist() == list(range(10))
    assert int(clothes[:, :, :2].max()) == 0
    assert small.enlarged(clothes[:3], 64).shape == (3, 1, 64, 64)


@pytest.mark.slow
def test_the_command_line_trains_resumes_and_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From an archive of photos to a folder that loads, with what the time machine and the memory need."""
    data, out = tmp_path / "data", tmp_path / "weights" / "dcgan-cats"
    data.mkdir()
    with tarfile.open(data / datasets.CATS, "w:gz") as archive:
        for i, picture in enumerate(pictures(150)):
            content = jpeg_of(picture)
            member = tarfile.TarInfo(f"cat_faces/{i}.jpg")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    told = [
        "train", "--data", str(data), "--size", "16", "--width", "4", "--batch", "8", "--log-steps", "1",
        "--snapshots", "3", "--checkpoint", str(tmp_path / "c.safetensors"), "--export", str(out),
    ]  # fmt: skip
    seen = []
    for hours in ("0.0003", "0.0006"):
        monkeypatch.setattr(sys, "argv", [*told, "--hours", hours])
        training_command.main()
        seen.append(file_format.from_json((out / "config.json").read_text()))
    assert 0 < seen[0].images < seen[1].images
    assert len(seen[1].snapshots) == 3
    assert seen[1].snapshots[0] == 0
    pocket = network_files.find("pocket-vgg16")
    assert pocket is not None
    network_files.record_shipped(Path(shutil.copy(pocket, tmp_path / "weights")))
    monkeypatch.setattr(network_files, "SHIPPED", tmp_path / "weights")
    cache.networks.forget()
    gan = pretrained.load("Cats")
    assert snapshots.load_snapshot(gan, 1, count=4).images == seen[1].snapshots[1]
    assert len(nearest.find(gan, sampling.sheet(gan, 0, 4).pixels).distances) == 4
    cache.networks.forget()


def jpeg_of(picture: torch.Tensor) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture.permute(1, 2, 0).numpy()).save(file, "JPEG")
    return file.getvalue()
