"""A finished painting made large enough to print, as the page shows it; its cost is said before."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from demos.core.errors import DemoError
from demos.core.networks import vgg
from demos.style import cost
from demos.style.optimise import enlarge
from demos.style.painting import ENOUGH_TO_LEARN, Painting, frame, placed

SIDE = enlarge.SIDE
KEPT = 150  # bytes of a pixel of the picture: it, its gradient and mean, what Adam keeps, and their smaller copies


@dataclass(frozen=True)
class LargeStep:
    """A tile more; `painting` has a new picture where `fresh`."""

    painting: Painting
    fresh: bool
    round: int
    rounds: int


def paint(painting: Painting | None, network: vgg.VGG16) -> Iterator[LargeStep]:
    """The painting at `SIDE` px: all its tiles once around, and again; every yield is one tile.

    Raises:
        DemoError: there is no painting, or it is as large already.
    """
    if painting is None or painting.source is None:
        raise DemoError("There is no painting to make large. Paint first.")
    if max(painting.picture.size) >= SIDE:
        raise DemoError(f"This painting has {SIDE:,} px already. Keep it with the button for the PNG.")
    source, settings = painting.source, painting.recipe.settings
    large = replace(
        painting, recipe=replace(painting.recipe, large=SIDE), note="", scale=SIDE, before=source.photo,
        expected=seconds(painting, network),
    )  # fmt: skip
    steps = enlarge.paint(
        painting.picture, source.photo, placed(source.styles, source.masks), network, settings,
        protect=source.masks.protect,
    )  # fmt: skip
    shown, share, spent = -1, 0.0, 0.0
    try:
        for step in steps:
            share, spent, fresh = step.share, step.seconds, step.index > shown
            if fresh:
                shown, picture = step.index, step.image()
                large = replace(
                    large, picture=picture, index=painting.index + step.index, total=painting.index + step.total,
                    frames=(*painting.frames, frame(painting.index + step.index, SIDE, picture)),
                    parts=tuple(step.parts.items()) or painting.parts,
                )  # fmt: skip
            large = replace(large, seconds=spent, share=share)
            yield LargeStep(large, fresh, step.index, step.total)
    finally:
        steps.close()  # type: ignore[attr-defined]
        if share > ENOUGH_TO_LEARN and settings.optimiser == "Adam":
            cost.learn(network, "Adam", spent, share * work(painting, network))


def work(painting: Painting, network: vgg.VGG16) -> float:
    """In the units of `optimise/work.py`."""
    width, height = painting.picture.size
    scale = SIDE / max(width, height)
    return enlarge.work_of(round(height * scale), round(width * scale), network)


def seconds(painting: Painting, network: vgg.VGG16) -> float:
    """How long it will take."""
    return work(painting, network) * cost.speed(network)


def memory(network: vgg.VGG16) -> float:
    """Bytes at the peak, for the largest shape: a tile's activations, and what is kept of the whole picture."""
    return cost.memory(network, (enlarge.largest_side(network) + 2 * enlarge.CONTEXT) ** 2) + KEPT * SIDE**2


def describe(painting: Painting, network: vgg.VGG16) -> str:
    """For the page: "about 3 min and 1.5 GB of memory"."""
    return cost.words(seconds(painting, network), memory(network))
