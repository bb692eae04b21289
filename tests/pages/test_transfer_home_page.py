"""Taking a classifier home, bringing it back by drop, and many photos at once, on a desktop's and a phone's width."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import overflow, shoot
from tests.transfer.data.zips import jpeg

pytestmark = pytest.mark.slow
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
Open = Callable[[int], Page]


def says(locator: Locator, words: str) -> None:
    """Waits for a run's words, on a busy machine for long."""
    expect(locator).to_contain_text(words, timeout=60_000)


def opened(open_page: Open, width: int, tab: str) -> Page:
    page = open_page(width)
    expect(page.locator("#status")).to_contain_text("Taught in", timeout=90_000)
    page.get_by_role("tab", name=tab, exact=True).click()
    return page


@WIDTHS
def test_a_classifier_goes_home_and_comes_back(
    open_page: Open, width: int, complaints: list[str], tmp_path: Path
) -> None:
    page = opened(open_page, width, "Take it home")
    says(page.locator("#home-status"), "Ready to pack: 6 classes")
    expect(page.locator("#home-zip")).to_be_disabled()
    page.get_by_label("the photos, small").check()
    page.locator("#pack").click()
    says(page.locator("#home-status"), "It is yours below")
    says(page.locator("#home-numbers"), "model.onnx")
    with page.expect_download() as download:
        page.locator("#home-zip").click()
    kept = tmp_path / download.value.suggested_filename
    download.value.save_as(kept)
    assert "predict.py" in zipfile.ZipFile(kept).namelist()
    shoot(page, "transfer-home")
    assert overflow(page) <= 0
    page.get_by_role("tab", name="Your classes", exact=True).click()
    page.get_by_label("Digits").click()
    says(page.locator("#status"), "Not taught yet")
    page.locator("#zip input[type=file]").set_input_files(kept)
    says(page.locator("#status"), "Restored")
    says(page.locator("#classes"), "apple · 18")
    says(page.locator("#said"), "%")
    says(page.locator("#numbers"), "of 36")
    page.get_by_label("Things").click()
    says(page.locator("#status"), "Not taught yet")
    page.get_by_role("tab", name="Take it home", exact=True).click()
    page.locator("#home-drop input[type=file]").set_input_files(kept)
    says(page.locator("#home-status"), "It is back")
    page.get_by_role("tab", name="Your classes", exact=True).click()
    expect(page.get_by_label("My own photos")).to_be_checked()
    assert complaints == []


def test_no_upload_offline_and_the_token_is_gone(open_page: Open) -> None:
    page = opened(open_page, 1280, "Take it home")
    says(page.locator("#home-status"), "Ready to pack")
    page.get_by_text("To your account on the Hugging Face Hub").click()
    page.locator("#hub-repo").get_by_role("textbox").fill("my-fruit")
    token = page.locator("#hub-token input")
    token.fill("hf_abcdefghijklmnop")
    page.locator("#upload-home").click()
    expect(page.get_by_text("started offline")).to_be_visible()
    expect(token).to_have_value("")
    expect(page.locator("body")).not_to_contain_text("hf_abcdefghijklmnop")


@WIDTHS
def test_many_photos_and_a_correction(open_page: Open, width: int, complaints: list[str], tmp_path: Path) -> None:
    page = opened(open_page, width, "Many photos")
    says(page.locator("#many-table"), "%")  # of the set, before anything is dropped
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        for i in range(5):
            archive.writestr(f"holidays/{i}.jpg", jpeg(i + 300, 120))
        archive.writestr("holidays/torn.jpg", b"torn")
    page.locator("#many-files input[type=file]").set_input_files(tmp_path / "some.zip")
    page.locator("#many").click()
    says(page.locator("#many-status"), "5 photos:")
    says(page.locator("#many-table"), "torn.jpg")
    shoot(page, "transfer-many")
    assert overflow(page) <= 0
    page.get_by_label("as they came").check()
    says(page.locator("#many-table tr").nth(1), "0.jpg")
    with page.expect_download() as download:
        page.locator("#many-csv").click()
    assert "file,label,probability,none_of_these" in Path(download.value.path()).read_text()
    page.get_by_role("button", name="Correct holidays/2.jpg").click()
    says(page.locator("#many-status"), "Choose what it really is")
    page.locator("#many-really input").click()
    page.get_by_role("option", name="cup").click()
    page.locator("#many-put").click()
    says(page.locator("#many-status"), "is a training photo of cup now")
    page.get_by_role("tab", name="Your classes", exact=True).click()
    says(page.locator("#classes"), "cup · 19")
    says(page.locator("#status"), "The photos have changed")
    assert complaints == []


def test_the_table_of_many_photos_is_of_the_classifier_of_now(
    open_page: Open, complaints: list[str], tmp_path: Path
) -> None:
    """Another set: its own photos at once. The same classes taught again: the table stays, and is said to be older."""
    page = opened(open_page, 1280, "Many photos")
    table, status = page.locator("#many-table"), page.locator("#many-status")
    for name in ("apple", "cup", "house", "fish", "star", "umbrella"):
        says(table, name)
    expect(table.get_by_role("button")).to_have_count(0)  # the set's photos have their class already
    page.get_by_role("tab", name="Your classes", exact=True).click()
    page.get_by_label("Materials").click()
    says(page.locator("#status"), "Not taught yet")
    page.get_by_role("tab", name="Many photos", exact=True).click()
    says(status, "Nothing is taught yet")
    expect(table).not_to_contain_text("umbrella")
    expect(page.locator("#many-csv")).to_be_disabled()
    page.get_by_role("tab", name="Your classes", exact=True).click()
    page.locator("#teach").click()
    says(page.locator("#status"), "Taught in")
    page.get_by_role("tab", name="Many photos", exact=True).click()
    says(table, "brick")
    (tmp_path / "one.jpg").write_bytes(jpeg(300, 120))
    page.locator("#many-files input[type=file]").set_input_files(tmp_path / "one.jpg")
    page.locator("#many").click()
    says(status, "1 photo: ")
    page.get_by_role("tab", name="Mistakes", exact=True).click()
    says(page.locator("#mistakes-status"), "are recognised")
    page.locator("#mistakes-again").click()
    says(page.locator("#mistakes-status"), "; before, ")
    page.get_by_role("tab", name="Many photos", exact=True).click()
    says(status, "still of the one from before")
    says(table, "one.jpg")
    page.locator("#many").click()
    says(status, "1 photo: ")
    assert complaints == []


def test_a_folder_is_dropped_whole(open_page: Open, complaints: list[str], tmp_path: Path) -> None:
    """As a hand would drop it: Chromium makes the event, with the folder in it."""
    page = opened(open_page, 1280, "Many photos")
    says(page.locator("#many-table"), "%")
    (tmp_path / "holidays" / "sea").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg", "sea/c.jpg"):
        (tmp_path / "holidays" / name).write_bytes(jpeg(len(name), 120))
    (tmp_path / "holidays" / ".DS_Store").write_bytes(b"hidden")
    box = page.locator("#many-files").bounding_box()
    assert box is not None
    devtools = page.context.new_cdp_session(page)
    dropped = {"items": [], "files": [str(tmp_path / "holidays")], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        devtools.send("Input.dispatchDragEvent", {"type": kind, "data": dropped, **place})
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        says(page.locator("#many-files"), name.split(".")[0])
    page.locator("#many").click()
    says(page.locator("#many-status"), "3 photos:")
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        says(page.locator("#many-table"), name)
    assert complaints == []
