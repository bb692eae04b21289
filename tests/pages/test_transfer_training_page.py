"""The page Training and the settings of a training, as a newcomer uses them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import broken, every, go, overflow, shoot
from tests.transfer.data.zips import jpeg

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
Open = Callable[[int], Page]


def opened(open_page: Open, width: int) -> Page:
    """The page Training with the example set, which is taught."""
    page = go(open_page(width), "Training")
    expect(page.locator("#fine-tune")).to_contain_text(re.compile(r"about \d+ (s|min) on this CPU"), timeout=60_000)
    expect(page.locator("#views-sheet img")).to_have_count(1)
    return page


@WIDTHS
def test_views_comparison_and_program(open_page: Open, width: int, complaints: list[str]) -> None:
    page = opened(open_page, width)
    page.locator("#views input[type=number]").fill("3")
    page.keyboard.press("Tab")
    every(page, "#views-sheet img", 4, "one.complete && one.naturalWidth === 96 && one.alt")
    page.locator("#compare").click()
    expect(page.locator("#training-status")).to_contain_text("Compared", timeout=60_000)
    expect(page.locator("#training-chart polyline")).to_have_count(6)
    expect(page.locator("#training-numbers")).to_contain_text("loss 1.792")  # the logarithm of six classes
    expect(page.locator("#training-numbers td")).to_have_count(6 * 4)
    assert broken(page, "#training-numbers table") == []
    page.get_by_text("This run as plain PyTorch").click()
    expect(page.locator("#program")).to_contain_text("make_layers")
    expect(page.locator("#program")).to_contain_text(re.compile(r"\d\d lines"))
    expect(page.locator("#run-folder")).to_be_enabled()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#program").get_by_role("button", name="Copy").first.click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('make_layers'))")
    compile(page.evaluate("navigator.clipboard.readText()"), "copied", "exec")
    shoot(page, "transfer-training")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_fine_tuning_stops_with_its_best_and_answers(
    open_page: Open, width: int, complaints: list[str], tmp_path: Path
) -> None:
    page = opened(open_page, width)
    page.locator("#fine-tune").click()
    expect(page.locator("#training-status")).to_contain_text("Epoch 1", timeout=90_000)
    expect(page.locator("#training-status")).to_contain_text("left")
    page.locator("#stop-compare").click()
    expect(page.locator("#training-status")).to_contain_text("Stopped", timeout=60_000)
    expect(page.locator("#fine-tune")).to_be_visible()
    expect(page.locator("#training-numbers")).to_contain_text("block 5 tuned too")
    expect(page.locator("#training-chart polyline")).to_have_count(4)  # loss and accuracy of both sides
    assert broken(page, "#training-numbers table") == []
    photo = tmp_path / "mine.jpg"
    photo.write_bytes(jpeg(5, 200))
    page.locator("#tuned-photo input[type=file]").set_input_files(photo)
    expect(page.locator("#tuned-answer")).to_contain_text("last layer alone", timeout=60_000)
    shoot(page, "transfer-fine-tuned")
    assert overflow(page) <= 0
    assert complaints == []


def test_a_photo_before_any_fine_tuning_gets_a_sentence(open_page: Open, tmp_path: Path) -> None:
    page = opened(open_page, 1280)
    photo = tmp_path / "mine.jpg"
    photo.write_bytes(jpeg(5, 200))
    page.locator("#tuned-photo input[type=file]").set_input_files(photo)
    expect(page.get_by_text("Nothing is fine-tuned yet")).to_be_visible()


@WIDTHS
def test_settings_of_the_training(open_page: Open, width: int, complaints: list[str]) -> None:
    """Batches with L-BFGS get a sentence with a way out; with Adam they train, and every decrease can be read."""
    page = open_page(width)
    expect(page.locator("#status")).to_contain_text("Taught in", timeout=90_000)
    expect(page.locator("#curve polyline")).to_have_count(4)
    page.get_by_text("More", exact=True).filter(visible=True).first.click()
    page.locator("#batch-size input").fill("16")
    page.locator("#weight-decay").get_by_role("textbox").fill("0.001")
    page.locator("#teach").click()
    expect(page.get_by_text("choose Adam or SGD")).to_be_visible()
    expect(page.locator("#teach")).to_be_visible()
    page.get_by_label("Adam").filter(visible=True).first.click()
    page.locator("#epochs input").fill("5")
    page.locator("#teach").click()
    expect(page.locator("#status")).to_contain_text("Taught in", timeout=60_000)
    expect(page.locator("#teach")).to_be_visible(timeout=60_000)
    page.locator("#numbers summary").filter(has_text="lowered the validation loss").click()
    expect(page.locator("#numbers")).to_contain_text(re.compile(r"decreased \(\d\.\d+ --> \d\.\d+\)"))
    shoot(page, "transfer-settings")
    assert overflow(page) <= 0
    assert complaints == []
