"""Zips as macOS, Windows and people make them: names as they were meant, and nothing left out in silence."""

import io
import struct
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demos.core.errors import DemoError
from demos.transfer.data import archive, left_out, names, splits, zip_names
from demos.transfer.data.left_out import LeftOut
from demos.transfer.data.photos import PhotoSet
from tests.transfer.data.zips import good, jpeg, zipped


def read(content: bytes) -> PhotoSet:
    return archive.from_zip(io.BytesIO(content))


def counts(found: PhotoSet) -> dict[str, int]:
    return {group.name: len(group.photos) for group in found.classes}


def without_flag(content: bytes) -> bytes:
    """The same zip, its names' UTF-8 not said: general purpose bit 11 taken from both directories."""
    data = bytearray(content)
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = 0
        while (at := data.find(signature, at)) >= 0:
            data[at + offset + 1] &= ~0x08
            at += 4
    return bytes(data)


def in_bytes(folders: dict[str, bytes]) -> bytes:
    """A zip with folders of these very bytes (each as long as the name that stands for it), no flag."""
    content = zipped({f"{name}/{i}.jpg": jpeg(10 * k + i) for k, name in enumerate(folders) for i in range(3)})
    for name, raw in folders.items():
        assert len(name) == len(raw)
        content = content.replace(name.encode() + b"/", raw + b"/")
    return content


@pytest.mark.parametrize("classes", [("Äpfel", "Bäume"), ("猫", "犬"), ("кот", "пёс"), ("क्षिका", "กล้วย")])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_macs_say_nothing_and_mean_utf8(classes: tuple[str, str], form: str) -> None:
    files = {f"Fotos/{c}/Größe {i}.jpg": jpeg(10 * k + i) for k, c in enumerate(classes) for i in range(3)}
    files |= {f"__MACOSX/Fotos/{c}/._x.jpg": b"\0\5\x16\7" for c in classes} | {"Fotos/.DS_Store": b"x"}
    content = zipped({unicodedata.normalize(form, name): c for name, c in files.items()})
    for packed in (content, without_flag(content)):
        found = read(packed)
        assert counts(found) == dict.fromkeys(classes, 3)
        assert not found.left_out
        assert not found.notes


@pytest.mark.parametrize(
    ("encoding", "classes"),
    [
        ("cp437", ("Käse", "Bröt")),
        ("cp850", ("São", "Ávila")),
        ("cp866", ("кошки", "собаки")),
        ("cp932", ("表", "ねこ")),  # the first ends in the byte of a backslash
        ("gbk", ("猫咪", "狗狗")),
    ],
)
def test_windows_old_encodings(encoding: str, classes: tuple[str, str]) -> None:
    raws = [name.encode(encoding) for name in classes]
    stand_ins = {f"{k}".rjust(len(raw), "#"): raw for k, raw in enumerate(raws)}
    found = read(in_bytes(stand_ins))
    assert counts(found) == dict.fromkeys(classes, 3)
    assert encoding in found.notes[-1]


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=9), min_size=1, max_size=4))
def test_utf8_without_the_flag_is_always_seen(words: list[str]) -> None:
    with zipfile.ZipFile(io.BytesIO(without_flag(zipped({f"{w}{i}.jpg": b"" for i, w in enumerate(words)})))) as packed:
        found, encoding = zip_names.paths(packed.infolist())
    assert found == [unicodedata.normalize("NFC", f"{w}{i}.jpg") for i, w in enumerate(words)]
    assert encoding == ""


def test_the_name_in_utf8_beside_the_old_one_counts() -> None:
    entry = zipfile.ZipInfo("K_se/1.jpg")
    wanted = "Käse/1.jpg".encode()
    body = b"\1" + struct.pack("<I", zlib.crc32(b"K_se/1.jpg")) + wanted
    entry.extra = struct.pack("<HH", zip_names.UNICODE_PATH, len(body)) + body
    assert zip_names.paths([entry])[0] == ["Käse/1.jpg"]
    entry.extra = entry.extra.replace(struct.pack("<I", zlib.crc32(b"K_se/1.jpg")), b"old!")  # of another name
    assert zip_names.paths([entry])[0] == ["K_se/1.jpg"]


@pytest.mark.parametrize("top", ["", "photos\\"])
@pytest.mark.parametrize("entries", [True, False])
def test_windows_backslashes_with_and_without_folder_entries(top: str, entries: bool) -> None:
    files = {f"{top}{name}".replace("/", "\\"): c for name, c in good(3).items()}
    if entries:
        files = {f"{top}{name}": b"" for name in (*([""] if top else []), "cats\\", "dogs\\")} | files
    found = read(zipped(files))
    assert counts(found) == {"cats": 3, "dogs": 3}
    assert not found.left_out


