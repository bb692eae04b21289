"""The style tab as a newcomer uses it, on a desktop's and a phone's width."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from demos.style import painting
from demos.style import settings as style_settings
from tests.pages.conftest import overflow, shoot

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
Open = Callable[[int], Page]


def at_style(page: Page) -> None:
    page.get_by_role("tab", name="Paint it").click()
    expect(page.locator("#paint-status")).to_contain_text("Painted:", timeout=90_000)


@WIDTHS
def test_it_opens_alive(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    at_style(page)
    expect(page.locator("#painted img")).to_be_visible()
    expect(page.locator("#swatches img").nth(11)).to_be_attached()
    expect(page.locator("#style-line")).to_contain_text("In the style of")
    shoot(page, "style-open")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_a_whole_run_with_stop_scrub_and_keep(
    open_page: Open, width: int, complaints: list[str], tmp_path: Path
) -> None:
    page = open_page(width)
    at_style(page)
    page.locator("#swatches button").nth(2).click()
    expect(page.locator("#style-line")).to_contain_text("wave", ignore_case=True)
    page.locator("#paint").click()
    expect(page.locator("#stop-paint")).to_be_visible()
    expect(page.locator("#paint-status")).to_contain_text("step ")
    expect(page.locator("#paint-status")).to_contain_text("left")
    shoot(page, "style-running")
    page.locator("#stop-paint").click()
    expect(page.locator("#paint-status")).to_contain_text("Stopped. The picture so far is kept.")
    expect(page.locator("#paint")).to_be_visible()
    expect(page.locator("#painted img")).to_be_visible()
    with page.expect_download() as download:
        page.locator("#keep-png").click()
    kept = tmp_path / "kept.png"
    download.value.save_as(kept)
    assert painting.read_recipe(kept).settings.size == 512
    with page.expect_download() as download:
        page.locator("#keep-gif").click()
    download.value.save_as(tmp_path / "run.gif")
    with Image.open(tmp_path / "run.gif") as film:
        assert film.format == "GIF"
    shoot(page, "style-stopped")
    assert overflow(page) <= 0
    assert complaints == []


def test_the_proof_sheet_and_one_layer(open_page: Open, complaints: list[str]) -> None:
    page = open_page(1280)
    at_style(page)
    page.get_by_role("tab", name="Proof sheet").click()
    page.locator("#proof").click()
    expect(page.locator("#proof-status")).to_contain_text("Click one", timeout=120_000)
    shoot(page, "style-proof")
    page.locator("#sheet button").nth(2).click()
    page.get_by_role("tab", name="One layer at a time").click()
    page.locator("#one-layer").click()
    expect(page.locator("#layer-status")).to_contain_text("Painted:", timeout=120_000)
    shoot(page, "style-layer")
    assert complaints == []


def test_a_kept_picture_restores_its_settings(open_page: Open, complaints: list[str], tmp_path: Path) -> None:
    page = open_page(1280)
    at_style(page)
    settings = style_settings.PaintSettings(size=384, seed=5, style_strength=2.5)
    file = painting.write_png(Image.new("RGB", (64, 64)), painting.Recipe(settings, (("Gravel", 1.0),), "pocket-vgg16"))
    page.locator("#restore input[type=file]").set_input_files(file)
    expect(page.locator("#style-line")).to_contain_text("Gravel")
    page.get_by_role("button", name=re.compile("^More")).first.click()
    expect(page.locator("#strength input[type=number]")).to_have_value("2.5")
    plain = tmp_path / "plain.png"
    Image.new("RGB", (64, 64)).save(plain)
    page.locator("#restore button[aria-label*='lear'], #restore button[aria-label*='emove']").first.click()
    page.locator("#restore input[type=file]").set_input_files(plain)
    expect(page.get_by_text("carries no settings")).to_be_visible()
    assert complaints == []
