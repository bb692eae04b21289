"""Into an account on a Hub on this machine; the token is in the requests' headers and nowhere else."""

import logging
from pathlib import Path

import pytest
from gradio_client import Client

from demos.core.errors import DemoError
from demos.core.hub import fetch
from demos.transfer.classifier import Classifier
from demos.transfer.export import bundle, hub_upload
from tests.hub import Hub
from tests.server import app

TOKEN = "hf_abcdefghijklmnopqrstuvwxyz"


def test_what_is_in_the_zip_arrives_and_the_token_stays_nowhere(
    taught: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    home = tmp_path / "home"
    packed = bundle.write(taught, onnx=False)
    with Hub({}, token=TOKEN, user="ada") as hub:
        hub.use(monkeypatch, home)
        there = hub_upload.upload(packed, "my-fruit", f" {TOKEN} ")
        assert there.url == f"{hub.url}/ada/my-fruit"
        assert hub.private == {"ada/my-fruit": True}
        hub_upload.upload(packed, "group/fruit", TOKEN, private=False)
        assert hub.private["group/fruit"] is False
        names = {name for repo, name in hub.files if repo == "ada/my-fruit"}
        assert names == {"head.safetensors", "labels.json", "network.safetensors", "predict.py", "README.md"}
        with pytest.raises(DemoError, match=r"refuses the token.*\(401\)") as refused:
            hub_upload.upload(packed, "my-fruit", TOKEN + "x")
        assert TOKEN not in str(refused.value)
        assert refused.value.__cause__ is None
        assert TOKEN in hub.asked()[0].headers["authorization"]
        assert not [one for one in hub.requests if TOKEN in one.path]
    written = [path for path in [*tmp_path.rglob("*"), packed] if path.is_file()]
    assert not [path for path in written if TOKEN.encode() in path.read_bytes()]
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("repo", "token", "words"),
    [
        ("", TOKEN, "needs a name"),
        ("a/b/c", TOKEN, "needs a name"),
        ("../x", TOKEN, "needs a name"),
        ("x", "", "There is no token"),
        ("x", "hf_two\nlines-of-it", "no token of the Hub"),
    ],
)
def test_what_cannot_be_is_said_without_asking(repo: str, token: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=words) as said:
        hub_upload.upload(tmp_path / "none.zip", repo, token)
    assert not token or token not in str(said.value)


def test_offline_nothing_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_offline", True)
    with pytest.raises(DemoError, match="started offline"):
        hub_upload.upload(tmp_path / "none.zip", "x", TOKEN)


@pytest.mark.slow
def test_the_running_app_keeps_a_token_nowhere(tmp_path: Path) -> None:
    """Not in its log, its files for the page, its cache, nor in what it answers: after failures, and after it worked.

    The log is as talkative as it can be made.
    """
    wrong, torn = f"{TOKEN}wrong", f"{TOKEN}torn\nin two"
    log, answers = tmp_path / "log.txt", []
    with (
        Hub({}, token=TOKEN, user="ada") as hub,
        app(environment=hub.environment(tmp_path / "home", HF_HUB_VERBOSITY="debug", HF_DEBUG="1"), log=log) as address,
    ):
        client = Client(address, verbose=False)
        client.predict(api_name="/open_transfer")
        for token, login_page, words in (
            (wrong, False, "refuses the token"),
            (torn, False, "no token of the Hub"),
            (TOKEN, True, "pload"),
            (TOKEN, False, ""),
        ):
            hub.login_page = login_page  # as a hotel's network has one
            job = client.submit([], "my-fruit", token, True, api_name="/upload_home_page")
            failed = job.exception(timeout=120)
            answers += [str(failed), repr(job.outputs())]
            assert words in str(failed) if words else failed is None, failed
        assert ("ada/my-fruit", "predict.py") in hub.files
        assert TOKEN in hub.asked("POST", "commit")[-1].headers["authorization"]
        kept = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert any(path.suffix == ".zip" for path in kept)  # what was packed lies there, so its folder was looked at
        assert not [path for path in kept if TOKEN.encode() in path.read_bytes()]
    assert "authorization: <TOKEN>" in log.read_text()  # every request was written down, the one with the token too
    assert TOKEN not in log.read_text()
    assert not [said for said in answers if TOKEN in said]
