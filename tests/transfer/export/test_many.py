"""Many photos: each is said, broken ones are told, the CSV and JSON agree, the doubtful come first."""

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.transfer.classifier import Classifier
from demos.transfer.data.photos import PhotoSet
from demos.transfer.export import many
from demos.transfer.page.home import text
from tests.transfer.data.zips import jpeg


@pytest.fixture
def files(about: PhotoSet, tmp_path: Path) -> list[Path]:
    """A photo, and a zip with ten in folders, one torn and one text."""
    (tmp_path / "=one.jpg").write_bytes(jpeg(3, 100))
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        for number, group in enumerate(about.classes):
            for i, photo in enumerate(group.photos[:3]):
                content = io.BytesIO()
                photo.image.save(content, "PNG")
                archive.writestr(f"holidays/{number}/{i}.png", content.getvalue())
        archive.writestr("holidays/torn.jpg", b"torn")
        archive.writestr("notes.txt", b"hello")
    return [tmp_path / "=one.jpg", tmp_path / "some.zip"]


def test_every_photo_is_said_as_one_alone_would_be(taught: Classifier, files: list[Path], about: PhotoSet) -> None:
    steps = list(many.classify(files, taught))
    done = steps[-1]
    assert done.done == done.total == 12
    assert len(done.rows) == 10
    assert [one.name for one in done.left_out] == ["holidays/torn.jpg", "notes.txt"]
    alone = dict(taught.predict(load_image(files[0])))
    assert dict(zip(taught.classes, done.rows[0].every, strict=True)) == pytest.approx(alone, abs=1e-5)
    first = dict(taught.predict(about.classes[0].photos[0].image))
    assert dict(zip(taught.classes, done.rows[1].every, strict=True)) == pytest.approx(first, abs=1e-5)
    assert done.rows[1].name == "holidays/0/0.png"
    name, content = many.photo_of(done.rows[1])
    assert about.add_photos(taught.classes[0], [(name, content)]).count == about.count  # it is in the set already


def test_csv_and_json_agree_and_no_cell_is_a_formula(taught: Classifier, files: list[Path]) -> None:
    done = list(many.classify(files, taught))[-1]
    with many.as_csv(done).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = many.as_json(done)
    assert rows[0]["file"] == "'=one.jpg"
    assert [row["label"] for row in rows] == [one["label"] for one in told["photos"]]
    for row, one in zip(rows, told["photos"], strict=True):
        assert float(row["probability"]) == pytest.approx(max(one["probabilities"].values()), abs=1e-6)
        assert (row["none_of_these"] == "yes") == one["none_of_these"]
    assert len(told["left_out"]) == 2


def test_the_doubtful_come_first(taught: Classifier, files: list[Path]) -> None:
    done = list(many.classify(files, taught))[-1]
    rows = [replace(row, unknown=i == 4) for i, row in enumerate(done.rows)]
    order = replace(done, rows=tuple(rows)).doubtful()
    assert order[0] == 4
    chances = [rows[i].probability for i in order[1:]]
    assert chances == sorted(chances)


def test_none_too_many_and_hostile_ones_are_refused(taught: Classifier, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="no photos yet"):
        list(many.classify([], taught))
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for i in range(2001):
            archive.writestr(f"{i}.jpg", b"x")
    with pytest.raises(DemoError, match="at most 2000"):
        list(many.classify([tmp_path / "many.zip"], taught))
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.writestr("../1.jpg", b"x")
    with pytest.raises(DemoError, match="leads outside"):
        list(many.classify([tmp_path / "out.zip"], taught))


def test_photos_of_the_set_stand_in_for_ones_own(taught: Classifier, about: PhotoSet) -> None:
    done = list(many.held_back(about, taught))[-1]
    assert len(done.rows) == 6
    with pytest.raises(DemoError, match="in the set already"):
        many.photo_of(done.rows[0])


def test_a_few_of_the_set_are_of_all_its_classes(taught: Classifier, about: PhotoSet) -> None:
    """Six were held back, class by class, two of each: four of them are of all three classes."""
    everything = [row.name for row in list(many.held_back(about, taught))[-1].rows]
    some = [row.name for row in list(many.held_back(about, taught, 4))[-1].rows]
    assert some == [everything[i] for i in (0, 1, 3, 4)]


def test_what_is_of_no_class_has_no_probability_and_a_photo_of_the_set_no_button(
    taught: Classifier, files: list[Path], about: PhotoSet
) -> None:
    done = list(many.classify(files, taught))[-1]
    one = replace(
        done.rows[0], name="a.jpg", label="none of these", probability=0.4, every=(0.2, 0.4, 0.4), unknown=True
    )
    drawn = text.table(replace(done, rows=(one,)), by_doubt=True)
    assert f"none of these<small>else {taught.classes[1]}, 40%</small></td><td>–</td>" in drawn
    known = text.table(replace(done, rows=(replace(one, label="cup", unknown=False),)), by_doubt=True)
    assert "<td>cup</td><td>40%</td>" in known
    assert known.count("<button") == 1
    assert "<button" not in text.table(list(many.held_back(about, taught))[-1], by_doubt=True)
