"""A photo in a small file and back: the codec's code, rounded, and entropy coded by `constriction`'s range coder.

    file = header (16 bytes, counted) + range-coded values, group by group of channels, white fields before black ones

The probabilities come from whole numbers only (see `network.ContextModel`): a file can be read on any machine that has
the same network. The header names that network, and a checksum over everything finds damage.
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from demos.autoencoder import memory
from demos.autoencoder import quality as autoencoder_quality
from demos.autoencoder.compress import entropy
from demos.autoencoder.compress import network as codec_network
from demos.core.errors import DemoError
from demos.core.images import tensors
from demos.core.images.load import fit
from demos.core.networks import files as network_files
from demos.core.networks import shipped

NETWORK = "codec"  # in the catalogue
MAGIC, VERSION = b"HL", 1
HEADER = struct.Struct("<2sB4sBHHI")  # magic, version, network, quality, width, height, checksum
MOST_PIXELS = 4_000_000  # larger photos are shrunk to it: the networks see all of the photo at once


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


# ---- photos ---------------------------------------------------------------------------------------------------------


def limit_pixels(photo: Image.Image) -> Image.Image:
    """The photo, shrunk where it has more than `MOST_PIXELS`."""
    pixels = photo.width * photo.height
    return photo if pixels <= MOST_PIXELS else fit(photo, int(max(photo.size) * (MOST_PIXELS / pixels) ** 0.5))


@torch.no_grad()
def encode(photo: Image.Image, network: codec_network.Codec, quality: int) -> np.ndarray:
    """The photo's code, rounded: (C, h, w) int32."""
    _check_quality(network, quality)
    pixels = np.asarray(photo.convert("RGB"))
    below, right = -pixels.shape[0] % codec_network.STRIDE, -pixels.shape[1] % codec_network.STRIDE
    padded = np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="edge")
    where = network.first.weight.device
    x = torch.from_numpy(padded).permute(2, 0, 1)[None].to(where).float() / 255
    code = network.encode(x, torch.tensor([quality], device=where))[0]
    return code.round().clamp(-codec_network.LARGEST, codec_network.LARGEST).int().cpu().numpy()


@torch.no_grad()
def decode(code: np.ndarray, network: codec_network.Codec, quality: int, size: tuple[int, int]) -> Image.Image:
    """The picture (width, height) that a code stands for; values need not be whole numbers."""
    where = network.first.weight.device
    values = torch.from_numpy(code).float()[None].to(where)
    picture = network.decode(values, torch.tensor([quality], device=where))
    return tensors.to_image(picture[:, :, : size[1], : size[0]])


def compress(photo: Image.Image, network: codec_network.Codec, quality: int) -> Compressed:
    """The photo as a file, and the picture that anyone will get out of it.

    Raises:
        DemoError: no such quality.
    """
    photo = limit_pixels(photo)
    code = encode(photo, network, quality)
    content = pack(entropy.write_code(network, code, quality), network, quality, photo.size)
    picture = decode(code, network, quality, photo.size)
    memory.give_back()
    rate = 8 * len(content) / (photo.width * photo.height)
    return Compressed(
        content,
        picture,
        code,
        quality,
        rate,
        autoencoder_quality.psnr(photo, picture),
        autoencoder_quality.ssim(photo, picture),
    )


def decompress(content: bytes, network: codec_network.Codec, despite_damage: bool = False) -> Image.Image:
    """The picture in a file.

    Args:
        despite_damage: goes on where the checksum finds damage, for the lesson on flipped bits.

    Raises:
        DemoError: not such a file, damaged, cut off, or written with another network.
    """
    quality, size, payload = unpack(content, network, despite_damage)
    height, width = -(-size[1] // codec_network.STRIDE), -(-size[0] // codec_network.STRIDE)
    code = entropy.read_code(network, payload, quality, height, width)
    return decode(code, network, quality, size)


# ---- the file -------------------------------------------------------------------------------------------------------


def fingerprint(network: codec_network.Codec) -> bytes:
    """Four bytes that tell one network from another."""
    hashed = hashlib.sha256()
    for key, tensor in sorted(network.state_dict().items()):
        hashed.update(key.encode() + tensor.detach().cpu().half().numpy().tobytes())
    return hashed.digest()[:4]


def pack(payload: bytes, network: codec_network.Codec, quality: int, size: tuple[int, int]) -> bytes:
    """The file of range-coded bytes for a picture of `size` (width, height): header, checksum, payload."""
    start = HEADER.pack(MAGIC, VERSION, fingerprint(network), quality, *size, 0)[:-4]
    return start + struct.pack("<I", zlib.crc32(start + payload)) + payload


def unpack(
    content: bytes, network: codec_network.Codec, despite_damage: bool = False
) -> tuple[int, tuple[int, int], bytes]:
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


def _check_quality(network: codec_network.Codec, quality: int) -> None:
    if not 0 <= quality < network.qualities:
        raise DemoError(
            f"There is no quality {quality}. Choose one from 0 (smallest) to {network.qualities - 1} (best)."
        )


# ---- the trained network --------------------------------------------------------------------------------------------


def available() -> bool:
    """Whether the codec can be had now."""
    return network_files.available(NETWORK)


def load() -> codec_network.Codec:
    """The shipped codec, in float32: files must decode alike everywhere; built once per process and shared.

    Raises:
        DemoError: the file is missing, damaged or not a codec.
    """
    return shipped.network(NETWORK, codec_network.build, place=False)
