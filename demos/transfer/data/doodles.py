"""Pictures of six things, drawn by this program: each one in colours, a size, a pose and on a background of its own.

Nobody else's pictures are needed for them, and everybody knows at a glance what they show. The same seed draws the
same picture; what differs within a class (the shape, the colours, what is behind it) is what the network must see past.
"""

import itertools
import math
import random
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFilter

SIDE = 128  # px of a finished doodle; the networks look at 128 or 224
FINE = 3  # drawn so many times larger, then shrunk: smooth edges
INK = "#2b2622"

PAINTS = ("#d8432f", "#e8912d", "#f2c230", "#5f9e4b", "#2f8f8a", "#3d79bd", "#7a58a6", "#cf5d93", "#8c6248")
PAPERS = ("#f6efe0", "#dcebf2", "#e9e2f1", "#e3efd9", "#fbe3d6", "#f4f4f2", "#cfe3e0", "#f7ecb9")


class Pen:
    """Draws outlined shapes on a transparent sheet. Things are drawn from (0, 0) to (100, 100); it puts them in place.

    Args:
        dice: decide the outlines' width, and how the thing is turned, mirrored, and how large it is and where.
    """

    def __init__(self, dice: random.Random) -> None:
        self.sheet = Image.new("RGBA", (SIDE * FINE,) * 2)
        self._draw = ImageDraw.Draw(self.sheet)
        self._width = dice.uniform(2.2, 4.2)  # of outlines, in the same hundredths
        self._flip, turn = dice.choice((-1, 1)), math.radians(dice.uniform(-24, 24))
        self._cos, self._sin = math.cos(turn), math.sin(turn)
        self._scale = dice.uniform(0.62, 0.98) * SIDE * FINE / 100
        room = (SIDE * FINE - 100 * self._scale) / 2
        self._x, self._y = (SIDE * FINE / 2 + dice.uniform(-room, room) for _ in "xy")

    def polygon(self, points: Sequence[tuple[float, float]], fill: str, outline: str = INK) -> None:
        """A filled shape through the points, its outline with round corners."""
        here = self._place(points)
        self._draw.polygon(here, fill=fill)
        self.line([*points, points[0], points[1]], outline)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: str, outline: str | None = INK) -> None:
        """A filled oval around (x, y)."""
        around = [(x + rx * math.cos(t), y + ry * math.sin(t)) for t in (2 * math.pi * i / 72 for i in range(72))]
        if outline:
            self.polygon(around, fill, outline)
        else:
            self._draw.polygon(self._place(around), fill=fill)

    def line(self, points: Sequence[tuple[float, float]], colour: str = INK, width: float | None = None) -> None:
        """A stroke with round ends."""
        wide = self._scale * (self._width if width is None else width)
        here = self._place(points)
        self._draw.line(here, colour, round(wide), joint="curve")
        for x, y in (here[0], here[-1]):
            self._draw.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=colour)

    def _place(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Mirrored, turned, enlarged and moved: px on the sheet."""
        from_middle = [(self._flip * (x - 50) * self._scale, (y - 50) * self._scale) for x, y in points]
        return [
            (self._x + x * self._cos - y * self._sin, self._y + x * self._sin + y * self._cos) for x, y in from_middle
        ]


# ---- what is drawn, each on a sheet from (0, 0) to (100, 100) -------------------------------------------------------


def apple(pen: Pen, dice: random.Random) -> None:
    """Two cheeks and a dent, a stem and a leaf."""
    colour, plump = dice.choice(("#d8432f", "#c23a3a", "#7fae3f", "#e8b53a")), dice.uniform(0.9, 1.1)
    around = []
    for i in range(90):
        t = 2 * math.pi * i / 90
        dent = 1 - 0.26 * math.exp(-((math.sin(t / 2)) ** 2) * 22) - 0.1 * math.exp(-((math.cos(t / 2)) ** 2) * 30)
        around.append((50 + 34 * plump * dent * math.sin(t), 57 - 32 * dent * math.cos(t)))
    lean = dice.uniform(-6, 8)
    pen.polygon(around, colour)
    pen.oval(37, 48, 5, 9, "#ffffff90", None)
    pen.line([(50, 35), (50 + lean / 2, 26), (50 + lean, 18)], "#6b4a2f", 4.5)
    if dice.random() < 0.8:
        pen.polygon([(51, 27), (60, 16), (74, 15), (68, 27), (56, 30)], "#5f9e4b")


def cup(pen: Pen, dice: random.Random) -> None:
    """A mug with its handle on the right or the left, mostly steaming."""
    colour, band = dice.sample(PAINTS, 2)
    wide, tall = dice.uniform(23, 28), dice.uniform(40, 50)
    top, bottom = 84 - tall, 84
    ring = [(44 + wide + 7 + 13 * math.cos(t), top + 20 + 13 * math.sin(t)) for t in _turn(-2.2, 2.2, 30)]
    pen.line(ring, INK, 10)
    pen.line(ring, colour, 5.5)
    pen.polygon(
        [(44 - wide, top), (44 + wide, top), (44 + wide - 3, bottom - 4), (44 + wide - 9, bottom),
         (44 - wide + 9, bottom), (44 - wide + 3, bottom - 4)], colour,
    )  # fmt: skip
    if dice.random() < 0.5:
        pen.line([(44 - wide + 3, top + tall * 0.5), (44 + wide - 3, top + tall * 0.5)], band, 6)
    pen.oval(44, top, wide, 6, "#5a3a22" if dice.random() < 0.7 else "#d9a860")
    if dice.random() < 0.75:
        for x in (33, 44, 55):
            pen.line([(x + 3 * math.sin(i / 2.2), top - 9 - i * 1.7) for i in range(12)], "#8d867c", 2.6)


def fish(pen: Pen, dice: random.Random) -> None:
    """An oval with a tail, fins, an eye and a few stripes."""
    colour, fin = dice.sample(PAINTS, 2)
    tall = dice.uniform(17, 25)
    pen.polygon([(30, 50), (8, 50 - tall), (14, 50), (8, 50 + tall)], fin)
    pen.polygon([(44, 52 - tall), (56, 36 - tall), (70, 54 - tall)], fin)
    pen.oval(57, 50, 34, tall, colour)
    for x in range(40, 40 + 11 * dice.randint(0, 3), 11):
        reach = tall * math.sqrt(1 - ((x - 57) / 34) ** 2) * 0.86
        pen.line([(x + 4 * math.cos(t), 50 + reach * math.sin(t)) for t in _turn(-1.4, 1.4, 16)], fin, 3.4)
    pen.polygon([(56, 54), (46, 64), (60, 62)], fin)
    pen.oval(78, 45, 4.6, 4.6, "#ffffff")
    pen.oval(79, 45, 2, 2, INK, None)
    pen.line([(88, 57), (83, 58)], INK)


def house(pen: Pen, dice: random.Random) -> None:
    """A wall, a roof, a door, a window or two, mostly a chimney."""
    wall, roof, door = dice.sample((*PAINTS, "#efe6d2", "#e9c9a2"), 3)
    wide, high = dice.uniform(25, 33), dice.uniform(44, 54)
    left, right = 50 - wide, 50 + wide
    if dice.random() < 0.75:
        pen.polygon([(right - 17, 16), (right - 8, 16), (right - 8, high), (right - 17, high)], "#a4583f")
    pen.polygon([(left, high), (right, high), (right, 88), (left, 88)], wall)
    pen.polygon([(left - 7, high), (50, dice.uniform(12, 18)), (right + 7, high)], roof)
    at = dice.choice((50.0, 50 - wide / 2, 50 + wide / 2))
    pen.polygon([(at - 6, 68), (at + 6, 68), (at + 6, 88), (at - 6, 88)], door)
    panes = [x for x in (50 - wide / 2, 50.0, 50 + wide / 2) if abs(x - at) > 11]
    for x in panes:
        y = high + 9
        pen.polygon([(x - 5.5, y), (x + 5.5, y), (x + 5.5, y + 11), (x - 5.5, y + 11)], "#fff3b8")
        pen.line([(x, y), (x, y + 11)], INK, 1.4)
        pen.line([(x - 5.5, y + 5.5), (x + 5.5, y + 5.5)], INK, 1.4)


def star(pen: Pen, dice: random.Random) -> None:
    """Five points, slim or plump; some have a face."""
    inner, colour = dice.uniform(0.42, 0.56), dice.choice(("#f2c230", "#f0a92e", "#f6d860", "#e8912d", "#cf5d93"))
    corners = [
        (50 + 42 * r * math.sin(math.pi * i / 5), 52 - 42 * r * math.cos(math.pi * i / 5))
        for i, r in enumerate((1, inner) * 5)
    ]
    pen.polygon(corners, colour)
    if dice.random() < 0.5:
        pen.oval(43, 49, 2.4, 3.4, INK, None)
        pen.oval(57, 49, 2.4, 3.4, INK, None)
        pen.line([(50 + 7 * math.cos(t), 55 + 5 * math.sin(t)) for t in _turn(0.3, 2.84, 14)], INK, 2.2)


def umbrella(pen: Pen, dice: random.Random) -> None:
    """A dome of four gores, a stick and its crook."""
    one, two = dice.sample(PAINTS, 2)
    two = two if dice.random() < 0.7 else one
    tall, crook = dice.uniform(34, 42), dice.choice((-1, 1))
    pen.line([(50, 12), (50, 82)], "#5b4636", 3.6)
    pen.line(
        [(50 + crook * (7 - 7 * math.cos(t)), 82 + 7 * math.sin(t)) for t in _turn(0, math.pi, 20)], "#5b4636", 3.6
    )
    edges = [10, 30, 50, 70, 90]
    for i, (left, right) in enumerate(itertools.pairwise(edges)):
        up = [_rib(left, t, tall) for t in _turn(0, math.pi / 2, 16)]
        down = [_rib(right, t, tall) for t in _turn(math.pi / 2, 0, 16)]
        hem = [((left + right) / 2 + 10 * math.cos(t), 54 - 5 * math.sin(t)) for t in _turn(0, math.pi, 14)]
        pen.polygon([*up, *down, *hem], two if i % 2 else one)


def _rib(foot: float, t: float, tall: float) -> tuple[float, float]:
    """A point of the umbrella's rib that ends at `foot`: a quarter of an oval."""
    return 50 + (foot - 50) * math.cos(t), 54 - tall * math.sin(t)


def _turn(start: float, end: float, count: int) -> list[float]:
    """Angles from one to the other."""
    return [start + (end - start) * i / (count - 1) for i in range(count)]


THINGS: dict[str, Callable[[Pen, random.Random], None]] = {
    "apple": apple, "cup": cup, "house": house, "fish": fish, "star": star, "umbrella": umbrella,
}  # fmt: skip


# ---- one finished picture -------------------------------------------------------------------------------------------


def draw(thing: str, seed: int) -> Image.Image:
    """One picture of that thing, RGB of `SIDE` px.

    Args:
        thing: one of `THINGS`.
        seed: decides everything else. Equal seeds draw equal pictures.
    """
    dice = random.Random(f"{thing} {seed}")
    pen = Pen(dice)
    THINGS[thing](pen, dice)
    sheet, picture = pen.sheet.reduce(FINE), background(dice).reduce(FINE)
    shadow = sheet.getchannel("A").point(lambda alpha: alpha * 0.28).filter(ImageFilter.GaussianBlur(2))
    picture.paste("#000000", (2, 3), shadow)
    picture.paste(sheet, (0, 0), sheet)
    return picture


def background(dice: random.Random) -> Image.Image:
    """Paper in one colour, with dots, stripes or squares, or a sky over a ground."""
    side = SIDE * FINE
    paper, mark = dice.sample(PAPERS, 2)
    picture = Image.new("RGB", (side, side), paper)
    pencil, kind, step = ImageDraw.Draw(picture), dice.choice(("plain", "dots", "stripes", "squares", "land")), 48
    if kind == "dots":
        for y in range(0, side + step, step):
            for x in range(0, side + step, step):
                pencil.circle((x + y % (2 * step) / 2, y), 9, fill=mark)
    elif kind == "stripes":
        for x in range(-side, side, step):
            pencil.line((x, 0, x + side, side), mark, 16)
    elif kind == "squares":
        for at in range(step // 2, side, step):
            pencil.line((0, at, side, at), mark, 4)
            pencil.line((at, 0, at, side), mark, 4)
    elif kind == "land":
        horizon = round(side * dice.uniform(0.55, 0.75))
        pencil.rectangle((0, 0, side, horizon), fill="#cfe6f3")
        pencil.rectangle((0, horizon, side, side), fill=dice.choice(("#b7d69a", "#e8d5a8", "#d3b694")))
    return picture
