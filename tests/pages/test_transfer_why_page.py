"""The pages *Mistakes* and *Why this answer?* as a newcomer uses them, on a desktop's and a phone's width."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import every, go, overflow, shoot

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
LONG = 60_000  # ms: on a busy machine
Open = Callable[[int], Page]


@WIDTHS
def test_a_cell_is_opened_a_photo_relabelled_and_taught_again(
    open_page: Open, width: int, complaints: list[str]
) -> None:
    page = open_page(width)
    go(page, "Mistakes")
    status, matrix = page.locator("#mistakes-status"), page.locator("#mistakes-matrix")
    expect(status).to_contain_text(re.compile(r"\d+ of \d+ photos held back are recognised"), timeout=LONG)
    cells = matrix.locator("button")
    expect(cells.first).to_be_visible()
    assert min(cells.first.bounding_box().values()) >= 0  # type: ignore[union-attr]
    assert cells.first.bounding_box()["height"] >= 44  # type: ignore[index]
    cell = matrix.get_by_role("button", name=re.compile("photos of umbrella, recognised"))
    count = int(cell.inner_text())
    cell.focus()
    page.keyboard.press("Enter")  # no mouse
    expect(page.locator("#mistakes-heading")).to_contain_text("umbrella, recognised")
    expect(cell).to_have_attribute("aria-pressed", "true")
    every(page, "#mistakes-photos img", count, "one.complete && one.naturalWidth > 0")
    page.get_by_role("button", name="Change its class").click()
    expect(page.get_by_text("No photo is chosen")).to_be_visible()
    page.locator("#mistakes-photos .thumbnail-item").first.click()
    expect(page.locator("#mistakes-chosen")).to_contain_text("Chosen: umbrella")
    page.locator("#mistakes-class input").click()
    page.get_by_role("option", name="star", exact=True).click()
    page.get_by_role("button", name="Change its class").click()
    expect(status).to_contain_text("It is star now")
    expect(page.locator("#mistakes-photos")).to_contain_text("now star")
    # Nothing is chosen any more: no photo has a frame of its own, and the same one can be chosen again.
    first, second = (page.locator("#mistakes-photos .thumbnail-item").nth(k) for k in range(2))
    page.mouse.move(0, 0)
    expect(page.locator("#mistakes-chosen p")).to_have_count(0)
    expect(first).to_have_css("border-top-color", second.evaluate("one => getComputedStyle(one).borderTopColor"))
    first.click()
    expect(page.locator("#mistakes-chosen")).to_contain_text("Chosen: umbrella")
    page.locator("#mistakes-again").click()
    expect(status).to_contain_text("; before, ", timeout=LONG)
    expect(matrix.get_by_role("button", name=re.compile("photos? of star, taken for umbrella"))).to_be_visible()
    shoot(page, "mistakes")
    assert overflow(page) <= 0
    page.get_by_role("tab", name="Your classes", exact=True).click()
    expect(page.locator("#classes")).to_contain_text("umbrella · 17")
    expect(page.locator("#classes")).to_contain_text("star · 19")
    assert complaints == []


@WIDTHS
def test_an_answer_is_explained_and_covered(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    go(page, "Why this answer?")
    status, near = page.locator("#why-status"), page.locator("#why-taught-by")
    expect(status).to_contain_text("It says fish", timeout=LONG)
    every(page, "#why-maps img", 2, "one.complete && one.naturalWidth > 0")
    expect(near).to_contain_text("Taught by", timeout=LONG)
    expect(near).to_contain_text(re.compile(r"would have [\d.]+% in place of [\d.]+%"))
    every(page, "#why-taught-by figure img", 6, "one.complete && one.naturalWidth > 0 && one.alt.length > 0")
    page.get_by_label("pool3").click()
    expect(page.locator("#why-maps")).to_contain_text(re.compile(r"Grad-CAM at pool3 .\d+ x \d+ places"), timeout=LONG)
    page.locator("#why-class").get_by_text(re.compile("^cup")).click()
    expect(page.locator("#why-maps")).to_contain_text("warm speaks for cup", timeout=LONG)
    expect(near).to_contain_text("cup would have", timeout=LONG)
    page.locator("#cover").click()
    expect(status).to_contain_text(re.compile(r"Covered \d+ times"), timeout=LONG)
    expect(page.locator("#why-numbers")).to_contain_text(
        re.compile("the smallest that changes the answer|No single patch of up to")
    )
    changed = page.locator("#why-numbers", has_text="the smallest that changes the answer").count()
    every(page, "#why-maps img", 3 + changed, "one.complete && one.naturalWidth > 0")
    point = page.locator("#why-taught-by .why-point").last
    point.focus()
    expect(point.locator("image")).to_be_visible()
    shoot(page, "why")
    assert overflow(page) <= 0
    assert complaints == []


def test_before_anything_is_taught_both_pages_say_the_way(open_page: Open, complaints: list[str]) -> None:
    page = open_page(1280)
    expect(page.locator("#status")).to_contain_text("Taught in", timeout=LONG)
    page.get_by_label("My own photos").click()
    go_on = page.locator("#status")
    expect(go_on).to_contain_text("Not taught yet")
    page.get_by_role("tab", name="Mistakes", exact=True).click()
    expect(page.locator("#mistakes-status")).to_contain_text("press the big button")
    page.get_by_role("tab", name="Why this answer?", exact=True).click()
    expect(page.locator("#why-status")).to_contain_text("press the big button")
    page.locator("#cover").click()
    expect(page.get_by_text("Nothing is taught yet. Press the big button in Your classes first.")).to_be_visible()
    expect(page.locator("#cover")).to_be_visible()
    assert complaints == []


def test_no_old_explanation_beside_a_photo_that_cannot_be_read(open_page: Open) -> None:
    page = open_page(1280)
    go(page, "Why this answer?")
    expect(page.locator("#why-taught-by")).to_contain_text("Taught by", timeout=LONG)
    page.locator("#why-photo button[aria-label*='Clear'], #why-photo button[aria-label*='Remove']").first.click()
    expect(page.locator("#why-status")).to_contain_text("There is no photo to explain")
    expect(page.locator(".toast-body")).to_have_count(0)  # no old class is asked about
    torn = {"name": "torn.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8torn"}
    page.locator("#why-photo input[type=file]").set_input_files(torn)  # type: ignore[arg-type]
    expect(page.locator("#why-status")).to_contain_text("cannot be read")
    expect(page.locator("#why-maps img")).to_have_count(0)
    expect(page.locator("#why-taught-by")).not_to_contain_text("Taught by")


@WIDTHS
def test_the_line_after_a_run_leads_on(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    expect(page.locator("#status")).to_contain_text("Taught in", timeout=LONG)
    lead = page.locator("#lead")
    expect(lead).to_contain_text("1 of 36 held-back photos was mistaken: house for star.")
    for name in ("Mistakes", "Check the photos", "Trust the number", "Why this answer?", "Take it home"):
        button = lead.get_by_role("button", name=name, exact=True)
        assert button.bounding_box()["height"] >= 44  # type: ignore[index]
        button.click()
        tab = page.get_by_role("tab", name=name, exact=True)
        expect(tab).to_have_attribute("aria-selected", "true")
        expect(tab).to_be_in_viewport()
        page.get_by_role("tab", name="Your classes", exact=True).click()
    lead.get_by_role("button", name="Mistakes", exact=True).click()
    expect(page.locator("#mistakes-heading")).to_contain_text("house, taken for star", timeout=LONG)
    assert overflow(page) <= 0
    assert complaints == []
