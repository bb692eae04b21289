"""Results in words and tables: plain values for the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from PIL import Image

from demos.autoencoder.settings import AVIF, OURS
from demos.core import chart
from demos.core.page import run, theme

if TYPE_CHECKING:
    from demos.autoencoder.compress import file as codec_file
    from demos.autoencoder.compress import formats
    from demos.autoencoder.denoise import baselines, tiles
    from demos.autoencoder.denoise import residual as residuals
    from demos.autoencoder.live import anomaly, learn

COLOURS = {OURS: theme.COOL, "JPEG": theme.GREY, "WebP": "#a39b8b", AVIF: "#7d6f9c", "this file": theme.WARM}
TRAINING, TEST = "pictures it learns from", "test pictures, which it never sees"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A small HTML table; everything in it is text."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class='hl-scroll'><table><caption>{escape(caption)}</caption><tr>{top}</tr>{body}</table></div>"


def note(words: str) -> str:
    """A line of small print, as HTML."""
    return f"<p class='hl-small'>{escape(words)}</p>"


def decibels(value: float | None) -> str:
    if value is None:
        return "cannot be opened"
    return "equal" if math.isinf(value) else f"{value:.2f} dB"


# ---- cleaning ----


def cleaning(step: tiles.DenoiseStep, strength: float = 1.0) -> str:
    if step.index < step.total:
        return f"{run.remaining(step.index, step.total, step.seconds)} · tile by tile, small until the end"
    noise = f"noise of sigma {step.sigma:.1f} (how far a pixel is off as a rule, of 255): {in_words(step.sigma)}"
    at = "" if strength == 1 else f" at strength {strength:g}"
    return f"Cleaned in {step.seconds:.1f} s{at} · found {noise}"


def took_away(residual: residuals.Residual) -> str:
    line = f"What was taken away, {residual.gain:.0f} times enlarged; grey is nothing. "
    if residual.holds_edges:
        return line + (
            f"**It holds edges** (correlation {residual.edges:.2f}): some of it was detail, not noise. "
            "Lower the strength."
        )
    return line + f"It holds no edges (correlation {residual.edges:.2f}): noise is what it looks like."


PSNR = (
    "PSNR: how near to the truth, in decibels; 3 dB more is half the squared error, 40 dB looks equal. "
    "SSIM: how alike the structure is; 1 is equal."
)


def judged(rows: Sequence[baselines.BaselineResult]) -> str:
    before = rows[0].psnr
    return note(PSNR) + table(
        "Against the clean photo. How strong the noise is (sigma), the others are told; not the median, nor ours",
        ("", "PSNR", "better by", "SSIM", "time"),
        [
            (row.name, decibels(row.psnr), f"{row.psnr - before:+.2f} dB", f"{row.ssim:.3f}", f"{row.seconds:.2f} s")
            for row in rows
        ],
    )


def zoomed(before: Image.Image, after: Image.Image, centre: tuple[int, int], side: int = 300) -> Image.Image:
    """Before and after around a point, pixel for pixel."""
    left = min(max(0, centre[0] - side // 2), max(0, before.width - side))
    top = min(max(0, centre[1] - side // 2), max(0, before.height - side))
    box = (left, top, min(left + side, before.width), min(top + side, before.height))
    one, two = before.crop(box), after.crop(box)
    pair = Image.new("RGB", (2 * one.width + 4, one.height), "white")
    pair.paste(one, (0, 0))
    pair.paste(two, (one.width + 4, 0))
    return pair


# ---- squeezing ----


def shrunk(came: tuple[int, int], size: tuple[int, int]) -> str:
    """That a photo was shrunk, where it was; nothing otherwise."""
    if came == size:
        return ""
    return (
        f"Your photo of {came[0]} x {came[1]} px was shrunk to {size[0]} x {size[1]} px first: "
        "this network looks at all of it at once, and more would not fit in memory. "
    )


def times_smaller(image: Image.Image, made: codec_file.Compressed) -> str:
    """How small our file of the picture is."""
    raw, size = 3 * image.width * image.height, len(made.content)
    return f"{size:,} bytes, {raw / size:.0f} times smaller than the {image.width} x {image.height} pixels in it. "


def squeezed(photo: Image.Image, made: codec_file.Compressed, others: Sequence[formats.FormatResult]) -> str:
    from demos.autoencoder.compress import formats

    rows = [(formats.OURS, len(made.content), made.bits_per_pixel, made.psnr, made.ssim)]
    rows += [(o.name, len(o.content), o.bits_per_pixel, o.psnr, o.ssim) for o in others]
    return note(f"{PSNR} Bits per pixel: 8 times the bytes, by the pixels; unpacked there are 24.") + table(
        f"{photo.width} x {photo.height} px, header counted",
        ("", "bytes", "bits per pixel", "PSNR", "SSIM"),
        [(name, f"{size:,}", f"{rate:.3f}", decibels(psnr), f"{ssim:.3f}") for name, size, rate, psnr, ssim in rows],
    )


def curve(points: Sequence[formats.Point], dot: codec_file.Compressed | None) -> str:
    """The chart of every format's line, and the photo's own dot."""
    series: dict[str, list[tuple[float, float]]] = {}
    for point in points:
        series.setdefault(point.name, []).append((point.bits_per_pixel, point.psnr))
    series = {name: sorted(line) for name, line in series.items()}
    if dot is not None:
        series["this file"] = [(dot.bits_per_pixel, dot.psnr)]
    drawn = chart.lines(
        series, COLOURS, across="bits per pixel (further left: smaller)", up="PSNR in dB (higher: better)"
    )
    return drawn and drawn + note(PSNR)


# ---- learning ----


def learning(step: learn.LearnStep) -> str:
    left = max(0.0, step.allowed - step.seconds)
    line = f"{step.index} steps · mean squared error on test pictures {step.test_loss:.4f}"
    return f"{line} · about {left:.0f} s left" if left > 0 else f"Taught: {line} in {step.seconds:.0f} s"


def learning_curve(step: learn.LearnStep) -> str:
    """The chart of both errors, thinned to what a plot can show."""
    history = step.trained.history
    if len(history) < 2:  # one that came taught
        return ""
    thin = history[:: max(1, len(history) // 120)]
    series = {name: [(entry[0], max(entry[k], 1e-6)) for entry in thin] for k, name in ((1, TRAINING), (2, TEST))}
    colours = {TRAINING: theme.WARM, TEST: theme.COOL}
    return chart.lines(series, colours, across="steps", up="mean squared error", logarithmic=True)


def alarm(result: anomaly.Alarm) -> str:
    words = "**Alarm**: unlike everything it learned" if result.is_anomaly else "Nothing unusual"
    return (
        f"{words}. Reconstruction error {result.error:.4f}; 95 of 100 test pictures stay below {result.threshold:.4f}."
    )


def in_words(sigma: float) -> str:
    """What an estimated sigma means."""
    for limit, words in ((2, "next to none"), (6, "a little"), (15, "clearly visible"), (30, "strong")):
        if sigma < limit:
            return words
    return "very strong"
