"""The sheet that the pages of this tab talk about; the opening one where there is none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demos.core.cache import once

if TYPE_CHECKING:
    from demos.dcgan.sampling import Sheet

FIRST_COUNT, FIRST_TRUNCATION = 16, 1.6
FIRST_SEED = 23  # chosen by eye: its first cat, which all pages begin with, has two clear eyes
HARD = "hl-pixels"


@once
def first_sheet() -> Sheet:
    """What the page opens with, the same for everybody."""
    from demos.dcgan import pretrained, sampling

    return sampling.sheet(pretrained.load(), FIRST_SEED, FIRST_COUNT, FIRST_TRUNCATION)


def sheet_or_default(sheet: Sheet | None) -> Sheet:
    """The visitor's sheet, or the one that the page opened with."""
    return first_sheet() if sheet is None else sheet
