"""No step of a training reads a tensor: on a GPU each such read would wait for all that it has still to do.

Random numbers that a generator on the CPU has drawn may be read: `random_stream` and `crops` do.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from demos.autoencoder.compress import train as codec
from demos.autoencoder.denoise import train as denoiser
from demos.core.training import update
from demos.dcgan.training import gan
from demos.dcgan.training import options as gan_options
from demos.style.instant import train as style
from tests.autoencoder.patches import patches
from tests.style.instant import test_train as style_test

HOST = ("random_stream.py", "crops.py")
READS = ("item", "tolist", "numpy", "__float__", "__int__", "__bool__", "__index__")
SMALL: dict = {"batch": 4, "threads": 1}


def gan_task() -> update.Task:
    settings = gan_options.GanOptions(size=16, width=4, latent=5, **SMALL)
    pictures = torch.randint(256, (40, 3, 16, 16), generator=torch.Generator().manual_seed(1)).byte()
    return gan.GanTraining(settings, gan.Batches(pictures, 4, mirror=True)).task()


TASKS: dict[str, Callable[[], update.Task]] = {
    "denoiser": lambda: denoiser.task_of(denoiser.DenoiserOptions(widths="8,12", blocks="1,1", **SMALL), patches()),
    "codec": lambda: codec.task_of(codec.CodecOptions(**SMALL), patches()),
    "style": lambda: style_test.make_task(style.DecoderOptions(blocks="0,0,0,0,0", **SMALL)),
    "gan": gan_task,
}


@pytest.mark.parametrize("name", TASKS)
def test_a_step_reads_no_tensor(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(denoiser, "SIZES", ((1.0, 32),))
    monkeypatch.setattr(codec, "SIZES", ((1.0, 32),))
    monkeypatch.setattr(style, "SIZES", ((1.0, (32, 1.0)),))
    task, reads = TASKS[name](), []
    for each in task.updates:  # AdamW on the CPU reads its own counter, its fused kernel on a GPU does not
        each.optimiser = torch.optim.SGD([p for group in each.optimiser.param_groups for p in group["params"]], 1e-4)

    def watched(read: str) -> Callable:
        original = getattr(torch.Tensor, read)

        def reading(tensor: torch.Tensor, *args: object, **more: object) -> object:
            frame = sys._getframe(1)
            own = [f for f in _frames(frame) if "/demos/" in f]
            if own and Path(own[0]).name not in HOST:
                reads.append(f"{read} in {own[0]}")
            return original(tensor, *args, **more)

        return reading

    for read in READS:
        monkeypatch.setattr(torch.Tensor, read, watched(read))
    for step in range(2):
        for each in task.updates:
            update.descend(each, step, 0.5, clip=1.0)
    monkeypatch.undo()
    assert reads == []


def _frames(frame) -> list[str]:
    files = []
    while frame is not None:
        files.append(frame.f_code.co_filename)
        frame = frame.f_back
    return files
