"""Which generators load: shipped ones, ones from the Hub, and what is refused in a sentence."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save

from demos.core import cache, device
from demos.core.cache import Cache
from demos.core.errors import DemoError
from demos.core.hub import fetch
from demos.core.networks import files as network_files
from demos.dcgan import file_format, pretrained, sampling
from demos.dcgan.explore import directions, snapshots
from demos.dcgan.models import Generator
from demos.dcgan.training import export
from tests import hub
from tests.dcgan.conftest import SMALL
from tests.hub import Hub

REPO = "ada/pansies"


@pytest.fixture
def files(shipped: Path) -> dict[str, bytes]:
    """The files of a repository of our kind."""
    folder = shipped / "dcgan-cats"
    return {
        name: (folder / name).read_bytes()
        for name in (file_format.CONFIG, file_format.GENERATOR, file_format.DISCRIMINATOR)
    }


@pytest.fixture(autouse=True)
def online() -> Iterator[None]:
    fetch.set_offline(False)
    yield
    fetch.set_offline(False)


def test_the_shipped_one_is_loaded_once(shipped: Path) -> None:
    assert pretrained.names() == ["Cats"]
    assert pretrained.load() is pretrained.load("Cats") is pretrained.load(" Cats ")
    gan = pretrained.load()
    assert gan.config.one == "cat"
    assert gan.discriminator is not None
    assert not any(p.requires_grad for p in gan.folded_generator.parameters())


def test_without_weights_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_files, "SHIPPED", tmp_path)
    cache.networks.forget()
    assert pretrained.names() == []
    for name in ("", "Cats", "dcgan-cats"):
        with pytest.raises(DemoError, match=r"Train one in the meantime"):
            pretrained.load(name)


@pytest.mark.parametrize("name", ["Dogs", "../secrets", "a/b/c", "https://huggingface.co/a/b", "a b/c"])
def test_names_that_are_none(shipped: Path, name: str) -> None:
    with pytest.raises(DemoError, match=r"There is no generator .* There are: Cats; or type a Hub repository"):
        pretrained.load(name)


def test_a_damaged_file_is_refused(shipped: Path) -> None:
    path = shipped / "dcgan-cats" / "generator.safetensors"
    path.write_bytes(path.read_bytes()[:-4] + b"\0\1\2\3")
    with pytest.raises(DemoError, match="sha256 begins with"):
        pretrained.load("Cats")


# ---- from the Hub ---------------------------------------------------------------------------------------------------


def test_a_repository_loads_by_name_and_is_there_offline_afterwards(files, tmp_path: Path, monkeypatch) -> None:
    with Hub({REPO: files}) as running:
        running.use(monkeypatch, tmp_path / "home")
        gan = pretrained.load(REPO)
        assert gan.name == REPO
        assert gan.discriminator is not None
        z = sampling.latents(0, 3, gan.latent)
        assert torch.equal(sampling.generate(gan, z), sampling.generate(pretrained.load("Cats"), z))
        cache.networks.forget()
        asked = len(running.requests)
        fetch.set_offline(True)
        assert pretrained.load(REPO).config == gan.config
        assert len(running.requests) == asked


def test_a_discriminator_is_optional(files, tmp_path: Path, monkeypatch) -> None:
    del files[file_format.DISCRIMINATOR]
    with Hub({REPO: files}) as running:
        running.use(monkeypatch, tmp_path / "home")
        gan = pretrained.load(REPO)
        assert gan.discriminator is None
        sheet = sampling.sheet(gan, 0, 4)
        assert sheet.scores == ()


def test_repositories_that_are_typed_never_pass_the_limit(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repos = [f"ada/pansies-{i}" for i in range(4)]
    with Hub(dict.fromkeys(repos, files)) as running:
        running.use(monkeypatch, tmp_path / "home")
        one = pretrained.load(repos[0]).bytes
        assert one > 2 * len(files[file_format.GENERATOR])
        monkeypatch.setattr(cache, "networks", Cache(int(2.5 * one)))
        for repo in repos:
            assert pretrained.load(repo).name == repo
            assert cache.networks.total_bytes <= cache.networks.limit_bytes
        asked = len(running.requests)
        pretrained.load(repos[-1])
        assert len(running.requests) == asked, "it was kept, with the commit that it is at"
        pretrained.load(repos[0])
        assert running.sent[file_format.GENERATOR] == len(repos) * len(files[file_format.GENERATOR])


def test_what_is_computed_from_a_generator_is_found_again_after_its_eviction(shipped: Path) -> None:
    gan = pretrained.load("Cats")
    found = directions.directions(gan)
    cache.networks.forget(("dcgan-cats", str(device.current().device)))
    again = pretrained.load("Cats")
    assert again is not gan
    assert again.version == gan.version
    assert directions.directions(again) is found
    other = pretrained.build("Cats", gan.config, gan.generator, None)
    assert other.version != gan.version
    assert directions.directions(other) is not found


def test_version_of_a_generator_from_the_hub_is_its_commit(files, tmp_path: Path, monkeypatch) -> None:
    with Hub({REPO: files}) as running:
        running.use(monkeypatch, tmp_path / "home")
        assert pretrained.load(REPO).version == hub.COMMIT


def test_largest_file_leaves_room_for_others() -> None:
    assert cache.networks.limit_bytes / 5 >= pretrained.LARGEST


def config(**changes: object) -> bytes:
    good = json.loads(file_format.to_json(file_format.Config(SMALL)))
    return json.dumps(good | changes).encode()


def tensors(**changes: torch.Tensor) -> bytes:
    torch.manual_seed(0)
    return save(file_format.to_tensors(Generator(SMALL)) | changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({file_format.CONFIG: b"{"}, "does not describe a DCGAN"),
        ({file_format.CONFIG: b"[" * 90_000}, "does not describe a DCGAN"),
        ({file_format.CONFIG: b"[1]"}, "not of our format"),
        ({file_format.CONFIG: config(format="other/2")}, "not of our format"),
        ({file_format.CONFIG: config(size=65)}, "65 px"),
        ({file_format.CONFIG: config(width=10**9)}, "width of 1000000000"),
        ({file_format.CONFIG: config(latent="100")}, "latent vectors of 100"),
        ({file_format.CONFIG: config(latent=13)}, "do not fit its config.json"),
        ({file_format.CONFIG: b" " * 200_000}, "0.2 MB, more than any DCGAN"),
        ({file_format.GENERATOR: b"PK\3\4 a pickle"}, "not a safetensors file"),
        ({file_format.GENERATOR: tensors(extra=torch.zeros(1))}, "do not fit"),
        ({file_format.GENERATOR: tensors(**{"last.bias": torch.tensor([0.0, float("nan"), 0.0])})}, "not finite"),
        ({file_format.GENERATOR: None}, r"no generator\.safetensors in ada/pansies \(404\)"),
        ({file_format.CONFIG: None}, r"no config\.json in ada/pansies \(404\)"),
    ],
)
def test_what_is_not_ours_is_refused(files, tmp_path: Path, monkeypatch, change: dict, words: str) -> None:
    served = {name: content for name, content in (files | change).items() if content is not None}
    with Hub({REPO: served}) as running:
        running.use(monkeypatch, tmp_path / "home")
        with pytest.raises(DemoError, match=words):
            pretrained.load(REPO)


def test_a_repository_that_does_not_exist_and_no_network(files, tmp_path: Path, monkeypatch) -> None:
    with Hub({REPO: files}) as running:
        running.use(monkeypatch, tmp_path / "home")
        with pytest.raises(DemoError, match=r"in ada/roses \(404\)"):
            pretrained.load("ada/roses")
        fetch.set_offline(True)
        with pytest.raises(DemoError, match="--offline forbids"):
            pretrained.load(REPO)
    fetch.set_offline(False)
    hub.use(monkeypatch, "http://127.0.0.1:9", tmp_path / "home")  # where nobody listens
    with pytest.raises(DemoError, match="cannot be reached"):
        pretrained.load(REPO)


def test_titles_from_elsewhere_are_plain_words() -> None:
    found = file_format.from_json(config(title="<script>alert(1)</script>", many="x" * 500).decode())
    assert "<" not in found.title
    assert len(found.many) == 40


# ---- to the Hub -----------------------------------------------------------------------------------------------------


def test_what_is_pushed_loads_again(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Hub({}) as running:
        running.use(monkeypatch, tmp_path / "home")
        monkeypatch.setenv("HF_TOKEN", "hf_a_token_for_this_machine_only")
        assert export.push(shipped / "dcgan-cats", REPO).endswith(f"/{REPO}")
        assert pretrained.load(REPO).config == pretrained.load("Cats").config
    assert (
        load_file(shipped / "dcgan-cats" / "generator.safetensors").keys()
        == file_format.to_tensors(Generator(SMALL)).keys()
    )


def test_gradients_go_through_a_generator_that_was_first_asked_for_in_inference_mode() -> None:
    """Whoever opens the page first may only look; finding a photo's latent comes later, on the same networks."""
    cache.networks.forget()
    with torch.inference_mode():
        gan = pretrained.load(pretrained.names()[0])
        early = snapshots.generator_at(gan, 1)
    for generator in (gan.generator, early):
        z = torch.zeros(1, gan.latent, requires_grad=True)
        generator(z).sum().backward()
        assert z.grad is not None
        assert float(z.grad.abs().sum()) > 0
