"""A photo in a small file and back: the codec's code, rounded, and entropy coded by `constriction`'s range coder.

    file = header (16 bytes, counted) + range-coded values, group by group of channels, white fields before black ones

The probabilities come from whole numbers only (see `codec.Expectation`): a file can be read on any machine that has the
same network. The header names that network, and a checksum over everything finds damage.
"""

import hashlib
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import constriction
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demos.autoencoder import codec, measures
from demos.core import device, images, weights
from demos.core.errors import DemoError

NETWORK = "codec"  # in the catalogue
MAGIC, VERSION = b"HL", 1
HEADER = struct.Struct("<2sB4sBHHI")  # magic, version, network, quality, width, height, checksum
MOST_PIXELS = 4_000_000  # larger photos are shrunk to it: the networks see all of the photo at once
FIXED = 1 << 12  # the expectation's weights are whole multiples of 1 / FIXED
SCALES = tuple(0.05 * 1.17**i for i in range(52))  # of the Laplace laws that a value may follow


@dataclass(frozen=True)
class Compressed:
    """A photo's file, and what comes out of it again."""

    content: bytes
    picture: Image.Image
    code: np.ndarray  # (C, h, w) int32
    quality: int
    bits_per_pixel: float
    psnr: float
    ssim: float


# ---- probabilities in whole numbers ---------------------------------------------------------------------------------


@cache
def _models() -> tuple[object, ...]:
    """One table of probabilities per scale, over -LARGEST..LARGEST."""
    made = []
    for scale in SCALES:
        # Powers of a ratio that is a multiple of 2^-16: products and sums alone, which every processor rounds alike.
        ratio = max(1, round(math.exp(-1 / scale) * 65536)) / 65536
        # Within half a step of 0: 1 - exp(-1 / (2 scale)); of n: a geometric series with this ratio.
        root = math.sqrt(ratio)
        side = [root * (1 - ratio) / 2]
        for _ in range(codec.LARGEST - 1):
            side.append(max(side[-1] * ratio, 1e-9))
        middle = 1 - root
        table = np.array([*reversed(side), middle, *side])
        made.append(constriction.stream.model.Categorical(table / table.sum(), perfect=False))
    return tuple(made)


class _Sizes:
    """The expectation of a network's code, as whole numbers.

    Rows and columns as in `codec.Expectation.weights`; float64 before rounding, so that no machine rounds another way.
    """

    def __init__(self, network: codec.Codec, quality: int) -> None:
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


def _parts(network: codec.Codec, height: int, width: int) -> Iterator[tuple[slice, bool, np.ndarray]]:
    """(channels, black, fields) in the order of the file."""
    board = codec.chessboard(height, width).numpy()
    for start in range(0, network.channels, codec.GROUP):
        for black in (False, True):
            yield slice(start, start + codec.GROUP), black, board == black


def write_code(network: codec.Codec, code: np.ndarray, quality: int) -> bytes:
    """The code (C, h, w) int32 as range-coded bytes."""
    encoder, sizes = constriction.stream.queue.RangeEncoder(), _Sizes(network, quality)
    size = np.abs(code.astype(np.int64))
    known = np.zeros_like(size)
    around = np.zeros_like(size)
    for group, black, fields in _parts(network, *code.shape[1:]):
        indices, values = sizes.indices(known, around, group, black, fields), code[group][:, fields]
        for index in np.unique(indices):
            symbols = (values[indices == index] + codec.LARGEST).astype(np.int32)
            encoder.encode(np.ascontiguousarray(symbols), _models()[index])
        known[group] = np.where(fields, size[group], known[group])
        if black:
            around[group] = _around(known[group])
    return encoder.get_compressed().astype("<u4").tobytes()


def read_code(network: codec.Codec, content: bytes, quality: int, height: int, width: int) -> np.ndarray:
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
                found = decoder.decode(_models()[index], int(chosen.sum()))
            except (AssertionError, ValueError):  # the coder's words for bytes that mean nothing
                return code
            values[chosen] = found - codec.LARGEST
        part = code[group]
        part[:, fields] = values
        size[group] = np.abs(part)
        if black:
            around[group] = _around(size[group])
    return code


# ---- photos ---------------------------------------------------------------------------------------------------------


def fitting(photo: Image.Image) -> Image.Image:
    """The photo, shrunk where it has more than `MOST_PIXELS`."""
    pixels = photo.width * photo.height
    return photo if pixels <= MOST_PIXELS else images.fit(photo, int(max(photo.size) * (MOST_PIXELS / pixels) ** 0.5))


@torch.no_grad()
def code_of(photo: Image.Image, network: codec.Codec, quality: int) -> np.ndarray:
    """The photo's code, rounded: (C, h, w) int32."""
    _check_quality(network, quality)
    pixels = np.asarray(photo.convert("RGB"))
    below, right = -pixels.shape[0] % codec.STRIDE, -pixels.shape[1] % codec.STRIDE
    padded = np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="edge")
    where = network.first.weight.device
    x = torch.from_numpy(padded).permute(2, 0, 1)[None].to(where).float() / 255
    code = network.encode(x, torch.tensor([quality], device=where))[0]
    return code.round().clamp(-codec.LARGEST, codec.LARGEST).int().cpu().numpy()


