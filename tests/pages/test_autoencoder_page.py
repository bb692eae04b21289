"""The autoencoder tab as a newcomer uses it, on a desktop's and a phone's width."""

from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from demos.autoencoder.compress import formats
from tests.pages.conftest import every, overflow, shoot
from tests.server import app

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
Open = Callable[[int], Page]
FIRST = (451, 300)  # px of the noisy example
CHELSEA = (451, 300)  # and of the third example to squeeze


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with this tab alone."""
    folder = tmp_path_factory.mktemp("page")
    home = {"HF_HOME": str(folder / "hub")}
    with app("--offline", "--only", "autoencoder", environment=home, log=folder / "log.txt") as running:
        yield running


def at_tab(page: Page) -> None:
    page.get_by_role("tab", name="Clean it").click()
    expect(page.locator("#clean-status")).not_to_contain_text("Loading", timeout=90_000)


@WIDTHS
def test_it_opens_with_a_noisy_photo(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    at_tab(page)
    expect(page.locator("#noisy-photo img")).to_be_visible()
    expect(page.locator("#cleaned img").first).to_be_visible()
    expect(page.locator("#clean-status")).to_contain_text("Cleaned in")
    expect(page.locator("#residual-words")).to_contain_text("correlation")
    shoot(page, "clean-open")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_cleaning_and_what_was_taken_away(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    at_tab(page)
    page.locator("#clean").click()
    expect(page.locator("#clean-status")).to_contain_text("found noise of sigma", timeout=90_000)
    expect(page.locator("#clean")).to_be_visible()
    expect(page.locator("#residual img")).to_be_visible()
    with page.expect_download() as download:
        page.locator("#keep-clean").click()
    assert download.value.suggested_filename == "cleaned.png"
    with Image.open(download.value.path()) as kept:
        assert kept.size == FIRST
    shoot(page, "clean-done")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_a_new_photo_takes_the_old_ones_results_away(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    at_tab(page)
    expect(page.locator("#residual img")).to_be_visible()
    page.locator("button.gallery-item").nth(1).click()
    expect(page.locator("#clean-status")).to_contain_text("A new photo")
    for old in ("#cleaned img", "#residual img"):
        expect(page.locator(old)).to_have_count(0)
    expect(page.locator("#residual-words")).not_to_contain_text("correlation")
    expect(page.locator("#keep-clean")).to_be_disabled()
    page.locator("#clean").click()
    expect(page.locator("#clean-status")).to_contain_text("Cleaned in", timeout=90_000)
    expect(page.locator("#cleaned img").first).to_be_visible()
    assert page.locator("#cleaned img").first.evaluate("image => image.naturalWidth") == 512  # the astronaut's
    assert complaints == []


@WIDTHS
def test_psnr_lies_from_a_clean_photo_with_its_captions_whole(open_page: Open, width: int) -> None:
    page = open_page(width)
    at_tab(page)
    page.get_by_role("tab", name="PSNR lies").click()
    page.locator("#lie").click()
    expect(page.locator("#lies-words")).to_contain_text("clean example", timeout=60_000)
    fits = "one.scrollWidth <= one.clientWidth + 1 && one.scrollHeight <= one.clientHeight + 1"
    every(page, "#lies .caption-label", 3, f"one.textContent.includes('SSIM 0.') && {fits}")
    assert page.get_by_role("button", name="Share").count() == 0
    shoot(page, "clean-lies")
    assert overflow(page) <= 0


def test_ours_is_judged_beside_its_rivals(open_page: Open) -> None:
    page = open_page(1280)
    at_tab(page)
    page.get_by_label("Add noise, then judge").check()
    expect(page.locator("#clean-status")).to_contain_text("gave way to a clean one")
    page.get_by_label("Salt and pepper").check()
    expect(page.get_by_text("never saw any in its training")).to_be_visible()
    page.get_by_label("Gaussian").check()
    page.locator("#judge").click()
    page.get_by_role("tab", name="Rivals").click()
    expect(page.locator("#clean-status")).to_contain_text("Judged:", timeout=120_000)
    expect(page.locator("#judged")).to_contain_text("our autoencoder")
    expect(page.locator("#judged")).to_contain_text("non-local means")
    shoot(page, "clean-judged")


@WIDTHS
def test_squeezing(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    at_tab(page)
    page.get_by_role("tab", name="Squeeze").click()
    page.locator("#squeeze").click()
    expect(page.locator("#squeeze-status")).to_contain_text("bytes", timeout=90_000)
    for name in formats.OPTIONS:
        expect(page.locator("#squeeze-numbers")).to_contain_text(name)
        expect(page.locator("#squeeze-status")).to_contain_text(name)
    expect(page.locator("#squeeze-slider img").first).to_be_visible()
    expect(page.locator("#squeezed .caption-label")).to_have_count(1 + len(formats.OPTIONS))
    with page.expect_download() as download:
        page.locator("#keep-hlc").click()
    assert download.value.suggested_filename.endswith(".hlc")
    shoot(page, "squeezed")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_watching_one_learn(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    at_tab(page)
    page.get_by_role("tab", name="Watch one learn").click()
    expect(page.locator("#learn-status")).to_contain_text("Taught:", timeout=90_000)
    expect(page.locator("#latent-map img")).to_be_visible()
    page.locator("#latent-map img").click()
    expect(page.locator("#latent-words")).to_contain_text("Decoded from")
    page.locator("#learn").click()
    expect(page.locator("#learn-status")).to_contain_text("left")
    expect(page.locator("#learn-curve polyline")).to_have_count(2)
    expect(page.locator("#learn-curve")).to_contain_text("mean squared error")
    expect(page.locator("#latent-words")).not_to_contain_text("Decoded from")  # that was the old network
    page.locator("#stop-learn").click()
    expect(page.locator("#learn")).to_be_visible()
    expect(page.locator("#learn-status")).to_contain_text("Stopped")
    mine = page.locator("#learn-rows img").get_attribute("src")
    page.get_by_role("tab", name="Squeeze").click()
    page.get_by_role("tab", name="Watch one learn").click()
    expect(page.locator("#learn-rows img")).to_be_visible()
    page.locator("#latent-map img").click()  # goes to the server after what opening the tab has sent, and comes back
    expect(page.locator("#latent-words")).to_contain_text("Decoded from")
    assert page.locator("#learn-rows img").get_attribute("src") == mine  # the visitor's own network stays
    shoot(page, "learning")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_a_new_photo_to_squeeze_ends_the_run_and_takes_its_results_away(
    open_page: Open, width: int, complaints: list[str]
) -> None:
    page = open_page(width)
    at_tab(page)
    page.get_by_role("tab", name="Squeeze").click()
    page.locator("#squeeze").click()
    expect(page.locator("#squeeze-slider img").first).to_be_visible(timeout=90_000)  # ours is made; others follow
    page.locator("button.gallery-item:visible").nth(2).click()
    expect(page.locator("#squeeze-status")).to_contain_text("A new photo")
    expect(page.locator("#squeeze-slider img")).to_have_count(0)
    expect(page.locator("#keep-hlc")).to_be_disabled()
    expect(page.locator("#squeeze")).to_be_visible()
    page.get_by_role("tab", name="Curve").click()
    expect(page.locator("#squeezed img")).to_have_count(0)
    page.locator("#squeeze").click()
    expect(page.locator("#squeeze-slider img").first).to_be_visible(timeout=90_000)
    assert page.locator("#squeeze-slider img").first.evaluate("image => image.naturalWidth") == CHELSEA[0]
    assert complaints == []
