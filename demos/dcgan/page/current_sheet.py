"""The sheet that the pages of this tab talk about; the opening one where there is none yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from demos.core.cache import once
from demos.core.errors import DemoError

if TYPE_CHECKING:
    from torch import Tensor

    from demos.dcgan.sampling import Sheet

FIRST_COUNT, FIRST_TRUNCATION = 16, 0.8
FIRST_SEED = 23  # chosen by eye: its cats are good ones
HARD = "hl-pixels"


@once
def first_sheet() -> Sheet:
    """What the page opens with, the same for everybody."""
    from demos.dcgan import pretrained, sampling
    from demos.dcgan.explore import nearest

    gan = pretrained.load()
    return nearest.measured(gan, sampling.sheet(gan, FIRST_SEED, FIRST_COUNT, FIRST_TRUNCATION), best_first=True)


def sheet_or_default(sheet: Sheet | None) -> Sheet:
    """The visitor's sheet, or the one that the page opened with."""
    return first_sheet() if sheet is None else sheet


def with_current(sheet: Sheet, z: Tensor) -> Sheet:
    """The sheet with the picture of another latent vector (1, latent) in place of the current one."""
    return with_latents(sheet, {sheet.chosen: tuple(z[0].tolist())})


def with_latents(sheet: Sheet, changed: Mapping[int, tuple[float, ...]]) -> Sheet:
    """The sheet with the pictures of other latent vectors at some places; all others stay where they are.

    Raises:
        DemoError: vectors of another length than the generator's.
    """
    import torch

    from demos.dcgan import pretrained, sampling
    from demos.dcgan.explore import nearest

    gan, latents = pretrained.load(sheet.gan), torch.from_numpy(sheet.z).clone()
    for place, z in changed.items():
        if len(z) != gan.latent:
            raise DemoError(f"This picture is another generator's: {len(z)} numbers instead of {gan.latent}.")
        latents[place] = torch.tensor(z)
    made = sampling.sheet_from_latents(gan, latents, seed=sheet.seed, truncation=sheet.truncation)
    places = tuple(sorted({*sheet.changed, *changed}))
    return replace(nearest.measured(gan, made), best_first=sheet.best_first, changed=places).choose(sheet.chosen)
