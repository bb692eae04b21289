"""The DCGAN tab as a newcomer uses it, on a desktop's and a phone's width, with a tiny generator of random weights."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from demos.dcgan import pretrained, sampling
from demos.dcgan.explore import nearest
from tests.dcgan.conftest import SMALL, make, pocket, write
from tests.dcgan.test_dcgan_api import SHIPPED
from tests.pages.conftest import every, overflow, shoot
from tests.server import app

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
FIRST = re.compile("seed 23 ·")  # of the sheet that the page opens with
Open = Callable[[int], Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on weights of its own: what is tested is the page, whatever is in weights/."""
    folder = tmp_path_factory.mktemp("page")
    for name in ("dcgan-cats", "dcgan-cats-collapsed"):
        write(folder, name)
    random = torch.Generator().manual_seed(0)
    photos = torch.randint(0, 256, (60, 3, SMALL.size, SMALL.size), dtype=torch.uint8, generator=random)
    pocket(folder)
    nearest.write(photos[:40], photos[40:], folder / "dcgan-cats", make()[1])
    before = SHIPPED.format(folder=str(folder))
    home = {"HF_HOME": str(folder / "hub")}
    with app("--offline", "--only", "dcgan", environment=home, log=folder / "log.txt", before=before) as running:
        yield running


def opened(page: Page) -> Page:
    expect(page.locator("#gan-status")).to_contain_text("16 cats that never existed", timeout=60_000)
    return page


def still_stopped(page: Page, status: str) -> None:
    """The words after Stop, now and when everything that the click set off has come back."""
    expect(page.locator(status)).to_contain_text("Stopped")
    opened(go_to(page, "Sample"))  # one more way to the server and back, behind all the others
    page.get_by_role("button", name="Dream up").click()
    expect(page.locator("#gan-status")).not_to_contain_text(FIRST)
    assert "Stopped" in (page.locator(status).text_content() or "")


def whole_captions(page: Page, gallery: str, count: int) -> None:
    """No caption of a gallery is cut."""
    fits = "one.scrollWidth <= one.clientWidth + 1 && one.scrollHeight <= one.clientHeight + 1"
    every(page, f"{gallery} .caption-label", count, fits)


def pixels_of(page: Page, image: str) -> str:
    """What an image shows, drawn anew: the same pixels give the same text, whatever file they are in."""
    return page.locator(f"{image} img").evaluate(
        """image => {
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            canvas.getContext("2d").drawImage(image, 0, 0);
            return canvas.toDataURL();
        }"""
    )


def go_to(page: Page, name: str) -> Page:
    page.get_by_role("tab", name=name, exact=True).click()
    return page


