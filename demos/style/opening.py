"""What the Paint page opens with: a painting that was made beforehand, so that it is there at once and good.

The picture and what is known of its run lie in `opening/`; `python -m demos.style.draw_opening` paints them anew:
a photo that scikit-learn carries, in a style that our program drew, by the pocket VGG16 that we trained.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from demos.core.cache import once
from demos.core.data import samples
from demos.style.selection import SelectedStyle
from demos.style.settings import PaintSettings

if TYPE_CHECKING:
    from demos.style.painting import Painting

PHOTO, SETTINGS = "china", PaintSettings(size=512, steps=60)
FOLDER = Path(__file__).parent / "opening"
PICTURE, RUN = FOLDER / "painting.jpg", FOLDER / "run.json"
NOTE = "This one was painted beforehand, by the network that is shipped here. Press Paint for yours"


def picture() -> Image.Image:
    """The painting alone, before anything that takes long to load is there."""
    return Image.open(PICTURE).convert("RGB")


@once
def painting() -> "Painting":
    """The stored painting as the last step of its run, without the frames on the way."""
    from demos.style import painting

    known: dict[str, Any] = json.loads(RUN.read_text(encoding="utf-8"))
    jpeg, finished = PICTURE.read_bytes(), picture()
    total = int(known["total"])
    return painting.Painting(
        painting.Recipe(SETTINGS, ((known["style"], 1.0),), known["network"]), finished,
        index=total, total=total, scale=SETTINGS.size, seconds=known["seconds"], note=NOTE,
        frames=(painting.Frame(total, SETTINGS.size, jpeg),),
        history=tuple((index, parts) for index, parts in known["history"]),
        parts=tuple(known["history"][-1][1].items()), share=1.0,
        before=samples.photo(PHOTO).resize(finished.size, Image.Resampling.LANCZOS),
        source=painting.Source(samples.photo(PHOTO), (SelectedStyle(known["style"]),)),
    )  # fmt: skip
