"""What every tab shares: messages that block nothing, a line that one sees, results that come to the thumb."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import shoot

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
Open = Callable[[int], Page]


def taught(page: Page) -> None:
    expect(page.locator("#status")).to_contain_text("Taught in", timeout=60_000)


def box(locator: Locator) -> dict[str, Any]:
    found = locator.bounding_box()
    assert found is not None
    return dict(found)


@WIDTHS
def test_a_message_covers_neither_tabs_nor_the_pressed_button(open_page: Open, width: int) -> None:
    page = open_page(width)
    taught(page)
    page.get_by_text("Change classes and photos").click()
    add = page.get_by_role("button", name="Add class")
    for _ in range(3):
        add.click()
    message = page.get_by_test_id("toast-body")
    expect(message).to_contain_text("A class needs a name")
    expect(message).to_have_count(1)
    expect(page.locator(".toast-message-item:visible")).to_have_count(1)  # three of the same are one
    expect(page.locator(".toast-timer, .timer").first).to_be_attached()  # it goes by itself
    page.wait_for_function(  # once the page has stopped making room
        "() => document.querySelector('.toast-body').getBoundingClientRect().top >= innerHeight / 2"
    )
    assert box(add)["y"] + box(add)["height"] <= box(message)["y"]
    shoot(page, "message")
    page.get_by_role("tab", name="Clean it").click()  # Playwright clicks only what nothing covers
    expect(page.locator("#clean")).to_be_visible()


@WIDTHS
def test_who_waits_in_line_sees_it(open_page: Open, width: int) -> None:
    first, second = open_page(width), open_page(width)
    first.get_by_role("tab", name="Paint it").click()
    expect(first.locator("#paint-status")).to_contain_text("Painted:", timeout=90_000)
    taught(second)
    expect(first.locator("#cost")).to_contain_text("will take", timeout=60_000)  # the photo is there
    expect(first.locator("#large-line")).to_contain_text("GB of memory", timeout=60_000)
    first.locator("#paint").click()
    expect(first.locator("#paint-status")).to_contain_text("step ")
    second.locator("#teach").click()
    expect(second.locator("#status")).to_contain_text("One run is before yours")
    shoot(second, "waiting")
    first.locator("#stop-paint").click()
    taught(second)


def test_on_a_phone_the_result_comes_to_the_thumb(open_page: Open) -> None:
    page = open_page(390)
    taught(page)
    page.locator("#teach").scroll_into_view_if_needed()
    page.locator("#teach").click()
    page.wait_for_function("() => document.querySelector('#status').getBoundingClientRect().top < 160")
    taught(page)
    expect(page.locator("#teach")).to_be_in_viewport()
    expect(page.locator("#status")).to_be_in_viewport()
    expect(page.locator("#said")).to_be_in_viewport()
    shoot(page, "thumb")
