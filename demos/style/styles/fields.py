"""What the painted styles share: noise, colour ramps, flow along a field, strokes with bristles, light on relief.

Every length is a share of the picture's side and every random number is drawn before the size is known, so that a
seed gives the same picture at every size. Fields are (size, size) float32, x runs right and y down, both 0..1.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.spatial import cKDTree

Field = np.ndarray
Flow = tuple[np.ndarray, np.ndarray]  # the two parts of a direction at every pixel

LIGHT = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue look (ITU-R BT.601)


# ---- fields ---------------------------------------------------------------------------------------------------------


def larger(size: int, times: float) -> int:
    """The side to draw at before the picture is reduced, for smooth edges; large pictures need less of it."""
    return max(size, min(round(times * size), 1400))


def grid(size: int) -> tuple[Field, Field]:
    """x and y of every pixel's centre."""
    line = (np.arange(size, dtype=np.float32) + 0.5) / size
    return np.broadcast_to(line, (size, size)), np.broadcast_to(line[:, None], (size, size))


def noise(rng: np.random.Generator, size: int, cells: int, octaves: int = 1, gain: float = 0.5) -> Field:
    """Smooth noise with `cells` bumps along a side and finer octaves on it: mean 0, standard deviation about 1."""
    total, power = np.zeros((size, size), np.float32), 0.0
    for octave in range(octaves):
        n = cells * 2**octave
        lattice = rng.standard_normal((n + 4, n + 4), np.float32)
        bumps = Image.fromarray(lattice).resize((size, size), Image.Resampling.BICUBIC, box=(2, 2, n + 2, n + 2))
        total += gain**octave * np.asarray(bumps)
        power += gain ** (2 * octave)
    return total / np.float32(0.68 * power**0.5)  # bicubic interpolation leaves about 0.68 of the lattice's deviation


