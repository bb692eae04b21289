"""What the data card finds in sets made to have it, and that each click mends it."""

import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from demos.transfer.data import example_sets
from demos.transfer.data.photos import PhotoClass, PhotoSet, stored
from demos.transfer.data_card import card, quality


def scene(seed: int, size: int = 96, border: int | None = None) -> Image.Image:
    """A coarse random picture with fine grain; with a plain edge of that grey where one is given."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    big = np.asarray(coarse.resize((size, size), Image.Resampling.BICUBIC), dtype=np.int16)
    made = Image.fromarray((big + random.integers(-15, 16, big.shape)).clip(0, 255).astype(np.uint8))
    if border is None:
        return made
    edge = round(0.16 * size)
    framed = Image.new("RGB", (size, size), (border, border, border))
    framed.paste(made.crop((edge, edge, size - edge, size - edge)), (edge, edge))
    return framed


def a_set(*classes: list[Image.Image]) -> PhotoSet:
    groups = (
        PhotoClass(f"class {k}", tuple(stored(image, f"{i}.jpg") for i, image in enumerate(images)))
        for k, images in enumerate(classes)
    )
    return PhotoSet(tuple(groups))


def kinds(photo_set: PhotoSet) -> dict[str, card.Finding]:
    return {finding.kind: finding for finding in card.check(photo_set).findings}


def scenes(start: int, count: int) -> list[Image.Image]:
    return [scene(start + i) for i in range(count)]


def test_a_sound_set_has_nothing() -> None:
    told = card.check(a_set(scenes(0, 12), scenes(100, 12)))
    assert told.findings == ()
    assert told.counts == (("class 0", 12), ("class 1", 12))
    assert told.background is not None
    assert told.background.low <= 0.5 <= told.background.high


def test_copies_are_found_and_one_of_each_is_kept() -> None:
    first = scenes(200, 8)
    found = a_set([*first, first[2].resize((70, 70)), first[5].resize((80, 80))], scenes(300, 8))
    finding = kinds(found)["copies"]
    assert len(finding.shown) == 4
    assert len(finding.removed) == 2
    fewer = card.mended(found, finding)
    assert fewer.count == 16
    assert kinds(fewer) == {}


def test_the_same_in_two_classes_goes_from_both() -> None:
    first = scenes(400, 8)
    found = a_set(first, [*scenes(500, 8), first[3].resize((72, 72))])
    finding = kinds(found)["mixed"]
    assert card.mended(found, finding).count == 15


def test_copies_on_both_given_sides_are_said() -> None:
    first = scenes(600, 8)
    found = a_set([*first, first[0].resize((70, 70))], scenes(700, 9))
    sided = [
        replace(g, photos=tuple(replace(p, split="validation" if i >= 6 else "train") for i, p in enumerate(g.photos)))
        for g in found.classes
    ]
    finding = kinds(PhotoSet(tuple(sided)))["sides"]
    assert len(finding.removed) == 1
    assert "sides" not in kinds(card.mended(PhotoSet(tuple(sided)), finding))


def test_blurred_and_tiny_photos_are_found() -> None:
    blurred = scene(800).filter(ImageFilter.GaussianBlur(4))
    found = a_set([*scenes(810, 8), blurred], [*scenes(820, 8), scene(830, 40)])
    told = kinds(found)
    assert told["blurred"].shown == (found.classes[0].photos[-1].digest,)
    assert told["tiny"].shown == (found.classes[1].photos[-1].digest,)
    assert card.mended(card.mended(found, told["blurred"]), told["tiny"]).count == 16


def test_one_background_per_class_is_found_and_cut_off() -> None:
    """The middle says nothing, the edge everything; without its edges the set says nothing."""
    found = a_set(
        [scene(900 + i, border=60 + i) for i in range(12)], [scene(950 + i, border=180 + i) for i in range(12)]
    )
    finding = kinds(found)["background"]
    assert "100%" in finding.words
    assert "background" not in kinds(card.mended(found, finding))


def test_one_class_on_the_sofa_is_named_alone() -> None:
    """Two of three classes lie anywhere; the sofa's is told from them, which are mixed up with each other."""
    found = a_set(scenes(2100, 14), scenes(2200, 14), [scene(2300 + i, border=180 + i) for i in range(14)])
    told = card.check(found)
    assert told.background is not None
    assert told.background.given_away == (2,)
    assert kinds(found)["background"].short == "class 2"


def test_things_that_reach_the_edge_now_and_then_are_not_called_a_background() -> None:
    """Drawn on papers of all kinds; the edges tell a little more than guessing, and no class is given away."""
    told = card.check(example_sets.load("Things"))
    assert told.background is not None
    assert told.background.tells
    assert told.background.given_away == ()
    assert told.findings == ()


def test_covered_photos_show_the_edges_and_nothing_else() -> None:
    image = scene(5, 100)
    covered = np.asarray(quality.only_edges(image))
    assert (covered[15:85, 15:85] == 128).all()
    kept = np.asarray(image).copy()
    kept[15:85, 15:85] = 128
    assert (covered == kept).all()


def test_uneven_classes_are_cut_down() -> None:
    found = a_set(scenes(1000, 5), scenes(1100, 30))
    finding = kinds(found)["large"]
    fewer = card.mended(found, finding)
    assert [len(group.photos) for group in fewer.classes] == [5, 10]
    assert card.mended(found, finding) == fewer


@pytest.mark.parametrize("found", [PhotoSet(), PhotoSet((PhotoClass("a"),)), a_set(scenes(1, 1))])
def test_next_to_nothing_has_a_card(found: PhotoSet) -> None:
    told = card.check(found)
    assert told.findings == ()
    assert told.background is None


def test_a_fix_leaves_two_photos_of_every_class() -> None:
    tiny = [scene(1200 + i, 40) for i in range(4)]
    finding = kinds(a_set(tiny, scenes(1300, 5)))["tiny"]
    assert finding.fix == ""
    assert "fewer than two" in finding.words
    first = scene(1400)
    copies = kinds(a_set([first.resize((side, side)) for side in (70, 80, 90)], scenes(1410, 5)))["copies"]
    assert (copies.fix, copies.removed) == ("", ())


def test_progress_is_said() -> None:
    steps = list(card.steps(example_sets.load("Materials")))
    assert [step.done for step in steps] == [0, 20, 40, 60, 80, 100, 108]
    assert [step.card is not None for step in steps] == [False] * 6 + [True]


def test_a_thousand_photos_take_seconds() -> None:
    """Of 20 photos' time: no clock of a busy machine decides, but a photo must not take 10 ms of its own thread."""
    group = [stored(scene(2000 + i, 256)) for i in range(20)]
    begun = time.thread_time()
    for photo in group:
        quality._measure(photo)
    assert (time.thread_time() - begun) / len(group) < 0.01
