"""The first three parts of *Start here* as a newcomer uses them, on a desktop's and a phone's width."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import overflow, shoot
from tests.server import app

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("page")
    with app("--offline", "--only", "basics", log=folder / "log.txt") as running:
        yield running


@WIDTHS
def test_the_three_parts_open_alive(open_app: Callable[[int], Page], width: int, complaints: list[str]) -> None:
    page = open_app(width)
    expect(page.locator("#neuron-status")).to_contain_text("AND: 4 of 4 right", timeout=30_000)
    expect(page.locator("#neuron-status")).to_contain_text("solved")
    page.locator("#neuron-gate").get_by_label("XOR").check()
    expect(page.locator("#neuron-status")).to_contain_text("one straight cut cannot part XOR")
    page.get_by_label("A second layer").check()
    expect(page.locator("#neuron-status")).to_contain_text("XOR: 4 of 4 right")
    page.get_by_role("tab", name="2 Forward and backward", exact=True).click()
    expect(page.locator("#backprop-status")).to_contain_text("Forward, after 4 steps")
    page.locator("#backprop-backward").click()
    expect(page.locator("#backprop-status")).to_contain_text("off autograd's by")
    shoot(page, "basics-backprop")
    page.get_by_role("tab", name="3 Playground", exact=True).click()
    expect(page.locator("#play-status")).to_contain_text("Done: 400 steps")
    expect(page.locator("#play-numbers")).to_contain_text("ReLUs are dead")
    shoot(page, "basics-playground")
    assert overflow(page) <= 0
    assert complaints == []
