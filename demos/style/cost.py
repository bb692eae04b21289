"""What a painting will cost, said before it starts: time and memory, and the sizes that fit this machine."""

import os
import time

import torch

from demos.core import cache, device
from demos.core.networks import vgg
from demos.style import settings as style_settings
from demos.style.optimise import losses, multiscale, work
from demos.style.settings import PaintSettings

LARGEST_ON_CPU = 1024
RESERVE = 1 << 30  # bytes left to the rest of the machine


def memory(network: vgg.VGG16, pixels: int) -> int:
    """Bytes at the peak of a step: every activation is kept for the way back, some of them twice.

    Per block and convolution: what it computed and what its ReLU made of it. Three times that covers the way back's
    own copies (measured with both networks at 512 and 1,024 px).
    """
    each = torch.finfo(next(network.parameters()).dtype).bits // 8
    total = 0.0
    for block, (width, count) in enumerate(zip(network.widths, vgg.CONVOLUTIONS_PER_BLOCK, strict=True)):
        total += width * count * 2 * pixels / 4**block
    return round(3 * each * total + 40 * 4 * pixels)


def available() -> int:
    """Free bytes of the memory that a painting would use."""
    where = device.current().device
    if where.type == "cuda":
        return torch.cuda.mem_get_info(where)[0]
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            meminfo = {line.split(":")[0]: line.split()[1] for line in file}
        return int(meminfo["MemAvailable"]) * 1024
    except (OSError, KeyError, ValueError):  # not Linux: half of what there is, where even that is known
        try:
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
        except (AttributeError, OSError, ValueError):
            return 8 << 30


def sizes(network: vgg.VGG16) -> list[int]:
    """The sizes that fit, for the square worst case."""
    most = LARGEST_ON_CPU if device.current().device.type == "cpu" else style_settings.LARGEST
    room = available() - RESERVE
    return [
        size
        for size in style_settings.SIZES
        if size <= most and (memory(network, size * size) <= room or size == style_settings.SIZES[0])
    ]


def speed(network: vgg.VGG16, optimiser: str = "Adam") -> float:
    """Seconds that a unit of work takes on this machine: of the last run, or measured on a small picture."""
    return cache.networks.get(_key(network, optimiser), lambda: _measure(network), lambda _: 100)


def learn(network: vgg.VGG16, optimiser: str, seconds: float, done: float) -> None:
    """After a run: what `done` work took. Machines get busy, and a large picture is not a small one many times."""
    if seconds > 0 and done > 0:
        cache.networks.forget(_key(network, optimiser))
        cache.networks.get(_key(network, optimiser), lambda: seconds / done, lambda _: 100)


def _key(network: vgg.VGG16, optimiser: str) -> tuple[str, ...]:
    # By what the time depends on: the network itself as a key would keep it in memory for ever.
    return ("speed of", optimiser, network.name, str(network.widths), str(network.mean.device))


def _measure(network: vgg.VGG16) -> float:
    side = 192
    photo = torch.rand(1, 3, side, side).to(device.current().device)
    settings = PaintSettings(size=side, steps=3)
    layers = list(settings.style_losses())
    targets = losses.Targets(
        [losses.Region(losses.style_grams(network, [photo], [1.0], layers))],
        settings.style_losses(),
        losses.content_activations(network, photo, [settings.content_layer]),
        settings.content_weight,
        smoothness=settings.smoothness,
    )
    taken = []
    for _ in multiscale.descend(network, photo, targets, settings, 4):
        taken.append(time.perf_counter())
    return (taken[-1] - taken[0]) / (len(taken) - 1) / work.a_step(side, settings)


def seconds(network: vgg.VGG16, settings: PaintSettings, aspect: float = 1.0, styles: int = 1) -> float:
    """How long a run will take; `aspect` is the photo's longer side over its shorter one."""
    return work.whole(settings, aspect, styles) * speed(network, settings.optimiser)


def describe(network: vgg.VGG16, settings: PaintSettings, aspect: float = 1.0, styles: int = 1) -> str:
    """For the page: "about 12 s and 0.4 GB"."""
    taken, needed = seconds(network, settings, aspect, styles), memory(network, round(settings.size**2 / aspect))
    return words(taken, needed)


def words(taken: float, needed: float) -> str:
    """Of seconds and bytes: "about 12 s and 0.4 GB of memory"."""
    time_words = f"{max(1, taken):.0f} s" if taken < 100 else f"{taken / 60:.0f} min"
    return f"about {time_words} and {needed / 1e9:.1f} GB of memory"
