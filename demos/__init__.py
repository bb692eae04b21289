"""The tabs, in the order of the page. Modules are named, not imported: this loads neither torch nor gradio."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Demo:
    """One tab: `module` has `build()`, which adds its components to the page, and may have `warm()`."""

    name: str  # on the command line, in --only
    title: str  # on the tab
    promise: str
    module: str


DEMOS: tuple[Demo, ...] = (
    Demo(
        "basics",
        "Start here",
        "Ten short parts from one neuron to a network that writes: move something, and see what it does.",
        "demos.basics.page.tab",
    ),
    Demo(
        "transfer",
        "Teach it",
        "Teach a network your own classes from a handful of photos, in seconds.",
        "demos.transfer.page.tab",
    ),
    Demo(
        "style",
        "Paint it",
        "Paint your photo in any style, watch how, and stop when you like it.",
        "demos.style.page.tab",
    ),
    Demo(
        "autoencoder",
        "Clean it",
        "Clean a noisy photo, squeeze one into a small file, and watch an autoencoder learn.",
        "demos.autoencoder.page.tab",
    ),
    Demo(
        "dcgan",
        "Dream it",
        "Dream up pictures that never existed, steer them, look inside, and break it all on purpose.",
        "demos.dcgan.page.tab",
    ),
)