@torch.no_grad()
def picture_of(code: np.ndarray, network: codec.Codec, quality: int, size: tuple[int, int]) -> Image.Image:
    """The picture (width, height) that a code stands for; values need not be whole numbers."""
    where = network.first.weight.device
    values = torch.from_numpy(code).float()[None].to(where)
    picture = network.decode(values, torch.tensor([quality], device=where))
    return images.to_image(picture[:, :, : size[1], : size[0]])


def compress(photo: Image.Image, network: codec.Codec, quality: int) -> Compressed:
    """The photo as a file, and the picture that anyone will get out of it.

    Raises:
        DemoError: no such quality.
    """
    photo = fitting(photo)
    code = code_of(photo, network, quality)
    content = pack(write_code(network, code, quality), network, quality, photo.size)
    picture = picture_of(code, network, quality, photo.size)
    rate = 8 * len(content) / (photo.width * photo.height)
    return Compressed(
        content, picture, code, quality, rate, measures.psnr(photo, picture), measures.ssim(photo, picture)
    )


def decompress(content: bytes, network: codec.Codec, despite_damage: bool = False) -> Image.Image:
    """The picture in a file.

    Args:
        despite_damage: goes on where the checksum finds damage, for the lesson on flipped bits.

    Raises:
        DemoError: not such a file, damaged, cut off, or written with another network.
    """
    quality, size, payload = unpack(content, network, despite_damage)
    height, width = -(-size[1] // codec.STRIDE), -(-size[0] // codec.STRIDE)
    code = read_code(network, payload, quality, height, width)
    return picture_of(code, network, quality, size)


# ---- the file -------------------------------------------------------------------------------------------------------


def fingerprint(network: codec.Codec) -> bytes:
    """Four bytes that tell one network from another."""
    hashed = hashlib.sha256()
    for key, tensor in sorted(network.state_dict().items()):
        hashed.update(key.encode() + tensor.detach().cpu().half().numpy().tobytes())
    return hashed.digest()[:4]


def pack(payload: bytes, network: codec.Codec, quality: int, size: tuple[int, int]) -> bytes:
    start = HEADER.pack(MAGIC, VERSION, fingerprint(network), quality, *size, 0)[:-4]
    return start + struct.pack("<I", zlib.crc32(start + payload)) + payload


def unpack(content: bytes, network: codec.Codec, despite_damage: bool = False) -> tuple[int, tuple[int, int], bytes]:
    """(quality, (width, height), payload) of a file, everything checked before anything is decoded."""
    if len(content) < HEADER.size or content[:2] != MAGIC:
        raise DemoError(f"This file of {len(content)} bytes was not made here. Choose a .hlc file that was kept here.")
    _, version, made_by, quality, width, height, checksum = HEADER.unpack_from(content)
    payload = content[HEADER.size :]
    if version != VERSION:
        raise DemoError(f"This file is of version {version}, and {VERSION} can be read. It is damaged, or newer.")
    damaged = zlib.crc32(content[: HEADER.size - 4] + payload) != checksum
    if damaged and not despite_damage:
        raise DemoError("This file is damaged: its checksum does not fit its content. Use another copy of it.")
    if made_by != fingerprint(network):
        raise DemoError(
            f"This file was written with another network ({made_by.hex()}). Open it with the version of the app that "
            "wrote it."
        )
    if not (0 < width * height <= 2 * MOST_PIXELS and quality < network.qualities):
        raise DemoError(f"This file says {width} x {height} px at quality {quality}, which cannot be. It is damaged.")
    return quality, (width, height), payload


def _check_quality(network: codec.Codec, quality: int) -> None:
    if not 0 <= quality < network.qualities:
        raise DemoError(
            f"There is no quality {quality}. Choose one from 0 (smallest) to {network.qualities - 1} (best)."
        )


# ---- the trained network --------------------------------------------------------------------------------------------


def available() -> bool:
    """Whether the codec is on this machine."""
    return weights.find(NETWORK) is not None


def load() -> codec.Codec:
    """The shipped codec, in float32: files must decode alike everywhere; built once per process and shared.

    Raises:
        DemoError: the file is missing, damaged or not a codec.
    """
    if not available():
        raise DemoError(
            "The codec is not on this machine (weights/codec.safetensors). Restore it with git checkout -- weights, "
            "or train one: python -m demos.autoencoder.train --what codec"
        )
    where = device.current()

    def make() -> codec.Codec:
        network = codec.build(weights.load(NETWORK), weights.metadata(NETWORK))
        return network.to(where.device).eval().requires_grad_(False)

    return weights.cached(f"{NETWORK} on {where.device}", make)
