"""Explanations in words and drawings: plain HTML and SVG, no gradio."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from PIL import Image

from demos.core.images.load import fit, square_crop

if TYPE_CHECKING:
    import numpy as np

    from demos.transfer.explain.influence import Removal
    from demos.transfer.explain.neighbours import Neighbour, Shelf
    from demos.transfer.explain.occlusion import Covering
    from demos.transfer.settings import HeadConfig

ON_MAP = 240  # photos on the map; more would only slow the page
AGREE = 0.3  # a correlation of the two kinds of maps below which they are said to disagree
LITTLE = 0.05  # of probability: a map of so small losses shows hardly more than chance
WIDTH, HEIGHT, PLOT = 560, 400, 430  # of the map's drawing; what is hovered is shown to the right of PLOT


def percent(p: float) -> str:
    """0.5 % steps would be too fine in the middle, whole ones too coarse at the ends."""
    return f"{p:.0%}" if 0.01 <= p <= 0.99 or p >= 0.9995 else f"{p:.1%}"


def thumb(image: Image.Image, side: int = 88) -> str:
    """A photo as a small JPEG in a data: address."""
    content = io.BytesIO()
    fit(square_crop(image, side), side).save(content, "JPEG", quality=82)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"


def figure(image: Image.Image, alt: str, caption: str, kind: str = "") -> str:
    """A small photo with a caption, which is HTML already; `alt` is plain."""
    picture = f"<img src='{thumb(image)}' alt='{escape(alt, quote=True)}' width='88' height='88'>"
    return f"<figure class='{kind}'>{picture}<figcaption>{caption}</figcaption></figure>"


# ---- why this answer ------------------------------------------------------------------------------------------------


def taught_by(near: Sequence[Neighbour], names: Sequence[str], asked: int) -> str:
    """The nearest training photos, warm where they are of the class that is asked about."""
    if not near:
        return ""
    figures = "".join(
        figure(
            one.photo.image, f"{one.photo.name}, a training photo of {names[one.label]}",
            f"<b>{escape(names[one.label])}</b><br>{one.similarity:.2f} alike", "own" if one.label == asked else "",
        )
        for one in near
    )  # fmt: skip
    own = sum(one.label == asked for one in near)
    return (
        f"<h4>Taught by</h4><p>The five training photos that look most like it to the last layer; {own} of {len(near)} "
        f"show {escape(names[asked])}. 1 would be the same photo, 0 nothing in common (cosine of the features).</p>"
        f"<div class='why-row'>{figures}</div>"
    )


NO_PHOTOS = (
    "<p>Which photos taught it so is not known: this classifier came back without them. Pack it with its photos next "
    "time, or teach the photos here.</p>"
)
COUNTS_MOST = "<h4>The photo that counts most</h4>"
TOO_MANY = "With so many photos and classes, finding it would take minutes: it is left out here."
NO_DECAY = (
    "With next to no weight decay there is no best layer to compare: the weights would grow without end. Teach it with "
    "some weight decay to see which photo counts most."
)


def no_removal(why: str) -> str:
    """Why there is no photo that counts most."""
    return f"{COUNTS_MOST}<p>{why}</p>"


def removal(
    found: Removal | None, there: Shelf, names: Sequence[str], asked: int, config: HeadConfig | None = None
) -> str:
    """The training photo whose removal changes the answer most, and how that is known.

    Args:
        config: how the classifier was taught; None where that is not known.
    """
    if found is None:
        return no_removal("No photo can be left out: each is the only one of its class.")
    photo, name = there.photos[found.index], names[int(there.labels[found.index])]
    told = (
        f"Without this photo of <b>{escape(name)}</b>, {escape(names[asked])} would have "
        f"<b>{percent(found.after)}</b> in place of {percent(found.before)}."
    )
    shown = figure(photo.image, f"{photo.name}, a training photo of {name}", escape(name))
    how = (
        "How it is known: an influence function ranks all training photos; for the first three, the last layer is "
        "really taught again without the photo, to the end. So both numbers are of layers taught to the end; the one "
        "in use stopped earlier, where its validation loss was lowest."
    )
    if config is None:
        how += " How it was taught is not known of one that came from a file: this is with the usual settings."
    elif config.views:
        how += f" The photo's {config.views} augmented view{'' if config.views == 1 else 's'} went with it."
    if config is not None and config.dropout:
        how += " Without dropout, which would give other numbers each time."
    return f"{COUNTS_MOST}<div class='why-row'>{shown}<p>{told}</p></div><p class='hl-small'>{how}</p>"


def map_of(
    places: np.ndarray,
    there: Shelf,
    names: Sequence[str],
    new: tuple[float, float] | None,
    image: Image.Image | None,
    unknown: bool = False,
) -> str:
    """Where the photos lie, as SVG: full dots are training photos, rings were held back, the diamond is the new one.

    Args:
        places: (N, 2) of the photos of `there`.
        unknown: whether the new photo is none of the classes.
    """
    step = max(1, -(-len(places) // ON_MAP))
    shown = range(0, len(places), step)
    everything = [tuple(places[i]) for i in shown] + ([new] if new else [])
    ends = [(min(one), max(one)) for one in zip(*everything, strict=True)]

    def at(place: Sequence[float]) -> tuple[float, float]:
        spans = [(value - low) / max(high - low, 1e-9) for value, (low, high) in zip(place, ends, strict=True)]
        return 18 + spans[0] * (PLOT - 36), HEIGHT - 18 - spans[1] * (HEIGHT - 36)

    parts = []
    for i in shown:
        label, (x, y) = int(there.labels[i]), at(places[i])
        colour, name = hue(label, len(names)), names[label]
        side = "training" if i < there.training else "held back"
        look = f"fill='{colour}'" if i < there.training else f"fill='none' stroke='{colour}' stroke-width='3'"
        title = f"{there.photos[i].name}: {name}, {side}"
        parts.append(_point(f"<circle cx='{x:.0f}' cy='{y:.0f}' r='6' {look}/>", title, there.photos[i].image, name))
    if new and image is not None:
        x, y = at(new)
        shape = f"M{x:.0f} {y - 13:.0f}l13 13l-13 13l-13 -13z"
        parts.append(_point(f"<path d='{shape}' class='new'/>", "The photo that is asked about", image, "this photo"))
    said = f"Map of {len(shown)} photos by their features; classes: {', '.join(names)}"
    legend = "".join(
        f"<span><i style='background:{hue(k, len(names))}'></i>{escape(name)}</span>" for k, name in enumerate(names)
    )
    legend = f"<p>{legend}</p>"
    if len(names) > GRID:  # the colours are close to each other, and the list is long
        legend = f"<details><summary>The colours of the {len(names)} classes</summary>{legend}</details>"
    fewer = f" One photo in {step} is shown." if step > 1 else ""
    if unknown:
        fewer += (
            " This photo is none of these: the map has only the directions in which the classes differ, so where it "
            "lands says little."
        )
    rings = there.training < len(there.photos)
    return (
        "<h4>Where it lies among the others</h4><p>Photos that are alike to the last layer lie close together. Dots "
        f"are training photos, {'rings were held back, ' if rings else ''}<b class='why-new'>the diamond</b> is this "
        f"photo. Point at one, or tap it, to see it.{fewer}</p>"
        f"<div class='hl-chart why-map'><svg viewBox='0 0 {WIDTH} {HEIGHT}' role='group' "
        f"aria-label='{escape(said, quote=True)}'><rect width='{PLOT}' height='{HEIGHT}' class='why-paper'/>"
        f"{''.join(parts)}</svg>{legend}</div><p class='hl-small'>Of hundreds of numbers per photo, the two "
        "directions in which the classes lie furthest apart (PCA, then LDA; both linear, so that a new photo lands on "
        "the map without changing it). "
        + (
            "Made from training photos alone: rings far from their dots say that some of the order is learned by heart."
            if rings
            else "It was made from these very photos: some of their order is learned by heart."
        )
        + "</p>"
    )


def _point(shape: str, title: str, image: Image.Image, name: str) -> str:
    """What lies on the map, with its photo beside the map while it is pointed at or has the focus."""
    words = escape(name if len(name) <= 15 else f"{name[:14]}…")
    return (
        f"<g class='why-point' tabindex='-1' role='img' aria-label='{escape(title, quote=True)}'>"
        f"<title>{escape(title)}</title>{shape}<g class='why-shown'><image href='{thumb(image, 64)}' x='{PLOT + 8}' "
        f"y='4' width='120' height='120'/><text x='{PLOT + 8}' y='146'>{words}</text></g></g>"
    )


def hue(label: int, classes: int) -> str:
    """A colour for each class, as far from the others as there is room, beginning with the page's cool one."""
    return f"hsl({(197 + 360 * label / max(classes, 1)) % 360:.0f} 62% {46 + 8 * (label % 2)}%)"


