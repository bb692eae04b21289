"""Every training's command, as a dry run on a folder of photos: it goes through, and leaves nothing behind."""

import hashlib
import importlib
import re
import sys
from pathlib import Path

import pytest

from demos.core import device
from demos.core.data import samples
from tests.server import ROOT

TRAININGS = (
    "demos.autoencoder.denoise.train",
    "demos.autoencoder.compress.train",
    "demos.autoencoder.layers.train",
    "demos.style.instant.train",
)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    for name in ("china", "flower"):
        samples.photo(name).save(tmp_path / "photos" / f"{name}.jpg")
    return tmp_path / "photos"


def shipped() -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (ROOT / "weights").rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
@pytest.mark.parametrize("module", TRAININGS)
def test_a_dry_run_goes_through_and_keeps_nothing(
    module: str, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, chosen = shipped(), device.current()
    monkeypatch.setattr(device, "_current", chosen)
    monkeypatch.setattr(sys, "argv", [module, "--dry-run", "--data", str(tmp_path), "--photos", str(photos)])
    importlib.import_module(module).main()
    assert "3 steps" in capsys.readouterr().out
    assert shipped() == before


@pytest.mark.slow
@pytest.mark.parametrize("module", TRAININGS)
def test_without_photos_the_command_says_so(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_current", device.current())
    monkeypatch.setattr(sys, "argv", [module, "--dry-run", "--data", str(tmp_path)])
    with pytest.raises(SystemExit, match="There are no training photos"):
        importlib.import_module(module).main()


@pytest.mark.parametrize("module", [*TRAININGS, "demos.core.training.distil", "demos.dcgan.training.__main__"])
def test_every_option_is_explained(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [module, "--help"])
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(module).main()
    assert ended.value.code == 0
    words = " ".join(capsys.readouterr().out.split("options:")[1].split())
    for option in re.findall(r" (--[a-z-]+)(?:, --no-[a-z-]+)?(?: …| \[PATH ...\])? --", words):
        pytest.fail(f"{option} has no help")
    assert "--photos" in words
