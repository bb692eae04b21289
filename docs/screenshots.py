"""The pictures of README: each tab of the running app as a newcomer meets it.

    python -m docs.screenshots

Needs Debian's Chromium, and takes what each tab opens with: nothing is clicked but the tab itself.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from demos import DEMOS
from tests.pages.conftest import CHROMIUM, FLAGS
from tests.server import app

FOLDER = Path(__file__).parent
WIDTH, HEIGHT = 1280, 860
# Per tab: its picture's name, the line that says how far the example is, and what it says when that is there.
SHOTS = {
    "basics": ("start", "#neuron-status", "solved"),
    "transfer": ("teach", "#status", "Taught in"),
    "style": ("paint", "#paint-status", "Painted"),
    "autoencoder": ("clean", "#clean-status", "Cleaned in"),
    "dcgan": ("dream", "#gan-status", "never existed"),
}
DRAWN = "() => [...document.images].every(image => !image.offsetParent || (image.complete && image.naturalWidth))"


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "log.txt"
        with app("--offline", environment={"HF_HOME": home}, log=log) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto(address)
            for demo in DEMOS:
                name, line, words = SHOTS[demo.name]
                page.get_by_role("tab", name=demo.title, exact=True).click()
                expect(page.locator(line)).to_contain_text(words, timeout=120_000)
                page.wait_for_function(DRAWN)
                page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=85)
            browser.close()


if __name__ == "__main__":
    main()
