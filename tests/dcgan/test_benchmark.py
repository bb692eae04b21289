"""What the benchmark scores: a finished generator, one of its snapshots, and a plain recipe that was interrupted."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks import dcgan
from demos.core.training import loop
from demos.core.training import update as training_update
from demos.dcgan import file_format
from demos.dcgan.training import datasets, options
from tests.dcgan.conftest import SMALL, make, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "dcgan-cats")
    return tmp_path / "dcgan-cats"


def test_a_folder_is_the_finished_generator(folder: Path) -> None:
    gan, z = dcgan.exported(str(folder)), torch.randn(4, SMALL.latent)
    assert gan.config.images == 9000
    assert (gan.generator(z) - make(SMALL)[0](z)).abs().mean() < 2e-3


@pytest.mark.parametrize(("asked", "index"), [("0", 0), ("700", 1), ("5000", 4), ("1000000", 4)])
def test_a_number_names_the_nearest_snapshot(folder: Path, asked: str, index: int) -> None:
    gan, z = dcgan.exported(f"{folder}@{asked}"), torch.randn(4, SMALL.latent)
    assert gan.config.images == (0, 640, 1280, 2560, 5120)[index]
    then = make(SMALL, seed=5 - index)[0]
    assert (gan.generator(z) - then(z)).abs().mean() < 0.02  # 8 bits a weight


def test_an_interrupted_plain_recipe_is_exported_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(task: training_update.Task, settings: options.GanOptions) -> Iterator[loop.Log]:
        for step in (1, 2, 3):
            if step == 3:
                raise KeyboardInterrupt
            for update in task.updates:
                training_update.descend(update)
            yield loop.Log(step, 0.0, 0.0, {}, 1.0)

    pictures = torch.randint(0, 256, (20, 3, 16, 16), dtype=torch.uint8)
    monkeypatch.setattr(datasets, "load", lambda *_: pictures)
    monkeypatch.setattr(loop, "train", interrupted)
    settings = replace(options.GanOptions(), size=16, width=4, batch=8)
    dcgan.plain_recipe(tmp_path / "plain", settings, 1000)
    config = file_format.from_json((tmp_path / "plain" / file_format.CONFIG).read_text())
    assert config.images == 16  # two steps, not what was asked for
    assert dcgan.exported(str(tmp_path / "plain")).config == config
