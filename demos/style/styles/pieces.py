"""Styles put together from pieces: glass and lead, stones and grout, cubist planes, threads, gold leaf."""

import numpy as np

from demos.style.styles import fields


def glass(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """A leaded window: bulls-eyes among shards, streaks and bubbles in the glass, light behind it."""
    k = fields.larger(size, 1.5)
    seeds = [fields.scattered(rng, 0.105, 0.42)]
    for _ in range(4):
        c, radius = rng.uniform(0.12, 0.88, 2), rng.uniform(0.1, 0.19)
        seeds = [s[np.hypot(*(s - c).T) > radius * 1.3] for s in seeds]
        seeds.append(c[None])
        for r, n in ((radius * 0.62, 8), (radius * 1.15, 14)):
            a = np.arange(n) / n * 2 * np.pi + rng.uniform(0, 6)
            seeds.append(c + r * np.stack([np.cos(a), np.sin(a)], 1))
    sites = np.concatenate(seeds)
    at, near = fields.nearest(sites, k, 2, (0.004 * fields.noise(rng, k, 10), 0.004 * fields.noise(rng, k, 10)))
    first = near[..., 0]
    edge = fields.border(at, sites[first], sites[near[..., 1]])
    broad = fields.even(fields.noise(rng, 128, 3, 2))
    value = fields.sample(broad, np.clip(sites, 0, 0.999)) + 0.16 * rng.standard_normal(len(sites))
    colour = fields.pick(palette, np.clip(value, 0, 0.999))
    colour = np.clip(colour * rng.uniform(0.75, 1.2, (len(sites), 1)), 0, 1)[first]
    angle = rng.uniform(0, np.pi, len(sites))[first] + 0.5 * fields.noise(rng, k, 6)
    streak = fields.streaks(fields.noise(rng, k, 46, 3), fields.from_angle(angle), 0.05, 9)
    streak = streak / streak.std()
    glow = fields.smooth(edge, 0, 0.05)
    light = 0.62 + 0.5 * glow + 0.12 * streak + 0.12 * fields.noise(rng, k, 3)
    picture = colour * light[..., None]
    picture = picture + (0.28 * fields.smooth(streak, 0.6, 2.6) * glow)[..., None] * (1 - picture)
    bubbles = fields.smooth(fields.noise(rng, k, 110), 2.2, 2.9)
    picture = fields.mix(picture, np.ones(3), 0.25 * bubbles)
    lead_width = 0.0062 * (1 + 0.12 * fields.noise(rng, k, 30))
    lead = fields.smooth(lead_width - edge, -0.001, 0.001)
    ridge = np.sqrt(np.clip(1 - (edge / 0.0075) ** 2, 0, 1))
    came = fields.lit(np.full((*edge.shape, 3), 0.1) + 0.25 * fields.by_light(palette)[0], ridge * 0.35, 1.0, 1.0)
    return fields.reduced(fields.mix(picture, came, lead), size)


def mosaic(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """Square stones set along the contours of large forms (Hausner, "Simulating Decorative Mosaics", 2001)."""
    work = 192
    x, y = fields.grid(work)
    far = np.full((work, work), 9.0)
    group = np.zeros((work, work), int)
    for i in range(5):
        cx, cy, r = rng.uniform(0.05, 0.95), rng.uniform(0.05, 0.95), rng.uniform(0.1, 0.3)
        d = np.abs(np.hypot(x - cx, y - cy) - r) if i % 2 else np.hypot(x - cx, y - cy)
        group = np.where(d < far, i, group)
        far = np.minimum(far, d)
    phi = far + 0.012 * fields.noise(rng, work, 4)
    flow = fields.along(fields.blur(phi, 0.012))
    spacing = 0.0245
    sites = np.clip(fields.scattered(rng, spacing, 0.3), -0.02, 1.02)
    for _ in range(5):  # each stone moves to the middle of the pixels that are its own
        mine, _, at = _stones(sites, flow, work)
        counts = np.bincount(mine.ravel(), minlength=len(sites))
        middle = np.stack([np.bincount(mine.ravel(), at[..., i].ravel(), len(sites)) for i in (0, 1)], 1)
        sites = np.where(counts[:, None] > 0, middle / np.maximum(counts, 1)[:, None], sites)
    k = fields.larger(size, 1.25)
    mine, gap, at = _stones(sites, flow, k)
    value = fields.sample(phi, sites) * 9 + fields.sample(group, sites) * 0.37
    shade = fields.pick(palette, (value * 0.5 % 1) + 0.05 * rng.standard_normal(len(sites)))
    shade = np.clip(shade * (1 + 0.13 * rng.standard_normal((len(sites), 1))), 0, 1)
    shade = np.clip(shade + 0.03 * rng.standard_normal((len(sites), 3)), 0, 1)
    tilt = rng.normal(0, 0.5, (len(sites), 2))[mine]
    stone = fields.smooth(gap, 0.0024, 0.0046)
    inner = at - sites[mine]
    face = 1 + (inner * tilt).sum(-1) * 16 + 0.05 * fields.noise(rng, k, 90, 2)
    grout = fields.by_light(palette)[0] * 0.35 + 0.2
    picture = fields.mix(
        np.broadcast_to(grout, (k, k, 3)) * (1 + 0.1 * fields.noise(rng, k, 150)[..., None]),
        shade[mine] * face[..., None],
        stone,
    )
    glint = (rng.random(len(sites)) < 0.06)[mine] * stone * 0.22
    picture = fields.mix(picture, np.ones(3), glint)
    return fields.reduced(fields.lit(picture, 0.55 * fields.smooth(gap, 0.0, 0.008), 1.0, 0.5), size)


def _stones(sites: np.ndarray, flow: fields.Flow, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every pixel: its stone, how far the next stone's share of it is, and where it is; squares along the flow."""
    at, near = fields.nearest(sites, size, 5)
    cos, sin = fields.sample(flow[0], sites), fields.sample(flow[1], sites)
    d = at[:, :, None] - sites[near]
    c, s = cos[near], sin[near]
    square = np.maximum(np.abs(d[..., 0] * c + d[..., 1] * s), np.abs(d[..., 1] * c - d[..., 0] * s))
    square = square + 0.12 * np.hypot(d[..., 0], d[..., 1])
    order = np.argpartition(square, 1, axis=-1)[..., :2]
    two = np.take_along_axis(square, order, -1)
    return np.take_along_axis(near, order[..., :1], -1)[..., 0], two[..., 1] - two[..., 0], at


def cubist(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """Planes that cut each other, each shaded from its edge, laid with short dabs and outlined in part."""
    k = fields.larger(size, 1.5)
    x, y = fields.grid(k)
    value, tone, outline, angle = (np.zeros((k, k), np.float32) for _ in range(4))
    wobble = 0.0022 * fields.noise(rng, k, 12)
    for i in range(34):
        cx, cy = (np.array([i % 6, i // 6]) + rng.uniform(0, 1, 2)) / 6
        turn = rng.choice([0.35, 1.2, 1.9, 2.75]) + rng.normal(0, 0.16)
        u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn) + wobble
        v = -(x - cx) * np.sin(turn) + (y - cy) * np.cos(turn)
        if i % 7 == 3:  # an arc among the straight edges
            u = np.hypot(x - cx, y - cy) - rng.uniform(0.08, 0.2) + wobble
        long, wide = rng.uniform(0.1, 0.34), rng.uniform(0.1, 0.3)
        here = (np.abs(v) < long) & (np.abs(u) < wide)
        side = (u > 0) & here
        value += np.where(side, rng.choice([-1, 1]) * rng.uniform(0.3, 0.9), 0)
        angle += np.where(side, rng.uniform(0.4, 2.0), 0)
        tone -= np.where(side, np.exp(-np.clip(u, 0, None) / rng.uniform(0.03, 0.08)), 0)
        tone += np.where(here & (u <= 0), 0.8 * np.exp(np.clip(u, None, 0) / 0.05), 0)
        outline = np.maximum(outline, here * fields.smooth(-np.abs(u), -0.0036, -0.0018) * (rng.random() < 0.7))
    dabs = fields.streaks(fields.noise(rng, k, 150), fields.from_angle(angle), 0.018, 7)
    broad = fields.streaks(fields.noise(rng, k, 44), fields.from_angle(angle), 0.03, 7)
    brush = 0.7 * dabs / dabs.std() + 0.7 * broad / broad.std()
    shade = 0.62 + 0.62 * fields.even(tone + 0.12 * brush)
    t = fields.even(value + 0.5 * fields.noise(rng, k, 2) + 0.1 * broad / broad.std())
    picture = fields.ramp(palette, t) * shade[..., None]
    picture = fields.mix(
        picture,
        fields.ramp(palette, (t + 0.3) % 1) * shade[..., None],
        0.6 * fields.smooth(dabs / dabs.std(), 1.0, 1.8),
    )
    picture = fields.mix(picture, fields.by_light(palette)[0] * 0.5, 0.9 * outline)
    return fields.reduced(fields.lit(picture, 0.13 * brush, 1.0, 0.2), size)


def tapestry(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """A kilim: stepped diamonds and zigzags in bands, woven thread over thread."""
    rows, columns = 128, 72
    j, i = np.mgrid[:rows, :columns]
    u, v = (i + 0.5) / columns, (j + 0.5) / rows
    index = np.zeros((rows, columns), int)
    top, motif = 0, 0
    while top < rows:
        high = int(rng.choice([6, 22, 30, 8])) if motif % 2 == 0 else int(rng.choice([4, 6]))
        inside = (j >= top) & (j < top + high)
        w = (v * rows - top) / high
        repeat = max(2, round(columns / high / 1.1))
        across = np.abs(((u * repeat + (motif % 4) * 0.25) % 1) - 0.5) * 2
        down = np.abs(w - 0.5) * 2
        steps = (np.floor(across * 7) / 7 + np.floor(down * 7) / 7) * 3.4
        if high <= 8:
            steps = np.floor(across * 2 + w * 2) if motif % 3 else np.floor(w * 2)
        elif motif % 4 == 2:
            steps = np.floor(across * 2.5 + w * 3)
        shuffle = rng.permutation(len(palette))
        index = np.where(inside, shuffle[np.floor(steps).astype(int) % len(palette)], index)
        top, motif = top + high, motif + 1
    dye = 1 + 0.09 * rng.standard_normal((rows, 1)) + 0.05 * rng.standard_normal((rows, columns))
    k = fields.larger(size, 1.5)
    x, y = fields.grid(k)
    x, y = x + 0.0025 * fields.noise(rng, k, 7, 2), y + 0.003 * fields.noise(rng, k, 7, 2)
    col = np.clip((x * columns).astype(int), 0, columns - 1)
    over = y * rows + 0.5 * (col % 2)
    row = np.clip(over.astype(int), 0, rows - 1)
    a, b = (x * columns) % 1, over % 1
    height = np.sqrt(np.clip(np.sin(np.pi * b), 0, 1)) * (0.45 + 0.55 * np.sin(np.pi * a))
    twist = np.sin(2 * np.pi * (2.2 * a + 1.2 * b) + row) * 0.5
    fuzz = fields.noise(rng, k, 240) * 0.5 + fields.noise(rng, k, 100) * 0.5
    colour = palette[index[row, col]] * dye[row, col][..., None]
    shade = 0.5 + 0.62 * height + 0.06 * twist + 0.06 * fuzz
    faded = 1 + 0.08 * fields.noise(rng, k, 4, 3)
    picture = colour * (shade * faded)[..., None]
    return fields.reduced(fields.lit(picture, 0.4 * height + 0.05 * fuzz, 0.6, 0.1), size)


def gold(size: int, rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """Spirals and eyes on gold leaf, with small tiles between them; the last two colours are the gold's."""
    k = fields.larger(size, 1.5)
    x, y = fields.grid(k)
    leaf = fields.noise(rng, k, 5, 5, 0.65)
    flakes = fields.noise(rng, k, 120, 2)
    golds = palette[-2:]
    picture = fields.ramp(np.stack([golds[0] * 0.75, golds[0], golds[1]]), 0.5 + 0.2 * leaf + 0.12 * flakes)
    columns = 30
    cell = np.floor(x * columns + 0.4 * np.sin(np.floor(y * 42))).astype(int), np.floor(y * 42).astype(int)
    dice = rng.random((64, 64))
    chance = dice[cell[1] % 64, cell[0] % 64]
    a, b = (x * columns + 0.4 * np.sin(cell[1])) % 1, (y * 42) % 1
    tile = (np.abs(a - 0.5) < 0.36) & (np.abs(b - 0.5) < 0.36)
    picture = np.where((tile & (chance < 0.42))[..., None], fields.pick(palette, (chance * 7.3) % 1), picture)
    circles: list[tuple[float, float, float]] = []
    for radius in (0.17, 0.13, 0.1, 0.075, 0.055, 0.038, 0.026):
        for _ in range(140):
            cx, cy = rng.uniform(-0.02, 1.02, 2)
            if all(np.hypot(cx - a_, cy - b_) > radius + c_ + 0.004 for a_, b_, c_ in circles):
                circles.append((cx, cy, radius))
    height = 0.12 * leaf + 0.1 * flakes + 0.5 * (tile & (chance < 0.42))
    dark = fields.by_light(palette)[0]
    for n, (cx, cy, radius) in enumerate(circles):
        lo, hi = (np.clip(np.array([cy, cx]) + s * radius * 1.15, 0, 1) * k for s in (-1, 1))
        box = slice(int(lo[0]), int(hi[0]) + 1), slice(int(lo[1]), int(hi[1]) + 1)
        dx, dy = x[box] - cx, y[box] - cy
        far = np.hypot(dx, dy) * (1 + 0.04 * np.sin(3 * np.arctan2(dy, dx) + n))
        turn = np.arctan2(dy, dx) / 6.2832
        inks = palette[rng.permutation(len(palette))]
        kind = rng.integers(0, 3) if radius > 0.03 else 2
        if kind <= 1:
            turns = max(2, round(radius / 0.026))
            wave = (far / radius * turns + (turn if n % 2 else -turn) + 0.13 * n) % 1
            line = np.abs(wave - 0.5) < 0.17 + 0.1 * far / radius
            colour = palette[rng.integers(0, len(palette) - 2)]
            patch = np.where(line[..., None], colour, golds[(n % 2)] * (0.9 + 0.1 * leaf[box][..., None]))
            bump = line * 0.5
        else:
            ring = np.floor(far / radius * (4 if radius > 0.05 else 2.99)).astype(int)
            patch = inks[np.clip(ring, 0, 3) % len(inks)]
            dots = (np.cos(turn * 6.2832 * 14) > 0.3) & (ring == 2)
            patch = np.where(dots[..., None], inks[-1], patch)
            bump = 0.25 * (ring % 2)
        disc = far < radius
        rim = np.abs(far - radius) < 0.0028
        picture[box] = np.where(rim[..., None], dark, np.where(disc[..., None], patch, picture[box]))
        height[box] = np.where(disc, bump + 0.06 * flakes[box], height[box])
    picture = picture * (1 + 0.05 * flakes + 0.025 * fields.noise(rng, k, 250))[..., None]
    return fields.reduced(fields.lit(picture, fields.blur(height, 0.0009), 0.8, 0.7), size)