def covering(step: Covering, names: Sequence[str], asked: int, agreement: Mapping[str, float | None]) -> str:
    """What covering has shown, and what is to be doubted in it, as HTML.

    Args:
        agreement: of each cut with Grad-CAM's map there, -1..1, None where that map is empty. Of all of them: the words
            stay when the visitor looks at another cut.
    """
    name = escape(names[asked])
    told = f"Covered in the worst place, <b>{name}</b> falls from {percent(step.before)} to {percent(step.lowest)}."
    if step.before - step.lowest < LITTLE:
        told += (
            " That is little: the evidence is spread over the photo, and the map's strongest colour stands for no "
            f"more than {100 * (step.before - step.lowest):.1f} points."
        )
    if step.flip is not None:
        told += (
            f" A patch of {step.flip.share:.0%} of the width is the smallest that changes the answer: to "
            f"<b>{escape(names[step.flip.label])}</b>, {percent(step.flip.probability)}."
        )
    else:
        told += f" No single patch of up to {step.tried:.0%} of the width changes the answer."
    return f"{told}</p><p>{_agreement(agreement)}" if agreement else told


def _agreement(agreement: Mapping[str, float | None]) -> str:
    """How far Grad-CAM says the same, cut by cut, and what to believe where it does not."""
    found = {cut: value for cut, value in agreement.items() if value is not None}
    if not found:
        return "Grad-CAM finds nothing at any cut: there is nothing to compare it with."
    figures = [f"{value:.2f} at {cut}" for cut, value in found.items()]
    figures += [f"none at {cut}, where Grad-CAM finds nothing" for cut in agreement if cut not in found]
    told = f"Agreement with Grad-CAM (1: the same map, 0: no relation): {', '.join(figures)}."
    if all(value >= AGREE for value in found.values()):
        return told
    why = "Grad-CAM is a shortcut by slopes, at a few coarse places, and a grey patch is itself something to see"
    best = max(found, key=lambda cut: found[cut])
    if found[best] < AGREE:
        return f"{told} The two disagree: {why}. Trust neither alone."
    return f"{told} Below {AGREE} the two disagree: {why}. Believe the map at {best} first."


