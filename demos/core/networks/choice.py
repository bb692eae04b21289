"""The real VGG16 arrives while the visitor already works with the pocket one.

One background thread per process fetches the 59 MB of features. The page asks `line()` what to say about it and
`names()` which networks there are to choose from; the next training uses the best of them.
"""

import logging
import threading

from demos.core.choices import choose
from demos.core.errors import DemoError
from demos.core.hub import fetch
from demos.core.networks import files as network_files
from demos.core.networks import vgg

TITLES = {vgg.POCKET: "Pocket VGG16 (ours, 2.7 million weights)", vgg.FEATURES: "Real VGG16 (ImageNet, from the Hub)"}
AUTOMATIC = "The best that is here"

_lock = threading.Lock()
_thread: threading.Thread | None = None
_asked = False
_line = ""


def start() -> None:
    """Begins to fetch the real VGG16's features, once per process, unless they are here or the app is offline."""
    global _thread, _asked
    with _lock:
        _asked = True
        if _thread is None and not fetch.is_offline() and network_files.find(vgg.FEATURES) is None:
            _thread = threading.Thread(target=_fetch, name="the real VGG16", daemon=True)
            _thread.start()


def _fetch() -> None:
    def progress(done: int, total: int) -> None:
        _say(f"The real VGG16 is on its way: {done / 1e6:.0f} of {total / 1e6:.0f} MB. The pocket one works meanwhile.")

    try:
        network_files.fetch(vgg.FEATURES, progress)
    except DemoError as error:
        _say(f"Working with the pocket VGG16. {error}")
    except Exception:  # a thread that dies silently would leave "on its way" on the page for ever
        logging.exception("fetching the real VGG16 failed")
        _say("Working with the pocket VGG16: fetching the real one failed, and the log says why.")
    else:
        _say("The real VGG16 is here: the next training uses it.")


def _say(line: str) -> None:
    global _line
    _line = line


def status() -> str:
    """One sentence about the real VGG16's whereabouts; empty where there is nothing to say."""
    return _line


def pending() -> bool:
    """Whether `line()` may still change: before `start`, and while the fetch goes on."""
    return not _asked or (_thread is not None and _thread.is_alive())


def names() -> list[str]:
    """What the choice on the page offers: the best, and each network that can be loaded now."""
    return [AUTOMATIC, *(TITLES[name] for name in (vgg.POCKET, vgg.FEATURES) if network_files.find(name) is not None)]


def load(title: str = AUTOMATIC) -> vgg.VGG16:
    """The network behind a choice of `names()`, loaded.

    Raises:
        DemoError: no such choice, or the network is not here.
    """
    title = choose(title, [AUTOMATIC, *TITLES.values()], "network", TITLES)
    if title == AUTOMATIC:
        return vgg.load(vgg.POCKET if network_files.find(vgg.FEATURES) is None else vgg.FEATURES)
    by_title = {text: name for name, text in TITLES.items()}
    return vgg.load(by_title[title])
