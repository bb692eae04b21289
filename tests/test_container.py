"""As a Space or a container runs it: an unprivileged user, a read-only checkout, packages elsewhere, no network."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demos import DEMOS
from demos.core.networks import files as network_files
from tests.server import ROOT

INSIDE = ["--unshare-user", "--unshare-net", "--uid", "1000", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]


def _can_be_made() -> bool:
    """Whether this machine makes containers for users: Debian's bubblewrap, and a kernel that lets it."""
    return (
        shutil.which("bwrap") is not None
        and subprocess.run(["bwrap", *INSIDE, "true"], capture_output=True).returncode == 0
    )


@pytest.mark.slow
@pytest.mark.skipif(not _can_be_made(), reason="needs bubblewrap and user namespaces")
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs a Chromium (Debian: apt-get install chromium)")
@pytest.mark.skipif(network_files.find("pocket-vgg16") is None, reason="needs weights/pocket_vgg16.safetensors")
def test_every_tab_opens_in_a_container(tmp_path: Path) -> None:
    checkout, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    checkout.mkdir()
    (elsewhere / "home").mkdir(parents=True)
    for name in subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    ):
        if name and (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, checkout / name)
    environment = {"HOME": "/mnt/home", "TMPDIR": "/mnt", "PATH": "/usr/bin:/bin", "LANG": "C"}
    command = [
        "bwrap", *INSIDE, "--bind", str(elsewhere), "/mnt", "--chdir", "/mnt", "--clearenv",
        *(word for name, value in environment.items() for word in ("--setenv", name, value)),
        sys.executable, str(ROOT / "tests/visitor.py"), str(checkout / "app.py"), "/mnt",
    ]  # fmt: skip
    for folder in (elsewhere, elsewhere / "home"):
        folder.chmod(0o777)
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    seen = json.loads(ended.stdout.splitlines()[-1])
    assert seen["user"] == 1000
    assert seen["complaints"] == [], seen["log"]
    assert list(seen["opened"]) == [demo.title for demo in DEMOS]
    assert all(seen["opened"].values())  # each has tabs within
    assert "Traceback" not in seen["log"]
