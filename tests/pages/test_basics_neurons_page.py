"""The first three parts of *Start here* as a newcomer uses them, on a desktop's and a phone's width."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import overflow, shoot
from tests.server import app

pytestmark = pytest.mark.slow
OVER = re.compile(r"loss 0\.0(1\d|20) · solved")  # the last look of a fit: clear answers
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
    expect(page.locator("#backprop-status")).to_contain_text("Backward, after 3 steps", timeout=30_000)
    assert touching(page) == []
    row = [page.locator(f"#backprop-{name}").bounding_box() for name in ("forward", "backward", "step")]
    assert len({box["y"] for box in row if box}) == 1
    page.locator("#backprop-backward").click()
    expect(page.locator("#backprop-status")).to_contain_text("off autograd's by")
    expect(page.locator("#backprop-numbers")).to_contain_text("- 0.2 ·")
    shoot(page, "basics-backprop")
    page.get_by_role("tab", name="3 Playground", exact=True).click()
    expect(page.locator("#play-status")).to_contain_text("Done: 400 steps", timeout=30_000)
    expect(page.locator("#play-numbers")).to_contain_text("ReLUs are dead")
    shoot(page, "basics-playground")
    assert overflow(page) <= 0
    assert complaints == []


def touching(page: Page) -> list[list[str]]:
    """Numbers of the network's drawing that overlap each other on the screen."""
    return page.evaluate("""() => {
        const texts = [...document.querySelectorAll('#backprop-picture text')];
        const all = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
        const across = (a, b) => a.left < b.right && b.left < a.right;
        const over = (a, b) => across(a, b) && a.top + 2 < b.bottom - 2 && b.top + 2 < a.bottom - 2;
        return all.flatMap(([s, a], i) => all.slice(i + 1).filter(([, b]) => over(a, b)).map(([t]) => [s, t]));
    }""")


def refused(page: Page, part: str, button: str) -> None:
    """A seed of -5: one sentence, and the status line says that it is to be read."""
    page.locator("button.label-wrap:visible").filter(has_text="More").click()
    page.locator(f"#{part}-seed input").fill("-5")
    page.locator(button).click()
    expect(page.locator(".toast-body").last).to_contain_text("cannot be -5")
    expect(page.locator(f"#{part}-status")).to_contain_text("That did not work; the message says why.")
    expect(page.locator(button)).to_be_visible()


@WIDTHS
def test_a_neuron_is_turned_taught_and_stopped(
    open_app: Callable[[int], Page], width: int, complaints: list[str]
) -> None:
    page = open_app(width)
    status, numbers = page.locator("#neuron-status"), page.locator("#neuron-numbers")
    expect(status).to_contain_text(OVER, timeout=30_000)
    if width == 390:  # the picture stands between what is chosen and the sliders
        places = [page.locator(name).bounding_box() for name in ("#neuron-deep", "#neuron-picture", "#neuron-w1")]
        chosen, picture, by_hand = (place["y"] if place else 0 for place in places)
        assert chosen < picture < by_hand
        assert picture - chosen < 250
    before = page.locator("#neuron-picture").inner_html()
    page.locator("#neuron-w1 input[type=number]").fill("-3.5")
    expect(numbers).to_contain_text("-3.50 · x1")
    expect(status).not_to_contain_text("solved")
    assert page.locator("#neuron-picture").inner_html() != before
    for other, done in (("2 Forward and backward", "#backprop-status"), ("3 Playground", "#play-status")):
        page.get_by_role("tab", name=other, exact=True).click()
        expect(page.locator(done)).to_contain_text(re.compile("after 3 steps|Done"), timeout=30_000)
        page.get_by_role("tab", name="1 One neuron", exact=True).click()
        expect(numbers).to_be_visible()
        expect(numbers).to_contain_text("-3.50 · x1")  # what was there: it does not play again
    page.locator("#neuron-gate").get_by_label("XOR").check()
    expect(status).to_contain_text("step 2000 ·")  # one neuron tries to the end
    page.locator("#neuron-fit").click()
    page.locator("#stop-neuron-fit").click()
    expect(status).to_contain_text("Stopped. What there is so far is kept.")
    expect(page.locator("#neuron-fit")).to_be_visible()
    page.locator("#neuron-fit").click()
    expect(status).to_contain_text("XOR")
    page.locator("#neuron-gate").get_by_label("OR", exact=True).check()  # in the middle of the run, which ends
    expect(page.locator("#neuron-fit")).to_be_visible()
    expect(status).to_contain_text("solved")
    expect(status).to_contain_text("OR: 4 of 4 right")
    expect(page.locator("#neuron-picture svg").first).to_have_attribute("aria-label", re.compile("points of OR"))
    refused(page, "neuron", "#neuron-fit")
    assert overflow(page) <= 0
    shoot(page, "basics-neuron")
    assert complaints == []


@WIDTHS
def test_play_is_stopped_and_refused(open_app: Callable[[int], Page], width: int, complaints: list[str]) -> None:
    page = open_app(width)
    page.get_by_role("tab", name="2 Forward and backward", exact=True).click()
    expect(page.locator("#backprop-status")).to_contain_text("Backward, after 3 steps", timeout=30_000)
    page.locator("#backprop-play").click()
    expect(page.locator("#backprop-status")).to_contain_text("after 0 steps")
    page.locator("#stop-backprop-play").click()
    expect(page.locator("#backprop-status")).to_contain_text("Stopped. What there is so far is kept.")
    page.locator("button.label-wrap:visible").filter(has_text="More").click()
    page.locator("#backprop-rate input").fill("99")
    page.locator("#backprop-play").click()
    expect(page.locator(".toast-body").last).to_contain_text("Learning rate cannot be 99")
    expect(page.locator("#backprop-status")).to_contain_text("That did not work; the message says why.")
    assert overflow(page) <= 0
    assert complaints == []


def test_a_drawing_in_two_colours_is_learned(open_app: Callable[[int], Page], complaints: list[str]) -> None:
    page = open_app(1280)
    page.get_by_role("tab", name="3 Playground", exact=True).click()
    status = page.locator("#play-status")
    expect(status).to_contain_text("Done: 400 steps", timeout=30_000)
    page.locator("#play-set").get_by_label("Draw your own").check()
    expect(page.locator("#play-canvas")).to_contain_text("%", timeout=30_000)  # the brush is in hand
    page.locator("#play-learn").click()
    expect(page.locator(".toast-body").last).to_contain_text("Nothing is drawn yet")
    expect(status).to_contain_text("That did not work; the message says why.")
    stroke(page, 0.35)
    page.locator("#play-learn").click()
    expect(page.locator(".toast-body").last).to_contain_text("Only blue is drawn")
    expect(status).to_contain_text("That did not work; the message says why.")
    page.locator("#play-canvas").get_by_role("button", name="Color").click()
    page.locator("#play-canvas button.color").nth(1).click()
    stroke(page, 0.65)
    page.locator("#play-learn").click()
    expect(status).to_contain_text("Done: 400 steps · 100 % of the held-out points right", timeout=30_000)
    shoot(page, "basics-drawn")
    page.locator("#play-set").get_by_label("Rings").check()
    expect(page.locator("#play-canvas")).to_be_hidden()
    expect(status).to_contain_text("step 0 of 400")
    refused(page, "play", "#play-learn")
    assert overflow(page) <= 0
    assert complaints == []


def stroke(page: Page, height: float) -> None:
    """A line across the middle of the paper, at this share of its height."""
    canvas = page.locator("#play-canvas canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + 0.4 * box["width"], box["y"] + height * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y + 8, steps=5)
    page.mouse.up()
