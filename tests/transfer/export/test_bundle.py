"""The zip predicts what the page did: in a fresh process, in onnxruntime, and back in the app."""

import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from demos.core.images.load import load_image
from demos.core.networks import squeezenext
from demos.transfer import features, teach
from demos.transfer.classifier import Classifier
from demos.transfer.data import photos
from demos.transfer.data.photos import PhotoSet
from demos.transfer.export import bundle, card, onnx_file, predict
from tests.core.images.test_load import icc_profile

PREDICT = Path(bundle.__file__).with_name("predict.py")


def of_every_kind(folder: Path) -> list[Path]:
    """Photos as strangers have them: sizes, shapes, modes, files, and how the camera was held."""
    noise = np.random.default_rng(0).integers(0, 256, (90, 140, 3), dtype=np.uint8)
    wide = Image.fromarray(noise).resize((700, 410), Image.Resampling.BICUBIC)
    mask = Image.linear_gradient("L").resize(wide.size)
    kinds: dict[str, tuple[Image.Image, dict]] = {
        "plain.jpg": (wide, {}),
        "tall.png": (wide.rotate(90, expand=True), {}),
        "strip.png": (wide.resize((1200, 90)), {}),
        "tiny.bmp": (wide.resize((5, 4)), {}),
        "square.webp": (wide.resize((256, 256)), {"lossless": True}),
        "palette.gif": (wide.quantize(16), {}),
        "clear palette.png": (wide.quantize(16), {"transparency": 3}),
        "clear.png": (Image.merge("RGBA", (*wide.split(), mask)), {}),
        "clear grey.png": (Image.merge("LA", (wide.convert("L"), mask)), {}),
        "grey.jpg": (wide.convert("L"), {}),
        "one bit.png": (wide.convert("1"), {}),
        "cmyk.jpg": (wide.convert("CMYK"), {"quality": 95}),
        "cmyk.tif": (wide.convert("CMYK"), {}),
        "sixteen.png": (Image.fromarray(np.asarray(wide.convert("L")).astype(np.uint16) * 256), {}),
        "clear sixteen.png": (Image.fromarray(noise[..., 0].astype(np.uint16) * 200), {"transparency": 200 * 7}),
        "twelve.tif": (Image.fromarray(np.asarray(wide.convert("L")).astype(np.uint16) * 16), {}),
        "floats.tif": (Image.fromarray(np.asarray(wide.convert("L")).astype(np.float32) / 255), {}),
        "profile.png": (wide, {"icc_profile": icc_profile("RGB ", 1.0)}),
        "swapped.jpg": (wide, {"icc_profile": icc_profile("RGB ", 2.2, swap_red_and_blue=True)}),
        "broken profile.png": (wide, {"icc_profile": b"nothing"}),
        "großes Foto.jpg": (wide.resize((2600, 1700)), {}),
    }
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[274] = turn
        kinds[f"turned {turn}.jpg"] = (wide, {"exif": exif})
    for name, (image, options) in kinds.items():
        image.save(folder / name, **options)
    return [folder / name for name in kinds]


def test_every_kind_of_photo_is_read_as_in_the_app(tmp_path: Path) -> None:
    """To the pixel: a photo that lies on its side may have nearly the same probabilities."""
    for file in of_every_kind(tmp_path):
        assert np.array_equal(np.asarray(predict.load(file)), np.asarray(load_image(file))), file.name
        seen = features.pictures([photos.read(file)], 192)[0]
        assert torch.equal(predict.pixels(predict.load(file), 192), seen), file.name


def unpacked(taught: Classifier, folder: Path) -> Path:
    with zipfile.ZipFile(bundle.write(taught)) as archive:
        archive.extractall(folder)
    return folder


