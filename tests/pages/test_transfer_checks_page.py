"""The pages Check the photos and Trust the number, on a desktop's and a phone's width."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.pages.conftest import go, overflow, shoot
from tests.transfer.data.zips import zipped

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
Open = Callable[[int], Page]


def picture(seed: int, side: int = 96) -> bytes:
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    file = io.BytesIO()
    coarse.resize((96, 96), Image.Resampling.BICUBIC).resize((side, side)).save(file, "JPEG", quality=92)
    return file.getvalue()


def with_copies() -> bytes:
    """Two classes of eight photos, the first with two copies of its own in another size."""
    files = {f"{name}/{i}.jpg": picture(100 * k + i) for k, name in enumerate(("cats", "dogs")) for i in range(8)}
    return zipped(files | {f"cats/copy{i}.jpg": picture(i, 80) for i in (1, 4)})


@WIDTHS
def test_the_photos_are_checked_mended_and_taught_again(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    go(page, "Check the photos")
    expect(page.locator("#card-status")).to_contain_text("Nothing stands out")
    expect(page.locator("#card-counts")).to_contain_text("umbrella")
    expect(page.locator("#card-counts")).to_contain_text("of the photos (")  # what the edges tell
    shoot(page, "transfer-card")
    page.get_by_role("tab", name="Your classes", exact=True).click()
    page.locator("#zip input[type=file]").set_input_files(
        {"name": "mine.zip", "mimeType": "application/zip", "buffer": with_copies()}
    )
    expect(page.locator("#classes")).to_contain_text("cats · 10")
    page.get_by_role("tab", name="Check the photos", exact=True).click()
    expect(page.locator("#card-counts")).to_contain_text("cats")
    page.get_by_label("Near-duplicates").click()
    expect(page.locator("#card-words")).to_contain_text("2 photos show the same")
    expect(page.locator("#card-fix")).to_have_text("Keep one of each (2 go)")
    page.locator("#card-fix").click()
    expect(page.locator("#card-status")).to_contain_text("2 photos removed. 16 are left")
    expect(page.locator("#card-findings")).not_to_contain_text("Near-duplicates")
    page.locator("#card-undo").click()
    expect(page.locator("#card-status")).to_contain_text("Undone")
    expect(page.locator("#card-counts")).to_contain_text("10")
    expect(page.locator("#card-undo")).to_be_hidden()
    page.get_by_label("Near-duplicates").click()
    expect(page.locator("#card-photos img")).to_have_count(4)
    # All of the last row is there, and nothing below it.
    rest = "document.querySelector('#card-photos').getBoundingClientRect().bottom - Math.max("
    rest += (
        "...[...document.querySelectorAll('#card-photos .caption-label')].map(a => a.getBoundingClientRect().bottom))"
    )
    page.wait_for_function(f"(() => {{ const rest = {rest}; return rest >= 0 && rest < 40; }})()")
    page.locator("#card-fix").click()
    expect(page.locator("#card-status")).to_contain_text("2 photos removed. 16 are left")
    page.locator("#card-again").click()
    expect(page.locator("#card-status")).to_contain_text("Taught again", timeout=60_000)
    expect(page.locator("#card-status")).to_contain_text("of 16 photos")  # each judged once, in rounds
    shoot(page, "transfer-card-mended")
    assert overflow(page) <= 0
    page.get_by_role("tab", name="Your classes", exact=True).click()
    expect(page.locator("#classes")).to_contain_text("cats · 8")
    expect(page.locator("#numbers")).to_contain_text("in 5 rounds, each was held back once")
    assert complaints == []


@WIDTHS
def test_the_number_is_measured(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    go(page, "Trust the number")
    expect(page.locator("#trust-numbers")).to_contain_text("of 36 photos are recognised")
    expect(page.locator("#trust-numbers")).to_contain_text("would halve that")
    page.locator("#trust").click()
    charts = page.locator("#trust-charts")
    expect(charts).to_contain_text("Shuffled labels", timeout=60_000)
    if width == 1280:
        expect(page.locator("#trust-status")).to_contain_text("Measured in", timeout=90_000)
        expect(charts.locator("svg[role=img]").first).to_be_visible()
        expect(charts).to_contain_text("With twice as many")
        expect(charts).to_contain_text("the random one at")
        expect(charts.locator("svg[aria-label*=' photos: ']")).to_have_count(1)
        expect(charts.locator("title").first).to_contain_text("sure")
    else:  # Stop keeps what is there
        page.locator("#stop-trust").click()
        expect(page.locator("#trust-status")).to_contain_text("Stopped")
        expect(charts).to_contain_text("Shuffled labels")
    shoot(page, "transfer-trust")
    assert overflow(page) <= 0
    # What is measured stays while the tab is left, and goes with the classifier that it is about.
    page.get_by_role("tab", name="Your classes", exact=True).click()
    page.get_by_role("tab", name="Trust the number", exact=True).click()
    expect(page.locator("#trust-numbers")).to_contain_text("of 36 photos are recognised")
    expect(charts).to_contain_text("Shuffled labels")
    page.get_by_role("tab", name="Your classes", exact=True).click()
    page.get_by_label("My own photos").click()
    expect(page.locator("#status")).to_contain_text("Not taught yet")
    page.get_by_role("tab", name="Trust the number", exact=True).click()
    expect(page.locator("#trust-status")).to_contain_text("Nothing is taught yet")
    expect(charts).not_to_contain_text("Shuffled labels")
    assert complaints == []


def test_nothing_taught_is_said(open_page: Open) -> None:
    page = open_page(1280)
    expect(page.locator("#status")).to_contain_text("Taught in", timeout=60_000)
    page.get_by_label("My own photos").click()
    expect(page.locator("#status")).to_contain_text("Not taught yet")
    page.get_by_role("tab", name="Trust the number", exact=True).click()
    expect(page.locator("#trust-status")).to_contain_text("Nothing is taught yet")
    page.get_by_role("tab", name="Check the photos", exact=True).click()
    expect(page.locator("#card-status")).to_contain_text("There are no photos yet")
