"""Which photos are trained on: the sets' training sides, further folders and archives, and never the held-out ones."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demos.core.data import training_photos
from demos.core.data.splits import is_held_out
from demos.core.errors import DemoError


def jpeg(seed: int, side: int = 32) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side + 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


def archive(path: Path, contents: list[bytes]) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for i, content in enumerate(contents):
            member = tarfile.TarInfo(f"photos/{i}.jpg")
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for i in range(30):
        path = tmp_path / "data" / "flowers" / f"kind{i % 3}" / f"{i}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(i))
    archive(tmp_path / "data" / "natural.tar.gz", [jpeg(100 + i) for i in range(60)])
    return tmp_path / "data"


def test_held_out_photos_are_left_out_and_absent_sets_too(data: Path) -> None:
    chosen = training_photos.training_photos(data, training_photos.EVERYDAY)
    expected = [(jpeg(i), 2.0) for i in range(30) if not is_held_out(jpeg(i), 5)]
    expected += [(jpeg(100 + i), 1.0) for i in range(60) if not is_held_out(jpeg(100 + i), 20)]
    assert sorted(chosen) == sorted(expected)
    assert len(chosen) < 90
    assert {content for content, _ in chosen}.isdisjoint(training_photos.held_out(data))


def test_further_folders_and_archives_join_with_every_photo(data: Path, tmp_path: Path) -> None:
    (tmp_path / "mine" / "deep").mkdir(parents=True)
    (tmp_path / "mine" / "deep" / "one.JPG").write_bytes(jpeg(7))
    (tmp_path / "mine" / "notes.txt").write_text("no photo")
    more = archive(tmp_path / "more.tar.gz", [jpeg(8), jpeg(9)])
    chosen = training_photos.training_photos(data, {"natural": 1.0}, [str(tmp_path / "mine"), str(more)])
    assert chosen[-3:] == [(jpeg(7), 1.0), (jpeg(8), 1.0), (jpeg(9), 1.0)]


def test_few_are_taken_of_each_set(data: Path) -> None:
    assert len(training_photos.training_photos(data, training_photos.EVERYDAY, few=True)) == 2 * training_photos.FEW


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="--data"):
        training_photos.training_photos(tmp_path, training_photos.EVERYDAY)
    with pytest.raises(DemoError, match=r"nowhere is not there.*--photos"):
        training_photos.training_photos(tmp_path, training_photos.EVERYDAY, [str(tmp_path / "nowhere")])


def test_photos_are_decoded_whole_or_small() -> None:
    assert training_photos.decode(jpeg(1, 300)).shape == (3, 300, 308)
    assert min(training_photos.decode_small(jpeg(1, 300)).shape[1:]) == training_photos.LONGEST_SHORT_SIDE
    assert training_photos.decode_small(jpeg(1)).shape == (3, 32, 40)