def predicted(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-I", str(folder / "predict.py"), *map(str, arguments)]  # -I: nothing of this project
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


def apart(taught: Classifier, said: list[dict]) -> float:
    """The largest difference between the page's probabilities and those, over all photos and classes."""
    ours = {one["file"]: dict(taught.predict(load_image(one["file"]))) for one in said}
    return max(abs(ours[one["file"]][name] - p) for one in said for name, p in one["probabilities"].items())


def test_predict_in_a_fresh_process_says_what_the_page_says(taught: Classifier, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    files = of_every_kind(tmp_path / "photos")
    folder = unpacked(taught, tmp_path / "classifier")
    (tmp_path / "photos" / "torn.jpg").write_bytes(b"torn")
    ran = predicted(folder, "--json", tmp_path / "photos")
    said = json.loads(ran.stdout)
    assert ran.returncode == 1
    assert "torn.jpg: cannot be read" in ran.stderr
    assert {one["file"] for one in said} == set(map(str, files))
    assert apart(taught, said) < 1e-4
    ran = predicted(folder, files[0])
    answer = taught.answer(load_image(files[0]))
    assert ran.stdout.startswith(f"{files[0]}: {answer.label} (")
    assert f"{answer.probabilities[0][1]:.1%})" in ran.stdout
    assert {one["file"]: one["label"] for one in said} == {str(f): taught.answer(load_image(f)).label for f in files}
    assert "demos" not in re.findall(r"^(?:from|import) (\w+)", PREDICT.read_text(), re.M)


def test_the_mirror_image_temperature_and_none_of_these_travel(taught: Classifier, tmp_path: Path) -> None:
    about = Image.fromarray(np.random.default_rng(1).integers(0, 256, (300, 200, 3), dtype=np.uint8))
    about.save(tmp_path / "noise.png")
    for temperature, mirrored in ((3.0, False), (0.5, True)):
        changed = replace(taught, temperature=temperature, mirrored=mirrored)
        folder = unpacked(changed, tmp_path / f"{mirrored}")
        said = json.loads(predicted(folder, "--json", tmp_path / "noise.png").stdout)
        assert apart(changed, said) < 1e-4
        assert said[0]["label"] in (taught.classes if changed.unknown is None else (*taught.classes, "none of these"))


def in_onnxruntime(path: Path, pixels: np.ndarray) -> dict[str, np.ndarray]:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"pixels": pixels}), strict=True))


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("mirrored", [True, False])
def test_the_onnx_file_says_what_the_page_says(
    taught: Classifier, about: PhotoSet, tmp_path: Path, count: int, mirrored: bool
) -> None:
    changed = replace(taught, mirrored=mirrored, temperature=1.7)
    chosen = [group.photos[0] for group in about.classes][:count]
    found = in_onnxruntime(
        onnx_file.write(changed, tmp_path / "m.onnx"), features.pictures(chosen, taught.input_size).numpy()
    )
    x = changed.features_of([photo.image for photo in chosen])
    assert np.abs(found["probabilities"] - changed.probabilities(x).numpy()).max() < 1e-3
    assert np.abs(found["logits"] - changed.head.logits(x).numpy()).max() < 1e-2
    assert found["none_of_these"].tolist() == changed.is_unknown(x).tolist()


def test_squeezenext_travels_too(about: PhotoSet, tmp_path: Path) -> None:
    taught = list(teach.teach(about, squeezenext.load()))[-1].classifier
    assert taught is not None
    photo = about.classes[0].photos[0]
    photo.image.save(tmp_path / "photo.png")
    folder = unpacked(taught, tmp_path / "classifier")
    said = json.loads(predicted(folder, "--json", tmp_path / "photo.png").stdout)
    assert apart(taught, said) < 1e-4
    found = in_onnxruntime(folder / "model.onnx", features.pictures([photo], taught.input_size).numpy())
    ours = taught.probabilities(taught.features_of([photo.image])).numpy()
    # Its hundred layers pass on what is rounded another way in bfloat16.
    assert np.abs(found["probabilities"] - ours).max() < (1e-3 if bundle.precision() == "float32" else 2e-2)


def test_the_card_has_the_reports_numbers(taught: Classifier) -> None:
    assert taught.report is not None
    report = replace(
        taught.report, photos={"a_b": (9, 4), "c*": (7, 3), "dog": (5, 3)}, accuracy=0.7, accuracy_low=0.397,
        accuracy_high=0.892, confusion=((4, 0, 0), (2, 1, 0), (1, 0, 2)),
    )  # fmt: skip
    told = card.write(replace(taught, classes=("a_b", "c*", "dog"), report=report), onnx=True)
    assert "| a\\_b | 9 | 4 |" in told
    assert "| all | 21 | 10 |" in told
    assert "**7 of 10**" in told
    assert "between 39.7% and 89.2%" in told
    assert told.index("2 of 3 photos of c\\* were taken for a\\_b") < told.index("1 of 3 photos of dog")
    assert "model.onnx" in told
    assert "How it was taught is not known" in card.write(replace(taught, report=None))


def test_the_photos_go_along_where_they_are_wanted(taught: Classifier, about: PhotoSet) -> None:
    with zipfile.ZipFile(bundle.write(taught, about, onnx=False)) as archive:
        told = json.loads(archive.read("photos.json"))
        assert len(told) == about.count
        assert {one["split"] for one in told} == {"train", "validation"}
        first = photos.read(("x.jpg", archive.read(told[0]["file"])))
        assert first.image.size == about.get(told[0]["class"]).photos[0].image.size
        assert "model.onnx" not in archive.namelist()
    with zipfile.ZipFile(io.BytesIO(bundle.write(taught).read_bytes())) as archive:
        assert not [name for name in archive.namelist() if name.startswith("photos")]
