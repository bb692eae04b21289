"""Styles that are cut, printed, dripped or drawn in lines: woodcut, linocut, marbled paper, contours, batik, crayon."""

import numpy as np
from PIL import Image, ImageDraw

from demos.style.styles import fields


def _paper(rng: np.random.Generator, size: int) -> np.ndarray:
    """Fine grain, mean 0, deviation about 1."""
    return 0.6 * fields.noise(rng, size, 250) + 0.6 * fields.noise(rng, size, 90) + 0.4 * fields.noise(rng, size, 6, 3)


def waves(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """A woodcut of breaking waves: cut lines along each wave, foam with fingers, the grain of the block."""
    colours = fields.by_light(palette)
    k = fields.larger(size, 2)
    x, y = fields.grid(k)
    grain = fields.streaks(
        fields.noise(rng, k // 2, 150), (np.ones((k // 2, k // 2)), 0.12 * fields.noise(rng, k // 2, 3)), 0.1, 8
    )
    grain = np.asarray(Image.fromarray(grain / grain.std()).resize((k, k), Image.Resampling.BICUBIC))
    sky = fields.ramp(colours[-3:] if len(colours) > 3 else colours[1:], 0.25 + 0.75 * fields.smooth(y, -0.1, 0.4))
    picture = fields.mix(
        sky, colours[len(colours) // 2], 0.75 * (np.sin(y * 190 + 3 * np.sin(6 * x)) > 0.93 - 1.1 * (0.3 - y))
    )
    for i in range(7):
        base = 0.15 + 0.135 * i
        count, phase = rng.uniform(1.2, 2.0) + 0.15 * i, rng.uniform(0, 1)
        lean = 0.05 * np.sin(np.clip((base + 0.1 - y) * 9, 0, 2)) * (1 if i % 2 else -1)
        u = (x + lean) * count + phase + 0.06 * np.sin(9 * x + i)
        arch = np.abs(np.sin(np.pi * u)) ** 0.75
        crest = base + 0.14 * (arch - 0.6) + 0.01 * np.sin(23 * x + 5 * i)
        depth = y - crest
        fingers = 0.018 + 0.03 * (1 - arch) + 0.017 * np.abs(np.sin(26 * u + 2 * np.sin(11 * x)))
        fingers = fingers + 0.005 * np.abs(np.sin(63 * u))
        body = depth > 0
        t = depth / 0.2
        swell = depth + 0.012 * np.sin(14 * x + 3 * i) * t
        cut = np.abs(((swell / 0.021 - 0.6 * t * t) % 1) - 0.5) * 2
        width = np.clip(0.62 - 0.9 * t + 0.35 * np.sin(np.pi * 2 * u + 1), 0.02, 0.8)
        deep = fields.ramp(colours[: max(2, len(colours) // 2)], np.clip(0.15 + 0.9 * np.floor(t * 3.2) / 3, 0, 1))
        water = np.where((cut < width)[..., None], colours[-2 if i % 2 else len(colours) // 2], deep)
        water = np.where((np.abs(depth - fingers) < 0.0036)[..., None], colours[0], water)
        lines = np.abs(((depth - 0.6 * (fingers - 0.03)) / 0.0125) % 1 - 0.5) < 0.12
        foam = np.where((lines & (depth > 0.008))[..., None], colours[len(colours) // 2], colours[-1])
        water = np.where((depth < fingers)[..., None], foam, water)
        water = np.where((depth < 0.0042)[..., None], colours[0], water)
        picture = np.where(body[..., None], water, picture)
        picture = _spray(picture, rng, crest, colours)
    ink = 1 + 0.035 * grain[..., None] + 0.03 * fields.noise(rng, k, 7, 4)[..., None]
    picture = fields.mix(
        picture * ink, colours[-1], 0.35 * fields.smooth(grain + 0.6 * fields.noise(rng, k, 120), 1.9, 2.8)
    )
    return fields.reduced(picture, size)


def _spray(picture: np.ndarray, rng: np.random.Generator, crest: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Drops above the tips of a wave."""
    k = len(picture)
    image = fields.to_image(picture)
    pen = ImageDraw.Draw(image)
    ink = tuple((colours[-1] * 255).astype(int).tolist())
    for x, lift, r in zip(rng.random(70), rng.exponential(0.022, 70), rng.uniform(0.0012, 0.004, 70), strict=True):
        line = crest[:, int(x * k)]
        at = int(np.argmin(np.abs(line - (np.arange(k) + 0.5) / k))) / k  # where the crest crosses this column
        cx, cy = x * k, (at - lift - 0.004) * k
        pen.ellipse([cx - r * k, cy - r * k, cx + r * k, cy + r * k], fill=ink)
    return np.asarray(image, np.float32) / 255


def marbling(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """Marbled paper: drops of ink push each other aside, then combs are drawn through them.

    Every pixel is followed back through the combs to the drop that it came from (Jaffer, "Mathematical Marbling").
    """
    k = fields.larger(size, 2)
    gx, gy = fields.grid(k)
    x, y = gx.astype(np.float32).copy(), gy.astype(np.float32).copy()
    x += 0.012 * np.sin(14 * y + rng.uniform(0, 6)) + 0.012 * fields.noise(rng, k, 4)
    y += 0.012 * fields.noise(rng, k, 4)
    for across, pitch, pull in ((True, 0.105, 0.085), (False, 0.16, 0.15), (True, 0.16, 0.1)):  # the last comb first
        at, other = (x, y) if across else (y, x)
        shift = rng.uniform(0, pitch)
        far = np.abs(((at + shift) / pitch) % 1 - 0.5) * pitch * 2
        way = np.where(np.floor((at + shift) / pitch) % 2 < 1, 1, -1) if not across else 1
        other += way * pull * np.exp2(-far / (pitch * 0.28))
    places = fields.scattered(rng, 0.36, 0.35)
    places = rng.permutation(places[np.abs(places - 0.5).max(1) < 0.7])
    wells, rounds = len(places), 9  # ink falls again and again on the same places: rings within rings
    drops = wells * rounds
    centres = np.tile(places, (rounds, 1))
    centres = centres + rng.normal(0, 0.012, (drops, 2))
    radii = rng.uniform(0.05, 0.115, drops)
    flat, far_in = np.full(k * k, -1), np.zeros(k * k, np.float32)
    left, x, y = np.arange(k * k), x.ravel(), y.ravel()
    for i in reversed(range(drops)):  # the last drop first: what lies in it has its colour
        dx, dy = x - np.float32(centres[i, 0]), y - np.float32(centres[i, 1])
        square = dx * dx + dy * dy
        inside = square < radii[i] ** 2
        flat[left[inside]], far_in[left[inside]] = i, np.sqrt(square[inside]) / radii[i]
        left, dx, dy, square = (a[~inside] for a in (left, dx, dy, square))
        push = np.sqrt(np.clip(1 - np.float32(radii[i] ** 2) / square, 0, 1))
        x, y = np.float32(centres[i, 0]) + dx * push, np.float32(centres[i, 1]) + dy * push
    which, rim = flat.reshape(k, k), far_in.reshape(k, k)
    order = (np.arange(drops) // wells + rng.integers(0, len(palette), wells)[np.arange(drops) % wells]) % len(palette)
    colour = np.where((which < 0)[..., None], palette[0], palette[order[which]])
    colour = colour * (0.84 + 0.22 * rim[..., None] ** 2)
    veins = fields.noise(rng, k, 50, 3)
    colour = colour * (1 + 0.035 * veins[..., None] + 0.03 * _paper(rng, k)[..., None])
    return fields.reduced(fields.lit(colour, 0.05 * veins, 0.5), size)


def linocut(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """A reduction print: gouges follow the forms, wide in the light and thin in the dark, over a few flat colours."""
    colours = fields.by_light(palette)
    work = 384
    phi = fields.noise(rng, work, 3, 2, 0.4)
    value = fields.even(phi)
    flow = fields.along(fields.blur(phi, 0.015))
    k = fields.larger(size, 4) if size <= 160 else fields.larger(size, 2.5)
    big = np.asarray(Image.fromarray(value).resize((k, k), Image.Resampling.BICUBIC))
    levels = colours[1:]
    picture = fields.pick(levels, np.clip(big * 0.98 + 0.01 * fields.noise(rng, k, 60), 0, 0.999))
    block = Image.new("L", (k, k), 255)
    pen = ImageDraw.Draw(block)
    starts = rng.permutation(fields.scattered(rng, 0.0135, 0.3))
    light = (fields.sample(value, starts) * len(levels)) % 1  # within each colour from its dark side to its light one
    lengths = rng.uniform(0.03, 0.075, len(starts))
    lines = fields.paths(starts, flow, lengths, 8)
    widths = (0.0012 + 0.0085 * light**1.3) * rng.uniform(0.8, 1.2, len(starts))
    direction = np.gradient(lines, axis=1)
    side = np.stack([-direction[..., 1], direction[..., 0]], -1)
    side /= np.linalg.norm(side, axis=-1, keepdims=True) + 1e-9
    t = np.linspace(0, 1, lines.shape[1])
    profile = np.sin(np.pi * t**0.6)[None, :, None] * widths[:, None, None] / 2
    outlines = np.concatenate([lines + side * profile, (lines - side * profile)[:, ::-1]], 1) * k
    for outline in outlines.reshape(len(starts), -1).tolist():
        pen.polygon(outline, fill=0)
    edge = np.asarray(Image.fromarray(fields.even(phi)).resize((k, k), Image.Resampling.BICUBIC)) * len(levels)
    contour = np.abs(edge - np.round(edge)) / (np.hypot(*np.gradient(edge)) * k + 1e-6)
    key = np.asarray(block, np.float32) / 255
    key = np.maximum(key, (contour < 0.0042) & (np.round(edge) > 0) & (np.round(edge) < len(levels)))
    salt = fields.smooth(fields.noise(rng, k, 230) + 0.5 * fields.noise(rng, k, 12, 2), 1.7, 2.4)
    key = key * (1 - 0.7 * salt)
    picture = picture * (1 + 0.03 * _paper(rng, k)[..., None])
    return fields.reduced(fields.mix(picture, np.broadcast_to(colours[0], picture.shape), key), size)


def contours(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """Islands within islands: a map's contour lines as bands of watercolour with wavering dark lines."""
    k = fields.larger(size, 1.5)
    phi = fields.noise(rng, k, 3, 2, 0.45) + 0.035 * fields.noise(rng, k, 26)
    level = fields.even(phi) * 17
    band = np.floor(level).astype(int)
    steep = np.hypot(*np.gradient(level)) * k + 1e-6
    to_line = np.abs(level - np.round(level)) / steep
    order = np.concatenate([rng.permutation(len(palette)) for _ in range(18)])
    order = order[np.concatenate([[True], order[1:] != order[:-1]])]  # no two neighbours alike
    flow = fields.along(phi)
    brushed = fields.streaks(fields.noise(rng, k, 120), flow, 0.03, 8)
    brushed = brushed / brushed.std()
    wash = fields.noise(rng, k, 9, 4, 0.6)
    picture = palette[order[band]] * (1 + 0.08 * wash + 0.05 * brushed)[..., None]
    picture = picture * (1 - 0.28 * np.exp(-to_line / 0.006))[..., None]  # colour gathers at a wash's edge
    turn = np.arctan2(flow[1], flow[0])
    beads = (np.sin(120 * (fields.grid(k)[0] * np.cos(turn) + fields.grid(k)[1] * np.sin(turn))) > 0.2) & (
        band % 3 == 1
    )
    middle = np.abs(level % 1 - 0.5) / steep
    picture = fields.mix(picture, palette[order[band + 1]], 0.9 * beads * (middle < 0.0045))
    width = 0.0026 * (1 + 0.5 * fields.noise(rng, k, 20)) * (1 + 0.7 * (np.round(level) % 4 == 0))
    dark = fields.by_light(palette)[0]
    picture = fields.mix(
        picture, np.broadcast_to(dark, picture.shape), 0.95 * fields.smooth(width - to_line, -0.0008, 0.0008)
    )
    return fields.reduced(fields.lit(picture, 0.07 * wash + 0.05 * brushed, 0.6), size)


def batik(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """Dyed cloth: flowers and leaves drawn in wax, veins where the wax cracked."""
    k = fields.larger(size, 2)
    colours = fields.by_light(palette)
    x, y = fields.grid(k)
    wobble = 0.005 * fields.noise(rng, k, 14)
    centres = fields.scattered(rng, 0.27, 0.2)
    at, order = fields.nearest(centres, k, 1, (wobble, wobble))
    mine = order[..., 0]
    d = at - centres[mine]
    far, turn = np.hypot(d[..., 0], d[..., 1]), np.arctan2(d[..., 1], d[..., 0])
    petals = rng.integers(5, 10, len(centres))[mine]
    phase = rng.uniform(0, 6, len(centres))[mine]
    lobes = np.abs(np.cos(petals * turn / 2 + phase))
    r = far / (0.085 + 0.05 * lobes)
    ring = np.floor(r * 5)
    shade = rng.random((len(centres), 24))[mine, np.clip(ring, 0, 23).astype(int)]
    picture = fields.pick(colours[1:-1] if len(colours) > 3 else colours[:2], shade)
    ground = fields.noise(rng, k, 9)
    vines = np.abs(ground / (np.hypot(*np.gradient(ground)) * k + 2))
    field = np.where((vines < 0.006)[..., None], colours[-1], colours[0] * 1.0)
    dots = (np.sin(x * 190 + 20 * wobble) * np.sin(y * 190) > 0.72) & (vines > 0.014)
    field = np.where(dots[..., None], colours[len(colours) // 2], field)
    picture = np.where((r > 1.12)[..., None], field, picture)
    line = np.abs(r * 5 - np.round(r * 5)) * 0.024
    beaded = (line < 0.0034) & (np.round(r * 5) <= 6)
    radial = (np.abs(np.sin(petals * turn * 2)) * far < 0.006) & (r > 0.2) & (r < 0.8)
    picture = np.where((beaded | radial)[..., None], colours[-1], picture)
    cracked = fields.scattered(rng, 0.075, 0.5)
    spot, near = fields.nearest(
        cracked, k, 2, (0.014 * fields.noise(rng, k, 12, 3), 0.014 * fields.noise(rng, k, 12, 3))
    )
    crack = fields.border(spot, cracked[near[..., 0]], cracked[near[..., 1]])
    vein = np.exp(-np.abs(crack) / 0.0022) * fields.smooth(fields.noise(rng, k, 10, 2), -0.6, 0.8)
    picture = fields.mix(picture, np.broadcast_to(colours[0], picture.shape), 0.75 * vein)
    cloth = np.sin(x * 900) * 0.5 + np.sin(y * 900) * 0.5
    picture = picture * (1 + 0.09 * fields.noise(rng, k, 6, 4) + 0.03 * cloth)[..., None]
    return fields.reduced(picture, size)
