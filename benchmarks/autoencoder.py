"""The autoencoder tab's figures: noise of known strength, real noise, speed, the estimate, and compression.

    python -m benchmarks.autoencoder --data ../shared/data \
        [--only gaussian real speed sigma squeeze layers] [--photos 68]
    python -m benchmarks.autoencoder --data ../shared/data --fit-estimate    # on training photos: denoise.FAINT

gaussian: CBSD68, noise N(0, sigma^2) in float, not clipped, seed 0 for each photo; PSNR over RGB of the clipped 8-bit
result, the mean over the photos; one blind model. real: the pairs of real_noise, gain over the noisy photo in dB,
whole and cropped at places on and off the blocks of the JPEG.
speed: a 768 x 512 photo beside DnCNN (20 layers, 64 wide, random weights), same precision, best of three. sigma: the
estimate's mean and its error. squeeze: bits per pixel and PSNR of every quality, JPEG, WebP and AVIF at its size.
layers: PSNR of CBSD68's photos made again from each pooling of the pocket VGG16.
"""

import argparse
import tarfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from demos.autoencoder import quality
from demos.autoencoder.compress import file as codec_file
from demos.autoencoder.compress import formats
from demos.autoencoder.denoise import network as denoise_network
from demos.autoencoder.denoise import noise, tiles
from demos.autoencoder.layers import inversion
from demos.autoencoder.layers import network as layers_network
from demos.core import device
from demos.core.images import tensors
from demos.core.images.load import load_image
from demos.core.networks import vgg

SIGMAS = (15, 25, 50)
PUBLISHED = {  # dB at SIGMAS on CBSD68, from the papers
    "CBM3D": (33.52, 30.71, 27.38),
    "CDnCNN-B (blind)": (33.89, 31.23, 27.92),
    "FFDNet": (33.87, 31.21, 27.96),
    "DRUNet (32 M parameters)": (34.30, 31.69, 28.51),
}
ESTIMATED = (5, 15, 25, 35, 50)
CROPPED, OFFSETS = 240, (128, 129, 132, 136)  # px: on the 16 px blocks of a JPEG with halved colours, and off
MILD = (31.0, 39.0)  # PSNR in dB of a photo with mild camera noise


def photos(folder: Path, count: int) -> Iterable[Image.Image]:
    return (load_image(path) for path in sorted(folder.glob("*.jpg"))[:count])


@torch.no_grad()
def whole(network: denoise_network.Denoiser, noisy: Tensor) -> denoise_network.Denoised:
    """(1, 3, H, W), RGB in float and not clipped, cleaned as one tile."""
    height, width = noisy.shape[-2:]
    padded = F.pad(noisy, (0, -width % network.multiple, 0, -height % network.multiple), mode="reflect")
    found = network(padded.to(network.first.weight.device))
    return denoise_network.Denoised(found.picture[..., :height, :width].cpu(), found.noise.cpu())


def gaussian(network: denoise_network.Denoiser, folder: Path, count: int) -> None:
    found = []
    for sigma in SIGMAS:
        values = []
        for photo in photos(folder, count):
            noisy = noise.gaussian(tensors.to_tensor(photo), sigma, torch.Generator().manual_seed(0))
            values.append(quality.psnr(photo, tensors.to_image(whole(network, noisy).picture)))
        found.append(sum(values) / len(values))
    print(f"\nCBSD68, {count} photos, PSNR in dB\n\n| | 15 | 25 | 50 |\n|---|---|---|---|")
    for name, figures in {"ours (blind)": found, **PUBLISHED}.items():
        print(f"| {name} | {' | '.join(f'{value:.2f}' for value in figures)} |")


def real(network: denoise_network.Denoiser, folder: Path, count: int) -> None:
    pairs = [
        (load_image(path), load_image(path.with_name(path.name.replace("_real", "_mean"))))
        for path in sorted(folder.glob("*_real.jpg"))[:count]
    ]
    boxes = {"whole": None} | {f"from {at} px": (at, at, at + CROPPED, at + CROPPED) for at in OFFSETS}
    print(
        f"\nReal noise, {len(pairs)} pairs, gain in dB\n\n| | mean | worst | best | hurt by over 0.3 |\n"
        + "|---" * 5
        + "|"
    )
    for title, box in boxes.items():
        gains = []
        for noisy, clean in (pair if box is None else [one.crop(box) for one in pair] for pair in pairs):
            after = quality.psnr(clean, tiles.denoised(noisy, network).picture)
            gains.append(after - quality.psnr(clean, noisy))
        hurt = sum(gain < -0.3 for gain in gains)
        print(f"| {title} | {np.mean(gains):+.2f} | {min(gains):+.2f} | {max(gains):+.2f} | {hurt} |", flush=True)