@WIDTHS
def test_it_opens_alive_dreams_and_keeps(open_page: Open, width: int, complaints: list[str], tmp_path: Path) -> None:
    page = opened(open_page(width))
    expect(page.locator("#gan-sheet img")).to_have_count(16)
    expect(page.locator("#gan-current img")).to_be_visible()
    shoot(page, "dcgan-open")
    tile = page.locator("#gan-sheet img").nth(3)
    before = tile.get_attribute("src") or ""
    page.get_by_role("button", name="Dream up 16 cats").click()
    expect(tile).not_to_have_attribute("src", before)
    tile.click()
    expect(page.locator("#gan-numbers")).to_contain_text("Picture 4")
    with page.expect_download() as download:
        page.locator("#gan-keep").click()
    kept = tmp_path / "kept.png"
    download.value.save_as(kept)
    assert sampling.read_settings(kept).count == 16
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_walk_and_steer_from_the_chosen_picture(open_page: Open, width: int, complaints: list[str]) -> None:
    page = opened(open_page(width))
    go_to(page, "Walk")
    expect(page.locator("#walk-start img")).to_be_visible()
    page.locator("#walk").click()
    expect(page.locator("#walk-numbers")).to_contain_text("Half-way", timeout=60_000)
    expect(page.locator("#walk-video video")).to_be_visible()
    shoot(page, "dcgan-walk")
    # Another current picture: the walk led through others.
    go_to(page, "Sample")
    page.locator("#gan-sheet img").nth(6).click()
    expect(page.locator("#gan-numbers")).to_contain_text("Picture 7")
    go_to(page, "Walk")
    expect(page.locator("#walk-numbers")).to_contain_text("Press Walk")
    expect(page.locator("#walk-video video")).to_have_count(0)
    for kept in ("#walk-mp4", "#walk-gif"):
        expect(page.locator(kept)).to_be_disabled()
    go_to(page, "Steer")
    expect(page.locator("#steer-overview img")).to_be_visible(timeout=60_000)
    before = page.locator("#steer-after img").get_attribute("src")
    slider = page.locator("#steer-0 input[type=range]")
    slider.focus()
    for _ in range(10):
        slider.press("ArrowRight")
    expect(page.locator("#steer-after img")).not_to_have_attribute("src", before or "")
    page.get_by_text("Arithmetic: A - B + C").click()
    page.locator("#sum-tiles button").nth(5).click()
    expect(page.locator("#sum-line")).to_contain_text("pictures 6 - 2 + 3")
    captions = page.locator("#sum-tiles .caption-label")
    expect(captions.nth(5)).to_have_text("A")
    assert [captions.nth(i).text_content() for i in range(4)] == ["1", "B", "C", "4"]
    shoot(page, "dcgan-steer")
    steered = page.locator("#steer-after img").get_attribute("src")
    page.locator("#steer-take").click()
    expect(page.locator("#steer-status")).to_contain_text("current picture now")
    expect(slider).to_have_value("0")  # it starts from there
    assert pixels_of(page, "#steer-before") == pixels_of(page, "#steer-after")
    go_to(page, "Sample")
    expect(page.locator("#gan-numbers")).to_contain_text("Picture 7")
    assert steered
    whole_captions(page, "#gan-sheet", 16)
    assert page.get_by_role("button", name="Share").count() == 0
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_find_me_and_take_what_was_found(open_page: Open, width: int, complaints: list[str]) -> None:
    page = opened(open_page(width))
    go_to(page, "Find me")
    page.locator("#find").click()
    expect(page.locator("#stop-find")).to_be_visible()
    expect(page.locator("#find-status")).to_contain_text("Found in", timeout=60_000)
    expect(page.locator("#missing img")).to_be_visible()
    page.locator("#find-take").click()
    expect(page.locator("#find-status")).to_contain_text("current picture now")
    go_to(page, "Sample")
    expect(page.locator("#gan-current img")).to_be_visible()
    expect(page.locator("#gan-sheet img")).to_have_count(16)
    go_to(page, "Find me")
    shoot(page, "dcgan-find")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_the_time_machine_the_inside_and_the_memory(open_page: Open, width: int, complaints: list[str]) -> None:
    page = opened(open_page(width))
    go_to(page, "Time machine")
    expect(page.locator("#time-status")).to_contain_text("After 9,000 pictures (18.0 times through the set)")
    expect(page.locator("#time-collapsed-status")).to_contain_text("Broken on purpose")
    page.locator("#moment input[type=range]").focus()
    page.locator("#moment input[type=range]").press("Home")
    expect(page.locator("#time-status")).to_contain_text("Before the first step")
    shoot(page, "dcgan-time")
    go_to(page, "Inside")
    expect(page.locator("#maps img").first).to_be_visible()  # of the layer whose muting shows most
    page.locator("#gan-layer").get_by_label("1: 4 x 4").check()
    expect(page.locator("#maps img")).to_have_count(24)
    page.locator("#maps button").nth(1).click()
    expect(page.locator("#inside-status")).to_contain_text("Muted in this layer")
    page.locator("#unmute").click()
    expect(page.locator("#inside-status")).to_contain_text("Click to mute")
    shoot(page, "dcgan-inside")
    go_to(page, "Memorised or invented?")
    expect(page.locator("#memory-status")).to_contain_text("Copies: 0 of 16")
    expect(page.locator("#memory-tiles img")).to_have_count(16)
    whole_captions(page, "#memory-tiles", 16)
    # Numbers, not categories: an axis has a few round ticks, wherever the 40 points lie.
    axis = page.get_by_label(re.compile("X-axis.*linear scale"))
    expect(axis.first).to_be_attached()
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_train_one_now_races_and_stops(open_page: Open, width: int, complaints: list[str]) -> None:
    page = opened(open_page(width))
    go_to(page, "Train one now")
    expect(page.locator("#live-a img")).to_be_visible(timeout=60_000)  # what it is to learn
    page.locator("#live-broken").get_by_label("no batch norm").check()
    page.get_by_label("Race it against a second one").check()
    expect(page.locator("#live-broken-b")).to_be_visible()
    page.locator("#live-train").click()
    expect(page.locator("#live-status")).to_contain_text("no batch norm", timeout=60_000)
    expect(page.locator("#live-b img")).to_be_visible()
    expect(page.locator("#live-status")).to_contain_text("left")
    shoot(page, "dcgan-live")
    page.locator("#stop-live-train").click()
    expect(page.locator("#live-train")).to_be_visible()  # last of all
    still_stopped(page, "#live-status")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_two_dimensions_play_and_stop(open_page: Open, width: int, complaints: list[str]) -> None:
    page = opened(open_page(width))
    go_to(page, "Two dimensions")
    expect(page.locator("#plane img")).to_be_visible()
    page.get_by_role("button", name="More").locator("visible=true").click()
    page.locator("#plane-steps input[type=number]").fill("10000")  # more than it can do before it is stopped
    page.locator("#plane-play").click()
    expect(page.locator("#plane-status")).to_contain_text("modes found", timeout=60_000)
    expect(page.locator("#plane-numbers")).to_contain_text("Loss of the discriminator")
    shoot(page, "dcgan-plane")
    page.locator("#stop-plane-play").click()
    expect(page.locator("#plane-play")).to_be_visible(timeout=30_000)
    still_stopped(page, "#plane-status")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_a_distribution_is_drawn_and_learned(open_page: Open, width: int, complaints: list[str]) -> None:
    page = opened(open_page(width))
    go_to(page, "Two dimensions")
    expect(page.locator("#plane img").first).to_be_visible(timeout=30_000)  # what the tab shows of itself has come
    page.locator("#plane-target").get_by_label("Draw your own").check()
    canvas = page.locator("#plane-canvas canvas").first
    expect(page.locator("#plane-canvas")).to_contain_text("%", timeout=30_000)  # the brush is in hand
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for share in (0.3, 0.7):
        x, y = (box[corner] + share * box[side] for corner, side in (("x", "width"), ("y", "height")))
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 30, y + 8, steps=5)
        page.mouse.up()
    page.locator("#plane-play").click()
    expect(page.locator("#plane-status")).to_contain_text("of 2 ·", timeout=60_000)  # two blobs, two modes
    expect(page.locator("#plane-play")).to_be_visible(timeout=120_000)  # it ends by itself
    assert overflow(page) <= 0
    assert complaints == []