def smooth(a: Field, low: float, high: float) -> Field:
    """0 below `low`, 1 above `high`, without a kink between."""
    t = np.clip((a - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def even(a: Field) -> Field:
    """The same forms with values spread evenly over 0..1, so that a ramp shows all of its colours."""
    steps = np.linspace(0, 1, 129)
    quantiles = np.quantile(a.ravel()[:: max(1, a.size // 40_000)], steps)
    return np.interp(a, quantiles, steps).astype(np.float32)


def sample(field: Field, xy: np.ndarray) -> np.ndarray:
    """The field's values at points (..., 2)."""
    size = field.shape[0]
    at = np.clip((xy * size).astype(np.int32), 0, size - 1)
    return field[at[..., 1], at[..., 0]]


def along(phi: Field) -> Flow:
    """The direction in which `phi` stays the same."""
    down, right = np.gradient(phi)
    length = np.hypot(down, right) + 1e-9
    return -down / length, right / length


def from_angle(angle: Field) -> Flow:
    return np.cos(angle), np.sin(angle)


def streaks(texture: Field, flow: Flow, length: float, steps: int = 12) -> Field:
    """The texture smeared along the flow for `length` both ways (line integral convolution)."""
    size = texture.shape[0]
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    flat, fx, fy = texture.ravel(), flow[0].astype(np.float32).ravel(), flow[1].astype(np.float32).ravel()
    total, reach = texture.astype(np.float32).copy(), np.float32(length * size / steps)
    for way in (reach, -reach):
        x, y = columns.copy(), rows.copy()
        for _ in range(steps):
            at = _index(x, y, size)
            x += way * fx[at]
            y += way * fy[at]
            total += flat[_index(x, y, size)]
    return total / (2 * steps + 1)


def _index(x: Field, y: Field, size: int) -> np.ndarray:
    columns = np.clip(x + 0.5, 0, size - 1).astype(np.int32)
    return np.clip(y + 0.5, 0, size - 1).astype(np.int32) * size + columns


def blur(a: Field, share: float) -> Field:
    """Gaussian blur; `share` of the side is its deviation."""
    deviation = share * a.shape[0]
    return ndimage.gaussian_filter(a, (deviation, deviation, 0)[: a.ndim])


def scattered(rng: np.random.Generator, spacing: float, jitter: float = 0.45) -> np.ndarray:
    """Points (N, 2) on a shaken triangular lattice, reaching a little over the edges."""
    down, right = np.mgrid[-1 : int(1 / spacing / 0.866) + 3, -1 : int(1 / spacing) + 3]
    points = np.stack([(right + (down % 2) / 2) * spacing, down * spacing * 0.866], -1).reshape(-1, 2)
    return points + rng.uniform(-jitter, jitter, points.shape) * spacing


def nearest(points: np.ndarray, size: int, k: int, warp: Sequence[Field] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Of every pixel (moved by `warp`): where it is, (size, size, 2), and its k nearest points, (size, size, k)."""
    x, y = grid(size)
    at = np.stack([x, y] if not warp else [x + warp[0], y + warp[1]], -1)
    return at, cKDTree(points).query(at.reshape(-1, 2), k)[1].reshape(size, size, k)


def border(at: np.ndarray, first: np.ndarray, second: np.ndarray) -> Field:
    """How far a pixel is from the line between its nearest point and the second nearest."""
    apart = np.linalg.norm(first - second, axis=-1) + 1e-6
    return (((at - second) ** 2).sum(-1) - ((at - first) ** 2).sum(-1)) / (2 * apart)


# ---- colours --------------------------------------------------------------------------------------------------------


def by_light(palette: np.ndarray) -> np.ndarray:
    """The colours from dark to light."""
    return palette[np.argsort(palette @ LIGHT, kind="stable")]


def ramp(palette: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Colours (..., 3) along the palette for t from 0 to 1."""
    stops = np.linspace(0, 1, len(palette))
    t = np.clip(t, 0, 1)
    return np.stack([np.interp(t, stops, palette[:, i]) for i in range(3)], -1).astype(np.float32)


def pick(palette: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Like `ramp`, but only the palette's own colours."""
    return palette[np.clip((np.asarray(t) * len(palette)).astype(int), 0, len(palette) - 1)].astype(np.float32)


def mix(a: np.ndarray, b: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """`b` over `a` where share is 1."""
    share = np.asarray(share, np.float32)
    return a + (b - a) * (share[..., None] if share.ndim else share)


def lit(colour: np.ndarray, height: Field, depth: float = 1.0, gloss: float = 0.0) -> np.ndarray:
    """The picture with light from the upper left on its relief; `depth` 1 is thick paint, heights are about 0..1."""
    down, right = np.gradient(height.astype(np.float32))
    slope = (down * 0.75 + right * 0.65) * np.float32(height.shape[0] / 512 * 2.2 * depth)
    slope = slope / np.sqrt(1 + slope * slope)
    toward, away = np.clip(slope, 0, 1)[..., None], np.clip(-slope, 0, 1)[..., None]
    return colour * (1 - 0.6 * away) + (0.35 * colour + 0.25 * gloss) * toward


# ---- strokes --------------------------------------------------------------------------------------------------------


def paths(starts: np.ndarray, flow: Flow, lengths: np.ndarray, steps: int = 6) -> np.ndarray:
    """(N, steps + 1, 2): from each start along the flow, the start in the middle."""
    halves = []
    reach = lengths[:, None] / steps
    for way in (-1, 1):
        at, points = starts.copy(), []
        for _ in range(steps // 2):
            at = at + way * reach * np.stack([sample(flow[0], at), sample(flow[1], at)], -1)
            points.append(at)
        halves.append(points)
    return np.stack([*halves[0][::-1], starts, *halves[1]], 1)


class Supersampled:
    """Paint with thickness: strokes are drawn large and their height is kept, to be lit at the end."""

    def __init__(self, size: int, ground: np.ndarray):
        """`ground`: one colour or a picture (any size)."""
        self.size = size
        self.inside = (
            640 if size <= 256 else max(1024, min(2 * size, 1536))
        )  # drawn larger, as Pillow's strokes have hard edges
        if ground.ndim == 1:
            ground = np.broadcast_to(ground, (8, 8, 3))
        under = to_image(ground).resize((self.inside, self.inside), Image.Resampling.BICUBIC)
        under.putalpha(60)
        self.image = under  # the alpha channel is the paint's height, not its opacity
        self.pen = ImageDraw.Draw(self.image)

    def strokes(
        self,
        rng: np.random.Generator,
        lines: np.ndarray,
        widths: np.ndarray,
        colours: np.ndarray,
        bristles: int = 5,
        uneven: float = 0.1,
    ) -> None:
        """Strokes (N, K, 2) in this order, each of some bristles that differ a little in colour, length and height."""
        count, knots, _ = lines.shape
        along_line = np.gradient(lines, axis=1)
        across = np.stack([-along_line[..., 1], along_line[..., 0]], -1)
        across /= np.linalg.norm(across, axis=-1, keepdims=True) + 1e-9
        offsets = np.linspace(-0.5, 0.5, bristles) if bristles > 1 else np.zeros(1)
        taper = 1 - 0.5 * np.abs(np.linspace(-1, 1, knots)) ** 3
        spread = (offsets[None, :, None] * widths[:, None, None] * taper)[..., None]  # (N, B, K, 1)
        every = lines[:, None] + across[:, None] * spread
        slip = rng.uniform(-0.18, 0.18, (count, bristles, 1, 1))  # bristles do not start in one line
        every = every + slip * (lines[:, -1] - lines[:, 0])[:, None, None]
        shade = 1 + uneven * rng.standard_normal((count, bristles, 1))
        tint = uneven * 0.3 * rng.standard_normal((count, bristles, 3))
        paint = np.clip(colours[:, None] * shade + tint, 0, 1) * 255
        height = rng.uniform(90, 160, (count, 1, 1)) + rng.uniform(-60, 90, (count, bristles, 1))
        inks = np.concatenate([paint, height], -1).astype(int).tolist()
        points = (every * self.inside).round(1).reshape(count, bristles, -1).tolist()
        thick = np.maximum(1, np.round(widths * self.inside / bristles * 1.35)).astype(int).tolist()
        for i in range(count):
            for b in range(bristles):
                self.pen.line(points[i][b], fill=tuple(inks[i][b]), width=thick[i])

    def finish(self, depth: float = 1.0, gloss: float = 0.3) -> np.ndarray:
        """(size, size, 3): the paint with light on it."""
        # Reduced apart: resizing RGBA as one would take the height for opacity, and weigh the colours by it.
        *bands, thick = (band.resize((self.size, self.size), Image.Resampling.BOX) for band in self.image.split())
        colour = np.stack([np.asarray(band, np.float32) for band in bands], -1) / 255
        return np.clip(lit(colour, blur(np.asarray(thick, np.float32) / 255, 0.0008), depth, gloss), 0, 1)


def to_image(picture: np.ndarray) -> Image.Image:
    """(H, W, 3) 0..1 to RGB."""
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


def reduced(picture: np.ndarray, size: int) -> np.ndarray:
    """A picture drawn larger at its own size."""
    small = to_image(picture).resize((size, size), Image.Resampling.LANCZOS)
    return np.asarray(small, np.float32) / 255
