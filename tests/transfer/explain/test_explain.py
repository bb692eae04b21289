"""Explanations against hand-written loops and known answers."""

import itertools
import statistics
from dataclasses import replace

import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from demos.core.errors import DemoError
from demos.core.networks import vgg
from demos.transfer import api
from demos.transfer.classifier import Classifier
from demos.transfer.data import example_sets
from demos.transfer.explain import gradcam, occlusion, overlay, sight
from demos.transfer.head import Head
from demos.transfer.settings import cuts_to_explain


@pytest.fixture(scope="module")
def taught() -> Classifier:
    """The example of the page, on the shipped network."""
    found = api.first_result().classifier
    assert found is not None
    return found


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return example_sets.load("Things").get("fish").photos[2].image


@pytest.mark.parametrize("size", [(160, 160), (300, 200), (90, 400)])
def test_the_way_back_begins_where_the_answer_came_from(taught: Classifier, size: tuple[int, int]) -> None:
    """Features of the path with gradients are those that the classifier answers from."""
    image = example_sets.load("Materials").get("brick").photos[0].image.resize(size)
    network = taught.loaded()
    x, _ = sight.see(sight.to_tensor(sight.square(image, taught)), network, taught)
    torch.testing.assert_close(x.cpu(), taught.features_of([image], network), atol=1e-4, rtol=1e-4)


# ---- Grad-CAM -------------------------------------------------------------------------------------------------------


@pytest.fixture
def small() -> tuple[Classifier, vgg.VGG16]:
    """A tiny VGG16 in double precision, and a last layer on its pool4 and pool5."""
    random = torch.Generator().manual_seed(3)
    torch.manual_seed(5)
    network = vgg.VGG16((4, 4, 4, 5, 6), input_size=64).double().eval().requires_grad_(False)
    d = 2 * (5 + 6)
    head = Head(
        torch.rand(d, generator=random), torch.rand(d, generator=random) + 0.5,
        torch.randn(3, d, generator=random), torch.randn(3, generator=random),
    )  # fmt: skip
    return Classifier(head, ("a", "b", "c"), "vgg16", ("pool4", "pool5"), 64), network


@pytest.mark.parametrize(
    ("cut", "mirrored"), [("pool3", False), ("pool4", False), ("pool5", False), ("pool4", True), ("pool5", True)]
)
def test_gradcam_against_a_hand_written_loop(small: tuple[Classifier, vgg.VGG16], cut: str, mirrored: bool) -> None:
    """Each slope by moving one activation a little, view by view, channel by channel and position by position; the
    later layers, the pooling, the mean of the views and the last layer written out once more."""
    taught, network = replace(small[0], mirrored=mirrored), small[1]
    image = Image.effect_noise((64, 64), 90).convert("RGB")
    names = [network.cut_at(i) for i in range(len(network.layers))]
    begin = names.index(cut)
    square = sight.to_tensor(sight.square(image, taught)).double()
    views = [square, square.flip(3)][: 1 + mirrored]
    with torch.no_grad():
        ats = [network.features(view, [cut])[cut] for view in views]
        earlier = [network.features(view, ["pool4"])["pool4"] for view in views]

        def row(view: int, activation: torch.Tensor) -> torch.Tensor:
            found = {cut: activation}
            x = activation
            for layer, name in zip(network.layers[begin + 1 :], names[begin + 1 :], strict=True):
                x = layer(x.clone())
                found[name] = x
            if cut == "pool5":
                found["pool4"] = earlier[view]  # does not change with pool5
            numbers = []
            for name in ("pool4", "pool5"):
                numbers += [channel.mean().clamp_min(0).sqrt() for channel in found[name][0]]
                numbers += [channel.max().clamp_min(0).sqrt() for channel in found[name][0]]
            return torch.stack(numbers)

        rows = [row(view, at) for view, at in enumerate(ats)]

        def logit(view: int, activation: torch.Tensor, label: int) -> float:
            moved = [row(view, activation) if other == view else rows[other] for other in range(len(views))]
            z = (sum(moved) / len(moved) - taught.head.mean) / taught.head.std
            z = z / z.norm()
            return float(z @ taught.head.weight[label].double() + taught.head.bias[label])

        def by_hand(label: int) -> torch.Tensor:
            channels, height, width = ats[0].shape[1:]
            evidence = torch.zeros(height, width, dtype=torch.float64)
            step = 1e-6
            for (view, at), channel in itertools.product(enumerate(ats), range(channels)):
                total = 0.0
                for y, x in itertools.product(range(height), range(width)):
                    up, down = at.clone(), at.clone()
                    up[0, channel, y, x] += step
                    down[0, channel, y, x] -= step
                    total += (logit(view, up, label) - logit(view, down, label)) / (2 * step)
                own = total / (height * width) * at[0, channel]
                evidence += own if view == 0 else own.flip(1)
            return evidence

        evidences = [by_hand(label) for label in range(3)]
    assert any((evidence > 0).any() for evidence in evidences), "empty maps prove nothing"
    if cut != "pool5":  # where all of this little network's places speak for a class, or all against it
        assert any((evidence < 0).any() for evidence in evidences), "nothing that the map should leave out"
    for label, evidence in enumerate(evidences):
        found = gradcam.heat_maps(taught, image, label, [cut], network)[cut]
        assert found.shape == evidence.shape
        scale = float(evidence.abs().max())
        torch.testing.assert_close(found, evidence.clamp_min(0).float(), atol=2e-3 * scale, rtol=2e-3)


