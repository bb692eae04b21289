"""The parts on deep networks as a newcomer uses them, on a desktop's and a phone's width."""

import re
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
def test_initialisation(open_app: Open, width: int, complaints: list[str]) -> None:
    page = open_app(width)
    page.get_by_role("tab", name="4 Initialisation", exact=True).click()
    expect(page.locator("#initial-picture figure")).to_have_count(12)
    expect(page.locator("#initial-status")).to_contain_text("Step 150 of 150 · best: He", timeout=30_000)
    expect(page.locator("#initial-train")).to_be_visible()
    page.get_by_role("button", name="More").locator("visible=true").click()
    expect(page.locator("#initial-seed input")).to_be_visible()
    expect(page.locator("#initial-picture")).to_contain_text("× 0.408 per layer")
    page.locator("#initial-rule").get_by_label("He", exact=True).check()
    expect(page.locator("#initial-picture")).to_contain_text("× 1.000 per layer")
    page.locator("#initial-activation").get_by_label("none").check()
    expect(page.locator("#initial-picture")).to_contain_text("× 1.414 per layer")
    page.locator("#initial-layers input[type=number]").fill("3")
    page.locator("#initial-layers input[type=number]").press("Enter")
    expect(page.locator("#initial-picture figure")).to_have_count(6)
    shoot(page, "basics-initialisation")
    page.locator("#initial-seed input").fill("-4")
    page.locator("#initial-train").click()
    expect(page.locator(".toast-body")).to_contain_text("Seed cannot be -4")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_batch_normalisation(open_app: Open, width: int, complaints: list[str]) -> None:
    page = open_app(width)
    page.get_by_role("tab", name="5 Batch norm", exact=True).click()
    expect(page.locator("#norm-neighbours")).to_contain_text("the answer depends on the neighbour")
    expect(page.locator("#norm-status")).to_contain_text("Step 200 of 200", timeout=30_000)
    expect(page.locator("#norm-status")).to_contain_text(re.compile(r"[456] of 6 rates with .*, [123] without"))
    expect(page.locator("#norm-scan")).to_be_visible()
    page.locator("#norm-mode").get_by_label("evaluation").check()
    expect(page.locator("#norm-picture")).to_contain_text("evaluation mode")
    expect(page.locator("#norm-neighbours")).to_contain_text("no longer matters")
    shares = page.locator("#norm-neighbours strong").all_text_contents()
    assert len(shares) == 5
    assert len(set(shares)) == 1
    page.locator("#norm-batch input[type=number]").fill("2")
    page.locator("#norm-batch input[type=number]").press("Enter")
    expect(page.locator("#norm-picture")).to_contain_text("2 values")
    shoot(page, "basics-normalisation")
    page.get_by_role("button", name="More").locator("visible=true").click()
    page.locator("#norm-seed input").fill("-4")
    page.locator("#norm-scan").click()
    expect(page.locator(".toast-body")).to_contain_text("Seed cannot be -4")
    assert overflow(page) <= 0
    assert complaints == []
