"""What the two pages say and draw, as plain text and HTML; no gradio."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demos.transfer.data_card.card import DataCard

FINE = "Nothing stands out in these photos. What was looked for stands below."
CROPPED = "The edges are cut off every photo: seven tenths of its width and height stay."


# ---- the card -------------------------------------------------------------------------------------------------------


def found(count: int) -> str:
    """The line above the findings."""
    if count == 0:
        return FINE
    return f"{count} things to know before teaching. Choose one." if count > 1 else "One thing to know before teaching."


def counts(card: DataCard) -> str:
    """Photos of each class as bars, and what was looked for."""
    most = max((count for _, count in card.counts), default=0) or 1
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td class='hl-bar'><i style='width:{count / most:.0%}'></i></td>"
        f"<td>{count}</td></tr>"
        for name, count in card.counts
    )
    looked = "".join(f"<tr><th>{name}</th><td>{escape(said)}</td></tr>" for name, said in checks(card))
    return (
        f"<div class='hl-scroll'><table><caption>Photos of each class</caption>{rows}</table></div>"
        f"<table class='card-checks'><caption>What was looked for</caption>{looked}</table>"
    )


def checks(card: DataCard) -> list[tuple[str, str]]:
    """(what was looked for, what came of it)"""
    from demos.transfer.data_card.card import TITLES

    short = {finding.kind: finding.short for finding in card.findings}
    return [(title, short.get(kind, "none")) for kind, title in TITLES.items()] + [
        ("Told by the edges alone", edges(card))
    ]


def edges(card: DataCard) -> str:
    """How well the edges alone tell the classes apart."""
    seen = card.background
    if seen is None:
        return "tested with five photos of each class or more"
    kind = "more than" if seen.tells else "no better than"
    return (
        f"{seen.accuracy:.0%} of the photos ({seen.low:.0%} to {seen.high:.0%}), {kind} always naming the largest "
        f"class ({seen.chance:.0%})"
    )