def dncnn() -> nn.Module:
    """Zhang et al., "Beyond a Gaussian Denoiser" (2017): 20 layers for colour; batch normalisation folded away."""
    middle = [layer for _ in range(18) for layer in (nn.Conv2d(64, 64, 3, padding=1), nn.ReLU())]
    return nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), nn.ReLU(), *middle, nn.Conv2d(64, 3, 3, padding=1))


@torch.no_grad()
def speed(network: denoise_network.Denoiser) -> None:
    where = device.current()
    other = where.place(dncnn())
    photo = torch.rand(1, 3, 512, 768).to(where.device, where.dtype).contiguous(memory_format=where.memory_format)
    seconds = {}
    for name, one in (("ours", network), ("DnCNN", other)):
        taken = []
        for _ in range(4):  # the first one warms up
            started = time.perf_counter()
            one(photo)
            taken.append(time.perf_counter() - started)
        seconds[name] = min(taken[1:])
    print(f"\n768 x 512 px, {where.describe()}: ours {seconds['ours']:.3f} s, DnCNN {seconds['DnCNN']:.3f} s, ", end="")
    print(f"{seconds['DnCNN'] / seconds['ours']:.1f} times faster")


def sigma(network: denoise_network.Denoiser, folder: Path, count: int) -> None:
    print("\n| sigma | estimate, mean | error, mean | error, largest |\n|---|---|---|---|")
    for true in ESTIMATED:
        found = []
        for photo in photos(folder, count):
            noisy = noise.gaussian(tensors.to_tensor(photo), true, torch.Generator().manual_seed(0))
            found.append(255 * whole(network, noisy).noise.square().mean().sqrt().item())
        errors = [abs(value - true) / true for value in found]
        print(f"| {true} | {np.mean(found):.1f} | {np.mean(errors):.0%} | {max(errors):.0%} |")


def squeeze(folder: Path, count: int) -> None:
    network = codec_file.load()
    names = " | ".join(f"{name} of the size" for name in formats.OPTIONS)
    print(f"\n| quality | bits per pixel | ours, dB | {names} |\n|---|---|---{'|---' * len(formats.OPTIONS)}|")
    for level in range(network.qualities):
        rates, ours, others = [], [], {name: [] for name in formats.OPTIONS}
        for photo in photos(folder, count):
            made = codec_file.compress(photo, network, level)
            rates.append(made.bits_per_pixel)
            ours.append(made.psnr)
            for name, values in others.items():
                found = formats.at_file_size(photo, name, len(made.content))
                if found.fits:
                    values.append(found.psnr)
        cells = [
            f"{np.mean(v):.2f}" + ("" if len(v) == len(ours) else f" ({len(v)} of {len(ours)} fit)")
            if v
            else "none fit"
            for v in others.values()
        ]
        print(f"| {level} | {np.mean(rates):.3f} | {np.mean(ours):.2f} | {' | '.join(cells)} |", flush=True)


def layers_known(folder: Path, count: int) -> None:
    encoder, decoders, found = vgg.load(vgg.POCKET), layers_network.load(), {cut: [] for cut in layers_network.CUTS}
    for photo in photos(folder, count):
        for known in inversion.what_each_knows(photo, encoder, decoders):
            found[known.cut].append(known.psnr)
    print(f"\n{count} photos again from each layer, PSNR in dB\n\n| {' | '.join(found)} |\n{'|---' * len(found)}|")
    print(f"| {' | '.join(f'{np.mean(values):.2f}' for values in found.values())} |")


# ---- reading the estimate of faint noise, on training photos --------------------------------------------------------