def test_the_map_of_a_mirror_image_is_the_mirrored_map(taught: Classifier, photo: Image.Image) -> None:
    """The classifier sees both alike: so do its explanations."""
    assert taught.mirrored
    square = photo.resize((taught.input_size, taught.input_size))
    turned = square.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    cuts = cuts_to_explain(taught.network)
    one, other = (gradcam.heat_maps(taught, image, 1, cuts) for image in (square, turned))
    for cut in cuts:
        scale = float(one[cut].max())
        torch.testing.assert_close(other[cut].flip(1), one[cut], atol=1e-3 * scale + 1e-9, rtol=1e-3)


def test_a_channel_that_is_nothing_has_no_part_and_spoils_nothing(taught: Classifier) -> None:
    """A black photo leaves many channels at 0, where a square root has no slope."""
    for image in (Image.new("RGB", (200, 200)), Image.new("RGB", (200, 200), "white")):
        for heat in gradcam.heat_maps(taught, image, 0, cuts_to_explain(taught.network)).values():
            assert torch.isfinite(heat).all()
            assert float(heat.min()) >= 0


def test_gradcam_finds_the_thing_and_not_the_paper(taught: Classifier) -> None:
    """Two things side by side on one photo: the map of each class lies on its own half, at every coarse cut."""
    things = example_sets.load("Things")
    names = ("fish", "sun") if "sun" in things.names else ("fish", things.names[0])
    halves = [things.get(name).photos[2].image.resize((120, 120)) for name in names]
    image = Image.new("RGB", (240, 240), halves[0].getpixel((2, 2)))
    image.paste(halves[0], (0, 60))
    image.paste(halves[1], (120, 60))
    shares = []
    for name in names:
        heat = gradcam.heat_maps(taught, image, taught.classes.index(name), ["pool5"])["pool5"]
        fine = F.interpolate(heat[None, None], (64, 64), mode="bilinear")[0, 0]
        shares.append(float(fine[:, :32].sum() / fine.sum()))
    assert shares[0] > shares[1]


def test_the_latest_cut_with_anything_to_see() -> None:
    nothing, some = torch.zeros(2, 2), torch.tensor([[0.0, 0.1]])
    assert gradcam.latest({"a": some, "b": some, "c": nothing}) == "b"
    assert gradcam.latest({"a": nothing, "b": nothing}) == "b"


def test_what_cannot_be_explained_is_a_sentence(taught: Classifier, photo: Image.Image) -> None:
    with pytest.raises(DemoError, match="no class number 6"):
        gradcam.heat_maps(taught, photo, 6, ["pool5"])
    with pytest.raises(DemoError, match="has no cut"):
        gradcam.heat_maps(taught, photo, 0, ["pool9"])


def test_the_endpoint_answers_with_a_picture_and_its_class(photo: Image.Image, tmp_path) -> None:
    photo.save(tmp_path / "photo.png")
    path, name = api.explain(str(tmp_path / "photo.png"))
    assert name == "fish"
    assert Image.open(path).size == (overlay.SIDE, overlay.SIDE)
    (tmp_path / "words.png").write_text("no photo at all")
    with pytest.raises(DemoError, match="not a picture that can be read"):
        api.explain(str(tmp_path / "words.png"))


# ---- covering -------------------------------------------------------------------------------------------------------


def test_places_reach_from_edge_to_edge() -> None:
    boxes = occlusion.places(160, 1 / 4, 9)
    assert len(boxes) == 81
    assert boxes[0] == (0, 0, 40, 40)
    assert boxes[-1] == (120, 120, 160, 160)
    assert all(0 <= left < right <= 160 for left, _, right, _ in boxes)


