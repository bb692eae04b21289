"""A zip with one folder per class: the good ones are read, every hostile one gets its sentence."""

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demos.core.errors import DemoError
from demos.transfer.data import archive, photos
from tests.transfer.data.zips import good, hostile, jpeg, zipped


def read(content: bytes) -> photos.PhotoSet:
    return archive.from_zip(io.BytesIO(content))


def test_folders_are_classes() -> None:
    found = read(zipped(good()))
    assert {group.name: len(group.photos) for group in found.classes} == {"cats": 6, "dogs": 6}
    assert all(photo.split is None for group in found.classes for photo in group.photos)


@pytest.mark.parametrize("prefix", ["photos/", "my set/of photos/"])
def test_folders_around_everything_are_stripped(prefix: str) -> None:
    assert read(zipped(good(prefix=prefix))).names == ("cats", "dogs")


def test_the_sides_that_a_set_came_with_are_kept() -> None:
    sides = {f"set/train/{name}": c for name, c in good(4).items()}
    sides |= {f"set/val/{name.replace('/', '/v')}": jpeg(70 + i) for i, name in enumerate(good(2))}
    found = read(zipped(sides))
    assert found.names == ("cats", "dogs")
    assert [sum(p.split == "validation" for p in g.photos) for g in found.classes] == [2, 2]


def test_what_systems_leave_behind_is_ignored() -> None:
    litter = {"__MACOSX/cats/._1.jpg": b"x", "cats/.DS_Store": b"x", "dogs/Thumbs.db": b"x", ".git/config": b"x"}
    found = read(zipped(good() | litter))
    assert found.names == ("cats", "dogs")
    assert found.skipped == ()


def test_broken_photos_among_good_ones_are_skipped_by_name() -> None:
    found = read(zipped(good() | {"cats/torn.jpg": jpeg(50)[:200], "dogs/notes.txt": b"hello"}))
    assert found.count == 12
    assert {"cats/torn.jpg", "dogs/notes.txt"} == {sentence.split(" ")[0] for sentence in found.skipped}


def test_a_lying_size_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading stops at the limit, whatever the directory says."""
    monkeypatch.setattr(archive, "MAX_FILE", 3000)
    found = read(zipped(good() | {"cats/large.jpg": jpeg(5) + bytes(5000)}))
    assert any("large.jpg is larger" in sentence for sentence in found.skipped)


@pytest.mark.parametrize("name", hostile())
def test_hostile_zips_get_their_sentence(name: str) -> None:
    content, words = hostile()[name]
    with pytest.raises(DemoError, match=words):
        read(content)


def test_a_missing_file_is_said(tmp_path) -> None:
    with pytest.raises(DemoError, match="not there"):
        archive.from_zip(tmp_path / "gone.zip")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_random_bytes_raise_nothing_else(content: bytes) -> None:
    with pytest.raises(DemoError):
        read(content)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_zip_with_flipped_bytes_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(zipped(good(3), zipfile.ZIP_DEFLATED))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = read(bytes(content))
    except DemoError:
        return
    assert len(found.classes) >= 2
