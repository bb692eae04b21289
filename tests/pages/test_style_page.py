"""The style tab as a newcomer uses it, on a desktop's and a phone's width."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from demos.style import painting
from demos.style import settings as style_settings
from tests.pages.conftest import every, overflow, shoot

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
Open = Callable[[int], Page]


def at_style(page: Page) -> None:
    page.get_by_role("tab", name="Paint it").click()
    expect(page.locator("#paint-status")).to_contain_text("Painted:", timeout=90_000)
    expect(page.locator("#keep-png")).to_be_enabled()


def box(page: Page, selector: str) -> tuple[float, float]:
    """(top, bottom) in px from the top of the page."""
    top, bottom = page.eval_on_selector(
        selector, "e => { const r = e.getBoundingClientRect(); return [r.top + scrollY, r.bottom + scrollY]; }"
    )
    return top, bottom


@WIDTHS
def test_it_opens_alive(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    at_style(page)
    expect(page.locator("#painted img")).to_be_visible()
    expect(page.locator("#swatches img").nth(11)).to_be_attached()
    expect(page.locator("#style-line")).to_contain_text("In the style of")
    expect(page.locator("#paint-status")).to_contain_text("painted beforehand")
    expect(page.locator("#painted")).to_contain_text("Night of whirls")
    expect(page.locator("#painted img")).to_have_js_property("naturalWidth", 512)
    expect(page.locator("#compare img").first).to_be_visible()
    expect(page.locator("#keep-gif")).to_be_disabled()  # it was not painted now: there is no run to keep
    expect(page.get_by_role("button", name="Share")).to_have_count(0)
    expect(page.locator("#cost")).to_contain_text("of memory")
    shoot(page, "style-open")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_a_whole_run_with_stop_scrub_and_keep(
    open_page: Open, width: int, complaints: list[str], tmp_path: Path
) -> None:
    page = open_page(width)
    warned: list[str] = []
    page.on("console", lambda message: warned.append(message.text))
    at_style(page)
    page.locator("#swatches button").nth(2).click()
    expect(page.locator("#style-line")).to_contain_text("wave", ignore_case=True)
    page.locator("#paint").click()
    expect(page.locator("#stop-paint")).to_be_visible()
    expect(page.locator("#painted")).not_to_contain_text("Night of whirls")  # the old one, under the new one's button
    expect(page.locator("#keep-png")).to_be_disabled()
    expect(page.locator("#compare")).to_be_hidden()
    expect(page.locator("#paint-status")).to_contain_text("step ", timeout=60_000)
    expect(page.locator("#painted")).to_contain_text("Woodcut waves")
    if width < 640:  # the button and what it sets going fit on one screen
        assert box(page, "#painted")[1] - box(page, "#stop-paint")[0] < 700
    expect(page.locator("#paint-status")).to_contain_text("left")
    shoot(page, "style-running")
    page.locator("#stop-paint").click()
    expect(page.locator("#paint-status")).to_contain_text("Stopped. The picture so far is kept.")
    expect(page.locator("#paint")).to_be_visible()
    expect(page.locator("#painted img")).to_be_visible()
    expect(page.locator("#keep-mp4")).to_be_enabled()
    with page.expect_download() as download:
        page.locator("#keep-png").click()
    kept = tmp_path / "kept.png"
    download.value.save_as(kept)
    assert painting.read_recipe(kept).settings.size == 512
    with page.expect_download() as download:
        page.locator("#keep-gif").click()
    download.value.save_as(tmp_path / "run.gif")
    assert (tmp_path / "run.gif").stat().st_size < painting.MOST_BYTES
    with Image.open(tmp_path / "run.gif") as film:
        assert film.format == "GIF"
    same = "one.naturalWidth === found[0].naturalWidth && one.naturalHeight === found[0].naturalHeight"
    every(page, "#compare img", 2, f"one.naturalWidth > 0 && {same}")
    assert [words for words in warned if "nfinite" in words] == []

    page.locator("#style-examples .gallery-item").nth(1).click()  # another photo
    expect(page.locator("#paint-status")).to_contain_text("A new photo")
    expect(page.locator("#painted img")).to_have_count(0)
    expect(page.locator("#keep-png")).to_be_disabled()
    expect(page.locator("#compare")).to_be_hidden()
    shoot(page, "style-stopped")
    assert overflow(page) <= 0
    assert complaints == []


def test_the_proof_sheet_and_one_layer(open_page: Open, complaints: list[str]) -> None:
    page = open_page(1280)
    at_style(page)
    page.get_by_role("tab", name="Proof sheet").click()
    events: list[str] = []
    page.on("request", lambda request: events.append(request.url) if "queue/join" in request.url else None)
    page.locator("#proof").click()
    expect(page.locator("#proof-status")).to_contain_text("Click one", timeout=300_000)
    assert 0 < len(events) < 20  # the run's own and what still opens: a page that sets itself off makes hundreds
    every(page, "#sheet img", 9, "one.getBoundingClientRect().width > 140")
    page.evaluate("scrollTo(0, 0)")
    shoot(page, "style-proof")
    assert box(page, "#sheet")[1] <= 900
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


def test_it_is_made_large_tile_by_tile_and_stopped(open_page: Open, complaints: list[str]) -> None:
    page = open_page(1280)
    at_style(page)
    expect(page.locator("#large-line")).to_contain_text("GB of memory", timeout=90_000)
    page.locator("#large").click()
    expect(page.locator("#paint-status")).to_contain_text("Round 1 of", timeout=90_000)
    page.locator("#stop-paint").click()
    expect(page.locator("#paint-status")).to_contain_text("Stopped", timeout=60_000)
    expect(page.locator("#painted img")).to_have_js_property("naturalWidth", 2048)
    expect(page.locator("#keep-png")).to_be_enabled(timeout=60_000)
    assert complaints == []
