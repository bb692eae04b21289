"""Styles painted with brushes and knives: strokes along a field, coarse to fine, and light on the paint."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from demos.style.styles import fields

WORK = 256  # px of the fields that only steer strokes


def _layer(
    canvas: fields.Supersampled,
    rng: np.random.Generator,
    flow: fields.Flow,
    spacing: float,
    length: float,
    width: float,
    colour: Callable[[np.ndarray], np.ndarray],
    bristles: int,
    uneven: float = 0.1,
    accept: Callable[[np.ndarray], np.ndarray] | None = None,
    steps: int = 6,
) -> None:
    """One layer of strokes in random order; `colour` and `accept` are asked at their middles (N, 2)."""
    starts = rng.permutation(fields.scattered(rng, spacing))
    if accept is not None:
        starts = starts[accept(starts)]
    if not len(starts):
        return
    lengths = length * rng.uniform(0.6, 1.3, len(starts))
    widths = width * rng.uniform(0.7, 1.25, len(starts))
    canvas.strokes(rng, fields.paths(starts, flow, lengths, steps), widths, colour(starts), bristles, uneven)


def night(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """A night sky of vortices and haloed stars over dark hills, in short thick strokes."""
    colours = fields.by_light(palette)
    x, y = fields.grid(WORK)
    vortices = [(0.36, 0.36, 0.2, 1.0), (0.66, 0.5, 0.14, -1.0), (0.05, 0.62, 0.14, -0.8), (0.95, 0.2, 0.15, 0.9)]
    fx, fy = 0.8 + 0 * x, 0.5 * np.sin(7 * x + 3 * y + rng.uniform(0, 6))
    glow = np.zeros_like(x)
    swirl = np.zeros_like(x)
    for cx, cy, radius, way in vortices:
        cx, cy = cx + rng.uniform(-0.06, 0.06), cy + rng.uniform(-0.05, 0.05)
        dx, dy = x - cx, y - cy
        far = np.hypot(dx, dy)
        pull = 3.2 * np.exp(-((far / radius) ** 2))
        fx, fy = fx - way * dy / radius * pull, fy + way * dx / radius * pull
        turn = np.cos(2 * np.arctan2(dy, dx) - way * 40 * far)
        swirl += (0.35 + turn) * np.exp(-((far / radius) ** 2))
    for cx, cy, radius in _apart(rng, 12, 0.2):
        dx, dy = x - cx, y - cy
        far = np.hypot(dx, dy) / radius
        pull = 4.5 * np.exp(-((far / 2.2) ** 2))
        fx, fy = fx - dy / radius * 0.6 * pull, fy + dx / radius * 0.6 * pull
        glow = np.maximum(glow, np.exp(-((far / 0.75) ** 2)) * 1.25 + 0.62 * np.exp(-((far / 2.3) ** 2)))
        glow += 0.13 * np.cos(far * 5) * np.exp(-((far / 2.6) ** 2))
    length = np.hypot(fx, fy) + 1e-6
    flow = (fx / length, fy / length)
    bands = fields.even(fields.streaks(fields.noise(rng, WORK, 16, 2), flow, 0.16, 18))
    value = 0.06 + 0.44 * bands + 0.2 * swirl + 0.6 * glow
    ridge = 0.8 + 0.05 * np.sin(5 * x + rng.uniform(0, 6)) + 0.03 * np.sin(13 * x + rng.uniform(0, 6))
    hills = y > ridge
    slope = fields.along(y - 0.5 * ridge + 0.15 * np.sin(6 * x) * (y - 0.8))
    flow = np.where(hills, slope[0], flow[0]), np.where(hills, slope[1], flow[1])
    furrows = 0.5 + 0.5 * np.sin(70 * (y - ridge) + 9 * x)
    value = np.where(hills, 0.02 + 0.2 * furrows * bands + 0.1 * bands, value)

    def colour(at: np.ndarray) -> np.ndarray:
        t = fields.sample(value, at) + 0.055 * rng.standard_normal(len(at))
        stray = rng.random(len(at)) < 0.07  # a touch of another colour of the palette
        return fields.ramp(colours, np.where(stray, t + rng.uniform(-0.3, 0.3, len(at)), t))

    canvas = fields.Supersampled(size, fields.ramp(colours, value * 0.7))
    _layer(canvas, rng, flow, 0.028, 0.12, 0.03, colour, 6)
    _layer(canvas, rng, flow, 0.0185, 0.075, 0.0165, colour, 4, 0.13, steps=4)
    _layer(canvas, rng, flow, 0.014, 0.05, 0.0095, colour, 3, 0.13, lambda at: fields.sample(value, at) > 0.42, 4)
    return canvas.finish(1.3)


def _apart(rng: np.random.Generator, count: int, distance: float) -> list[tuple[float, float, float]]:
    """Stars (x, y, radius) that keep their distance from each other."""
    stars: list[tuple[float, float, float]] = []
    for cx, cy in rng.uniform((0.02, 0.03), (0.98, 0.72), (400, 2)):
        if len(stars) < count and all(np.hypot(cx - a, cy - b) > distance for a, b, _ in stars):
            stars.append((cx, cy, rng.uniform(0.022, 0.05)))
    return stars


def dusk(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """Long wavering bands of a burning sky over dark water."""
    x, y = fields.grid(WORK)
    warp = (
        0.09 * np.sin(5 * x + rng.uniform(0, 6))
        + 0.05 * fields.noise(rng, WORK, 3)
        + 0.018 * fields.noise(rng, WORK, 8)
    )
    near = np.exp(-(((x - 0.72) / 0.3) ** 2 + ((y - 0.68) / 0.3) ** 2))
    phi = y + warp * (1.1 - 0.3 * y) + 0.25 * near * np.sin(9 * x + 7 * y)
    flow = fields.along(phi)
    value = fields.even(phi + 0.012 * fields.noise(rng, WORK, 6, 2))
    ripple = np.sin(phi * 95 + 1.5 * fields.noise(rng, WORK, 4)) + 0.6 * np.sin(
        phi * 41 + 2 * fields.noise(rng, WORK, 3)
    )

    def colour(at: np.ndarray) -> np.ndarray:
        t = fields.sample(value, at) + 0.1 * fields.sample(ripple, at) + 0.05 * rng.standard_normal(len(at))
        return fields.ramp(palette, t)

    canvas = fields.Supersampled(size, fields.ramp(palette, value))
    _layer(canvas, rng, flow, 0.03, 0.3, 0.026, colour, 6, steps=10)
    _layer(canvas, rng, flow, 0.02, 0.2, 0.012, colour, 4, 0.12, steps=10)
    _layer(canvas, rng, flow, 0.024, 0.13, 0.006, colour, 2, 0.15, steps=8)
    return canvas.finish(0.9)


def impasto(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """Thick oil from wide brushes: clumps of colour against each other, like flowers in a meadow."""
    x, y = fields.grid(WORK)
    base = fields.noise(rng, WORK, 3, 3, 0.4)
    value = fields.even(base + 1.4 * np.sin(5 * y + 1.5 * x))
    angle = 1.3 * fields.noise(rng, WORK, 3) + 0.5
    flow = fields.from_angle(angle)

    def colour(at: np.ndarray) -> np.ndarray:
        t = fields.sample(value, at) + 0.07 * rng.standard_normal(len(at))
        return fields.ramp(palette, t)

    def accent(at: np.ndarray) -> np.ndarray:
        across = fields.sample(value, at) + 0.5  # from the other end of the palette: each clump against its ground
        return fields.ramp(palette, (across + 0.07 * rng.standard_normal(len(at))) % 1)

    canvas = fields.Supersampled(size, fields.ramp(palette, value))
    _layer(canvas, rng, flow, 0.05, 0.16, 0.075, colour, 16, 0.09)
    _layer(canvas, rng, flow, 0.04, 0.1, 0.052, colour, 13, 0.1, steps=4)
    _layer(canvas, rng, fields.from_angle(angle + 0.9), 0.036, 0.05, 0.03, colour, 8, 0.1, steps=2)
    chosen = fields.noise(rng, WORK, 7)
    _layer(
        canvas, rng, fields.from_angle(angle - 0.6), 0.026, 0.034, 0.026, accent, 7, 0.1,
        accept=lambda at: fields.sample(chosen, at) + 0.3 * rng.standard_normal(len(at)) > 1.1, steps=4,
    )  # fmt: skip
    return canvas.finish(1.7, 0.5)


def points(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """Dots of pure colours that mix in the eye, over forms of light and shade."""
    x, y = fields.grid(WORK)
    phi = y + 0.1 * np.sin(4 * x + rng.uniform(0, 6)) + 0.06 * fields.noise(rng, WORK, 4, 2)
    value = fields.even(np.sin(8 * phi + 0.9 * fields.noise(rng, WORK, 3)) + 0.4 * fields.noise(rng, WORK, 5, 2))
    colours = fields.by_light(palette)  # neighbours alike in light and unlike in hue: the dots mix
    canvas = fields.Supersampled(size, fields.ramp(colours, value) * 0.85)
    pen, inside = canvas.pen, canvas.inside
    for spacing, radius, stray in ((0.021, 0.014, 0.02), (0.017, 0.0108, 0.05), (0.0165, 0.0078, 0.09)):
        at = rng.permutation(fields.scattered(rng, spacing, 0.5))
        t = 0.08 + 0.84 * fields.sample(value, at) + stray * rng.standard_normal(len(at))
        opposite = rng.random(len(at)) < 0.03
        inks = fields.pick(colours, np.where(opposite, t + 0.5, np.clip(t, 0, 0.999)) % 1)
        inks = np.clip(inks * (1 + 0.06 * rng.standard_normal((len(at), 1))), 0, 1) * 255
        height = rng.uniform(120, 250, (len(at), 1))
        r = radius * inside * rng.uniform(0.75, 1.2, (len(at), 1))
        boxes = np.concatenate([at * inside - r * 1.05, at * inside + r], 1).tolist()
        for box, ink in zip(boxes, np.concatenate([inks, height], 1).astype(int).tolist(), strict=True):
            pen.ellipse(box, fill=tuple(ink))
    return canvas.finish(0.8)


def discs(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """Wheels of colour: rings broken into sectors, brushed along their turns."""
    x, y = fields.grid(size)
    wobble = 0.006 * fields.noise(rng, size, 8)
    centres = [(0.3, 0.32, 0.43), (0.76, 0.68, 0.4), (0.82, 0.16, 0.24), (0.16, 0.84, 0.27), (0.5, 0.98, 0.2)]
    value, tone = np.zeros((size, size), np.float32), np.ones((size, size), np.float32)
    fx, fy = np.ones_like(value), np.zeros_like(value)
    best = np.full((size, size), 9.0, np.float32)
    for i, (cx, cy, radius) in enumerate([*centres, (0.5, 0.5, 0.75)]):
        cx, cy = cx + rng.uniform(-0.05, 0.05), cy + rng.uniform(-0.05, 0.05)
        dx, dy = x - cx, y - cy
        far = np.hypot(dx, dy) + wobble
        ring = np.floor(far / 0.043)
        cuts = rng.integers(2, 7, 40)
        turns = rng.random((40, 8)).astype(np.float32)
        shifts = rng.random(40).astype(np.float32)
        k = np.clip(ring.astype(int), 0, 39)
        part = np.floor(((np.arctan2(dy, dx) / 6.2832 + shifts[k // 3]) % 1) * cuts[k // 2]).astype(int)
        inside = (far / radius < best) if i < len(centres) else (best > 1)
        score = far / radius
        value = np.where(inside, turns[k, part], value)
        edge = (far / 0.043) % 1
        tone = np.where(inside, 0.82 + 0.3 * edge, tone)
        fx, fy = np.where(inside, -dy / (far + 1e-3), fx), np.where(inside, dx / (far + 1e-3), fy)
        best = np.minimum(best, score)
    brush = fields.streaks(fields.noise(rng, size, 200), (fx, fy), 0.035, 12)
    broad = fields.streaks(fields.noise(rng, size, 60), (fx, fy), 0.05, 12)
    hairs = brush / brush.std() + 0.8 * broad / broad.std()
    picture = fields.pick(palette, value) * tone[..., None] * (1 + 0.05 * hairs[..., None])
    picture = fields.mix(picture, fields.ramp(palette, (value + 0.2) % 1), 0.25 * fields.smooth(hairs, 0.8, 2.4))
    return np.clip(fields.lit(picture, hairs * 0.13, 1.0, 0.2), 0, 1)


def ink(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """Ridges in mist, a red sun and bamboo before them, in ink on paper."""
    tones = fields.by_light(palette)
    vivid = 1 + int(np.ptp(tones[1:-1], axis=1).argmax())  # the sun's: neither the ink nor the paper
    red, tones = tones[vivid], np.delete(tones, vivid, 0)
    x, y = fields.grid(size)
    fibres = fields.streaks(
        fields.noise(rng, size, 256), fields.from_angle(0.5 * fields.noise(rng, size, 30)), 0.006, 4
    )
    grain = 0.6 * fibres / fibres.std() + 0.5 * fields.noise(rng, size, 180)
    dark = 0.16 + 0.06 * fields.noise(rng, size, 4, 4, 0.6) + 0.02 * grain
    sun = np.hypot(x - rng.uniform(0.6, 0.78), y - 0.2) + 0.0022 * fields.noise(rng, size, 9, 3)
    disc = fields.smooth(-sun, -0.1, -0.094)
    line = (np.arange(size, dtype=np.float32) + 0.5) / size
    for i, base in enumerate((0.2, 0.36, 0.5, 0.66, 0.84)):
        crest = np.zeros(size, np.float32)
        for octave in range(7):
            n = 3 * 2**octave
            crest += 0.6**octave * np.interp(line, np.linspace(0, 1, n + 1), rng.standard_normal(n + 1))
        depth = y - (base - (0.075 + 0.012 * i) * crest)
        strokes = fields.streaks(
            fields.noise(rng, size, 90), fields.along(depth + 0.9 * x * (1 if i % 2 else -1)), 0.03, 9
        )
        wash = np.exp(-np.clip(depth, 0, None) / (0.1 + 0.05 * i)) * (0.42 + 0.13 * i)
        wash = wash * (1 + 0.26 * fields.noise(rng, size, 6, 3)) + 0.13 * np.exp(
            -np.clip(depth, 0, None) / 0.12
        ) * np.clip(strokes / strokes.std(), -1, 2)
        edge = fields.smooth(depth, -0.002, 0.004)
        wet = 0.14 * np.exp(-((depth / 0.006) ** 2)) * (fields.noise(rng, size, 12) > -0.3)
        dark = dark * (1 - edge) + edge * (wash + 0.12 + 0.05 * grain) + wet
        disc = disc * (1 - edge * np.clip(wash * 2.2, 0, 1))
    picture = fields.ramp(tones[::-1], np.clip(dark * (1 + 0.06 * grain), 0, 1))
    picture = fields.mix(picture, red * (1 + 0.05 * grain[..., None]), disc * np.clip(0.86 + 0.12 * grain, 0, 1))
    leaves = _bamboo(size, rng)
    hairs = fields.noise(rng, size, 110)
    dry = leaves * np.clip(1.3 + 0.25 * hairs + 0.9 * (leaves - 0.8), 0.3, 1.15)
    picture = fields.mix(
        picture, tones[0] * (1 + 0.2 * fields.noise(rng, size, 9)[..., None]), 0.96 * np.clip(dry, 0, 1)
    )
    return np.clip(fields.lit(picture, 0.1 * grain, 0.5), 0, 1)


def _bamboo(size: int, rng: np.random.Generator) -> np.ndarray:
    """Leaves and stalks in black, 0..1."""
    inside = 1024
    mask = Image.new("L", (inside, inside))
    pen = ImageDraw.Draw(mask)
    for stalk in (0.1, 0.17, 0.93):
        lean, low = rng.uniform(-0.06, 0.06), 1.05
        while low > -0.05:
            high = low - rng.uniform(0.13, 0.2)
            x0, x1 = stalk + lean * (1 - low), stalk + lean * (1 - high)
            width = 0.011 if stalk != 0.17 else 0.007
            corners = [(x0 - width, low), (x0 + width, low), (x1 + width, high + 0.012), (x1 - width, high + 0.012)]
            pen.polygon([(a * inside, b * inside) for a, b in corners], fill=int(rng.uniform(130, 210)))
            pen.line(
                [((x1 - width * 1.5) * inside, high * inside), ((x1 + width * 1.5) * inside, high * inside)], 255, 5
            )
            for _ in range(rng.integers(2, 6)):
                _leaf(pen, rng, inside, x1, high)
            low = high
    return np.asarray(mask.resize((size, size), Image.Resampling.BOX), np.float32) / 255


def _leaf(pen: ImageDraw.ImageDraw, rng: np.random.Generator, inside: int, x: float, y: float) -> None:
    turn, length = rng.normal(0.9, 0.55) if rng.random() < 0.5 else rng.normal(2.2, 0.55), rng.uniform(0.09, 0.2)
    t = np.linspace(0, 1, 14)
    bend = turn + rng.uniform(-0.4, 0.4) * t
    width = 0.085 * length * np.sin(np.pi * t**0.75)
    a = np.stack([x + length * t * np.cos(bend), y + length * t * np.sin(bend)], 1)
    side = np.stack([-np.sin(bend), np.cos(bend)], 1) * width[:, None]
    outline = np.concatenate([a + side, (a - side)[::-1]]) * inside
    pen.polygon([tuple(p) for p in outline.tolist()], fill=int(rng.uniform(150, 256)))
