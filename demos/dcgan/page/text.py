"""What the page says and draws: plain words, tables and pictures from plain results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from demos.core.page import run

if TYPE_CHECKING:
    from demos.dcgan.explore import activations, nearest, snapshots
    from demos.dcgan.explore.invert import Inversion
    from demos.dcgan.pretrained import Gan
    from demos.dcgan.sampling import Sheet
    from demos.dcgan.training import live, toy2d

WARM, COOL, PAPER = (180, 69, 15), (31, 111, 139), (251, 250, 247)
PLANE_SIDE, DOT = 480, 3  # px
RAG = 1.4  # times as far from any real one as usual: by eye, clothes beyond it are rags


# ---- sheets ---------------------------------------------------------------------------------------------------------


def tiles(sheet: Sheet) -> list[tuple[Image.Image, str]]:
    """Pictures and captions for a gallery."""
    captions = [f"{far:.2f} x" for far in sheet.distances] or [percent(score) for score in sheet.scores]
    return [(sheet.picture(i), captions[i] if captions else "") for i in range(len(sheet))]


def sum_tiles(sheet: Sheet, picked: tuple[int, ...]) -> list[tuple[Image.Image, str]]:
    """Pictures, and below those that are A, B or C their letters."""
    terms = [min(i, len(sheet) - 1) for i in picked]
    return [(sheet.picture(i), " ".join(x for x, at in zip("ABC", terms, strict=True) if at == i) or f"{i + 1}")
            for i in range(len(sheet))]  # fmt: skip


def percent(share: float) -> str:
    return f"{100 * share:.0f} %" if 0.01 <= share <= 0.99 or share in (0, 1) else f"{100 * share:.1f} %"


def dream(gan: Gan, count: int) -> str:
    """What the big button says."""
    return f"Dream up {count} {gan.config.many if count > 1 else gan.config.one}"


def sheet_line(sheet: Sheet, gan: Gan) -> str:
    words = (
        f"{len(sheet)} {gan.config.many if len(sheet) > 1 else gan.config.one} that never existed · seed {sheet.seed}"
    )
    if sheet.distances:
        words += " · below each: how far the nearest real photo is; 1 x is usual between real ones"
        words += ", so the smallest look most real" if sheet.best_first else ""
        worn = sum(far > RAG for far in sheet.distances)
        if gan.config.set == "fashion" and worn:
            words += f". {worn} of {len(sheet)} are likely rags: straps, heels and prints are beyond this generator"
        return words
    return f"{words} · below each: how sure the discriminator is that it is real" if sheet.scores else words


def tile_line(sheet: Sheet, believed: float | None = None) -> str:
    """The current picture in numbers.

    Args:
        believed: what the discriminator says of real photos, in the median.
    """
    from demos.dcgan import sampling

    length = float(np.linalg.norm(sheet.z[sheet.chosen]))
    usual = sampling.usual_length(sheet.z.shape[1])
    words = f"Picture {sheet.chosen + 1}: its latent vector, the {sheet.z.shape[1]} numbers that it was made of, has "
    words += f"length **{length:.1f}** (usual: {usual:.1f})"
    if sheet.scores:
        words += f"; the discriminator says **{percent(sheet.scores[sheet.chosen])}** real"
        words += f" (of real photos, in the median, {percent(believed)})" if believed is not None else ""
        words += ". That is no mark for quality: it knows what gave away the generator it played against, no more"
    return words + "."


# ---- walk -----------------------------------------------------------------------------------------------------------


def walk_line(sheet: Sheet, next_one: int, way: str) -> str:
    import torch

    from demos.dcgan.explore import interpolate

    z = torch.from_numpy(sheet.z)
    lengths = interpolate.middle_of(z[sheet.chosen], z[next_one])
    return (
        f"Half-way to the next picture the vector has length **{lengths[way]:.1f}**; at the ends "
        f"{lengths['ends']:.1f}. {'Straight' if way == interpolate.WAYS[0] else 'On the sphere'} it would be "
        f"{lengths[interpolate.WAYS[1] if way == interpolate.WAYS[0] else interpolate.WAYS[0]]:.1f}."
    )


# ---- find me --------------------------------------------------------------------------------------------------------


def found_line(inversion: Inversion) -> str:
    off = f"off by {100 * inversion.error:.1f} % of full brightness"
    if inversion.index == inversion.total:  # also where the time was up
        return f"Found in {inversion.seconds:.1f} s, the best of {len(inversion.others)} searches: {off}"
    return f"{run.remaining(inversion.index, inversion.total, inversion.seconds)} · {off}"


# ---- time machine ---------------------------------------------------------------------------------------------------


def moment_line(moment: snapshots.Snapshot, name: str) -> str:
    when = "Before the first step" if moment.images == 0 else f"After {moment.images:,} pictures"
    epochs = f" ({moment.epoch:.1f} times through the set)" if moment.epoch else ""
    return f"**{name}** · {when}{epochs} · {meter(moment)}"


def meter(moment: snapshots.Snapshot) -> str:
    if moment.of_real is None:
        return "diversity unknown here"
    return f"diversity {100 * moment.of_real:.0f} % of real pictures'"


# ---- inside ---------------------------------------------------------------------------------------------------------


def map_tiles(maps: activations.Maps, silent: tuple[int, ...]) -> list[tuple[Image.Image, str]]:
    return [
        (
            Image.fromarray(maps.pixels[i] if unit not in silent else maps.pixels[i] // 4),
            f"{unit} muted" if unit in silent else f"{unit}",
        )
        for i, unit in enumerate(maps.units)
    ]


def muted_line(maps: activations.Maps, silent: tuple[int, ...]) -> str:
    if not silent:
        return f"The {len(maps.units)} strongest of {maps.channels} units, {maps.side} x {maps.side} px. Click to mute."
    return f"Muted in this layer: {', '.join(map(str, silent))}. Click again to let it speak."


# ---- memorised ------------------------------------------------------------------------------------------------------


def memory_line(neighbours: nearest.NearestNeighbours, many: str) -> str:
    from demos.dcgan.explore import nearest

    median = float(np.median(neighbours.distances)) / neighbours.median_real_distance
    words = (
        f"Copies: **{neighbours.copies} of {len(neighbours.distances)}** (nearer than {100 * nearest.COPY:.0f} % of "
        f"usual; of real {many} that were never trained on, {percent(neighbours.real_copies)} are that near). To the "
        f"eye of a VGG16 that had no part in the training, the nearest training picture is **{median:.2f} times** as "
        "far as it is for those: near 1 is as new as a new photo, well above 1 is unlike any."
    )
    if neighbours.pictures is None and many == "cats":
        words += " The training photos are not ours to show, so the cats stand beside numbers only."
    return words


def memory_tiles(neighbours: nearest.NearestNeighbours, sheet: Sheet) -> list[tuple[Image.Image, str]]:
    """Each picture, followed by its nearest training picture where that may be shown."""
    made: list[tuple[Image.Image, str]] = []
    for i, distance in enumerate(neighbours.distances):
        share = distance / neighbours.median_real_distance
        made.append((sheet.picture(i), f"{share:.2f} x"))  # a phone's tile has no room for more
        if neighbours.pictures is not None:
            made.append((Image.fromarray(neighbours.pictures[i]), "nearest"))
    return made


def memory_curve(neighbours: nearest.NearestNeighbours) -> pd.DataFrame:
    """Rows of (distance, share, of): how many of the real and of the made pictures are nearer than that."""
    made = np.quantile(neighbours.distances, np.linspace(0, 1, 41))
    rows = [
        {"distance": round(value / neighbours.median_real_distance, 3), "share": i / (len(values) - 1), "of": name}
        for name, values in (("real", neighbours.real[::2]), ("made", made))
        for i, value in enumerate(values)
    ]
    return _curve(rows, "distance", "share")


def _curve(rows: list[dict[str, Any]], x: str, y: str) -> pd.DataFrame:
    """Rows as a line plot needs them: float columns, since gradio takes others for categories."""
    return pd.DataFrame(rows, columns=[x, y, "of"]).astype({x: float, y: float})


# ---- train one now --------------------------------------------------------------------------------------------------


def race_line(race: live.Comparison) -> str:
    left = max(0.0, race.limit - race.seconds)
    said = " · ".join(f"{player.words}: {player.verdict}" for player in race.runs)
    return f"step {race.step} · about {left:.0f} s left · {said}" if left > 0 else f"Done: {race.step} steps · {said}"


def race_curve(race: live.Comparison, what: str) -> pd.DataFrame | None:
    """Rows of (step, value, of): "losses" or "beliefs" of the players; None before the first step.

    A chart takes its colours from the first rows it is given and keeps them: it must not be given none.
    """
    rows = []
    for i, player in enumerate(race.runs):
        tag = f" {'AB'[i]}" if len(race.runs) > 1 else ""
        for point in player.curve[:: max(1, len(player.curve) // 100)]:
            if what == "losses":
                pairs = {"discriminator" + tag: point.discriminator, "generator" + tag: point.generator}
            else:
                pairs = {"D(x)" + tag: point.d_real, "D(G(z))" + tag: point.d_fake}
            rows += [{"step": point.step, "value": round(value, 4), "of": name} for name, value in pairs.items()]
    return _curve(rows, "step", "value") if rows else None


# ---- two dimensions -------------------------------------------------------------------------------------------------


def plane_picture(frame: toy2d.ToyStep, side: int = PLANE_SIDE) -> Image.Image:
    """The decision surface (cool: taken for real; warm: taken for made), real points grey, made points dark."""
    from demos.dcgan.training import toy2d

    warm, cool, paper = (np.array(c, float) for c in (WARM, COOL, PAPER))
    sure = (frame.surface * 2 - 1)[..., None]
    ground = paper + np.where(sure > 0, cool - paper, warm - paper) * np.abs(sure) * 0.55
    picture = Image.fromarray(ground.clip(0, 255).astype(np.uint8)).resize((side, side), Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(picture)
    for points, colour in ((frame.real, (150, 145, 135)), (frame.fake, (28, 27, 24))):
        for x, y in points:
            column = (x / toy2d.EXTENT + 1) / 2 * side
            row = (1 - y / toy2d.EXTENT) / 2 * side
            draw.ellipse((column - DOT, row - DOT, column + DOT, row + DOT), fill=colour)
    return picture


def plane_line(frame: toy2d.ToyStep) -> str:
    done = frame.step >= frame.total
    where = f"Done: {frame.total} steps" if done else run.remaining(frame.step, frame.total, frame.seconds)
    near = f"{100 * frame.share_near:.0f} % of its points at one"
    return f"{where} · modes found: {frame.modes_found} of {frame.modes} · {near}"


def plane_numbers(frame: toy2d.ToyStep) -> str:
    """The losses, beside what they are when neither side knows better: log 4 and log 2."""
    if not np.isfinite(frame.losses).all():
        return ""
    return (
        f"Loss of the discriminator **{frame.losses[0]:.3f}** (1.386 if it could only guess), of the generator "
        f"**{frame.losses[1]:.3f}** (0.693 then)."
    )
