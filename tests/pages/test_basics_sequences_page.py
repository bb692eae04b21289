"""*Sequences* and *Vanishing gradient* as a newcomer uses them, on a desktop's and a phone's width."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import broken, overflow, shoot
from tests.server import app

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
Open = Callable[[int], Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("page")
    environment = {"HF_HOME": str(folder / "hub"), "OMP_NUM_THREADS": "1"}
    with app("--offline", "--only", "basics", environment=environment, log=folder / "log.txt") as running:
        yield running


def go_to(page: Page, name: str) -> Page:
    page.get_by_role("tab", name=name, exact=True).click()
    return page


def enter(page: Page, field: str, value: str) -> None:
    """Types a number into a slider's own field."""
    page.locator(f"{field} input[type=number]").fill(value)
    page.locator(f"{field} input[type=number]").press("Tab")


def large_enough(page: Page, chart: str) -> bool:
    """Whether the chart's letters are at least 11 px high on the screen."""
    return page.locator(f"{chart} svg").evaluate(
        """svg => {
            const times = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
            return [...svg.querySelectorAll("text")].every(
                text => parseFloat(getComputedStyle(text).fontSize) * times >= 11);
        }"""
    )


@WIDTHS
def test_four_networks_learn_and_are_measured(open_app: Open, width: int, complaints: list[str]) -> None:
    page = go_to(open_app(width), "8 Sequences")
    chart, status, numbers = (
        page.locator("#memory-chart"),
        page.locator("#memory-status"),
        page.locator("#memory-numbers"),
    )
    expect(chart.locator("svg")).to_be_visible(timeout=60_000)  # by itself; the first run loads torch
    expect(status).to_contain_text("LSTM and GRU solved it at a lag of 60", timeout=60_000)
    expect(chart.locator("polyline")).to_have_count(5)
    expect(numbers).to_contain_text("not yet")
    assert large_enough(page, "#memory-chart")
    shoot(page, "basics-sequences")
    # Who comes back finds what was there: no second run.
    go_to(page, "9 Vanishing gradient")
    expect(page.locator("#vanishing-chart svg")).to_be_visible()
    go_to(page, "8 Sequences")
    expect(status).to_contain_text("solved it")
    if width == 390:
        page.get_by_text("Parity", exact=True).click()
        expect(page.locator("#memory-lag input[type=number]")).to_have_value("6")  # what can be solved
        page.locator("#memory-go").click()
        expect(status).to_contain_text("solved it at a lag of 6", timeout=60_000)
        page.get_by_text("Next letter").click()
        expect(page.locator("#memory-text textarea")).to_have_value(re.compile("the house that Jack built"))
        expect(page.locator("#memory-lag input[type=number]")).to_have_value("10")
        page.locator("#memory-go").click()
        expect(status).to_contain_text("at a lag of 10", timeout=60_000)
        page.locator("#memory-text textarea").fill("too short")
        page.locator("#memory-go").click()
        expect(page.locator(".toast-body")).to_contain_text("The text has 9 letters")
        page.locator("#memory-reach").click()
        expect(page.locator(".toast-body").last).to_contain_text("Letters have no single lag")
    else:
        page.locator("#memory-reach").click()
        expect(status).to_contain_text("Farthest back", timeout=60_000)
        expect(chart.locator("svg")).to_have_attribute("aria-label", re.compile("Time-delay 15, Elman .*GRU 120"))
        page.get_by_text("Adding", exact=True).click()
        page.locator("#memory-go").click()
        expect(status).to_contain_text("of 500")
        page.locator("#stop-memory-go").click()
        expect(status).to_contain_text("Stopped")
        page.get_by_text("More", exact=True).locator("visible=true").click()
        page.locator("#memory-seed input").fill("-1")
        page.locator("#memory-go").click()
        expect(page.locator(".toast-body")).to_contain_text("Seed cannot be -1")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_gradients_answer_the_sliders_and_learning(open_app: Open, width: int, complaints: list[str]) -> None:
    page = go_to(open_app(width), "9 Vanishing gradient")
    chart, status = page.locator("#vanishing-chart"), page.locator("#vanishing-status")
    expect(status).to_contain_text("Fresh networks, 40 steps back", timeout=60_000)  # by itself
    expect(chart).to_contain_text("0.9^k")
    assert large_enough(page, "#vanishing-chart")
    shoot(page, "basics-vanishing")
    before = status.text_content() or ""
    enter(page, "#vanishing-radius", "1.2")
    expect(chart).to_contain_text("1.2^k", timeout=30_000)
    expect(status).not_to_have_text(before)
    page.get_by_text("More", exact=True).locator("visible=true").click()
    enter(page, "#vanishing-steps", "40")
    page.locator("#vanishing-go").click()
    expect(status).to_contain_text("Measured again after 40 steps", timeout=60_000)
    expect(status).to_contain_text("What 40 steps back counts: Elman ")
    expect(chart.locator("polyline")).to_have_count(10)  # four before, four after, the rule, the frame
    expect(page.locator("#vanishing-numbers")).to_contain_text("before learning")
    assert broken(page, "#vanishing-numbers table") == []
    shoot(page, "basics-vanishing-after")
    page.locator("#vanishing-seed input").fill("0.5")
    expect(page.locator(".toast-body")).to_contain_text("Seed cannot be 0.5")
    page.get_by_text("Show me the code").locator("visible=true").click()
    expect(page.locator(".hl-code").locator("visible=true")).to_contain_text("gradient_sizes")
    assert overflow(page) <= 0
    assert complaints == []
