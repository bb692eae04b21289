"""The autoencoder tab as a newcomer uses it, on a desktop's and a phone's width."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from demos.autoencoder.compress import formats
from tests.pages.conftest import overflow, shoot
from tests.server import app

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
Open = Callable[[int], Page]


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
    shoot(page, "clean-done")
    assert overflow(page) <= 0
    assert complaints == []


def test_ours_is_judged_beside_its_rivals(open_page: Open) -> None:
    page = open_page(1280)
    at_tab(page)
    page.get_by_label("Add noise, then judge").check()
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
    page.locator("#stop-learn").click()
    expect(page.locator("#learn")).to_be_visible()
    shoot(page, "learning")
    assert overflow(page) <= 0
    assert complaints == []
