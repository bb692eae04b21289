"""Paints what the Paint page opens with, and keeps it in `opening/`: `python -m demos.style.draw_opening`.

A painting of 512 px takes a quarter of a minute, and the page should show one at once. So it is painted beforehand, by
the network that is shipped, from a photo that an installed package carries and in a style that we draw; the page says
so. A test says when the network has changed since.
"""

import json

from demos.core.data import samples
from demos.core.networks import files, vgg
from demos.style import opening, painting
from demos.style.selection import SelectedStyle
from demos.style.styles import gallery

QUALITY = 90  # of the JPEG
POINTS = 80  # of the loss curve


def main() -> None:
    """Paints, and writes the picture and what the page says of its run."""
    style, network = gallery.names()[0], vgg.load(vgg.POCKET)
    *_, last = painting.paint(samples.photo(opening.PHOTO), [SelectedStyle(style)], network, opening.SETTINGS)
    opening.FOLDER.mkdir(exist_ok=True)
    last.picture.save(opening.PICTURE, quality=QUALITY, optimize=True)
    thin = last.history[:: max(1, len(last.history) // POINTS)]
    run = {
        "style": style,
        "network": network.name,
        "network_sha256": files.file_hash(vgg.POCKET),
        "total": last.total,
        "seconds": round(last.seconds, 1),
        "history": [
            (index, {name: round(part, 5) for name, part in parts.items()})
            for index, parts in dict((*thin, last.history[-1])).items()
        ],
    }
    opening.RUN.write_text(json.dumps(run) + "\n", encoding="utf-8")
    print(f"{opening.PICTURE}: {opening.PICTURE.stat().st_size / 1e3:.0f} kB, loss {last.loss:.3f}")


if __name__ == "__main__":
    main()
