"""Which VGG16 works: the real one arrives in the background while the visitor already works with the pocket one.

The page asks `status()` what to say about it and `names()` which networks there are to choose from; the next training
uses the best of them.
"""

from typing import TYPE_CHECKING

from demos.core.choices import choose
from demos.core.hub import background, fetch
from demos.core.networks import files as network_files
from demos.core.networks.catalogue import FEATURES, POCKET, SQUEEZENEXT

if TYPE_CHECKING:  # a page that offers the choice loads no torch for it
    from demos.core.networks import squeezenext, vgg

TITLES = {POCKET: "Pocket VGG16 (ours, 2.7 million weights)", FEATURES: "Real VGG16 (ImageNet, from the Hub)"}
# For new classes, not for style.
FOR_FEATURES = {SQUEEZENEXT: "SqueezeNext (ours, 0.6 million weights: smallest, weakest)"}
AUTOMATIC = "The best that is here"


def download() -> background.Download:
    """A download of the real VGG16's features that begins unless they are here or the app is offline."""
    return background.Download(
        "the real VGG16",
        lambda progress: network_files.path(FEATURES, progress),
        wanted=lambda: not fetch.is_offline() and network_files.find(FEATURES) is None,
    )


_download = download()


def start() -> None:
    """Begins to fetch the real VGG16's features (59 MB), once per process."""
    _download.start()


def status() -> str:
    """One sentence about the real VGG16's whereabouts; empty where there is nothing to say."""
    now = _download.status()
    if now.state == "running":
        came = f"{now.done / 1e6:.0f} of {now.total / 1e6:.0f} MB"
        return f"The real VGG16 is on its way: {came}. The pocket one works meanwhile."
    if now.state == "failed":
        if now.reason:
            return f"Working with the pocket VGG16. {now.reason}"
        return "Working with the pocket VGG16: fetching the real one failed, and the log says why."
    return "The real VGG16 is here: the next training uses it." if now.state == "done" else ""


def pending() -> bool:
    """Whether `status()` may still change: before `start`, and while the download goes on."""
    return _download.pending()


def names() -> list[str]:
    """What the choice on the page offers: the best, and each network that can be loaded now."""
    return [AUTOMATIC, *_here(TITLES)]


def names_for_features() -> list[str]:
    """The same, and those that a new last layer can be taught on besides."""
    return [*names(), *_here(FOR_FEATURES)]


def _here(titles: dict[str, str]) -> list[str]:
    return [title for name, title in titles.items() if network_files.available(name)]


def load(title: str = AUTOMATIC) -> "vgg.VGG16":
    """The network behind a choice of `names()`, loaded.

    Raises:
        DemoError: no such choice, or the network is not here.
    """
    from demos.core.networks import vgg

    title = choose(title, [AUTOMATIC, *TITLES.values()], "network", TITLES)
    if title == AUTOMATIC:
        return vgg.load(POCKET if network_files.find(FEATURES) is None else FEATURES)
    by_title = {text: name for name, text in TITLES.items()}
    return vgg.load(by_title[title])


def load_for_features(title: str = AUTOMATIC) -> "vgg.VGG16 | squeezenext.SqueezeNext":
    """The network behind a choice of `names_for_features()`, loaded.

    Raises:
        DemoError: no such choice, or the network is not here.
    """
    from demos.core.networks import squeezenext

    titles = TITLES | FOR_FEATURES
    title = choose(title, [AUTOMATIC, *titles.values()], "network", titles)
    return squeezenext.load() if title == FOR_FEATURES[SQUEEZENEXT] else load(title)