def test_one_class_in_two_cases_and_two_long_names() -> None:
    sides = {f"train/{name.replace('cats', 'Cats')}": c for name, c in good(3).items()}
    sides |= {f"val/{name}": jpeg(50 + i) for i, name in enumerate(good(2))}
    assert counts(read(zipped(sides))) == {"Cats": 5, "dogs": 5}
    start = "a very long folder name that somebody wrote because it explains all: "
    found = read(zipped({f"{start}{name}": c for name, c in good().items()}))
    assert [name[-6:] for name in found.names] == [": cats", ": dogs"]
    assert all(len(name) <= names.LONGEST for name in found.names)
    middle = {f"{'x' * 50}{k}{'y' * 50}/{i}.jpg": jpeg(10 * k + i) for k in range(3) for i in range(3)}
    assert list(counts(read(zipped(middle))).values()) == [3, 3, 3]


def test_only_a_train_folder_gets_a_split_of_its_own_and_says_so() -> None:
    found = read(zipped({f"train/{name}": c for name, c in good(4).items()} | {"test/1.jpg": jpeg(90)}))
    train, validation = splits.split(found)
    assert (len(train), len(validation)) == (6, 2)
    assert "training photos only" in found.notes[0]
    assert found.skipped == ("test/1.jpg lies in no class's folder.",)


def test_a_photo_of_two_classes_is_said_with_its_name_and_both_classes() -> None:
    found = read(zipped(good() | {"dogs/copy.jpg": good()["cats/0.jpg"]}))
    assert counts(found) == {"cats": 6, "dogs": 6}
    assert "dogs/copy.jpg is in cats already (as 0.jpg)" in found.skipped[0]
    assert "not put into dogs" in found.skipped[0]


def test_a_folder_copied_under_another_name_is_refused_with_both_names() -> None:
    copied = {f"{c}/{i}.jpg": jpeg(i) for c in ("cats", "cats copy") for i in range(8)}
    with pytest.raises(DemoError, match=r"is 1 \(cats\).* 8 files were left out: cats copy/0\.jpg is in cats already"):
        read(zipped(copied))


def test_a_refusal_keeps_its_reasons() -> None:
    """Which, how many, why and what to do, whatever the reason is."""
    files = {f"mugs/{i}.jpg": jpeg(i) for i in range(4)}
    files |= {f"plants/IMG_{i:04}.HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(400 + i) for i in range(4)}
    files |= {"plants/notes.txt": b"hello", "loose.jpg": jpeg(50)}
    with pytest.raises(DemoError) as refused:
        read(zipped(files))
    words = str(refused.value)
    assert "there is 1 (mugs)" in words
    assert "6 files were left out: plants/IMG_0000.HEIC" in words
    assert "The same goes for plants/IMG_0001.HEIC, plants/IMG_0002.HEIC and 1 more." in words
    assert "plants/notes.txt" in words
    assert "loose.jpg lies in no class's folder." in words


def test_what_was_left_out_in_words() -> None:
    assert left_out.told([]) == ""
    many = [LeftOut(f"{i}.jpg", f"is {i} kB too large.") for i in range(5)] + [LeftOut("a", "is empty.")]
    assert left_out.told(many) == (
        "6 files were left out: 0.jpg is 0 kB too large. The same goes for 1.jpg, 2.jpg and 2 more. a is empty."
    )
    kinds = [LeftOut(c, f"is {c * 3}.") for c in "abcde"]
    assert left_out.told(kinds).endswith("a is aaa. b is bbb. c is ccc. And 2 for other reasons.")


def test_a_path_that_comes_twice_is_said() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, content in (*good(3).items(), ("cats/0.jpg", jpeg(77))):
            if name in packed.namelist():
                name = name.replace("/", "//")  # the same place
            packed.writestr(name, content)
    found = read(made.getvalue())
    assert found.count == 6
    assert "cats/0.jpg is in the zip twice" in found.skipped[0]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x1f\x8b\x08" + bytes(300), "tar.gz"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(300), "7z"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(300), "RAR"),
        (bytes(257) + b"ustar" + bytes(300), "tar"),
        (jpeg(1), "one photo"),
    ],
)
def test_other_kinds_of_files_are_called_by_their_name(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    for source in (tmp_path / "x.zip", io.BytesIO(content)):
        with pytest.raises(DemoError, match=f"{kind}.*as a zip"):
            archive.from_zip(source)


NAMES = st.text(st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1, max_size=80)


@settings(deadline=None, max_examples=40)
@given(st.lists(NAMES, min_size=2, max_size=4, unique_by=names.key), st.booleans())
def test_any_names_of_folders_are_classes_or_one_sentence(folders: list[str], flag: bool) -> None:
    content = zipped({f"{folder}/{i}.jpg": jpeg(10 * k + i) for k, folder in enumerate(folders) for i in range(2)})
    try:
        found = read(content if flag else without_flag(content))
    except DemoError:
        return
    assert len(found.names) == len({names.key(name) for name in found.names})
    assert all(names.clean_name(name) == name for name in found.names)
    if flag:
        short = {names.key(name) for name in found.names if "…" not in name}
        assert short <= {names.key(folder) for folder in folders}
