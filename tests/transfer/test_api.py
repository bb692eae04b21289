"""The transfer tab's public API through the running app, by `gradio_client`: good zips, hostile ones, two visitors."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from demos.core.networks import files as network_files
from demos.transfer.data import doodles
from demos.transfer.settings import INITIALISATIONS, NONE_OF_THESE
from tests.server import app
from tests.transfer.data.zips import good, hostile, jpeg, zipped

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(network_files.find("pocket-vgg16") is None, reason="needs weights/pocket_vgg16.safetensors"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("app")
    with app("--offline", environment={"HF_HOME": str(folder / "hub")}, log=folder / "log.txt") as running:
        yield running


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


def file(folder: Path, name: str, content: bytes) -> dict:
    path = folder / name
    path.write_bytes(content)
    return handle_file(path)


def test_every_endpoint_is_named_and_documented(client: Client) -> None:
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert {"/teach", "/recognise", "/classify", "/explain", "/export", "/recognise_many"} <= set(described)
    assert not [name for name in described if "lambda" in name or name.endswith("_1")]
    for name in ("/export", "/recognise_many", "/explain"):
        assert all(one["parameter_has_default"] for one in described[name]["parameters"])
    for name in ("/teach", "/recognise", "/classify"):
        first, *others = described[name]["parameters"]
        assert not first["parameter_has_default"]
        assert all(parameter["parameter_has_default"] for parameter in others)


def test_a_zip_is_taught_and_its_classifier_recognises(client: Client, tmp_path: Path) -> None:
    told, kept = client.predict(file(tmp_path, "pets.zip", zipped(good(8))), api_name="/teach")
    assert told["classes"] == ["cats", "dogs"]
    assert told["counts"] == {name: {"training": 8, "validation": 8} for name in ("cats", "dogs")}
    assert told["rounds"] == 5  # few photos: each was judged once, by a layer that had not seen it
    assert told["network"] == "pocket-vgg16"
    assert 0 <= told["accuracy"] <= 1
    assert told["seconds"] > 0
    assert kept.endswith(".safetensors")
    said = client.predict(file(tmp_path, "one.jpg", jpeg(3)), classifier=handle_file(kept), api_name="/recognise")
    assert {c["label"] for c in said["confidences"]} == {"cats", "dogs", NONE_OF_THESE}
    assert sum(c["confidence"] for c in said["confidences"]) == pytest.approx(1, abs=1e-4)


def test_the_exported_zip_serves_wherever_the_file_does(client: Client, tmp_path: Path) -> None:
    _, kept = client.predict(file(tmp_path, "pets.zip", zipped(good(8))), api_name="/teach")
    packed = client.predict(handle_file(kept), False, api_name="/export")
    photos = file(tmp_path, "photos.zip", zipped(good(2)))
    answers = []
    for classifier in (handle_file(kept), handle_file(packed)):
        said = client.predict(file(tmp_path, "one.jpg", jpeg(3)), classifier=classifier, api_name="/recognise")
        heat, of_class = client.predict(file(tmp_path, "one.jpg", jpeg(3)), classifier=classifier, api_name="/explain")
        table, many = client.predict(photos, classifier=classifier, api_name="/recognise_many")
        assert len(many["photos"]) == 4
        answers.append((said, of_class, Image.open(heat).tobytes(), Path(table).read_text(), many))
    assert answers[0] == answers[1]
    assert answers[0][1] in ("cats", "dogs")


def test_the_endpoints_of_a_classifier_answer_without_one(client: Client, tmp_path: Path) -> None:
    with zipfile.ZipFile(client.predict(api_name="/export")) as archive:
        assert {"head.safetensors", "labels.json", "predict.py", "README.md", "model.onnx"} <= set(archive.namelist())
    table, many = client.predict(api_name="/recognise_many")
    assert {one["label"] for one in many["photos"]} <= {*doodles.THINGS, NONE_OF_THESE}
    assert len(Path(table).read_text().splitlines()) == len(many["photos"]) + 1
    heat, of_class = client.predict(file(tmp_path, "one.jpg", jpeg(3)), api_name="/explain")
    assert of_class in doodles.THINGS
    assert Image.open(heat).size[0] > 32
    assert client.predict(api_name="/explain")[1] == "fish"  # the photo that the page opens with


def test_broken_photos_in_a_zip_are_named_and_the_rest_is_used(client: Client, tmp_path: Path) -> None:
    content = zipped(good(6) | {"cats/torn.jpg": jpeg(9)[:100]})
    told, _ = client.predict(file(tmp_path, "torn.zip", content), api_name="/teach")
    assert told["counts"]["cats"] == {"training": 6, "validation": 6}
    assert "torn.jpg" in told["skipped"][0]


@pytest.mark.parametrize("name", hostile())
def test_a_hostile_zip_gets_its_sentence_and_the_next_good_one_works(client: Client, tmp_path: Path, name: str) -> None:
    content, words = hostile()[name]
    with pytest.raises(AppError, match=words):
        client.predict(file(tmp_path, "bad.zip", content), api_name="/teach")
    told, _ = client.predict(file(tmp_path, "good.zip", zipped(good(4))), api_name="/teach")
    assert told["classes"] == ["cats", "dogs"]


def blank(width: int, height: int) -> bytes:
    """A black-and-white PNG of any size: 40 megapixels take 5 kB."""
    made = io.BytesIO()
    Image.new("1", (width, height)).save(made, "PNG")
    return made.getvalue()


BAD_PHOTOS = {
    "empty": (b"", "empty"),
    "junk": (b"junk", "not a picture"),
    "cut off": (jpeg(1)[:150], "damaged|not a picture"),
    "one pixel": (blank(1, 1), "1 x 1 px"),
    "too large": (blank(8000, 5001), "megapixels"),
    "bomb": (blank(30_000, 30_000), "megapixels"),
    "too long": (blank(500, 20), "strip of 25.0 to 1"),
}


@pytest.mark.parametrize(("content", "words"), BAD_PHOTOS.values(), ids=BAD_PHOTOS)
def test_a_bad_photo_gets_its_sentence_and_the_next_good_one_works(
    client: Client, tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(AppError, match=words):
        client.predict(file(tmp_path, "bad.jpg", content), api_name="/recognise")
    said = client.predict(file(tmp_path, "good.jpg", jpeg(1)), api_name="/recognise")
    assert said["label"] in {*doodles.THINGS, NONE_OF_THESE}  # the example set's classifier


@pytest.mark.parametrize("seed", [1e30, 2.0**64, -1, 0.5, "nan"])
def test_a_seed_that_is_none_gets_a_sentence_with_its_range(client: Client, tmp_path: Path, seed: object) -> None:
    with pytest.raises(AppError, match=r"Seed cannot be .* Choose a whole number from 0 to 2147483647"):
        client.predict(file(tmp_path, "pets.zip", zipped(good(4))), seed=seed, api_name="/teach")


def test_an_empty_seed_is_the_default_one(client: Client, tmp_path: Path) -> None:
    given = file(tmp_path, "pets.zip", zipped(good(8)))
    reports = [client.predict(given, seed=seed, api_name="/teach")[0] | {"seconds": 0} for seed in (None, 0)]
    assert reports[0] == reports[1]


def test_what_was_understood_of_a_zip_is_in_the_report(client: Client, tmp_path: Path) -> None:
    told, _ = client.predict(file(tmp_path, "train.zip", zipped(good(8, "train/"))), api_name="/teach")
    assert any("photos are held back for validation here" in note for note in told["notes"])


def test_a_wrong_classifier_gets_its_sentence(client: Client, tmp_path: Path) -> None:
    photo = file(tmp_path, "good.jpg", jpeg(1))
    with pytest.raises(AppError, match="no classifier of Hidden Layers"):
        client.predict(photo, classifier=file(tmp_path, "x.safetensors", b"hello"), api_name="/recognise")


def test_imagenet_offline_says_what_it_needs(client: Client, tmp_path: Path) -> None:
    with pytest.raises(AppError, match="553 MB"):
        client.predict(file(tmp_path, "good.jpg", jpeg(1)), api_name="/classify")


def test_two_visitors_never_share_photos(address: str, tmp_path: Path) -> None:
    """One brings photos of his own; the other's page still teaches the example set."""
    one, two = (Client(address, verbose=False) for _ in range(2))
    for visitor in (one, two):
        visitor.predict(api_name="/open_transfer")
    one.predict(file(tmp_path, "mine.zip", zipped(good(4))), None, api_name="/load_zip")
    for visitor, expected in ((one, {"cats", "dogs", NONE_OF_THESE}), (two, {*doodles.THINGS, NONE_OF_THESE})):
        settings = {"optimiser": "L-BFGS", "seed": 0, "steps": 20, "learning_rate": 0, "weight_decay": "", "dropout": 0}
        settings |= {"batch_size": 0, "initialisation": INITIALISATIONS[0], "views": 0}
        visitor.predict("The best that is here", *settings.values(), api_name="/teach_page")
        said = visitor.predict(file(tmp_path, "x.jpg", jpeg(2)), api_name="/try_photo")
        assert {c["label"] for c in said["confidences"]} <= expected


def test_flowers_from_a_real_zip(client: Client, tmp_path: Path, shared: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("daisy", "roses", "sunflowers"):
            for path in sorted((shared / "data" / "flowers" / name).glob("*.jpg"))[:40]:
                archive.write(path, f"flowers/{name}/{path.name}")
    told, kept = client.predict(file(tmp_path, "flowers.zip", made.getvalue()), api_name="/teach")
    assert told["accuracy"] >= 0.7  # a third by chance
    unseen = sorted((shared / "data" / "flowers" / "sunflowers").glob("*.jpg"))[60:64]
    said = [
        client.predict(handle_file(p), classifier=handle_file(kept), api_name="/recognise")["label"] for p in unseen
    ]
    assert said.count("sunflowers") >= 3
    assert json.dumps(told)