def crops(data: Path, side: int) -> Iterator[Tensor]:
    """(1, 3, side, side) from the middle of some of bsds_train and of sharp.tar."""
    with tarfile.open(data / "sharp.tar") as archive:
        sharp = [member for member in archive.getmembers() if member.isfile()][::18]
        contents = [archive.extractfile(member).read() for member in sharp]
    for source in (*sorted((data / "bsds_train").rglob("*.jpg"))[::10], *contents):
        photo = tensors.to_tensor(load_image(source))
        top, left = ((length - side) // 2 for length in photo.shape[-2:])
        yield photo[..., top : top + side, left : left + side]


def mildly_noisy(clean: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor] | None:
    """(clean, noisy) as a good camera has it: soft pixels two times in three, little noise, a fine JPEG."""
    draw = torch.rand(3, generator=random).tolist()
    if draw[0] < 2 / 3:
        part = clean[..., 32 : 32 + round(96 + 48 * draw[1]), 32 : 32 + round(96 + 48 * draw[1])]
        clean = F.interpolate(part, clean.shape[-2:], mode="bicubic", align_corners=False).clamp(0, 1)
    clean = tensors.to_tensor(tensors.to_image(clean))
    for _ in range(100):
        taken = replace(noise.Camera.drawn(random), quality=round(85 + 13 * draw[2]))
        noisy = noise.camera(clean, taken, random)
        if MILD[0] < -10 * (noisy - clean).square().mean().log10() < MILD[1]:
            return clean, noisy
    return None


@torch.no_grad()
def fit_estimate(network: denoise_network.Denoiser, data: Path) -> None:
    """What several `denoise.FAINT` do to training photos: gains on mild camera noise, estimates of faint Gaussian."""
    random, chosen = torch.Generator().manual_seed(0), network.faint
    assert chosen is not None
    photos_of_training = list(crops(data, 192))
    pairs = [pair for clean in photos_of_training if (pair := mildly_noisy(clean, random)) is not None]
    print("\n| times | gain, mean | worst | hurt by over 0.3 dB | sigma 3 is found as | 6 | 10 |\n" + "|---" * 7 + "|")
    for times in (None, 1.0, 1.3, 1.6, 2.0):
        network.faint = replace(chosen, times=times) if times else None
        gains = []
        for clean, noisy in pairs:
            before, truth = tensors.to_image(noisy), tensors.to_image(clean)
            after = tensors.to_image(network(tensors.to_tensor(before)).picture)
            gains.append(quality.psnr(truth, after) - quality.psnr(truth, before))
        found = []
        for level in (3, 6, 10):
            made = (noise.gaussian(clean, level, random) for clean in photos_of_training)
            maps = (network.noise_map(noisy) for noisy in made)
            believed = [m if network.faint is None else m.minimum(network.faint.limit(m)) for m in maps]
            found.append(255 * np.mean([m.square().mean().sqrt().item() for m in believed]))
        hurt = sum(gain < -0.3 for gain in gains)
        cells = f"{np.mean(gains):+.2f} | {min(gains):+.2f} | {hurt} of {len(gains)}"
        print(f"| {times} | {cells} | {' | '.join(f'{value:.1f}' for value in found)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="The autoencoder tab's figures.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", nargs="+", default=["gaussian", "real", "speed", "sigma", "squeeze", "layers"])
    parser.add_argument("--photos", type=int, default=68, help="how many of each set")
    parser.add_argument("--fit-estimate", action="store_true", help="fit denoise.FAINT on training photos instead")
    parser.add_argument("--avif-speed", type=int, help="0 (slow) to 10, instead of the page's")
    chosen = parser.parse_args()
    if chosen.avif_speed is not None:
        formats.OPTIONS[formats.AVIF] = {"speed": chosen.avif_speed}
    print(device.current().describe())
    if chosen.fit_estimate:
        return fit_estimate(tiles.load(), chosen.data)
    if set(chosen.only) - {"squeeze", "layers"}:
        network = tiles.load()
        if "gaussian" in chosen.only:
            gaussian(network, chosen.data / "cbsd68", chosen.photos)
        if "real" in chosen.only:
            real(network, chosen.data / "real_noise", chosen.photos)
        if "speed" in chosen.only:
            speed(network)
        if "sigma" in chosen.only:
            sigma(network, chosen.data / "cbsd68", chosen.photos)
    if "squeeze" in chosen.only:
        squeeze(chosen.data / "cbsd68", chosen.photos)
    if "layers" in chosen.only:
        layers_known(chosen.data / "cbsd68", chosen.photos)
    return None


if __name__ == "__main__":
    main()
