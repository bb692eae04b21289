"""A visitor of every tab, run as a program where tests cannot be: `python visitor.py APP.PY FOLDER`.

Starts the app from FOLDER, opens each tab and each tab within it in Chromium, and prints what it saw as JSON: the
statuses that the tabs open with, and every complaint of the page or the browser.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Locator, Page, Request, sync_playwright

PORT = 7860


def main(app: str, folder: str) -> None:
    log = Path(folder) / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, app, "--no-browser", "--port", str(PORT)], cwd=folder, stdout=output, stderr=output
        )
        try:
            wait_until_up(process, log)
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
                )
                seen = visit(chromium.new_page(viewport={"width": 1280, "height": 900}))
        finally:
            process.terminate()
            process.wait(20)
    seen["user"], seen["log"] = os.getuid(), log.read_text()[-2000:]
    print(json.dumps(seen))


def wait_until_up(process: subprocess.Popen, log: Path) -> None:
    patience = time.monotonic() + 120
    while time.monotonic() < patience:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
    raise SystemExit(log.read_text()[-2000:])


def visit(page: Page) -> dict[str, object]:
    """Opens everything that can be opened; the words that stand there once pictures and statuses have settled."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    flight: set[Request] = set()
    page.on("request", lambda request: flight.add(request) if "/queue/" in request.url else None)
    page.on("requestfinished", lambda request: flight.discard(request))
    page.on("requestfailed", lambda request: flight.discard(request))
    page.set_default_timeout(90_000)
    page.goto(f"http://127.0.0.1:{PORT}/")
    page.get_by_role("tab").first.wait_for()
    statuses: list[str] = []

    def open_all(within: Page | Locator, depth: int = 2) -> dict[str, object]:
        """Every tab of the first row of tabs there, and those within each."""
        row = within.get_by_role("tablist").first
        if depth == 0 or not row.is_visible():
            return {}
        opened: dict[str, object] = {}
        for name in row.get_by_role("tab").all_inner_texts():
            row.get_by_role("tab", name=name, exact=True).click()
            settled(page, flight)
            opened[name] = open_all(within.locator("[role=tabpanel]:visible").first, depth - 1)
            complaints.extend(f"{name}: {words}" for words in page.get_by_test_id("toast-body").all_inner_texts())
            empty = page.locator("img[src='']:visible").evaluate_all("all => all.map(one => one.alt)")
            complaints.extend(f"{name}: no picture in {alt!r}" for alt in empty)
            statuses.extend(page.locator(".hl-status:visible").all_inner_texts())
        return opened

    return {"opened": open_all(page), "complaints": complaints, "statuses": statuses}


def settled(page: Page, flight: set[Request]) -> None:
    """Waits until all events of the page are over (Gradio then closes their stream), and nothing is being loaded."""
    page.wait_for_timeout(100)  # for the click's events to set out
    while flight:
        page.wait_for_timeout(50)
    page.wait_for_function(
        """() => ![...document.querySelectorAll('.hl-status')].some(
             (one) => one.getClientRects().length && /Loading|processing|queue/.test(one.innerText))"""
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
