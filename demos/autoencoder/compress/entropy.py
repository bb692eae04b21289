"""From a code's whole numbers to bits and back: arithmetic coding with the network's probabilities."""

import math
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import constriction
import numpy as np
from torch import Tensor

from demos.autoencoder.compress import network as codec_network

FIXED = 1 << 12  # the expectation's weights are whole multiples of 1 / FIXED
SCALES = tuple(0.05 * 1.17**i for i in range(52))  # of the Laplace laws that a value may follow


# ---- probabilities in whole numbers ---------------------------------------------------------------------------------


@cache
def _models() -> tuple[object, ...]:
    """One table of probabilities per scale, over -LARGEST..LARGEST."""
    models = []
    for scale in SCALES:
        # Powers of a ratio that is a multiple of 2^-16: products and sums alone, which every processor rounds alike.
        ratio = max(1, round(math.exp(-1 / scale) * 65536)) / 65536
        # Within half a step of 0: 1 - exp(-1 / (2 scale)); of n: a geometric series with this ratio.
        root = math.sqrt(ratio)
        side = [root * (1 - ratio) / 2]
        for _ in range(codec_network.LARGEST - 1):
            side.append(max(side[-1] * ratio, 1e-9))
        middle = 1 - root
        table = np.array([*reversed(side), middle, *side])
        models.append(constriction.stream.model.Categorical(table / table.sum(), perfect=False))
    return tuple(models)


class _Sizes:
    """The expectation of a network's code, as whole numbers.

    Rows and columns as in `codec.Expectation.weights`; float64 before rounding, so that no machine rounds another way.
    """

    def __init__(self, network: codec_network.Codec, quality: int) -> None:
        own = network.expectation
        here, near, same, floor = (
            np.round(_softplus(x) * FIXED).astype(np.int64) for x in (own.here, own.near, own.own, own.floor)
        )
        self.here, self.near, self.own, self.floor = here, near, same, floor[:, quality]
        steps = [(a * b) ** 0.5 for a, b in pairwise(SCALES)]  # between two scales
        self.limits = np.round(np.array(steps) * FIXED).astype(np.int64)

    def indices(
        self, size: np.ndarray, around: np.ndarray, group: slice, black: bool, fields: np.ndarray
    ) -> np.ndarray:
        """Which scale each value follows: (channels of the group, fields).

        Args:
            size: (C, h, w) magnitudes known so far, 0 where unknown.
            around: (C, h, w), their neighbours' sums.
            fields: (h, w), which positions.
        """
        k, before = int(black), group.start
        expected = self.here[k, group, :before] @ size[:before, fields]
        expected = expected + self.near[k, group, :before] @ around[:before, fields]
        expected = expected + self.floor[k, group, None]
        if black:
            expected = expected + self.own[group, None] * _around(size[group])[:, fields]
        return np.searchsorted(self.limits, expected)


def _softplus(x: Tensor) -> np.ndarray:
    return np.log1p(np.exp(x.detach().cpu().double().numpy()))


def _around(size: np.ndarray) -> np.ndarray:
    """The sum over left, right, above and below of (C, h, w)."""
    padded = np.pad(size, ((0, 0), (1, 1), (1, 1)))
    return padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:] + padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1]


def _parts(network: codec_network.Codec, height: int, width: int) -> Iterator[tuple[slice, bool, np.ndarray]]:
    """(channels, black, fields) in the order of the file."""
    board = codec_network.chessboard(height, width).numpy()
    for start in range(0, network.channels, codec_network.GROUP):
        for black in (False, True):
            yield slice(start, start + codec_network.GROUP), black, board == black


def write_code(network: codec_network.Codec, code: np.ndarray, quality: int) -> bytes:
    """The code (C, h, w) int32 as range-coded bytes."""
    encoder, sizes = constriction.stream.queue.RangeEncoder(), _Sizes(network, quality)
    size = np.abs(code.astype(np.int64))
    known = np.zeros_like(size)
    around = np.zeros_like(size)
    for group, black, fields in _parts(network, *code.shape[1:]):
        indices, values = sizes.indices(known, around, group, black, fields), code[group][:, fields]
        for index in np.unique(indices):
            symbols = (values[indices == index] + codec_network.LARGEST).astype(np.int32)
            encoder.encode(np.ascontiguousarray(symbols), _models()[index])
        known[group] = np.where(fields, size[group], known[group])
        if black:
            around[group] = _around(known[group])
    return encoder.get_compressed().astype("<u4").tobytes()


def read_code(network: codec_network.Codec, content: bytes, quality: int, height: int, width: int) -> np.ndarray:
    """What `write_code` wrote: (C, height, width) int32. Bytes that no writer wrote give some code, or end early."""
    words = np.frombuffer(content[: len(content) // 4 * 4], "<u4").astype(np.uint32)
    decoder, sizes = constriction.stream.queue.RangeDecoder(words), _Sizes(network, quality)
    code = np.zeros((network.channels, height, width), np.int32)
    size = np.zeros(code.shape, np.int64)
    around = np.zeros_like(size)
    for group, black, fields in _parts(network, height, width):
        indices = sizes.indices(size, around, group, black, fields)
        values = np.zeros(indices.shape, np.int32)
        for index in np.unique(indices):
            chosen = indices == index
            try:
                symbols = decoder.decode(_models()[index], int(chosen.sum()))
            except (AssertionError, ValueError):  # the coder's words for bytes that mean nothing
                return code
            values[chosen] = symbols - codec_network.LARGEST
        part = code[group]
        part[:, fields] = values
        size[group] = np.abs(part)
        if black:
            around[group] = _around(size[group])
    return code
