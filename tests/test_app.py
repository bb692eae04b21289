"""The command line, and the real app from its start to its sentences."""

import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import httpx
import pytest
import yaml
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from demos import DEMOS
from demos.core.networks import catalogue
from demos.core.networks import files as network_files
from tests import proxy
from tests.server import ROOT, app


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def run(*arguments: str, seconds: float = 60) -> subprocess.CompletedProcess:
    command = [sys.executable, "app.py", "--no-browser", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds)


def test_help_names_every_option() -> None:
    told = run("--help").stdout
    for option in ("port", "host", "root-path", "no-browser", "share", "auth", "only", "device", "offline", "data"):
        assert f"--{option}" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "painting"], "no tab 'painting'; there are: "),
        (["--auth", "teacher"], "USER:PASSWORD"),
        (["--device", "abacus"], "no device"),
        (["--port", "99999"], "no port 99999"),
        (["--root-path", "lab"], "--root-path /lab/demo"),
        (["--host", "203.0.113.9"], "a --host of this machine"),
        (["--host", "no..where"], "no address of this machine"),
    ],
)
def test_wrong_options_end_with_a_sentence(arguments: list[str], words: str) -> None:
    ended = run(*arguments)
    assert ended.returncode != 0
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = run("--port", str(taken.getsockname()[1]))
    assert ended.returncode != 0
    assert "Choose another: --port" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
def test_it_opens_on_an_address_of_ipv6(tmp_path: Path) -> None:
    environment = {"HF_HOME": str(tmp_path / "hub")}
    with app("--offline", host="::1", environment=environment, log=tmp_path / "log.txt") as address:
        assert address.startswith("http://[::1]:")
        assert "Hidden Layers" in urllib.request.urlopen(address).read().decode()


@pytest.mark.slow
@pytest.mark.skipif(network_files.find("dcgan-cats") is None, reason="needs weights/dcgan-cats")
def test_every_tab_is_there_behind_a_path_of_a_proxy(tmp_path: Path) -> None:
    environment = {"HF_HOME": str(tmp_path / "hub")}
    with (
        app("--offline", "--root-path", "/lab/demo", environment=environment, log=tmp_path / "log.txt") as address,
        proxy.at("/lab/demo", address) as public,
    ):
        client = Client(public, verbose=False, download_files=str(tmp_path))
        pictures = client.predict(count=1, api_name="/sample")  # an event, its stream, and a file to fetch
        page = urllib.request.urlopen(f"{public}/").read().decode()
    assert Image.open(pictures[0]["image"]).size == (64, 64)
    assert f'"root":"{public}"' in page  # where the browser looks for everything else
    tabs = {component["props"].get("label") for component in client.config["components"]}
    assert {demo.title for demo in DEMOS} <= tabs


@pytest.mark.slow
def test_the_page_and_its_scripts_come_compressed_and_streams_do_not(tmp_path: Path) -> None:
    environment = {"HF_HOME": str(tmp_path / "hub")}
    with app("--offline", environment=environment, log=tmp_path / "log.txt") as address, httpx.Client() as client:
        page = client.get(f"{address}/")
        assert page.headers["content-encoding"] == "gzip"
        assert int(page.headers["content-length"]) < 100_000 < len(page.content)
        script = re.search(r'src="([^"]+/assets/[^"]+\.js)"', page.text)
        assert script is not None
        assert client.get(f"{address}/{script[1].lstrip('./')}").headers["content-encoding"] == "gzip"
        assert "content-encoding" not in client.get(f"{address}/gradio_api/info").headers
        plain = client.get(f"{address}/", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers


@pytest.mark.parametrize("code", ["import demos", "import app; app.arguments(['--port', '1'])"])
def test_the_command_line_loads_neither_torch_nor_gradio(code: str) -> None:
    code += "; import sys; print([m for m in ('torch', 'gradio', 'numpy', 'PIL') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.skipif(network_files.find("pocket-vgg16") is None, reason="needs weights/pocket_vgg16.safetensors")
def test_the_app_keeps_photos_to_itself_and_asks_for_a_password(tmp_path: Path) -> None:
    environment = {"HF_HOME": str(tmp_path / "hub")}
    with app("--offline", "--auth", "ada:secret", environment=environment, log=tmp_path / "log.txt") as address:
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{address}/config")
        config = Client(address, auth=("ada", "secret"), verbose=False).config
    assert config["analytics_enabled"] is False
    assert not config.get("run_history")


def test_the_spaces_header_fits_what_is_tested() -> None:
    """A Space installs the sdk_version of README.md: it must be the version that the tests ran with."""
    from importlib.metadata import version

    header = yaml.safe_load((ROOT / "README.md").read_text().split("---")[1])
    assert header["sdk"] == "gradio"
    assert header["sdk_version"] == version("gradio")
    assert (ROOT / header["app_file"]).is_file()
    full = catalogue.NETWORKS["vgg16"].origin
    assert full is not None
    assert header["preload_from_hub"] == [f"{full.repo} {full.file} {full.revision}"]


@pytest.mark.slow
def test_torch_and_torchvision_from_different_places_is_said(tmp_path: Path) -> None:
    stub = tmp_path / "torchvision"
    stub.mkdir()
    (stub / "__init__.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    before = f"import sys; sys.path.insert(0, {str(tmp_path)!r})"
    environment = {"HF_HOME": str(tmp_path / "hub")}
    with app("--offline", environment=environment, log=tmp_path / "log.txt", before=before) as address:
        client = Client(address, verbose=False)
        assert "must come from the same place" in client.predict(api_name="/footer")
        with pytest.raises(AppError, match="must come from the same place"):
            client.predict(file(tmp_path), api_name="/classify")


def file(folder: Path) -> dict[str, object]:
    path = folder / "photo.png"
    Image.new("RGB", (64, 64)).save(path)
    return handle_file(path)
