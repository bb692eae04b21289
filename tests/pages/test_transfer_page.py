"""The transfer tab as a newcomer uses it, on a desktop's and a phone's width."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import overflow, shoot
from tests.transfer.data.zips import good, jpeg, zipped

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
Open = Callable[[int], Page]


def taught(page: Page) -> None:
    """Waits until the page says so: after its start it teaches the example first, on a busy machine slowly."""
    expect(page.locator("#status")).to_contain_text("Taught in", timeout=60_000)


def unnamed(page: Page) -> list[str]:
    """Pictures and buttons on the screen that a screen reader has no name for, and every Share button."""
    return page.evaluate("""() => [...document.querySelectorAll('button, img')].filter(one => {
        if (!one.getClientRects().length || one.closest('[aria-hidden=true]')) return false;
        const name = one.alt || one.ariaLabel || one.title || one.innerText?.trim() || '';
        return !name || /share/i.test(name);
    }).map(one => one.outerHTML.slice(0, 200))""")


@WIDTHS
def test_the_page_opens_alive(open_page: Open, width: int, complaints: list[str]) -> None:
    """The example is taught and tried before anything is clicked, and nothing is wider than the screen."""
    page = open_page(width)
    taught(page)
    expect(page.locator("#numbers")).to_contain_text("Validation loss fell from")
    expect(page.locator("#said")).to_contain_text("%")
    expect(page.locator("#photos img").first).to_be_visible()
    expect(page.get_by_label("Things")).to_be_checked()
    expect(page.locator("#try img")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("fish")
    assert unnamed(page) == []
    inside = page.locator("#numbers .hl-scroll").evaluate("box => box.getBoundingClientRect().right <= innerWidth")
    assert inside, "the table is wider than the screen and does not scroll inside itself"
    shoot(page, "transfer-open")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_a_ready_made_set_is_taught_and_a_photo_tried(
    open_page: Open, width: int, complaints: list[str], tmp_path: Path
) -> None:
    page = open_page(width)
    taught(page)
    expect(page.locator("#keep")).to_be_enabled()
    page.get_by_label("Digits").click()
    expect(page.locator("#status")).to_contain_text("Not taught yet")
    expect(page.locator("#numbers")).not_to_contain_text("of 36")  # the set before
    expect(page.locator("#said")).not_to_contain_text("%")
    expect(page.locator("#keep")).to_be_disabled()
    expect(page.locator("#try img")).to_be_visible()
    expect(page.locator("#teach")).to_have_text("Teach it these 10 classes")
    page.locator("#teach").click()
    taught(page)
    expect(page.locator("#teach")).to_be_visible()
    expect(page.locator("#numbers")).to_contain_text("of 60 photos")
    expect(page.locator("#said")).to_contain_text("%")
    photo = tmp_path / "mine.jpg"
    photo.write_bytes(jpeg(5, 200))
    page.locator("#try button[aria-label*='Clear'], #try button[aria-label*='Remove']").first.click()
    page.locator("#try input[type=file]").set_input_files(photo)
    expect(page.locator("#said")).to_contain_text("%")
    with page.expect_download() as download:
        page.locator("#keep").click()
    assert download.value.suggested_filename.endswith(".safetensors")
    shoot(page, "transfer-taught")
    assert overflow(page) <= 0
    assert complaints == []


@WIDTHS
def test_own_classes_from_uploads_and_the_webcam(open_page: Open, width: int, tmp_path: Path) -> None:
    page = open_page(width)
    taught(page)
    page.get_by_label("My own photos").click()
    name = page.locator("#class-name").get_by_role("textbox")
    name.fill("painted")
    name.press("Enter")
    expect(page.locator("#classes")).to_contain_text("painted · 0")
    files = []
    for i in range(5):
        files.append(tmp_path / f"{i}.jpg")
        files[-1].write_bytes(jpeg(i, 100))
    (tmp_path / "torn.jpg").write_bytes(b"torn")
    page.locator("#class-photos input[type=file]").set_input_files([*files, tmp_path / "torn.jpg"])
    expect(page.locator("#classes")).to_contain_text("painted · 5")
    expect(page.get_by_text("Left out: torn.jpg")).to_be_visible()
    expect(page.locator("#class-photos")).not_to_contain_text(".jpg")
    name.fill("other")
    name.press("Enter")
    expect(page.locator("#classes")).to_contain_text("other · 0")
    mine = tmp_path / "other.jpg"
    mine.write_bytes(jpeg(77, 100))
    page.locator("#class-photos input[type=file]").set_input_files([mine])
    expect(page.locator("#classes")).to_contain_text("other · 1")
    expect(page.get_by_text("1 photo added to other.", exact=True)).to_be_visible()  # and nothing of painted's
    expect(page.locator("#class-photos")).not_to_contain_text(".jpg")
    page.get_by_role("button", name="Remove class").click()
    expect(page.locator("#classes")).not_to_contain_text("other")
    name.fill("webcam")
    name.press("Enter")
    expect(page.locator("#classes")).to_contain_text("webcam · 0")
    hold = page.get_by_role("button", name="Hold to shoot")
    hold.scroll_into_view_if_needed()
    hold.hover()
    page.mouse.down()
    expect(page.locator(".burst-words")).to_contain_text(re.compile(r"([89]|\d\d) photos"))
    page.mouse.up()
    expect(page.locator(".burst-words")).to_contain_text("added")
    expect(page.locator("#classes")).to_contain_text("webcam · ")
    expect(page.locator("#classes")).not_to_contain_text("webcam · 0")
    page.locator("#teach").click()
    taught(page)
    expect(page.locator("#numbers")).to_contain_text("painted")
    expect(page.locator("#numbers")).to_contain_text("What would help")  # five photos are few
    expect(page.locator("#try img")).to_be_visible()  # one that was held back
    expect(page.locator("#said")).to_contain_text("%")
    shoot(page, "transfer-own")
    assert overflow(page) <= 0


def test_a_zip_is_taught_and_a_hostile_one_is_refused(open_page: Open) -> None:
    page = open_page(1280)
    taught(page)
    drop = page.locator("#zip input[type=file]")
    drop.set_input_files({"name": "bad.zip", "mimeType": "application/zip", "buffer": zipped({"../x/1.jpg": b"x"})})
    expect(page.get_by_text("leads outside of it")).to_be_visible()
    expect(page.locator("#zip")).not_to_contain_text("bad")  # the box is empty again
    expect(page.get_by_label("Things")).to_be_checked()
    drop.set_input_files({"name": "good.zip", "mimeType": "application/zip", "buffer": zipped(good(6))})
    expect(page.locator("#classes")).to_contain_text("cats · 6")
    expect(page.locator("#zip")).not_to_contain_text("good")
    expect(page.get_by_label("My own photos")).to_be_checked()
    expect(page.locator("#try img")).to_be_visible()
    page.locator("#teach").click()
    taught(page)


@WIDTHS
def test_a_choice_that_failed_goes_back_to_what_is_loaded(open_page: Open, width: int) -> None:
    page = open_page(width)
    taught(page)
    page.get_by_label("Ants and bees (needs the Internet)").click()
    expect(page.get_by_text("Ants and bees would be fetched")).to_be_visible()
    expect(page.get_by_label("Things")).to_be_checked()
    expect(page.locator("#classes")).to_contain_text("apple · 18")
    expect(page.locator("#numbers")).to_contain_text("of 36 photos")
    expect(page.locator("#teach")).to_have_text("Teach it these 6 classes")


def test_a_changed_set_marks_the_result_as_older(open_page: Open) -> None:
    page = open_page(1280)
    taught(page)
    page.get_by_text("Change classes and photos").click()
    page.locator("#photos button, #photos .thumbnail-item").first.click()
    page.get_by_role("button", name="Remove the clicked photo").click()
    expect(page.locator("#classes")).to_contain_text("apple · 17")
    expect(page.locator("#status")).to_contain_text("The photos have changed")
    expect(page.locator("#numbers")).to_contain_text("of 36 photos")  # to compare with


def test_an_answer_goes_with_its_photo(open_page: Open) -> None:
    """No old answer beside a photo that cannot be read, nor beside none."""
    page = open_page(1280)
    taught(page)
    expect(page.locator("#said")).to_contain_text("%")
    page.locator("#try button[aria-label*='Clear'], #try button[aria-label*='Remove']").first.click()
    expect(page.locator("#said")).not_to_contain_text("%")


def test_what_cannot_be_taught_is_said_and_the_button_comes_back(open_page: Open) -> None:
    page = open_page(1280)
    taught(page)
    page.get_by_label("My own photos").click()
    expect(page.locator("#status")).to_contain_text("Not taught yet")
    page.locator("#teach").click()
    expect(page.get_by_text("Teaching needs at least two classes")).to_be_visible()
    expect(page.locator("#teach")).to_be_visible()
    expect(page.locator("#stop-teach")).to_be_hidden()


def test_stop_keeps_the_best_and_the_page_goes_on(open_page: Open, tmp_path: Path) -> None:
    """A set large enough that its photos are still being looked at when Stop is pressed."""
    page = open_page(1280)
    taught(page)
    many = {f"{c}/{i}.jpg": jpeg(400 * k + i, 64) for k, c in enumerate("ab") for i in range(300)}
    content = io.BytesIO(zipped(many)).getvalue()
    page.locator("#zip input[type=file]").set_input_files(
        {"name": "many.zip", "mimeType": "application/zip", "buffer": content}
    )
    expect(page.locator("#classes")).to_contain_text("a · 300")
    page.locator("#teach").click()
    page.locator("#stop-teach").click()
    expect(page.locator("#status")).to_contain_text("Stopped")
    shoot(page, "transfer-stopped")
    expect(page.locator("#teach")).to_be_visible()
    page.locator("#teach").click()
    taught(page)


@WIDTHS
def test_imagenet_offline_says_before_a_click_what_it_needs(open_page: Open, width: int, complaints: list[str]) -> None:
    page = open_page(width)
    taught(page)
    page.get_by_role("tab", name="ImageNet").click()
    expect(page.locator("#recognise-status")).to_contain_text("553 MB")
    expect(page.locator("#recognise-status")).to_contain_text("teach your own classes meanwhile")
    page.locator("#recognise-examples img").first.click()
    expect(page.locator("#recognise-photo img")).to_be_visible()
    expect(page.locator("#recognise")).to_be_disabled()
    shoot(page, "imagenet-offline")
    assert overflow(page) <= 0
    assert complaints == []


def test_the_code_on_the_page_is_the_code_that_ran(open_page: Open) -> None:
    page = open_page(1280)
    page.get_by_text("Show me the code").filter(visible=True).first.click()
    expect(page.locator(".hl-code").filter(visible=True).first).to_contain_text("def teach(")
