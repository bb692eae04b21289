"""A run as the page shows it: the picture now, the frames to scrub through, the losses' history, the recipe."""

import importlib.util
import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from demos.core.errors import DemoError
from demos.core.images import recipe as png_recipe
from demos.core.images import sheets, tensors
from demos.core.images.load import fit, load_image
from demos.core.networks import vgg
from demos.style import cost
from demos.style.optimise import multiscale, work
from demos.style.optimise.masks import Masks
from demos.style.optimise.targets import Style
from demos.style.selection import SelectedStyle
from demos.style.settings import PaintSettings

FRAME_EVERY = 0.25  # seconds
MOST_FRAMES = 80  # then every second one goes, so that a long run stays a short film
MOST_POINTS = 400  # of the loss curve
ENOUGH_TO_LEARN = 0.2  # share of a run's work, from which its speed is that of the next one
ALIKE = 3.0  # of 255: a photo that was saved once more differs by less
KEY = "hidden-layers"  # of the PNG's text chunk
MOVIE_SIDE, MOVIE_SECONDS = 400, 6.0  # px of the GIF's longer side, length without the last frame
GIF_FRAMES, MOST_BYTES = 30, 3_000_000  # of the GIF: what a messenger takes without complaint
FILM_SIDE = 1024  # px of the MP4's longer side, at most


@dataclass(frozen=True)
class Recipe:
    """How a picture was painted: all that another run needs but the pictures themselves."""

    settings: PaintSettings
    styles: tuple[tuple[str, float], ...]  # (name in the gallery or "your own", share)
    network: str
    large: int = 0  # px of the longer side, where it was made larger than it was painted


@dataclass(frozen=True)
class Frame:
    """A moment of the run."""

    index: int
    scale: int
    jpeg: bytes

    def image(self) -> Image.Image:
        """The picture, decoded."""
        return Image.open(io.BytesIO(self.jpeg)).convert("RGB")


@dataclass(frozen=True)
class Source:
    """What a picture was painted of."""

    photo: Image.Image
    styles: tuple[SelectedStyle, ...]
    masks: Masks = field(default_factory=Masks)


@dataclass(frozen=True)
class Painting:
    """How far a run is, and all that can be done with what it has."""

    recipe: Recipe
    picture: Image.Image
    index: int = 0
    total: int = 0
    scale: int = 0
    seconds: float = 0.0
    note: str = ""
    frames: tuple[Frame, ...] = ()
    history: tuple[tuple[int, dict[str, float]], ...] = ()  # (step, losses by name)
    parts: tuple[tuple[str, float], ...] = ()
    share: float = 0.0  # of the work that is done, 0..1
    before: Image.Image | None = None  # the photo at the painting's full size
    expected: float = 0.0  # seconds that the whole run was thought to take before it began
    source: Source | None = None

    @property
    def left(self) -> float:
        """Seconds that the run still takes, by the work that is left and the speed so far."""
        return work.seconds_left(self.share, self.seconds, self.expected)

    @property
    def loss(self) -> float:
        """The sum of its weighted parts."""
        return sum(value for _, value in self.parts)


def paint(
    photo: Image.Image,
    styles: Sequence[SelectedStyle],
    network: vgg.VGG16,
    settings: PaintSettings | None = None,
    *,
    masks: Masks | None = None,
    preview: Image.Image | None = None,
    init_image: Image.Image | None = None,
) -> Iterator[Painting]:
    """Paints the photo in the styles, keeping frames and losses on the way.

    Args:
        preview: an instant result to show before the first step; with `settings.start` "instant" also where it starts.
        init_image: a frame to branch from, at the full size alone.

    Yields:
        one `Painting` about every `FRAME_EVERY` seconds, and the last one.

    Raises:
        DemoError: as `optimise.paint` does.
    """
    settings, masks = settings or PaintSettings(), masks or Masks()
    used = [style for style in styles if style.share > 0]
    recipe = Recipe(settings, tuple((style.name, style.share) for style in used), network.name)
    before, source = tensors.resized(photo, settings.size), Source(photo, tuple(used), masks)
    frames: list[Frame] = []
    history: list[tuple[int, dict[str, float]]] = []
    if preview is not None:
        frames.append(frame(0, max(preview.size), preview))
        yield Painting(recipe, preview, scale=max(preview.size), frames=tuple(frames), before=before, source=source)
    aspect, plan = max(photo.size) / min(photo.size), work.steps_at(settings)
    all_work = work.whole(settings, aspect, len(used), plan if init_image is None else plan[-1:])
    expected, share, seconds = all_work * cost.speed(network, settings.optimiser), 0.0, 0.0
    run = multiscale.paint(
        photo, placed(used, masks), network, settings,
        init_image=init_image if init_image is not None else (preview if settings.start == "instant" else None),
        coarse_to_fine=init_image is None, protect=masks.protect,
    )  # fmt: skip
    shown, note = -FRAME_EVERY, ""
    try:
        for step in run:
            note, share, seconds = step.note or note, step.share, step.seconds
            history.append((step.index, step.parts))
            now = time.monotonic()
            if now - shown < FRAME_EVERY and step.index < step.total:
                continue
            shown, picture = now, step.image()
            frames = every_second([*frames, frame(step.index, step.scale, picture)])
            if len(history) > MOST_POINTS:
                history = history[::2]
            yield Painting(
                recipe, picture, step.index, step.total, step.scale, step.seconds, note,
                tuple(frames), tuple(history), tuple(step.parts.items()), step.share, before, expected, source,
            )  # fmt: skip
    finally:
        run.close()  # type: ignore[attr-defined]
        if share > ENOUGH_TO_LEARN:
            cost.learn(network, settings.optimiser, seconds, share * all_work)


