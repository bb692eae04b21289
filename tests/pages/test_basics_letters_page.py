"""The letter machine as a newcomer uses it, on a desktop's and a phone's width."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import overflow, shoot
from tests.server import app

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
Open = Callable[[int], Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("page")
    home = {"HF_HOME": str(folder / "hub")}
    with app("--offline", "--only", "basics", environment=home, log=folder / "log.txt") as running:
        yield running


@WIDTHS
def test_it_learns_writes_and_shows_its_cells(open_app: Open, width: int, complaints: list[str]) -> None:
    page = open_app(width)
    page.get_by_role("tab", name="10 Letters", exact=True).click()
    expect(page.locator("#letters-status")).to_contain_text("Step 50 of 50", timeout=30_000)
    expect(page.locator("#letters-bits")).to_contain_text("counting pairs: 2.64")
    expect(page.locator("#letters-cell input")).to_have_count(7)
    expect(page.locator("#letters-coloured")).to_contain_text("The cat sat on the mat")
    before = page.locator("#letters-coloured .hl-cell").inner_html()
    page.locator("#letters-cell").get_by_label("vowels").check()
    expect(page.locator("#letters-coloured .hl-cell")).not_to_have_js_property("innerHTML", before)
    page.locator("#letters-temperature input[type=range]").focus()
    page.locator("#letters-temperature input[type=range]").press("Home")
    page.locator("#letters-beginning").locator("input, textarea").fill("The moon ")
    page.locator("#letters-beginning").locator("input, textarea").press("Enter")
    expect(page.locator("#letters-status")).to_contain_text("temperature 0: always the likeliest one")
    expect(page.locator("#letters-written b")).to_have_text("The moon ")
    shoot(page, "basics-letters")
    for _ in range(2):  # who comes back finds what was written: it does not learn the example again
        page.get_by_role("tab", name="9 Vanishing gradient", exact=True).click()
        expect(page.locator("#vanishing-chart svg")).to_be_visible(timeout=30_000)
        page.get_by_role("tab", name="10 Letters", exact=True).click()
        expect(page.locator("#letters-written b")).to_have_text("The moon ")
    page.locator("#letters-text textarea").fill("a" * 300)
    page.locator("#letters-teach").click()
    expect(page.locator(".toast-body")).to_contain_text("one letter only")
    expect(page.locator("#letters-teach")).to_be_visible()
    assert overflow(page) <= 0
    assert complaints == []
