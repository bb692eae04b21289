"""Every tab and inner tab, for eyes, keyboards, screen readers and thumbs: axe-core on the real page, and our rules."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from importlib.util import find_spec

import pytest
from playwright.sync_api import Page, expect

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
AXE = """async where => {
  const { violations } = await axe.run(where, { resultTypes: ["violations"], preload: false });
  return violations.filter(one => ["serious", "critical"].includes(one.impact)).flatMap(one => one.nodes.map(node =>
    `${one.id}: ${node.html.slice(0, 200)} (${node.any[0]?.message ?? one.help})`));
}"""
MARK = """whole => {
  document.querySelector("[data-here]")?.removeAttribute("data-here");
  const panels = [...document.querySelectorAll("[role=tabpanel]")].filter(one => one.getClientRects().length);
  (whole ? document.body : panels.at(-1)).setAttribute("data-here", "");
}"""
# What a finger must hit and is lower than it is wide; a file's or a code's own small icons have the keyboard as well.
LOW = """() => [...document.querySelectorAll(`button, select, textarea, label:has(> input[type=radio]),
    label:has(> input[type=checkbox]), input:not([type=file], [type=checkbox], [type=radio])`)]
  .filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.closest("[aria-hidden=true]"))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([, place]) => place.width && place.height && place.height < 43.5)
  .map(([one, place]) => `${Math.round(place.height)} px: ${one.outerHTML.slice(0, 120)}`)"""
NAMELESS = """() => [...document.querySelectorAll("button, img, video, canvas, [role=img]")]
  .filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.closest("[aria-hidden=true]"))
  .filter(one => !(one.ariaLabel || one.title || one.alt || one.textContent.trim()) && !one.closest("button, a"))
  .map(one => one.outerHTML.slice(0, 200))"""
CUT = """() => [...document.querySelectorAll("[role=tablist]")].filter(one => one.getClientRects().length)
  .filter(one => one.scrollWidth > one.clientWidth + 1 || one.parentElement.querySelector(".overflow-menu:not(.hide)"))
  .map(one => one.textContent)"""
# Said by Gradio itself and by what it brings along; nothing of ours can be done about it.
NOT_OURS = (
    "WARN The input spec uses Vega-Lite",  # Gradio's charts name a version older than the one it ships
    "PixiJS Deprecation Warning",  # Gradio's picture editor draws with an older way of calling it...
    "    at ",  # ...and where it does so
    "[.WebGL-",  # the driver, where no GPU draws for it
)


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


def _load_axe(page: Page) -> None:
    if find_spec("axe_playwright_python") is None:
        pytest.skip("needs axe-playwright-python (requirements-dev.txt)")
    page.emulate_media(reduced_motion="reduce")  # a colour on its way to another is neither
    page.add_style_tag(content="*, *::before, *::after { transition: none !important; animation: none !important; }")
    # Words that lie beneath the button that stays on the screen are scrolled, not printed on it.
    page.add_style_tag(content=".gradio-container :is(.hl-go, .hl-stop) { position: static !important; }")
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))


def _axe(page: Page, where: str = "body") -> list[str]:
    return page.evaluate(AXE, where)


def test_axe_finds_nothing_serious_on_any_page(open_app: Open) -> None:
    page = open_app(1280)
    _load_axe(page)
    found: dict[str, str] = {}
    seen: set[str] = set()
    for place, name in enumerate(walk(page)):
        tab = name.split(" > ")[1]
        page.evaluate(MARK, tab not in seen)  # all of a tab once, then only what changes from one page to the next
        seen.add(tab)
        # Both widths and both schemes in turn: the colours and the sizes of all pages are the same few rules.
        width, dark = ((1280, False), (390, True), (1280, True), (390, False))[place % 4]
        page.set_viewport_size({"width": width, "height": 900})
        _scheme(page, dark)
        for fault in _axe(page, "[data-here]"):
            found.setdefault(fault, f"{name}, {width} px{', dark' if dark else ''}")
    assert not found, "\n".join(f"{where}: {fault}" for fault, where in found.items())


def test_code_can_be_read(open_app: Open) -> None:
    page = open_app(390)
    _load_axe(page)
    page.get_by_role("button", name="Show me the code").first.click()
    page.locator(".hl-code .cm-line span").first.wait_for()
    for dark in (False, True):
        _scheme(page, dark)
        assert _axe(page, ".hl-code") == []
    colours = (
        "() => new Set([...document.querySelectorAll('.cm-line span')].map(one => getComputedStyle(one).color)).size"
    )
    assert page.evaluate(colours) > 3
    assert (
        page.evaluate(
            "() => { const it = document.querySelector('.cm-scroller'); return it.scrollWidth - it.clientWidth }"
        )
        <= 1
    )
    assert page.locator(".cm-scroller").first.get_attribute("tabindex") == "0"


def test_a_phone_reaches_everything_and_the_console_is_silent(open_app: Open) -> None:
    page = open_app(390)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.reload()
    found: dict[str, str] = {}
    for name in walk(page):
        wide = [f"{overflow(page)} px too wide"] if overflow(page) > 0 else []
        faults = [*wide, *page.evaluate(LOW), *page.evaluate(CUT), *page.evaluate(NAMELESS)]
        faults += [text for text in said if not text.startswith(NOT_OURS)]
        for fault in faults:
            found.setdefault(fault, name)
    assert not found, "\n".join(f"{where}: {fault}" for fault, where in found.items())


def test_the_page_says_what_it_is(open_app: Open) -> None:
    page = open_app(390)
    page.locator("[role=tablist]").first.wait_for()
    assert page.title() == "Hidden Layers"
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.get_by_role("button", name="Use via API")).to_be_visible()
    main = page.locator("[role=tablist]").first.get_by_role("tab")
    tops = {main.nth(place).evaluate("one => one.getBoundingClientRect().top") for place in range(main.count())}
    assert main.count() == 5
    assert len(tops) == 1  # one row


def test_a_term_is_explained_to_a_finger_too(open_app: Open) -> None:
    page = open_app(390)
    page.locator("[role=tablist]").first.wait_for()
    term = "<abbr title='a measure'>PSNR</abbr>"
    page.evaluate("term => document.querySelector('.hl-promise p').insertAdjacentHTML('beforeend', term)", term)
    shown = page.locator("abbr", has_text="PSNR")
    expect(shown).to_have_attribute("tabindex", "0")
    shown.click()
    assert shown.evaluate("one => getComputedStyle(one, '::after').content") == '" (a measure)"'
