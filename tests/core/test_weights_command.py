"""python -m demos.core.weights: lists, fetches, checks, removes and uploads."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.numpy

from demos.core import weights
from demos.core.hub import hashes
from demos.core.networks import catalogue
from demos.core.networks import files as network_files
from tests.core.conftest import (
    FILE,
    GOOD,
    LARGER,
    REPO,
    ROOT,
    SMALL,
    VGG16_FEATURES,
    WHOLE_VGG16,
    command,
    make_shipped,
    python,
    spoil,
)
from tests.hub import Hub


def test_command_line(home: Path) -> None:
    pinned = VGG16_FEATURES.sha256
    with Hub({REPO: {FILE: LARGER}}, state_etag=pinned) as running:
        environment = running.environment(home)
        listed = command(environment)
        assert (listed.returncode, listed.stderr) == (0, "")
        heading, *lines = listed.stdout.splitlines()
        assert [line.split()[0] for line in lines] == list(catalogue.NETWORKS)
        [line] = [line for line in lines if line.startswith("vgg16-features")]
        for column, cell in {
            "state": "on the Hub: 59 MB",
            "size": "59 MB",
            "licence": "BSD-3-Clause",
        }.items():
            assert line[heading.index(column) :].startswith(cell)
        assert line[heading.index("origin") :].startswith(f"{REPO}@b8d8aa2d ")
        assert running.requests == []

        fetched = command(environment, "--fetch", "vgg16-features")
        assert fetched.returncode == 0, fetched.stderr
        assert fetched.stderr.splitlines()[-1] == "vgg16-features: 3.7 of 3.7 MB (100 %)"
        path = Path(fetched.stdout.strip())
        assert len(safetensors.numpy.load_file(path)) == 26

        verified = command(environment, "--verify")
        assert f"vgg16-features: sound: {path}" in verified.stdout
        assert "vgg16: not here" in verified.stdout
        spoil(path)
        verified = command(environment, "--verify")
        assert verified.returncode == 1
        assert "vgg16-features: damaged, its sha256 begins with" in verified.stdout
        assert path.exists()

        removed = command(environment, "--remove", "vgg16-features")
        assert (removed.returncode, removed.stdout) == (0, f"removed {path}\n")
        assert not path.exists()
        again = command(environment, "--remove", "vgg16-features")
        assert (again.returncode, again.stdout) == (1, "")
        assert again.stderr.startswith("There is nothing to remove")


def test_what_is_shipped_is_sound(home: Path) -> None:
    verified = command(os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}, "--verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    shipped = [network.name for network in catalogue.NETWORKS.values() if network.origin is None]
    assert all(f"{name}: sound: " in verified.stdout for name in shipped)


def test_whole_file_through_the_command_line_says_damaged(home: Path) -> None:
    """The Hub states the pinned hash and sends something else: what arrives is checked, too."""
    with Hub({REPO: {FILE: SMALL}}, state_etag=WHOLE_VGG16.sha256) as running:
        done = command(running.environment(home), "--fetch", "vgg16")
        assert done.returncode == 1
        assert "arrived damaged again" in done.stderr
        assert running.sent[FILE] == 2 * SMALL.size


def test_listing_loads_no_torch() -> None:
    code = "import sys, demos.core.weights as c; c.main([]); sys.exit('torch' in sys.modules)"
    process = python(code, dict(os.environ))
    process.communicate(timeout=120)
    assert process.returncode == 0


def test_offline_variable(home: Path) -> None:
    with Hub({REPO: {FILE: SMALL}}) as running:
        command = [sys.executable, "-m", "demos.core.weights", "--fetch", "vgg16-features"]
        environment = running.environment(home, HF_HUB_OFFLINE="1")
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 1
        assert "HF_HUB_OFFLINE forbids asking the Hub" in done.stderr
        assert "Traceback" not in done.stderr
        assert running.requests == []


# ---- uploading ----

OURS = "ada/hidden-layers"


def test_what_is_pushed_serves_a_checkout_without_weights(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    folder = make_shipped().parent
    (folder / "pocket_vgg16.md").write_text("its card")
    (folder / "vgg16.tv_in1k.safetensors").write_bytes(b"put there by hand, and not ours to upload")
    (folder / "dcgan-cats").mkdir()
    for name in ("generator.safetensors", "config.json"):
        (folder / "dcgan-cats" / name).write_bytes(GOOD)
        network_files.record_shipped(folder / "dcgan-cats" / name)
    with Hub({}) as running:
        running.use(monkeypatch, home)
        monkeypatch.setenv("HF_TOKEN", "hf_a_token_for_this_machine_only")
        assert weights.main(["--push", OURS]) == 0
        assert capsys.readouterr().out == f"{running.url}/{OURS}\n"
        assert {name for repo, name in running.files if repo == OURS} == {
            "SHA256SUMS", "pocket_vgg16.safetensors", "pocket_vgg16.md", "dcgan-cats/SHA256SUMS",
            "dcgan-cats/generator.safetensors", "dcgan-cats/config.json",
        }  # fmt: skip
        expected = home.parent / "shipped.sha256"
        hashes.write(expected, {"pocket_vgg16.safetensors": hashlib.sha256(GOOD).hexdigest()})
        monkeypatch.setattr(network_files, "EXPECTED", expected)
        monkeypatch.setattr(network_files, "SHIPPED", home.parent / "no weights")
        monkeypatch.setattr(catalogue, "HUB", OURS)
        assert network_files.path("pocket-vgg16").read_bytes() == GOOD


def test_damaged_network_is_not_uploaded(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    spoil(make_shipped())
    with Hub({}) as running:
        running.use(monkeypatch, home)
        assert weights.main(["--push", OURS]) == 1
        assert running.requests == []
    assert "Nothing was uploaded" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("repo", "sentence"), [("no/such/name", "is no repository's name"), (OURS, "Log in with `hf auth login`")]
)
def test_upload_that_is_refused_is_one_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, repo: str, sentence: str
) -> None:
    make_shipped()
    with Hub({}, token="hf_another") as running:
        running.use(monkeypatch, home)
        assert weights.main(["--push", repo]) == 1
        assert running.files == {}
    assert sentence in capsys.readouterr().err
