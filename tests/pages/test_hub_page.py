"""With a Hub in reach: the page works on the pocket network at once, and on the real VGG16's shapes a moment later.

The Hub is one on this machine; it serves a file of VGG16's true names and shapes (553 MB, computed as asked for).
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from demos.core.networks import catalogue
from demos.core.networks import files as network_files
from tests.hub import ComputedFile, Hub, vgg16_shapes
from tests.pages.conftest import shoot
from tests.server import app

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(network_files.find("pocket-vgg16") is None, reason="needs weights/pocket_vgg16.safetensors"),
]

# The pinned hash is that of the true weights; these have another one.
PINNED = """
from dataclasses import replace
from demos.core.networks import catalogue
for name in ("vgg16-features", "vgg16"):
    network = catalogue.NETWORKS[name]
    catalogue.NETWORKS[name] = replace(network, origin=replace(network.origin, sha256={sha256!r}, size={size}))
"""


def test_the_real_vgg16_arrives_teaches_and_recognises(browser: Browser, tmp_path: Path) -> None:
    full = catalogue.NETWORKS["vgg16"].origin
    assert full is not None
    source = ComputedFile(vgg16_shapes())
    before = PINNED.format(sha256=source.sha256(), size=source.size)
    with (
        Hub({full.repo: {full.file: source}}) as hub,
        app(environment=hub.environment(tmp_path / "home"), log=tmp_path / "log.txt", before=before) as address,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        page.goto(address)
        page.get_by_role("tab", name="Teach it", exact=True).click()
        expect(page.locator("#status")).to_contain_text("on the pocket VGG16", timeout=120_000)
        expect(page.get_by_text("The real VGG16 is here: the next training uses it.")).to_be_visible(timeout=120_000)
        assert hub.sent[full.file] < 59_000_000 + 100_000  # features only, not the 494 MB behind them
        page.locator("#teach").click()
        expect(page.locator("#status")).to_contain_text("on the real VGG16", timeout=120_000)
        expect(page.locator("#numbers")).to_contain_text("of 36 photos")
        shoot(page, "transfer-real-vgg16")
        page.get_by_text("More", exact=True).filter(visible=True).first.click()
        page.get_by_label("Pocket VGG16").click()
        page.locator("#teach").click()
        expect(page.locator("#status")).to_contain_text("on the pocket VGG16", timeout=120_000)
        page.get_by_role("tab", name="ImageNet").click()
        expect(page.get_by_text("553 MB").first).to_be_visible()  # said before the click
        page.locator("#recognise-examples img").first.click()
        page.locator("#recognise").click()
        expect(page.locator("#recognise-status")).to_contain_text("Recognised by the real VGG16", timeout=240_000)
        expect(page.locator("#recognised")).to_contain_text("%")
        shoot(page, "imagenet-real-vgg16")
        page.close()
