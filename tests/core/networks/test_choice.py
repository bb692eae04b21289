"""Which VGG16 works, and what is said about the real one while it arrives."""

import subprocess
import sys
from dataclasses import replace

import pytest

from demos.core.errors import DemoError
from demos.core.hub import background, fetch
from demos.core.networks import catalogue, choice
from tests.core.conftest import FEATURES, FILE, ROOT, make_shipped
from tests.hub import Hub


@pytest.fixture(autouse=True)
def fresh(home: object, monkeypatch: pytest.MonkeyPatch) -> background.Download:
    """A process that has not asked for the real VGG16, which is a small one here."""
    network = replace(catalogue.NETWORKS[catalogue.FEATURES], origin=FEATURES)
    monkeypatch.setitem(catalogue.NETWORKS, catalogue.FEATURES, network)
    download = choice.download()
    monkeypatch.setattr(choice, "_download", download)
    return download


def test_real_one_arrives_and_is_offered(server: Hub, fresh: background.Download) -> None:
    make_shipped()
    assert choice.status() == ""
    assert choice.names() == [choice.AUTOMATIC, choice.TITLES[catalogue.POCKET]]
    choice.start()
    fresh.wait(20)
    assert choice.status() == "The real VGG16 is here: the next training uses it."
    assert choice.names() == [choice.AUTOMATIC, *choice.TITLES.values()]
    assert server.sent[FILE] > 0


def test_hub_that_refuses_is_said_and_the_pocket_one_stays(server: Hub, fresh: background.Download) -> None:
    server.token = "hf_another"
    choice.start()
    fresh.wait(20)
    assert choice.status().startswith(
        "Working with the pocket VGG16. vgg16-features (59 MB) cannot be had. The Hub ref"
    )


def test_offline_asks_nobody_and_says_nothing(server: Hub) -> None:
    fetch.set_offline(True)
    choice.start()
    assert not choice.pending()
    assert choice.status() == ""
    assert server.requests == []


def test_progress_in_words(fresh: background.Download, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh, "_status", background.Status("running", 12_300_000, 58_858_752))
    assert "12 of 59 MB" in choice.status()
    monkeypatch.setattr(fresh, "_status", background.Status("failed"))
    assert "the log says why" in choice.status()


def test_unknown_choice_is_said() -> None:
    with pytest.raises(DemoError, match="no network 'VGG19'"):
        choice.load("VGG19")


def test_offering_the_choice_loads_no_torch() -> None:
    code = "import sys; from demos.core.networks import choice; choice.names(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0
