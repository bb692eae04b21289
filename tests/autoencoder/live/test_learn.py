"""The live autoencoder: it learns to be read, its seed, its map, a drawn digit, and the alarm."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from torch.nn import functional as F

from demos.autoencoder.live import anomaly, latent_map, learn, model, shipped
from demos.autoencoder.settings import CONNECTED, CONVOLUTIONAL, RESIZE, TRANSPOSED, LearnSettings
from demos.core import cache
from demos.core.data import small
from demos.core.errors import DemoError
from demos.core.hub import fetch

QUICK = LearnSettings(bottleneck=16, noise=0.2, seconds=100, steps=300)


@pytest.fixture(scope="module")
def trained() -> learn.LearnStep:
    return list(learn.train(QUICK))[-1]


def test_it_learns_to_be_read(trained: learn.LearnStep) -> None:
    """A classifier that knows only clean digits reads most of the reconstructions."""
    from sklearn.linear_model import LogisticRegression

    data, (_, labels) = small.load(small.OFFLINE), small.digits()
    order = torch.randperm(1797, generator=torch.Generator().manual_seed(0)).numpy()
    reader = LogisticRegression(max_iter=300).fit(data.train.flatten(1).numpy(), labels[order[300:]])
    with torch.no_grad():
        again = trained.trained.network(data.test)
    assert reader.score(again.flatten(1).numpy(), labels[order[:300]]) > 0.75
    first = trained.trained.history[0][2]
    assert trained.test_loss < 0.5 * first


@pytest.mark.parametrize("kind", [CONVOLUTIONAL, CONNECTED])
@pytest.mark.parametrize("upsampling", [TRANSPOSED, RESIZE])
@pytest.mark.parametrize("side", [16, 28])
def test_every_kind_gives_pictures_of_the_size_that_went_in(kind: str, upsampling: str, side: int) -> None:
    network = model.Autoencoder(replace(QUICK, kind=kind, upsampling=upsampling, bottleneck=3), side)
    pictures = torch.rand(2, 1, side, side)
    assert network.encoder(pictures).shape == (2, 3)
    assert network(pictures).shape == pictures.shape


def test_the_seed_decides_how_it_begins_and_the_callers_numbers_stay() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, two, other = (next(learn.train(replace(QUICK, seed=seed))) for seed in (3, 3, 4))
    assert one.rows.tobytes() == two.rows.tobytes() != other.rows.tobytes()
    assert torch.equal(torch.rand(1), expected)


def test_closing_it_stops_it() -> None:
    run = learn.train(replace(QUICK, steps=0))
    next(run)
    next(run)
    run.close()
    assert next(run, None) is None


@pytest.mark.parametrize(
    "change", [{"kind": "none"}, {"bottleneck": 0}, {"noise": 2}, {"seconds": 0}, {"upsampling": "magic"}]
)
def test_what_cannot_be_taught_is_one_sentence(change: dict) -> None:
    with pytest.raises(DemoError, match=r"out of range|There is no"):
        next(learn.train(replace(QUICK, **change)))


def test_the_map_has_the_clicked_picture_where_it_was_clicked(trained: learn.LearnStep) -> None:
    size = latent_map.latent_map(trained.trained).size
    assert latent_map.point_of((size[0] // 2, size[1] // 2), size) == pytest.approx((0, 0), abs=0.02)
    assert latent_map.point_of((0, 0), size) == pytest.approx((latent_map.MAP[0], latent_map.MAP[1]), abs=0.02)
    middle, corner = latent_map.decode_at(trained.trained, 0, 0), latent_map.decode_at(trained.trained, 3, 3)
    assert middle.tobytes() != corner.tobytes()


def hard_pixels(picture: Image.Image, rows: int, columns: int, side: int) -> np.ndarray:
    """The pictures (rows, columns, side, side) of a sheet, made as small as they were."""
    times = picture.width // (columns * (side + 1) - 1)
    pixels = np.pad(np.asarray(picture)[::times, ::times], (0, 1))  # a line after the last ones, too
    apart = pixels.reshape(rows, side + 1, columns, side + 1)[:, :side, :, :side]
    return apart.transpose(0, 2, 1, 3)


def test_the_first_value_grows_to_the_right_and_the_second_upwards(trained: learn.LearnStep) -> None:
    """Every picture of the map, against the decoder itself asked for it by a loop."""
    found, count = trained.trained, 5
    side = found.network.side
    pictures = hard_pixels(latent_map.latent_map(found, count), count, count, side)
    across = [-2.2, -1.1, 0.0, 1.1, 2.2]
    for row, y in enumerate(reversed(across)):
        for column, x in enumerate(across):
            code = torch.from_numpy(found.centre.copy()).float()
            code[0] += x * found.spread[0]
            code[1] += y * found.spread[1]
            with torch.no_grad():
                expected = found.network.decode(code[None])[0, 0].mul(255).round().numpy()
            assert np.abs(pictures[row, column] - expected).max() <= 1
            clicked = hard_pixels(latent_map.decode_at(found, x, y), 1, 1, side)[0, 0]
            assert np.abs(clicked - expected).max() <= 1
    assert len({picture.tobytes() for picture in pictures.reshape(-1, side, side)}) == count**2


def test_a_click_asks_for_the_picture_under_it(trained: learn.LearnStep) -> None:
    size, count = latent_map.latent_map(trained.trained, 5).size, 5
    for row, column in ((0, 1), (1, 4), (3, 0), (4, 2)):
        middle = (round((column + 0.5) * size[0] / count), round((row + 0.5) * size[1] / count))
        x, y = latent_map.point_of(middle, size)
        # Nearer to this picture's place on the map than to any other's.
        assert round((x + 2.2) / 1.1) == column
        assert round((2.2 - y) / 1.1) == row


def test_the_file_of_a_taught_one_gives_it_back(
    trained: learn.LearnStep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demos.core.networks.files.SHIPPED", tmp_path)
    shipped.save(trained, tmp_path / "taught_digits.safetensors")
    again = shipped.finished()
    assert again.test_loss == pytest.approx(trained.test_loss, rel=0.02)
    assert again.index == trained.index
    assert latent_map.latent_map(again.trained).tobytes() == latent_map.latent_map(trained.trained).tobytes()


@pytest.mark.parametrize("bottleneck", [1, 2])
def test_narrow_codes_have_a_map(bottleneck: int) -> None:
    step = next(learn.train(replace(QUICK, bottleneck=bottleneck)))
    assert latent_map.latent_map(step.trained).width == latent_map.latent_map(step.trained).height
    latent_map.decode_at(step.trained, 1.0, -1.0)


def test_a_drawn_one_is_turned_to_light_on_dark_in_the_middle() -> None:
    sketch = Image.new("RGB", (280, 280), "white")
    ImageDraw.Draw(sketch).line((40, 30, 40, 200), fill="black", width=24)
    found = anomaly.as_input(sketch, 16)
    assert found.shape == (1, 1, 16, 16)
    assert found[0, 0, 8].argmax() in (7, 8)
    assert found.mean() < 0.5
    with pytest.raises(DemoError, match="nothing on this picture"):
        anomaly.as_input(Image.new("RGB", (50, 50)), 16)


def test_the_alarm_is_silent_for_digits_and_rings_for_something_else(trained: learn.LearnStep) -> None:
    digit = small.load(small.OFFLINE).test[0]
    error = F.mse_loss(trained.trained.network(digit[None]), digit[None]).item()
    assert error < 2 * trained.trained.threshold
    board = np.kron(np.indices((8, 8)).sum(0) % 2, np.ones((16, 16))) * 255
    found = anomaly.look_at(trained.trained, Image.fromarray(board.astype(np.uint8)))
    assert found.is_anomaly
    assert found.error > error


def test_what_is_watched_are_clean_noisy_and_reconstructed_pictures(trained: learn.LearnStep) -> None:
    side, clean = trained.trained.network.side, small.load(small.OFFLINE).test[:10]
    shown, noisy, again = torch.from_numpy(hard_pixels(trained.rows, 3, 10, side).copy()).float() / 255
    torch.testing.assert_close(shown, clean[:, 0], atol=1 / 255, rtol=0)
    inside = (noisy > 0) & (noisy < 1) & (shown > 0.3) & (shown < 0.7)  # not cut off
    assert (noisy - shown)[inside].std() == pytest.approx(QUICK.noise, rel=0.15)
    assert (again - shown).square().mean() < 0.7 * (noisy - shown).square().mean()


def test_nineteen_of_twenty_test_pictures_ring_no_alarm(trained: learn.LearnStep) -> None:
    judged, found = small.load(small.OFFLINE).test[:500], trained.trained
    with torch.no_grad():
        errors = [F.mse_loss(found.network(picture[None]), picture[None]).item() for picture in judged]
    assert np.mean(
        [anomaly.Alarm(trained.rows, error, found.threshold).is_anomaly for error in errors]
    ) == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize("size", [(280, 280), (90, 200)])
def test_what_is_drawn_gets_a_rim_on_every_side(size: tuple[int, int]) -> None:
    """A bar from edge to edge becomes 13 of 16 px long, in the middle."""
    sketch = Image.new("L", size)
    sketch.paste(255, (size[0] // 2 - 8, 0, size[0] // 2 + 8, size[1]))
    lit = anomaly.as_input(sketch, 16)[0, 0] > 0.2
    rows = lit.any(1).nonzero().flatten().tolist()
    assert rows in (list(range(1, 14)), list(range(2, 15)))


def test_a_set_that_is_not_here_is_one_sentence_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(fetch, "_offline", True)
    monkeypatch.setenv("HOME", str(tmp_path))
    cache.networks.forget()
    with pytest.raises(DemoError, match="--offline forbids"):
        small.load(next(iter(small.FETCHED)))
    with pytest.raises(DemoError, match="no set called"):
        small.load("SVHN")


def test_a_printed_autoencoder_says_what_it_is() -> None:
    printed = repr(model.Autoencoder(LearnSettings(kind=CONNECTED, bottleneck=3), 16))
    layers = ((256, 256), (256, 96), (96, 3), (3, 96), (96, 256), (256, 256))
    count = sum(inputs * outputs + outputs for inputs, outputs in layers)
    assert f"{CONNECTED!r}, side=16, bottleneck=3, {count:,} parameters" in printed
