"""*Start here*, the notes' network, as a newcomer uses it, on a desktop's and a phone's width."""

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
    home = {"HF_HOME": str(folder / "hub"), "HOME": str(folder)}
    with app("--offline", "--only", "basics", environment=home, log=folder / "log.txt") as running:
        yield running


@WIDTHS
def test_it_opens_alive_and_each_layer_and_the_loader_are_seen_at_work(
    open_app: Open, width: int, complaints: list[str]
) -> None:
    page = open_app(width)
    page.get_by_role("tab", name="6 The notes' network", exact=True).click()
    expect(page.locator("#notes-status")).to_contain_text("the first seconds", timeout=60_000)
    expect(page.locator("#notes-chart svg polyline")).to_have_count(4)  # each step and validation, of both loops
    expect(page.locator("#notes-numbers")).to_contain_text("Validation loss decreased (")
    expect(page.locator("#notes-numbers")).to_contain_text("Today's loop")
    expect(page.locator("#notes-needs")).to_contain_text("CIFAR-10")  # a sentence, and no button that does nothing
    expect(page.locator("#notes-set input")).to_have_count(1)
    assert overflow(page) <= 0
    shoot(page, "notes-open")

    page.get_by_role("tab", name="Layers on your photo", exact=True).click()
    expect(page.locator("#layers-maps svg")).to_be_visible(timeout=30_000)
    expect(page.locator("#layers-slide")).to_be_visible(timeout=30_000)
    expect(page.locator("#layers-picture")).to_contain_text("nine products; sum")
    page.locator("#layers-layer").get_by_text("Pooling").click()
    expect(page.locator("#layers-picture")).to_contain_text("After pooling, 48 x 48 px")
    page.locator("#layers-layer").get_by_text("Dropout").click()
    expect(page.locator("#layers-picture")).to_contain_text("The mean of 40 masks")
    assert overflow(page) <= 0
    shoot(page, "notes-layers")

    page.get_by_role("tab", name="The loader", exact=True).click()
    expect(page.locator("#loader-status")).to_contain_text("the last batch has 2", timeout=30_000)
    expect(page.locator("#loader-status")).to_contain_text("50 of 50 pictures seen, 0 looks were repeats")
    expect(page.locator("#loader-next")).to_be_visible()
    page.locator("#loader-next").click()
    expect(page.locator("#loader-status")).to_contain_text("epoch 2 · batch 4 of 4", timeout=30_000)
    expect(page.locator("#loader-nine svg")).to_be_visible()
    assert overflow(page) <= 0
    shoot(page, "notes-loader")
    assert complaints == []


def test_bad_numbers_are_told_in_one_sentence_and_the_code_is_shown(open_app: Open) -> None:
    page = open_app(1280)
    page.get_by_role("tab", name="6 The notes' network", exact=True).click()
    expect(page.locator("#notes-status")).to_contain_text("the first seconds", timeout=60_000)
    page.get_by_role("button", name="More").locator("visible=true").click()
    page.locator("#notes-seed input").fill("-5")
    page.locator("#notes-train").click()
    expect(page.locator(".toast-body")).to_contain_text("Seed cannot be -5")
    expect(page.locator("#notes-status")).to_contain_text("That did not work; the message says why.")
    expect(page.locator("#notes-train")).to_be_visible()
    page.get_by_role("button", name="Show me the code").locator("visible=true").click()
    expect(page.locator(".cm-content").locator("visible=true")).to_contain_text("the notes' training loop")