def test_without_a_trained_generator_the_page_says_so_and_the_rest_works(
    browser: Browser, tmp_path: Path, complaints: list[str]
) -> None:
    before = SHIPPED.format(folder=str(tmp_path / "nothing"))
    with app(
        "--offline", "--only", "dcgan", environment={"HF_HOME": str(tmp_path)}, log=tmp_path / "log.txt", before=before
    ) as at:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(at)
        expect(page.locator("#gan-status")).to_contain_text("No trained generator is in weights/", timeout=60_000)
        for name, line in (("Steer", "steer"), ("Time machine", "time"), ("Inside", "inside")):
            go_to(page, name)
            expect(page.locator(f"#{line}-status")).to_contain_text("Train one in the meantime")
        shoot(page, "dcgan-nothing")
        go_to(page, "Two dimensions")
        page.locator("#plane-play").click()
        expect(page.locator("#plane-status")).to_contain_text("modes found", timeout=60_000)
        page.close()
    assert complaints == []


def test_a_kept_sheet_brings_its_settings_back(open_page: Open, complaints: list[str], tmp_path: Path) -> None:
    page = opened(open_page(1280))
    page.get_by_text("More", exact=True).first.click()
    with page.expect_download() as download:
        page.locator("#gan-keep").click()
    kept = tmp_path / "kept.png"
    download.value.save_as(kept)
    page.get_by_role("button", name="Dream up").click()
    expect(page.locator("#gan-status")).not_to_contain_text(FIRST)
    page.locator("input[type=file]").first.set_input_files(kept)
    expect(page.locator("#gan-status")).to_contain_text(FIRST)
    assert complaints == []


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on the networks in weights/."""
    if not {"Cats", "Clothes"} <= set(pretrained.names()):
        pytest.skip("needs weights/dcgan-cats and weights/dcgan-fashion")
    folder = tmp_path_factory.mktemp("real")
    home = {"HF_HOME": str(folder / "hub")}
    with app("--offline", "--only", "dcgan", environment=home, log=folder / "log.txt") as running:
        yield running


def test_the_shipped_networks_dream_travel_in_time_and_remember(
    browser: Browser, real: str, complaints: list[str]
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(real)
    opened(page)
    expect(page.locator("#gan-sheet img")).to_have_count(16)
    shoot(page, "dcgan-real-open")
    go_to(page, "Find me")
    page.locator("#find").click()
    expect(page.locator("#find-status")).to_contain_text("Found in", timeout=120_000)
    go_to(page, "Time machine")
    expect(page.locator("#time-status")).to_contain_text("Cats · After 1,934,464 pictures", timeout=60_000)
    expect(page.locator("#time-status")).to_contain_text(re.compile(r"diversity [89]\d %"))
    expect(page.locator("#time-collapsed-status")).to_contain_text(re.compile(r"diversity [123]?\d %"))
    expect(page.locator("#time-collapsed img")).to_be_visible()
    page.locator("#moment input[type=range]").focus()
    page.locator("#moment input[type=range]").press("Home")
    expect(page.locator("#time-status")).to_contain_text(re.compile(r"Before the first step · diversity \d %"))
    shoot(page, "dcgan-real-time")
    go_to(page, "Memorised or invented?")
    expect(page.locator("#memory-status")).to_contain_text("Copies: 0 of 16", timeout=60_000)
    expect(page.locator("#memory-tiles img")).to_have_count(16)
    shoot(page, "dcgan-real-memory")
    go_to(page, "Sample")
    page.locator("#gan").get_by_label("Clothes").check()
    expect(page.locator("#gan-status")).to_contain_text("16 pieces of clothing", timeout=60_000)
    go_to(page, "Find me")  # what the other generator had found is gone
    expect(page.locator("#find-status")).to_contain_text("The generator is Clothes now")
    expect(page.locator("#found img")).to_have_count(0)
    expect(page.locator("#missing img")).to_have_count(0)
    go_to(page, "Time machine")
    expect(page.locator("#time-status")).to_contain_text("Clothes · After 1,097,984 pictures", timeout=60_000)
    expect(page.locator("#time-collapsed")).to_be_hidden()  # only a training on cats was broken
    page.close()
    assert complaints == []
