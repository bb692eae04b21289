"""From photos to a classifier file and back, on a small VGG16 with random weights (even those tell materials apart)."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torchvision import transforms

from demos.core import device
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.core.networks import vgg
from demos.transfer import classifier, features, imagenet, teach
from demos.transfer.data import example_sets, photos
from demos.transfer.evaluation import intervals
from demos.transfer.page import text
from tests.transfer.data.zips import good, zipped


@pytest.fixture(scope="module")
def network() -> vgg.VGG16:
    torch.manual_seed(1)
    return device.current().place(vgg.VGG16((16, 32, 64, 128, 128), name=vgg.POCKET, input_size=128))


@pytest.fixture(scope="module")
def taught(network: vgg.VGG16) -> classifier.Classifier:
    found = list(teach.teach(example_sets.load("Materials"), network))[-1].classifier
    assert found is not None
    return found


def test_features_are_the_same_whatever_the_batch(network: vgg.VGG16) -> None:
    group = example_sets.load("Materials").classes[3].photos[:11]
    alone = torch.cat([features.compute([photo], network) for photo in group[:8]])
    together = features.compute(group[:8], network)
    assert torch.equal(alone, together)
    features.remembered.forget()
    streamed = torch.cat([rows for _, rows in features.extract(group, network)])
    assert torch.equal(streamed[:8], together)
    assert streamed.shape == (11, 2 * (128 + 128))


def test_pooling_known_answers() -> None:
    activations = torch.tensor([[[[4.0, 0.0], [0.0, 0.0]], [[-9.0, -9.0], [-9.0, -9.0]]]])
    assert features.pool(activations).tolist() == [[1.0, -3.0, 2.0, -3.0]]


def test_features_are_those_of_the_middle_square(network: vgg.VGG16) -> None:
    """What hangs over on the longer side is not looked at."""
    wide = Image.effect_noise((200, 128), 80).convert("RGB")
    cut = wide.crop((36, 0, 164, 128))
    found = features.compute([photos.Photo(image, "", "") for image in (wide, cut)], network, size=128)
    torch.testing.assert_close(found[0], found[1], atol=1e-4, rtol=1e-3)


def test_features_are_computed_once(network: vgg.VGG16) -> None:
    features.remembered.forget()
    group, calls = example_sets.load("Materials").classes[0].photos[:5], []
    handle = network.layers[0].register_forward_hook(lambda *_: calls.append(1))
    first = torch.cat([rows for _, rows in features.extract(group, network)])
    again = torch.cat([rows for _, rows in features.extract(group, network)])
    handle.remove()
    assert len(calls) == 1
    assert torch.equal(first, again)


def test_networks_of_one_name_do_not_share_features(network: vgg.VGG16) -> None:
    group = example_sets.load("Materials").classes[0].photos[:2]
    other = device.current().place(vgg.VGG16((4, 4, 4, 4, 4), name=network.name, input_size=64))
    widths = [rows.shape[1] for n in (network, other) for _, rows in features.extract(group, n)]
    assert widths == [2 * (128 + 128), 2 * (4 + 4)]


def test_teaching_learns_and_says_how_it_went(taught: classifier.Classifier) -> None:
    told = taught.report
    assert told is not None
    assert told.accuracy > 0.6  # six classes: 0.17 by chance
    assert told.kept_loss < told.first_loss
    assert told.accuracy_low < told.accuracy < told.accuracy_high or told.accuracy == 1
    assert sum(map(sum, told.confusion)) == sum(v for _, v in told.photos.values()) == 36
    assert sum(told.confusion[i][i] for i in range(6)) == round(told.accuracy * 36)
    assert set(told.photos.values()) == {(12, 6)}  # learned from, tested on
    assert [sum(row) for row in told.confusion] == [6] * 6  # rows are what the photos are


def test_progress_is_said_from_the_first_moment(network: vgg.VGG16) -> None:
    stages = [p.stage for p in teach.teach(example_sets.load("Materials"), network)]
    assert stages[0] == "looking"
    assert stages[-1] == "done"
    assert stages == sorted(stages, key=["looking", "teaching", "done"].index)


def test_shuffled_labels_teach_nothing(network: vgg.VGG16) -> None:
    """Every class gets a bit of everything: accuracy must fall to chance, or validation is leaking."""
    groups = example_sets.load("Materials").classes
    mixed = tuple(
        replace(group, photos=tuple(groups[(k + i) % 6].photos[i] for i in range(18))) for k, group in enumerate(groups)
    )
    found = list(teach.teach(photos.PhotoSet(mixed), network))[-1].classifier
    assert found is not None
    assert found.report is not None
    assert found.report.accuracy < 0.45


def test_the_file_holds_everything(taught: classifier.Classifier, network: vgg.VGG16, tmp_path) -> None:
    path = classifier.save(taught, tmp_path / "c.safetensors")
    back = classifier.load(path)
    photo = example_sets.load("Materials").classes[2].photos[-1].image
    assert back.predict(photo, network) == taught.predict(photo, network)
    assert back.report == taught.report
    assert back.classes == taught.classes


def test_a_prediction_is_a_distribution_and_right(taught: classifier.Classifier, network: vgg.VGG16) -> None:
    said = taught.predict(example_sets.load("Materials").get("brick").photos[0].image, network)
    assert sum(p for _, p in said) == pytest.approx(1, abs=1e-5)
    assert said[0][0] == "brick"
    assert [p for _, p in said] == sorted((p for _, p in said), reverse=True)


def test_hostile_files_are_refused(taught: classifier.Classifier, tmp_path) -> None:
    good_file = classifier.save(taught, tmp_path / "good.safetensors")
    tensors = {name: t for name, t in load_file(good_file).items() if not name.startswith("unknown")}
    about = {
        "classes": list(taught.classes), "network": taught.network, "cuts": list(taught.cuts), "input_size": 96,
    }  # fmt: skip

    def written(tensors: dict, about: object, **note: str):
        path = tmp_path / "bad.safetensors"
        note = {"format": "hidden-layers-classifier", "version": "1", "classifier": json.dumps(about)} | note
        save_file(tensors, path, note)
        return path

    assert classifier.load(written(tensors, about)).classes == taught.classes
    bad = {
        "another format": written(tensors, about, format="x"),
    }
    with pytest.raises(DemoError, match="no classifier"):
        classifier.load(bad["another format"])
    with pytest.raises(DemoError, match="version '9'"):
        classifier.load(written(tensors, about, version="9"))
    wrong: list[tuple[dict, object]] = [
        (tensors | {"weight": tensors["weight"][:, :-1].contiguous()}, about),
        (tensors | {"bias": torch.full((6,), float("nan"))}, about),
        (tensors | {"extra": torch.zeros(1)}, about),
        (tensors, about | {"network": "../../etc"}),
        (tensors, about | {"cuts": ["relu9_9"]}),
        (tensors, about | {"input_size": 10**9}),
        (tensors, about | {"classes": ["a", "a", "b", "c", "d", "e"]}),
        (tensors, about | {"classes": ["A", "a", "b", "c", "d", "e"]}),  # one name to a visitor
        (tensors, about | {"classes": 3}),
        (tensors, []),
        (tensors, {"classes": ["a"]}),
        (tensors, about | {"report": {"network": "x"}}),
    ]
    for torn_tensors, torn_about in wrong:
        with pytest.raises(DemoError, match="damaged"):
            classifier.load(written(torn_tensors, torn_about))
    torn = tmp_path / "torn.safetensors"
    for content in (b"", b"hello", good_file.read_bytes()[:300], b"\xff" * 100):
        torn.write_bytes(content)
        with pytest.raises(DemoError, match=r"no classifier|damaged"):
            classifier.load(torn)
    with pytest.raises(DemoError, match="not there"):
        classifier.load(tmp_path / "gone.safetensors")


def test_what_is_taught_on_one_network_asks_for_that_network() -> None:
    """The real VGG16 has one name, whether its classifier was loaded along or not."""
    assert set(classifier.NETWORKS) == {vgg.POCKET, "vgg16", "squeezenext"}


def test_materials_come_from_different_halves() -> None:
    for group in example_sets.load("Materials").classes:
        sides = [photo.split for photo in group.photos]
        assert sides.count("train") == 12
        assert sides.count("validation") == 6
        assert len({photo.digest for photo in group.photos}) == 18


@pytest.mark.parametrize("name", ["cat's fur", "petals"])
def test_no_pixel_is_both_learned_from_and_tested_on(name: str) -> None:
    """Each patch is searched for in its photo: those for training lie in the upper half, the others in the lower."""
    source, region = example_sets.MATERIALS[name]
    photo = samples.photo(source)
    box = [round(share * side) for share, side in zip(region, photo.size * 2, strict=True)]
    pixels = np.asarray(photo.crop(box).convert("RGB"))
    half, rows = len(pixels) // 2, {"train": set(), "validation": set()}
    for patch in example_sets.load("Materials").get(name).photos:
        wanted = np.asarray(patch.image)
        found = np.argwhere((pixels[: 1 - len(wanted), : 1 - wanted.shape[1]] == wanted[0, 0]).all(-1))
        (place,) = {
            (y, x) for y, x in found if np.array_equal(pixels[y : y + len(wanted), x : x + wanted.shape[1]], wanted)
        }
        rows[patch.split] |= set(range(place[0], place[0] + len(wanted)))
    assert max(rows["train"]) < half <= min(rows["validation"])


def test_digits_are_hard_pixels() -> None:
    found = example_sets.load("Digits")
    corners = [photo.image.getpixel((0, 0)) for group in found.classes for photo in group.photos]
    assert corners.count((255, 255, 255)) > 0.95 * len(corners)  # dark on white paper
    assert found.names == tuple("0123456789")
    assert found.count == 240
    assert len(found.classes[0].photos[0].image.getcolors(1 << 16) or []) <= 17


def test_ants_and_bees_from_the_data_folder(shared, monkeypatch: pytest.MonkeyPatch) -> None:
    from demos.core.data.folder import DATA

    monkeypatch.setenv(DATA, str(shared / "data"))
    found = example_sets.ants_and_bees()
    assert {g.name: len(g.photos) for g in found.classes} == {"ants": 193, "bees": 204}
    assert sum(p.split == "validation" for g in found.classes for p in g.photos) == 153


def test_ants_and_bees_offline_says_what_works(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    from demos.core.data.folder import DATA
    from demos.core.hub import fetch

    monkeypatch.setenv(DATA, str(tmp_path))
    monkeypatch.setattr(fetch, "cache_folder", lambda: tmp_path)
    fetch.set_offline(True)
    try:
        with pytest.raises(DemoError, match="Things, Materials and Digits are here"):
            example_sets.ants_and_bees()
    finally:
        fetch.set_offline(False)


def test_wilson_known_answers() -> None:
    """8 of 10: (0.490, 0.943), as in Newcombe (1998) for such counts; nothing and everything stay inside 0..1."""
    assert intervals.wilson(8, 10) == pytest.approx((0.490, 0.943), abs=1e-3)
    for right, total in ((3, 4), (40, 45), (7, 100)):  # where a share is so many standard errors away
        for end in intervals.wilson(right, total):
            assert abs(right / total - end) == pytest.approx(1.959964 * (end * (1 - end) / total) ** 0.5)
    assert intervals.wilson(0, 5)[0] == 0
    assert intervals.wilson(5, 5)[1] == 1


def test_confusion_known_answer() -> None:
    true, said = torch.tensor([0, 0, 1, 2]), torch.tensor([0, 1, 1, 0])
    assert teach.confusion(true, said, 3) == ((1, 1, 0), (0, 1, 0), (1, 0, 0))


def test_the_report_in_words_escapes_what_visitors_typed(network: vgg.VGG16, tmp_path) -> None:
    import io

    from demos.transfer.data import archive

    found = archive.from_zip(io.BytesIO(zipped(good()))).rename_class("cats", "<b>cats</b>")
    last = list(teach.teach(found, network))[-1]
    assert "<b>cats" not in text.numbers(last)
    assert "&lt;b&gt;cats" in text.numbers(last)
    curve = text.curve(last)
    assert curve.count("<polyline") == 4  # loss and accuracy, of both sides
    assert json.loads(json.dumps(classifier.as_json(last.classifier.report)))["classes"] == ["<b>cats</b>", "dogs"]


def test_imagenet_top5_of_a_network_with_a_head() -> None:
    torch.manual_seed(0)
    small = device.current().place(vgg.VGG16((4, 8, 8, 16, 16), classifier="pooled", input_size=64))
    said = imagenet.top5(load_image(example_sets.load("Materials").classes[3].photos[0].image), small)
    assert len(said) == 5
    assert set(name for name, _ in said) <= set(imagenet.class_names())
    assert len(imagenet.class_names()) == 1000


def test_imagenet_sees_what_its_own_evaluation_shows() -> None:
    """The picture that reaches the network, against torchvision's preprocessing."""
    torch.manual_seed(0)
    small = device.current().place(vgg.VGG16((4, 8, 8, 16, 16), classifier="pooled", input_size=64))
    photo, seen = samples.photo("chelsea"), []
    watch = small.layers[0].register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().float().cpu()))
    imagenet.top5(photo, small)
    watch.remove()
    expected = transforms.Compose(
        [
            transforms.Resize(round(64 / 0.875)),
            transforms.CenterCrop(64),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]
    )(photo)
    assert (seen[0][0] - expected).abs().mean() < 0.05  # the middle is off by less than a pixel
