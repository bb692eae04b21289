"""What programs ask of this tab: the functions behind its endpoints, for notebooks too."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from demos.core.images.load import load_image


def compare_networks(image: str | None = None) -> list[dict[str, Any]]:
    """VGG16, the pocket VGG16, SqueezeNet 1.1's form and SqueezeNext on one photo, each with its parameters,
    multiply-adds, layers, milliseconds, megabytes, and whether its weights are trained ones.

    Args:
        image: a photo; an example where there is none.
    """
    from demos.basics.pictures import compare
    from demos.core.data import samples

    photo = load_image(image) if image else samples.photo("chelsea")
    return [asdict(one) for one in list(compare.compare(photo))[-1].networks]
