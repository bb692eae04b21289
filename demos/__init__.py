"""The tabs, in the order of the page. Modules are named, not imported: this loads neither torch nor gradio."""

from dataclasses import dataclass
from pathlib import Path

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"


@dataclass(frozen=True)
class Demo:
    """One tab: `module` has `build()`, which adds its components to the page, and may have `warm()`."""

    name: str  # on the command line, in --only
    title: str  # on the tab
    promise: str
    module: str
    opens_with: str = ""  # a file in weights/ without which its first page would be empty

    @property
    def ready(self) -> bool:
        """Whether the page offers the tab by itself; one that is not is there when `--only` names it."""
        return (WEIGHTS / self.opens_with).exists()


DEMOS: tuple[Demo, ...] = (
    Demo(
        "transfer",
        "Teach it",
        "Teach a network your own classes from a handful of photos, in seconds.",
        "demos.transfer.tab",
    ),
    Demo(
        "style",
        "Paint it",
        "Paint your photo in any style, watch how, and stop when you like it.",
        "demos.style.tab",
    ),
    Demo(
        "autoencoder",
        "Clean it",
        "Clean a noisy photo, squeeze one into a small file, and watch an autoencoder learn.",
        "demos.autoencoder.tab",
        opens_with="denoiser.safetensors",
    ),
    Demo(
        "dcgan",
        "Dream it",
        "Dream up pictures that never existed, steer them, look inside, and break it all on purpose.",
        "demos.dcgan.tab",
        opens_with="dcgan-cats/generator.safetensors",
    ),
)