def test_pixels_of_known_answer() -> None:
    found = overlay.pixels_of(torch.tensor([1.0, 3.0]), [(0, 0, 2, 2), (1, 0, 3, 2)], 3)
    assert found[:2].tolist() == [[1.0, 2.0, 3.0]] * 2
    assert found[2].isnan().all()


def test_covering_against_one_photo_after_the_other(taught: Classifier, photo: Image.Image) -> None:
    """The first batch of patches, each painted into the picture and asked by the way every photo is asked."""
    label = taught.classes.index("fish")
    network = taught.loaded()
    steps = list(itertools.islice(occlusion.cover(taught, photo, label, network), 2))
    square = sight.square(photo, taught)
    grey = tuple(round(255 * value) for value in occlusion.grey_of(network).flatten().tolist())
    before = float(taught.probabilities(taught.features_of([square], network))[0, label])
    boxes = occlusion.places(square.width, occlusion.SHARE, occlusion.PER_SIDE)[: occlusion.BATCH]
    drops = []
    for box in boxes:
        picture = square.copy()
        picture.paste(grey, box)
        drops.append(before - float(taught.probabilities(taught.features_of([picture], network))[0, label]))
    assert steps[0].before == pytest.approx(before, abs=1e-3)
    expected = overlay.pixels_of(torch.tensor(drops), boxes, square.width)
    torch.testing.assert_close(steps[1].drops, expected, atol=5e-3, rtol=0, equal_nan=True)


def test_covering_ends_and_a_flip_is_one(taught: Classifier, photo: Image.Image) -> None:
    label = taught.classes.index("fish")
    steps = list(occlusion.cover(taught, photo, label))
    last = steps[-1]
    assert last.done
    assert [step.index for step in steps] == sorted(step.index for step in steps)
    assert torch.isfinite(last.drops).all()
    assert last.flip is not None, "two thirds of the photo covered, and still a fish"
    picture = sight.square(photo, taught)
    picture.paste(tuple(round(255 * v) for v in occlusion.grey_of(taught.loaded()).flatten().tolist()), last.flip.box)
    assert taught.predict(picture)[0][0] == taught.classes[last.flip.label] != "fish"
    assert last.tried < last.flip.share


def test_agreement_known_answers(taught: Classifier, photo: Image.Image) -> None:
    """The map itself agrees fully, its negative not at all, half of each is in between, and a flat map says nothing."""
    network = taught.loaded()
    heat = gradcam.heat_maps(taught, photo, 1, ["pool5"], network)["pool5"]
    size = 48
    fine = F.interpolate(heat[None, None], (size, size), mode="bilinear", align_corners=False)[0, 0]
    agreement = lambda drops: occlusion.agreement(taught, photo, 1, ["pool5"], drops, network)["pool5"]  # noqa: E731
    assert agreement(fine) == pytest.approx(1, abs=1e-3)
    assert agreement(0.1 * fine - 0.3) == pytest.approx(1, abs=1e-3)  # what counts is where, not how much
    assert agreement(-fine) == pytest.approx(-1, abs=1e-3)
    assert agreement(torch.zeros(size, size)) == 0
    noise = torch.randn(size, size, generator=torch.Generator().manual_seed(0))
    mixed = fine / fine.std() + noise
    expected = statistics.correlation(fine.flatten().tolist(), mixed.flatten().tolist())
    assert agreement(mixed) == pytest.approx(expected, abs=1e-3)
    empty = occlusion.agreement(taught, photo, 1, ["pool3", "pool5"], fine, network)
    maps = gradcam.heat_maps(taught, photo, 1, ["pool3", "pool5"], network)
    assert {cut: value is None for cut, value in empty.items()} == {cut: not map_.any() for cut, map_ in maps.items()}


def test_warm_and_cool_are_drawn_where_they_belong() -> None:
    values = torch.tensor([[1.0, 0.0, -1.0]]).repeat(3, 1)
    drawn = overlay.both(Image.new("RGB", (60, 60), (128, 128, 128)), values)
    left, middle, right = (drawn.getpixel((x, overlay.SIDE // 2)) for x in (20, overlay.SIDE // 2, overlay.SIDE - 20))
    assert left[0] > left[2] + 100  # type: ignore[index, operator]
    assert right[2] > right[0] + 60  # type: ignore[index, operator]
    assert max(middle) - min(middle) < 12  # type: ignore[type-var, operator, arg-type]
