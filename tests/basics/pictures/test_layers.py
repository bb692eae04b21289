"""Layers written out against torch's own."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from demos.basics.page.pictures.notes import text
from demos.basics.pictures import layers, slide
from demos.basics.settings import FILTERS, OWN, PHOTO_LAYERS, POOLS
from demos.core.data.samples import photo
from demos.core.errors import DemoError
from demos.core.images.load import square_crop


def test_convolution_and_pooling_are_torchs() -> None:
    picture, weights = torch.randn(13, 18), torch.randn(3, 3)
    torch.testing.assert_close(
        layers.convolve(picture, weights), F.conv2d(picture[None, None], weights[None, None], padding=1)[0, 0]
    )
    torch.testing.assert_close(layers.pool(picture), F.max_pool2d(picture[None], 2)[0])
    torch.testing.assert_close(layers.pool(picture, largest=False), F.avg_pool2d(picture[None], 2)[0])


@pytest.mark.parametrize("p", [0.1, 0.25, 0.8])
def test_dropout_keeps_the_mean_and_does_nothing_in_evaluation(p: float) -> None:
    torch.manual_seed(0)
    values = torch.full((200_000,), 3.0)
    dropped = layers.dropout(values, p)
    spread = 3.0 * (p / (1 - p) / len(values)) ** 0.5  # of the mean
    assert abs(float(dropped.mean()) - 3.0) < 4 * spread
    assert abs(float((dropped == 0).float().mean()) - p) < 4 * (p * (1 - p) / len(values)) ** 0.5
    torch.testing.assert_close(dropped[dropped != 0], torch.full_like(dropped[dropped != 0], 3 / (1 - p)))
    assert not torch.equal(dropped, layers.dropout(values, p))
    assert torch.equal(layers.dropout(values, p, training=False), values)


def test_the_products_shown_add_up_and_pooling_keeps_the_largest() -> None:
    values = slide.grey(photo("chelsea"))
    for name in FILTERS:
        nine = slide.weights(name, "")
        last = list(slide.slide(values, PHOTO_LAYERS[0], nine, POOLS[0], 0.25, 30, 60))[-1]
        assert last.weights is not None
        assert float((last.values * last.weights).sum()) == pytest.approx(last.result, abs=1e-2)
    for pooling, of in ((POOLS[0], "max"), (POOLS[1], "mean")):
        window = slide.at(values, PHOTO_LAYERS[1], nine, pooling, 99, 100)
        assert window.result == pytest.approx(getattr(window.values, of)())
        assert window.after.shape == (48, 48)
    masks = list(slide.slide(values, PHOTO_LAYERS[2], nine, POOLS[0], 0.5, 0, 0))
    assert abs(masks[-1].share - 0.5) < 0.05
    errors = [abs(mask.after.astype(float) - values.numpy()).mean() for mask in (masks[0], masks[-1])]
    assert errors[1] < errors[0] / 3  # the mean of many masks comes back to the photo


def test_the_filter_in_the_middle_alone_changes_nothing_and_bad_ones_are_refused() -> None:
    values = slide.grey(photo("chelsea"))
    assert torch.equal(layers.convolve(values, slide.weights(OWN, "0 0 0, 0 1 0, 0 0 0")), values)
    for wrong in ("1 2", "1 2 3 4 5 6 7 8 x", "1 2 3 4 5 6 7 8 1e9", "1 2 3 4 5 6 7 8 nan"):
        with pytest.raises(DemoError):
            slide.weights(OWN, wrong)


def test_feature_maps_are_torchs() -> None:
    """Each tile of the sheet against torch's convolution with the same weights, and ReLU, on the same photo."""
    random = torch.Generator().manual_seed(0)
    weights, bias = torch.randn(16, 3, 3, 3, generator=random), torch.randn(16, generator=random)
    bias[5] = -100.0  # a filter that finds nothing: ReLU leaves zeros
    sheet = torch.from_numpy(slide.feature_maps(photo("chelsea"), (weights.numpy(), bias.numpy())))
    assert sheet.shape == (192, 192)
    pixels = torch.tensor(np.asarray(square_crop(photo("chelsea"), 48).convert("RGB")), dtype=torch.float32)
    conv = torch.nn.Conv2d(3, 16, 3, padding=1)
    conv.load_state_dict({"weight": weights, "bias": bias})
    with torch.no_grad():
        maps = torch.relu(conv((pixels / 255 * 2 - 1).permute(2, 0, 1)[None]))[0]
    for k, found in enumerate(maps):
        row, column = divmod(k, 4)
        tile = sheet[48 * row : 48 * row + 48, 48 * column : 48 * column + 48].float()
        expected = found / found.max().clamp(min=1e-6) * 255  # each to its own largest
        assert (tile - expected).abs().max() <= 0.51, k  # bytes are rounded
    assert not sheet[48:96, 48:96].any()


def test_the_shown_code_runs_by_itself() -> None:
    names: dict[str, Any] = {"__name__": "fresh"}
    exec(text.file_source("demos.basics.pictures.layers"), names)
    assert names["pool"](names["convolve"](torch.ones(4, 4), torch.ones(3, 3))).tolist() == [[9, 9], [9, 9]]
