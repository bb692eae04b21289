"""SqueezeNext's part in a real browser: it opens measuring, and measures a visitor's photo."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from demos.core.data import samples
from tests.pages.conftest import overflow, shoot

pytestmark = pytest.mark.slow
Open = Callable[[int], Page]


@pytest.mark.parametrize("width", [1280, 390])
def test_four_networks_are_measured_as_it_opens_and_again(
    open_app: Open, width: int, complaints: list[str], tmp_path: Path
) -> None:
    page = open_app(width)
    page.get_by_role("tab", name="7 SqueezeNext", exact=True).click()
    status = page.locator("#squeeze-status")
    expect(status).to_contain_text("fastest", timeout=60_000)
    expect(page.locator("#squeeze-bars svg")).to_be_visible()
    expect(page.locator("#squeeze-numbers")).to_contain_text("138.4 M")
    samples.photo("coffee").save(tmp_path / "coffee.png")
    page.locator("#squeeze-photo input[type=file]").set_input_files(tmp_path / "coffee.png")
    expect(page.locator("#squeeze-photo img")).to_be_visible()
    page.locator("#squeeze-go").click()
    expect(status).not_to_contain_text("fastest")
    expect(status).to_contain_text("fastest", timeout=60_000)
    shoot(page, "squeezenext")
    assert overflow(page) <= 0
    assert complaints == []


def test_a_file_that_is_no_photo_is_one_sentence(open_app: Open, tmp_path: Path) -> None:
    page = open_app(390)
    page.get_by_role("tab", name="7 SqueezeNext", exact=True).click()
    expect(page.locator("#squeeze-status")).to_contain_text("fastest", timeout=60_000)
    odd = tmp_path / "odd.png"
    odd.write_text("no picture")
    page.locator("#squeeze-photo input[type=file]").set_input_files(str(odd))
    page.locator("#squeeze-go").click()
    expect(page.locator("#squeeze-status")).to_contain_text("That did not work", timeout=30_000)
    expect(page.locator("#squeeze-go")).to_be_visible()
