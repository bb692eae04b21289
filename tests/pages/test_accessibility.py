"""Every tab and inner tab, for eyes, keyboards, screen readers and thumbs: axe-core on the real page, and our own rules."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.pages.conftest import overflow

pytestmark = pytest.mark.slow
Open = Callable[[int], Page]

# Goes along the tabs given by their places, and says which tabs there are below the last.
TABS = """path => {
  let root = document;
  const list = () => [...root.querySelectorAll("[role=tablist]")].find(one => one.getClientRects().length);
  const tabs = () => [...(list()?.querySelectorAll("[role=tab]") ?? [])];
  for (const place of path) {
    const all = list().closest(".tabs"), tab = tabs()[place];
    if (tab.getAttribute("aria-selected") !== "true") tab.click();
    root = [...all.querySelectorAll(":scope > [role=tabpanel]")].find(one => one.getClientRects().length) ?? all;
  }
  return tabs().map(tab => tab.textContent.trim());
}"""
# Opens what is folded, the code apart (a thousand coloured words on every page; one of them is tested by itself).
UNFOLD = """() => {
  const folded = [...document.querySelectorAll("button.label-wrap:not(.open)")]
    .filter(one => one.getClientRects().length && !one.closest(".hl-code"));
  folded.forEach(one => one.click());
  return folded.length;
}"""
AXE = """async rules => {
  const only = rules.length ? { runOnly: rules } : {};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...only });
  return violations.filter(one => ["serious", "critical"].includes(one.impact)).flatMap(one => one.nodes.map(node =>
    `${one.id}: ${node.html.slice(0, 200)} (${node.any[0]?.message ?? one.help})`));
}"""
EYES = ["color-contrast", "scrollable-region-focusable"]  # what the width and the colours change


def walk(page: Page) -> Iterator[str]:
    """Opens one page after the other, to the innermost tabs and with everything unfolded, and gives its name."""
    page.locator("[role=tablist]").first.wait_for()

    def below(path: tuple[int, ...], name: str) -> Iterator[str]:
        page.evaluate(TABS, path)
        _drawn(page)
        while page.evaluate(UNFOLD):
            _drawn(page)
        tabs = page.evaluate(TABS, path)
        if not tabs:
            yield name
        for place, title in enumerate(tabs):
            yield from below((*path, place), f"{name} > {title}")

    yield from below((), "page")


def _drawn(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _scheme(page: Page, dark: bool) -> None:
    page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)  # as Gradio itself does
    _drawn(page)


def _axe(page: Page, rules: list[str]) -> list[str]:
    return page.evaluate(AXE, rules)


def test_axe_finds_nothing_serious_on_any_page(open_page: Open) -> None:
    if find_spec("axe_playwright_python") is None:
        pytest.skip("needs axe-playwright-python (requirements-dev.txt)")
    page = open_page(1280)
    page.emulate_media(reduced_motion="reduce")
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    for name in walk(page):
        for width, dark in ((1280, False), (1280, True), (390, True), (390, False)):
            page.set_viewport_size({"width": width, "height": 900})
            _scheme(page, dark)
            for fault in _axe(page, [] if (width, dark) == (1280, False) else EYES):
                found.setdefault(fault, f"{name}, {width} px{', dark' if dark else ''}")
    assert not found, "\n".join(f"{where}: {fault}" for fault, where in found.items())
