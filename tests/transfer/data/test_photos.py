"""The visitor's classes and photos: every change is a new set, broken photos are skipped by name."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.transfer.data import photos, splits
from demos.transfer.data.photos import Photo, PhotoClass, PhotoSet


def picture(number: int, size: int = 8) -> Image.Image:
    return Image.new("RGB", (size, size), (number % 256, number // 256 % 256, 77))


def a_set(*counts: int) -> PhotoSet:
    """Classes "0", "1", ... with so many different photos each."""
    found = PhotoSet()
    for label, count in enumerate(counts):
        found = found.add_class(str(label)).add_photos(str(label), [picture(1000 * label + i) for i in range(count)])
    return found


def test_changes_leave_the_old_set_alone() -> None:
    old = a_set(2, 2)
    new = old.remove_photo("0", 0).rename_class("1", "b").add_class("c").remove_class("0")
    assert old.names == ("0", "1")
    assert old.count == 4
    assert new.names == ("b", "c")


def test_a_broken_photo_among_good_ones_is_named_and_the_rest_is_used() -> None:
    found = a_set(0).add_photos("0", [("good.jpg", jpeg(1)), ("torn.jpg", jpeg(2)[:50]), ("also.jpg", jpeg(3))])
    assert [photo.name for photo in found.get("0").photos] == ["good.jpg", "also.jpg"]
    assert len(found.skipped) == 1
    assert "torn.jpg" in found.skipped[0]


def jpeg(number: int) -> bytes:
    file = io.BytesIO()
    picture(number, 40).save(file, "JPEG")
    return file.getvalue()


def test_the_same_photo_counts_once() -> None:
    found = a_set(0).add_photos("0", [picture(5), picture(5), picture(6)])
    assert found.count == 2
    assert "already" in found.skipped[0]


def test_photos_are_shrunk_to_what_the_networks_look_at() -> None:
    large = Image.effect_noise((900, 600), 50).convert("RGB")
    photo = a_set(0).add_photos("0", [large]).get("0").photos[0]
    assert photo.image.size == (384, 256)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.add_class(" "), "needs a name"),
        (lambda s: s.add_class("x" * 61), "61 characters"),
        (lambda s: s.add_class("0"), "already"),
        (lambda s: s.rename_class("0", "1"), "already"),
        (lambda s: s.remove_class("none"), "no class called"),
        (lambda s: s.remove_photo("0", 9), "no photo number 10"),
    ],
)
def test_impossible_changes_say_why(change, words: str) -> None:
    with pytest.raises(DemoError, match=words):
        change(a_set(2, 2))


def test_there_is_an_end_to_photos_and_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MAX_PHOTOS", 3)
    with pytest.raises(DemoError, match="More than 3 photos"):
        a_set(2, 2)
    monkeypatch.setattr(photos, "MAX_CLASSES", 2)
    with pytest.raises(DemoError, match="2 classes already"):
        a_set(0, 0, 0)


def test_names_are_cleaned() -> None:
    assert PhotoSet().add_class("  my \n cat\x00 ").names == ("my cat",)


@pytest.mark.parametrize(
    ("counts", "words"), [((), "are 0"), ((3,), "is 1"), ((2, 1), "'1' has 1 of at least 2"), ((2, 0), "has 0")]
)
def test_too_little_to_teach_says_what_is_missing(counts: tuple[int, ...], words: str) -> None:
    with pytest.raises(DemoError, match=words):
        photos.check_ready(a_set(*counts))


def test_a_class_with_one_side_only_is_not_ready() -> None:
    sided = tuple(Photo(picture(i), str(i), str(i), "train") for i in range(3))
    with pytest.raises(DemoError, match="only train photos"):
        photos.check_ready(PhotoSet((PhotoClass("a", sided), *a_set(2).classes)))


@given(st.lists(st.integers(2, 30), min_size=2, max_size=5), st.integers(0, 3))
def test_the_split_is_fair_and_complete(counts: list[int], seed: int) -> None:
    groups = tuple(
        PhotoClass(str(c), tuple(Photo(Image.effect_noise((16, 16), 80), f"{c}-{i}", f"{c}-{i}") for i in range(n)))
        for c, n in enumerate(counts)
    )
    train, validation = splits.split(PhotoSet(groups), seed)
    assert len({p.digest for p, _ in train + validation}) == sum(counts)
    for label, count in enumerate(counts):
        held_back = sum(1 for _, y in validation if y == label)
        assert held_back == max(1, round(count / 4))
        assert sum(1 for _, y in train if y == label) == count - held_back


def test_the_split_does_not_depend_on_the_order_of_upload() -> None:
    one = a_set(8, 8)
    two = PhotoSet(tuple(PhotoClass(g.name, g.photos[::-1]) for g in one.classes))
    assert {p.digest for p, _ in splits.split(one)[1]} == {p.digest for p, _ in splits.split(two)[1]}


@pytest.mark.parametrize(
    ("size", "kept"), [((1000, 500), (512, 256)), ((300, 900), (256, 768)), ((100, 200), (100, 200))]
)
def test_a_photos_shorter_side_is_what_is_shrunk(size: tuple[int, int], kept: tuple[int, int]) -> None:
    assert photos.stored(Image.new("RGB", size)).image.size == kept


def test_another_seed_holds_others_back() -> None:
    found = a_set(12, 12)
    one, two = ({p.digest for p, _ in splits.split(found, seed)[1]} for seed in (0, 1))
    assert len(one) == len(two) == 6
    assert one != two


def test_given_sides_are_kept() -> None:
    group = PhotoClass("a", tuple(Photo(picture(i), str(i), str(i), "validation" if i < 2 else None) for i in range(9)))
    train, validation = splits.split(PhotoSet((group,)))
    assert {p.name for p, _ in validation} == {"0", "1"}
    assert len(train) == 7


def test_webcam_frames() -> None:
    import base64

    address = "data:image/jpeg;base64," + base64.b64encode(jpeg(1)).decode()
    assert load_image(photos.from_data_urls([address])[0]).size == (40, 40)
    for bad in (None, "text", ["data:image/jpeg;base64,???"]):
        with pytest.raises(DemoError, match="Hold the button"):
            photos.from_data_urls(bad)
