"""The webcam's two ways in, with a camera whose picture has a left and a right: both give it as it is."""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.pages.conftest import CHROMIUM, FLAGS

pytestmark = pytest.mark.slow


def camera(path: Path) -> Path:
    """A film of one picture, 320 x 240: red on the left, blue on the right (YUV4MPEG2, BT.601)."""
    red, blue = (82, 90, 240), (41, 240, 110)
    planes = [
        (bytes([left]) * (width // 2) + bytes([right]) * (width // 2)) * height
        for left, right, (width, height) in zip(red, blue, ((320, 240), (160, 120), (160, 120)), strict=True)
    ]
    path.write_bytes(b"YUV4MPEG2 W320 H240 F10:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + b"".join(planes)) * 10)
    return path


def sides(picture: bytes) -> tuple[str, str]:
    """What is on its left and on its right."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    width = pixels.shape[1]
    parts = (pixels[:, : width // 4], pixels[:, -width // 4 :])
    left, right = ("red" if part[..., 0].mean() > part[..., 2].mean() else "blue" for part in parts)
    return left, right


@pytest.fixture
def page(browser: Browser, address: str, tmp_path: Path) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("needs a Chromium (Debian: apt-get install chromium)")
    film = camera(tmp_path / "camera.y4m")
    flags = [*FLAGS, f"--use-file-for-fake-video-capture={film}"]
    with browser.browser_type.launch(executable_path=CHROMIUM, args=flags) as filming:
        context = filming.new_context(viewport={"width": 1280, "height": 900}, permissions=["camera"])
        opened = context.new_page()
        opened.set_default_timeout(30_000)
        opened.goto(address)
        opened.get_by_role("tab", name="Teach it", exact=True).click()
        expect(opened.locator("#status")).to_contain_text("Taught in", timeout=60_000)
        yield opened


def test_one_shot_and_a_burst_are_alike_and_unmirrored(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if "queue/join" in request.url else None)
    page.get_by_label("My own photos").click()
    name = page.locator("#class-name").get_by_role("textbox")
    name.fill("left")
    name.press("Enter")
    expect(page.locator("#classes")).to_contain_text("left · 0")
    hold = page.get_by_role("button", name="Hold to shoot")
    hold.scroll_into_view_if_needed()
    hold.hover()
    page.mouse.down()
    expect(page.locator(".burst-words")).to_contain_text(re.compile(r"[2-9] photos"))
    page.mouse.up()
    expect(page.locator(".burst-words")).to_contain_text("added")
    shots = [shot for body in sent for shot in re.findall(r"base64,([A-Za-z0-9+/=]+)", body)]
    assert {sides(base64.b64decode(shot)) for shot in shots} == {("red", "blue")}

    one = page.locator("#try")
    one.get_by_label("Capture from camera").click()
    access = one.get_by_text("Click to Access Webcam")
    access.click()
    page.wait_for_function("() => document.querySelector('#try video')?.videoWidth > 0")  # it films
    one.locator("button[aria-label*='apture photo' i]").click()
    source = one.locator("img[src*='/file='], img[src^='data:']").first.get_attribute("src") or ""
    picture = base64.b64decode(source.split(",")[1]) if source.startswith("data:") else page.request.get(source).body()
    assert sides(picture) == ("red", "blue")
