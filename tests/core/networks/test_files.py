"""Where the files of networks lie, whether they are sound, and how they get here."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from demos.core.errors import DemoError
from demos.core.hub import fetch, hashes
from demos.core.networks import catalogue, shipped
from demos.core.networks import files as network_files
from tests.core.conftest import FEATURES, GOOD, ROOT, SMALL, WHOLE, is_right, make_shipped, spoil
from tests.hub import Bytes, ComputedFile, Hub, vgg16_shapes

PART = replace(catalogue.NETWORKS["vgg16-features"], origin=FEATURES)
ALL = replace(catalogue.NETWORKS["vgg16"], origin=WHOLE)


def test_whole_vgg16_sizes_of_the_record() -> None:
    file = ComputedFile(vgg16_shapes())
    assert file.size - len(file.header) == network_files.size("vgg16")


def test_whole_file_put_into_weights_by_hand(home: Path) -> None:
    fetch.set_offline(True)
    path = network_files.SHIPPED / "vgg16.tv_in1k.safetensors"
    path.write_bytes(SMALL.read(0, SMALL.size))
    assert is_right(shipped.tensors(ALL)[0], SMALL, prefix="")
    assert is_right(shipped.tensors(PART)[0], SMALL)
    spoil(path)
    with pytest.raises(DemoError, match="is damaged"):
        shipped.tensors(PART)[0]
    assert path.exists()


def test_offline_flag_says_what_works_and_asks_nobody(server: Hub) -> None:
    make_shipped()
    fetch.set_offline(True)
    for name in ("vgg16-features", "vgg16"):
        with pytest.raises(DemoError, match=rf"^{name} .*--offline forbids.*works without it: pocket-vgg16\.$"):
            shipped.tensors(name)[0]
    assert server.requests == []


def test_shipped_network(home: Path) -> None:
    assert network_files.state("pocket-vgg16") == "missing"
    assert network_files.size("pocket-vgg16") == 0
    with pytest.raises(DemoError, match=r"pocket_vgg16\.safetensors: the file is missing.*git checkout"):
        shipped.tensors("pocket-vgg16")[0]
    path = make_shipped()
    tensors = shipped.tensors("pocket-vgg16")[0]
    assert str(tensors["a"].dtype) == "torch.float16"
    assert tensors["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert network_files.state("pocket-vgg16") == "shipped"
    assert network_files.size("pocket-vgg16") == len(GOOD)
    assert network_files.find("pocket-vgg16") == path


def test_damaged_shipped_network_stays_and_is_named(home: Path) -> None:
    path = make_shipped()
    spoil(path)
    with pytest.raises(DemoError, match=r"pocket_vgg16\.safetensors: its sha256 begins with .*git checkout"):
        shipped.tensors("pocket-vgg16")[0]
    assert path.exists()


def test_shipped_network_without_a_noted_hash(home: Path) -> None:
    make_shipped()
    (network_files.SHIPPED / "SHA256SUMS").unlink()
    with pytest.raises(DemoError, match="no hash is noted"):
        shipped.tensors("pocket-vgg16")[0]


def test_record_shipped_writes_what_sha256sum_reads(home: Path) -> None:
    other = network_files.SHIPPED / "other.safetensors"
    other.write_bytes(b"other")
    network_files.record_shipped(other)
    make_shipped(b"old")
    make_shipped(b"new")
    lines = (network_files.SHIPPED / "SHA256SUMS").read_text().splitlines()
    assert [line.split()[1] for line in lines] == ["other.safetensors", "pocket_vgg16.safetensors"]
    assert sorted(path.name for path in network_files.SHIPPED.iterdir()) == [
        "SHA256SUMS",
        *(line.split()[1] for line in lines),
    ]
    if command := shutil.which("sha256sum"):
        checked = subprocess.run([command, "-c", "SHA256SUMS"], cwd=network_files.SHIPPED, capture_output=True)
        assert checked.returncode == 0


def test_hashes_of_the_repositorys_files_are_the_noted_ones_in_both_places() -> None:
    weights, noted = ROOT / "weights", {}
    for sums in weights.rglob("SHA256SUMS"):
        folder = sums.parent.relative_to(weights)
        noted |= {(folder / name).as_posix(): sha256 for name, sha256 in hashes.read(sums).items()}
    assert noted == hashes.read(network_files.EXPECTED)
    by_hand = {network_files.in_weights(network).name for network in catalogue.NETWORKS.values() if network.origin}
    there = {path.relative_to(weights).as_posix() for path in weights.rglob("*.safetensors")} - by_hand
    assert there == {name for name in noted if name.endswith(".safetensors")}
    for name in noted:
        assert hashes.remembered_sha256(weights / name) == noted[name]


def test_hash_of_a_file_elsewhere_is_not_noted_in_the_repository(home: Path) -> None:
    before = network_files.EXPECTED.read_bytes()
    make_shipped()
    assert network_files.EXPECTED.read_bytes() == before


def test_file_is_hashed_once_per_process_until_it_changes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_shipped()
    hashed: list[Path] = []
    true = hashes.sha256
    monkeypatch.setattr(hashes, "sha256", lambda path: hashed.append(path) or true(path))
    for _ in range(3):
        assert network_files.path("pocket-vgg16") == path
    assert hashed == [path]
    os.utime(path, ns=(0, 0))
    network_files.path("pocket-vgg16")
    assert hashed == [path, path]


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(DemoError, match=r"no network 'vgg19'\. There are pocket-vgg16, .*vgg16-features"):
        shipped.tensors("vgg19")[0]


def test_damage_to_the_other_files_of_a_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "weights" / "dcgan"
    folder.mkdir(parents=True)
    for name in ("generator.safetensors", "snapshots-1.safetensors", "config.json"):
        (folder / name).write_text(name)
        network_files.record_shipped(folder / name)
    monkeypatch.setattr(network_files, "SHIPPED", folder.parent)
    assert network_files.companions_error(folder / "generator.safetensors") is None
    (folder / "snapshots-1.safetensors").write_text("other")
    (folder / "config.json").unlink()
    wrong = network_files.companions_error(folder / "generator.safetensors")
    assert wrong is not None
    assert wrong.startswith("config.json, snapshots-1.safetensors beside it")


# ---- removing ----


def test_remove(server: Hub, home: Path) -> None:
    with pytest.raises(DemoError, match="nothing to remove"):
        network_files.remove(PART)
    part, whole = network_files.path(PART), network_files.path(ALL)
    assert network_files.remove(PART) == [part]
    assert network_files.find(PART) == whole
    with pytest.raises(DemoError, match="is read from the whole file"):
        network_files.remove(PART)
    assert network_files.remove(ALL) == [whole]
    assert network_files.find(PART) is None
    assert network_files.state(PART) == "on the Hub: 59 MB"
    assert not [path for path in home.rglob("*") if path.is_file() and path.stat().st_size > 100_000]
    with pytest.raises(DemoError, match="nothing to remove"):
        network_files.remove(ALL)


def test_remove_deletes_an_unfinished_part(server: Hub, home: Path) -> None:
    server.breaks = [20_000] * 5
    with pytest.raises(DemoError):
        network_files.path(PART)
    network_files.remove(PART)
    assert not list(home.rglob("*.part"))


def test_remove_leaves_shipped_files(home: Path) -> None:
    path = make_shipped()
    with pytest.raises(DemoError, match="is in no cache"):
        network_files.remove("pocket-vgg16")
    assert path.exists()


# ---- a checkout without weights/ ----

OURS = "ada/hidden-layers"
POCKET, CONFIG = "pocket_vgg16.safetensors", "dcgan-cats/config.json"


@pytest.fixture
def light(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """No weights/, and a Hub whose repository of ours has two files with the hashes that the code expects."""
    (home.parent / "weights").rmdir()
    expected = home.parent / "shipped.sha256"
    files = {POCKET: GOOD, CONFIG: b"{}"}
    hashes.write(expected, {name: hashlib.sha256(content).hexdigest() for name, content in files.items()})
    monkeypatch.setattr(network_files, "EXPECTED", expected)
    monkeypatch.setattr(catalogue, "HUB", OURS)
    with Hub({OURS: files}) as running:
        running.use(monkeypatch, home)
        yield running


def test_light_checkout_has_our_networks_from_the_hub(light: Hub) -> None:
    assert network_files.available("pocket-vgg16")
    assert network_files.find("pocket-vgg16") is None
    assert network_files.state("pocket-vgg16") == "on the Hub"
    assert light.requests == []
    tensors, metadata = shipped.tensors("pocket-vgg16")
    assert tensors["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert metadata == {"of": "a test"}
    assert network_files.state("pocket-vgg16") == "cached"
    config = catalogue.Network("a part", CONFIG, "a small file, for which the Hub states git's hash and no SHA-256")
    light.state_etag = "5" * 40
    assert network_files.path(config).read_bytes() == b"{}"
    asked = len(light.requests)
    fetch.set_offline(True)
    shipped.tensors("pocket-vgg16")
    assert len(light.requests) == asked
    [removed] = network_files.remove("pocket-vgg16")
    assert not removed.exists()
    assert not network_files.available("pocket-vgg16")


def test_light_checkout_has_the_parts_of_a_folder(light: Hub) -> None:
    cats = catalogue.NETWORKS["dcgan-cats"]
    assert [part.file for part in network_files.parts(cats)] == [cats.file, CONFIG]
    config = network_files.path(network_files.parts(cats)[1])
    assert network_files.remove(cats) == [config]
    assert [part.name for part in network_files.parts("denoiser")] == ["denoiser"]


def test_light_checkout_refuses_another_content(light: Hub) -> None:
    light.state_etag = "0" * 64
    with pytest.raises(DemoError, match=r"pocket-vgg16 cannot be had\. The Hub states sha256 000000000000\.\.\."):
        network_files.path("pocket-vgg16")
    assert light.sent[POCKET] == 0
    light.state_etag = "5" * 40
    light.files[OURS, POCKET] = Bytes(b"something else")
    with pytest.raises(DemoError, match="arrived damaged again"):
        network_files.path("pocket-vgg16")
    assert not network_files.find("pocket-vgg16")


def test_light_checkout_without_a_repository_or_a_hash_says_how_to_restore(
    light: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not network_files.available("denoiser")  # no hash is expected of it here
    monkeypatch.setattr(catalogue, "HUB", "")
    for name in ("pocket-vgg16", "denoiser"):
        assert network_files.state(name) == "missing"
        with pytest.raises(
            DemoError,
            match=r"the file is missing\. Restore it with git checkout -- weights, or train one: python -m demos\.",
        ):
            network_files.path(name)
    assert light.requests == []


def test_what_is_shipped_never_asks_the_hub(light: Hub) -> None:
    network_files.SHIPPED.mkdir()
    path = make_shipped()
    assert network_files.path("pocket-vgg16") == path
    assert shipped.tensors("pocket-vgg16")[1] == {"of": "a test"}
    spoil(path)
    with pytest.raises(DemoError, match="sha256 begins with"):
        network_files.path("pocket-vgg16")
    assert light.requests == []
