"""What programs ask of this tab: the functions behind `/sample`, `/walk` and `/find`, for notebooks too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PIL import Image

from demos.core.images.load import load_image
from demos.dcgan import limits
from demos.dcgan.settings import FRAMES, STEPS, TRUNCATIONS, WAYS

if TYPE_CHECKING:
    from demos.dcgan.explore.invert import Inversion


def sample(
    model: str = "", seed: float = 0, count: float = 16, truncation: float = TRUNCATIONS[1]
) -> list[Image.Image]:
    """Pictures that never existed; the same seed gives the same ones.

    Args:
        model: "Cats", "Clothes", or a repository on the Hub as OWNER/NAME; empty for the first that is here.
        seed: a whole number from 0 to 2147483647.
        count: 1 to 64.
        truncation: 0 (eight good ones, safe and alike) to 1 (all there is), as on the page.
    """
    from demos.dcgan import pretrained, sampling

    sheet = sampling.sheet(
        pretrained.load(model),
        limits.SEED.checked(seed),
        limits.COUNT.checked(count),
        limits.TRUNCATION.checked(truncation),
    )
    return [sheet.picture(i) for i in range(len(sheet))]


def make_walk(
    model: str = "",
    seed: float = 0,
    stops: float = 4,
    way: str = WAYS[0],
    frames: float = FRAMES,
) -> str:
    """A seamless moving picture (MP4) from picture to picture through the latent space.

    Args:
        model: as for /sample.
        seed: of the pictures that the walk leads through.
        stops: how many of them, 2 or more.
        way: "On the sphere (slerp)" or "Straight (lerp)".
        frames: from one to the next.
    """
    from demos.dcgan import pretrained, sampling
    from demos.dcgan.explore import interpolate

    gan, between = pretrained.load(model), limits.FRAMES.checked(frames)
    z = sampling.latents(limits.SEED.checked(seed), limits.STOPS.checked(stops), gan.latent)
    return str(interpolate.mp4(interpolate.frames(gan, z, between, way)))


def find(image: str, model: str = "", steps: float = STEPS, seed: float = 0) -> Image.Image:
    """The picture that a generator can make which is nearest to yours.

    Args:
        image: a photo.
        model: as for /sample.
        steps: of the search, which has eight restarts; 1 to 1000.
        seed: of the restarts.
    """
    found = search(image, model, limits.STEPS.checked(steps), limits.SEED.checked(seed))
    return Image.fromarray(list(found)[-1].picture)


def search(image: str, model: str, steps: int, seed: int) -> Iterator[Inversion]:
    """The search behind `find`, step by step."""
    from demos.dcgan import pretrained
    from demos.dcgan.explore import invert

    return invert.invert(pretrained.load(model), load_image(image), steps, seed=seed)