def is_of(painting: Painting, photo: str | None) -> bool:
    """Whether this is what was painted; the page may hold the photo in another file format."""
    if photo is None or painting.before is None:
        return False
    small = [
        np.asarray(image.resize((32, 32), Image.Resampling.BOX), int) for image in (painting.before, load_image(photo))
    ]
    return bool(np.abs(small[0] - small[1]).mean() < ALIKE)


def placed(styles: Sequence[SelectedStyle], masks: Masks) -> list[Style]:
    """The styles with their places: where a region was painted for it, the second style is there and nowhere else."""
    placed_styles = [Style(style.picture(), style.share) for style in styles]
    if masks.second is not None:
        if len(placed_styles) < 2:
            raise DemoError("A region is painted for the second style, but there is none. Choose a second style.")
        placed_styles[1] = replace(placed_styles[1], where=masks.second)
    return placed_styles


def frame(index: int, scale: int, picture: Image.Image) -> Frame:
    """A moment of the run, its picture as JPEG."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92)
    return Frame(index, scale, file.getvalue())


def every_second(frames: list[Frame]) -> list[Frame]:
    """Every second frame, first and last kept, where there are too many."""
    return frames if len(frames) <= MOST_FRAMES else [*frames[:-1:2], frames[-1]]


# ---- files to take home ---------------------------------------------------------------------------------------------


def write_png(picture: Image.Image, recipe: Recipe) -> Path:
    """The picture as a PNG with its recipe inside."""
    return png_recipe.write(picture, KEY, asdict(recipe), "painted.png")


def read_recipe(path: str | Path) -> Recipe:
    """The recipe inside a PNG that was kept here.

    Raises:
        DemoError: not a picture, or one without a (sound) recipe.
    """
    return png_recipe.read(
        path, KEY, _recipe,
        missing="Drop a PNG that was kept here, as the file itself: pictures that were sent through a messenger or "
        "saved again have lost theirs.",
        instead="Paint with settings of your own.",
    )  # fmt: skip


def _recipe(values: dict[str, Any]) -> Recipe:
    return Recipe(
        settings=_settings(values["settings"]),
        styles=tuple((str(name)[:80], float(share)) for name, share in values["styles"][:3]),
        network=str(values["network"])[:80],
        large=int(values.get("large", 0)),
    )


def _settings(values: dict[str, Any]) -> PaintSettings:
    """Checked field by field: a file from elsewhere may say anything."""
    defaults = PaintSettings()
    checked: dict[str, Any] = {}
    for item in fields(PaintSettings):
        if item.name not in values:
            continue
        kind, value = type(getattr(defaults, item.name)), values[item.name]
        if kind is dict:
            checked[item.name] = {str(layer): float(weight) for layer, weight in dict(value).items()}
        else:
            checked[item.name] = kind(value)
    settings = PaintSettings(**checked)
    settings.check()
    return settings


def _film_frames(frames: Sequence[bytes], side: int) -> np.ndarray:
    """(F, H, W, 3) bytes of frames (JPEG files), all of the last one's shape, H and W even, as films want them."""
    if not frames:
        raise DemoError("There is no run to make a moving picture of. Paint first.")
    last = fit(_opened(frames[-1]), side)
    width, height = (max(2, length // 2 * 2) for length in last.size)
    pictures = [_opened(frame).resize((width, height), Image.Resampling.BILINEAR) for frame in frames]
    return np.stack([np.asarray(picture) for picture in pictures])


def _opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg)).convert("RGB")


def movie(frames: Sequence[bytes]) -> Path:
    """The run as an animated GIF of less than `MOST_BYTES` from its frames (JPEG files), the last one held for 2 s.

    A GIF hardly compresses what looks like grain: it has fewer frames than the MP4, and where it still comes out too
    large, it is made smaller.

    Raises:
        DemoError: there are no frames.
    """
    kept = [frames[i] for i in np.linspace(0, len(frames) - 1, min(len(frames), GIF_FRAMES)).round().astype(int)]
    side, fps = MOVIE_SIDE, min(25.0, len(kept) / MOVIE_SECONDS)
    while True:
        path = sheets.gif(_film_frames(kept, side), fps, "painted.gif", hold=2.0, dither=True)
        size = path.stat().st_size
        if size < MOST_BYTES or side <= 32:
            return path
        side = max(32, int(side * 0.95 * (MOST_BYTES / size) ** 0.5))


def films() -> bool:
    """Whether MP4 can be written here: the package av is there."""
    return importlib.util.find_spec("av") is not None


def film(frames: Sequence[bytes]) -> Path:
    """The run as an MP4 from its frames (JPEG files), the last one held for two seconds.

    Raises:
        DemoError: there are no frames, or the package av is not installed.
    """
    pixels = _film_frames(frames, FILM_SIDE)
    fps = max(1, min(25, round(len(pixels) / MOVIE_SECONDS)))
    return sheets.mp4(np.concatenate([pixels, pixels[-1:].repeat(2 * fps, 0)]), fps, "painted.mp4")