# ---- mistakes -------------------------------------------------------------------------------------------------------

GRID = 12  # classes of which the whole matrix is shown; of more, the most frequent confusions
LISTED = 20


def matrix(counts: Sequence[Sequence[int]], names: Sequence[str], chosen: tuple[int, int] | None = None) -> str:
    """Who is taken for whom, every count a button that opens its photos: [true class][predicted class]."""
    if len(names) > GRID:
        return _confusions(counts, names, chosen)
    head = "".join(f"<th scope='col' title='{escape(name, quote=True)}'>{escape(name)}</th>" for name in names)
    rows = []
    for true, name in enumerate(names):
        cells = []
        for said, count in enumerate(counts[true]):
            kind = "right" if true == said and count else "wrong" if count else ""
            cells.append(f"<td class='{kind}'>{_cell(true, said, count, names, chosen) if count else '·'}</td>")
        title = escape(name, quote=True)
        rows.append(f"<tr><th scope='row' title='{title}'>{escape(name)}</th>{''.join(cells)}</tr>")
    return (
        "<div class='hl-scroll'><table class='why-matrix'><caption>What they are (rows), and what it says (columns). "
        f"Press a number to see its photos.</caption><tr><td></td>{head}</tr>{''.join(rows)}</table></div>"
    )


def _confusions(counts: Sequence[Sequence[int]], names: Sequence[str], chosen: tuple[int, int] | None) -> str:
    found = [(count, t, s) for t, row in enumerate(counts) for s, count in enumerate(row) if count and t != s]
    if not found:
        return "<p>Every photo that was judged is recognised.</p>"
    found.sort(key=lambda one: (-one[0], one[1], one[2]))
    rows = "".join(
        f"<tr><td class='wrong'>{_cell(t, s, count, names, chosen)}</td><td>{escape(names[t])}</td>"
        f"<td>{escape(names[s])}</td></tr>"
        for count, t, s in found[:LISTED]
    )
    more = f" The {LISTED} most frequent of {len(found)}." if len(found) > LISTED else ""
    return (
        "<div class='hl-scroll'><table class='why-matrix'><caption>What is taken for what."
        f"{more} Press a number to see its photos.</caption><tr><th scope='col'>photos</th><th scope='col'>are</th>"
        f"<th scope='col'>it says</th></tr>{rows}</table></div>"
    )


def _cell(true: int, said: int, count: int, names: Sequence[str], chosen: tuple[int, int] | None) -> str:
    photos = f"{count} photo{'' if count == 1 else 's'} of {names[true]}"
    words = f"{photos}, recognised" if true == said else f"{photos}, taken for {names[said]}"
    pressed = "true" if chosen == (true, said) else "false"
    return (
        f"<button type='button' data-true='{true}' data-said='{said}' aria-pressed='{pressed}' "
        f"aria-label='{escape(words, quote=True)}'>{count}</button>"
    )
