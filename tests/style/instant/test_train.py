"""The decoder's training: which pictures it sees, that it learns, goes on where it stopped, and what it exports."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from demos.core.data.crops import ResizedCrop
from demos.core.networks import decoder, vgg
from demos.core.networks import files as network_files
from demos.core.training import batches, loop, update
from demos.core.training.export import export
from demos.style.instant import losses, train

WIDTHS = (4, 6, 8, 10, 12)


def pictures(count: int, seed: int) -> list[torch.Tensor]:
    """Random blobs, (3, 48, 56) bytes."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 6, 7, generator=random)
    return list((torch.nn.functional.interpolate(coarse, scale_factor=8, mode="bilinear") * 255).byte())


def make_task(settings: train.DecoderOptions) -> update.Task:
    torch.manual_seed(0)
    encoder = vgg.VGG16(WIDTHS).eval().requires_grad_(False)
    for layer in encoder.layers:
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    crops = batches.sampler(pictures(6, 1), [1] * 6, ResizedCrop(), settings.seed)
    styles = train.style_sampler([(1.0, pictures(4, 2)), (1.0, [])], settings.seed)
    return train.task_of(settings, crops, styles, encoder, "0" * 64)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> train.DecoderOptions:
    monkeypatch.setattr(train, "SIZES", ((1.0, (32, 1.0)),))
    path = str(tmp_path / "checkpoint.safetensors")
    return train.DecoderOptions(
        batch=4, lr=3e-3, warmup=5, blocks="0,0,0,1,0", ema=0.5, log_steps=10, checkpoint=path, threads=1
    )


def test_the_losses_fall_and_all_of_them_are_there(settings: train.DecoderOptions) -> None:
    """On the same photos and styles before and after: two batches of four differ more than their losses."""
    settings = replace(settings, lr=1e-2, seed=1)  # of its start: it falls to a half, far from the bound
    task = make_task(settings)
    photo, style = (torch.stack(pictures(8, seed))[..., 8:40, 8:40].float() / 255 for seed in (1, 2))

    def total() -> float:
        with torch.no_grad():
            return float(sum(task.networks["losses"](photo, style, plain=4).values()))

    before = total()
    logs = list(loop.train(task, settings, max_steps=120))
    assert set(logs[0].losses) == {"content", "pixels", "smooth", *(f"style {cut}" for cut in losses.STYLE_CUTS)}
    assert total() < 0.8 * before


def test_only_the_decoder_learns_and_a_resumed_training_goes_on(settings: train.DecoderOptions) -> None:
    first = make_task(settings)
    list(loop.train(first, settings, max_steps=3))
    assert all(key.startswith("network.") for key in first.networks["losses"].state_dict())
    second = make_task(settings)
    (log,) = loop.train(second, replace(settings, log_steps=1), max_steps=1)
    assert log.step == 4
    with safe_open(settings.checkpoint, "pt") as file:
        assert file.metadata()["step"] == "4"


def test_plain_photos_are_asked_for_nothing_but_themselves(settings: train.DecoderOptions) -> None:
    decoder_losses = make_task(settings).networks["losses"]
    photo, style = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    assert set(decoder_losses(photo, style, plain=2)) == {"content", "pixels", "smooth"}
    assert "pixels" not in decoder_losses(photo, style, plain=0)
    one, two = (decoder_losses(photo, s, plain=2)["pixels"] for s in (style, 1 - style))
    torch.testing.assert_close(one, two)


def test_a_distance_is_0_for_equal_and_1_for_nothing() -> None:
    x = torch.rand(2, 5)
    assert losses.relative_over_batch(x, x) == 0
    assert losses.relative_over_batch(torch.zeros(2, 5), x) == pytest.approx(1)


def test_each_kind_of_style_has_its_share_however_many_pictures_it_has() -> None:
    kinds = [(0.75, [torch.zeros(3, 20, 30, dtype=torch.uint8)] * 9), (0.25, [torch.full((3, 20, 30), 9).byte()])]
    weights = train.style_sampler(kinds, seed=5).weights
    torch.testing.assert_close(weights[:9].sum(), torch.tensor(0.75))
    torch.testing.assert_close(weights[9:].sum(), torch.tensor(0.25))


def test_paintings_are_trained_on_or_held_out_never_both(shared: Path) -> None:
    seen, held_out = (list(train.paintings(shared / "data", held_out=side)) for side in (False, True))
    assert len(seen) + len(held_out) == 12
    assert 1 <= len(held_out) <= 4
    assert not any(a.shape == b.shape and torch.equal(a, b) for a in seen for b in held_out)


def test_the_export_is_the_decoder_in_half_precision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: train.DecoderOptions
) -> None:
    noted: list[Path] = []
    monkeypatch.setattr(network_files, "record_shipped", noted.append)  # the shipped hashes stay as they are
    task, path = make_task(settings), tmp_path / "decoder.safetensors"
    network = task.networks["losses"].network
    export(network, path, task.metadata)
    with safe_open(path, "pt") as file:
        note = file.metadata()
        again = decoder.build(load_file(path), note)
    assert noted == [path]
    assert note["encoder_sha256"] == "0" * 64
    assert again.blocks == (0, 0, 0, 1, 0)
    features = torch.rand(1, 10, 4, 4)
    with torch.no_grad():
        torch.testing.assert_close(again(features), network(features), atol=2e-3, rtol=0)


def test_a_training_can_start_from_a_shipped_decoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: train.DecoderOptions
) -> None:
    monkeypatch.setattr(network_files, "record_shipped", lambda path: None)
    task, path = make_task(settings), tmp_path / "decoder.safetensors"
    shipped = task.networks["losses"].network
    with torch.no_grad():
        shipped.last.bias.add_(1.0)  # no longer what a new one would be
    export(shipped, path, task.metadata)
    again = make_task(replace(settings, start=str(path))).networks["losses"].network
    assert torch.equal(again.last.bias, shipped.last.bias.half().float())
