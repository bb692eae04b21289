"""A real browser (Debian's Chromium, driven by Playwright) on the real app; screenshots to look at go to shots/."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from demos.core.networks import files as network_files
from tests.server import ROOT, app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A second try in a browser: on a busy machine one of its processes can miss a moment. What needed one is said."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs a Chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if network_files.find("pocket-vgg16") is None:
        pytest.skip("needs weights/pocket_vgg16.safetensors")
    folder = tmp_path_factory.mktemp("page")
    with app("--offline", environment={"HF_HOME": str(folder / "hub")}, log=folder / "log.txt") as running:
        yield running


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console said of errors, and addresses outside of this machine that the page asked for."""
    return []


@pytest.fixture
def open_page(open_app: Callable[[int], Page]) -> Callable[[int], Page]:
    """Opens the app in a window of the given width, and goes from its first page to *Teach it* where that is there."""

    def open_(width: int) -> Page:
        page = open_app(width)
        page.get_by_role("tab").first.wait_for()
        teach = page.get_by_role("tab", name="Teach it", exact=True)
        if teach.count():
            teach.click()
        return page

    return open_


@pytest.fixture
def open_app(browser: Browser, address: str, complaints: list[str]) -> Iterator[Callable[[int], Page]]:
    """Opens the app in a window of the given width, as a newcomer finds it."""
    contexts = []

    def open_(width: int) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, permissions=["camera"])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)

        def heard(message: ConsoleMessage) -> None:
            if message.type == "error":
                complaints.append(message.text)

        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if _outside(request.url) else None)
        page.goto(address)
        return page

    yield open_
    for context in contexts:
        context.close()


def _outside(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "http://localhost", "data:", "blob:"))


def shoot(page: Page, name: str) -> Path:
    """A screenshot of the whole page, to be looked at."""
    path = ROOT / "shots" / f"{name}-{page.viewport_size['width'] if page.viewport_size else 0}.png"
    path.parent.mkdir(exist_ok=True)
    page.screenshot(path=path, full_page=True)
    return path


def go(page: Page, tab: str) -> Page:
    """To an inner tab of *Teach it*, once the example is taught, which a busy machine takes its time for."""
    expect(page.locator("#status")).to_contain_text("Taught in", timeout=90_000)
    page.get_by_role("tab", name=tab, exact=True).click()
    return page


def every(page: Page, selector: str, count: int, condition: str) -> None:
    """Waits until there are `count` such elements and `condition`, JavaScript of `one`, holds for each of them.

    Both at one moment: a gallery that is drawn anew has no pictures for an instant, so that those that were counted may
    be gone when they are measured.
    """
    test = "([all, count]) => { const found = [...document.querySelectorAll(all)]; return found.length === count &&"
    page.wait_for_function(f"{test} found.every(one => {condition}); }}", arg=[selector, count])


def overflow(page: Page) -> int:
    """How many px the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def broken(page: Page, table: str) -> list[str]:
    """Cells with a number in this table that take two lines, are cut, or lie outside of what one sees of the table."""
    return page.locator(table).evaluate(
        """table => {
            const seen = (table.closest(".hl-scroll, .block") ?? table).getBoundingClientRect();
            return [...table.querySelectorAll("td")].filter(cell => {
                const text = document.createRange();
                text.selectNodeContents(cell);
                const lines = new Set([...text.getClientRects()].map(line => Math.round(line.top)));
                const box = cell.getBoundingClientRect();
                const cut = cell.scrollWidth > cell.clientWidth + 1;
                return /[0-9]/.test(cell.textContent) && (lines.size > 1 || cut || box.right > seen.right + 1);
            }).map(cell => cell.textContent);
        }"""
    )
