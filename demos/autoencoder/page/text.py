"""Results in words and tables: plain values for the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

import pandas as pd
from PIL import Image

from demos.core.page import run

if TYPE_CHECKING:
    from demos.autoencoder.compress import file as codec_file
    from demos.autoencoder.compress import formats
    from demos.autoencoder.denoise import baselines, tiles
    from demos.autoencoder.live import anomaly, learn


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A small HTML table; everything in it is text."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class='hl-scroll'><table><caption>{escape(caption)}</caption><tr>{top}</tr>{body}</table></div>"


def decibels(value: float | None) -> str:
    if value is None:
        return "cannot be opened"
    return "equal" if math.isinf(value) else f"{value:.2f} dB"


# ---- cleaning ----


def cleaning(step: tiles.DenoiseStep) -> str:
    if step.index < step.total:
        return f"{run.remaining(step.index, step.total, step.seconds)} · tile by tile"
    noise = f"noise of sigma {step.sigma:.1f} (of 255): {in_words(step.sigma)}"
    return f"Cleaned in {step.seconds:.1f} s · found {noise}"


def took_away(residual: tiles.Residual) -> str:
    line = f"What was taken away, {residual.gain:.0f} times enlarged; grey is nothing. "
    if residual.holds_edges:
        return line + (
            f"**It holds edges** (correlation {residual.edges:.2f}): some of it was detail, not noise. "
            "Lower the strength."
        )
    return line + f"It holds no edges (correlation {residual.edges:.2f}): noise is what it looks like."


def judged(rows: Sequence[baselines.BaselineResult]) -> str:
    before = rows[0].psnr
    return table(
        "Against the clean photo; the rivals are told the true sigma, ours finds it out",
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


def squeezed(photo: Image.Image, made: codec_file.Compressed, others: Sequence[formats.FormatResult]) -> str:
    from demos.autoencoder.compress import formats

    rows = [(formats.OURS, len(made.content), made.bits_per_pixel, made.psnr, made.ssim)]
    rows += [(o.name, len(o.content), o.bits_per_pixel, o.psnr, o.ssim) for o in others]
    return table(
        f"{photo.width} x {photo.height} px, header counted",
        ("", "bytes", "bits per pixel", "PSNR", "SSIM"),
        [(name, f"{size:,}", f"{rate:.3f}", decibels(psnr), f"{ssim:.3f}") for name, size, rate, psnr, ssim in rows],
    )


def curve(points: Sequence[formats.Point], dot: codec_file.Compressed | None) -> pd.DataFrame:
    """Rows of (bits per pixel, PSNR, of), the photo's own dot last."""
    rows = [(p.bits_per_pixel, p.psnr, p.name) for p in points]
    if dot is not None:
        rows.append((dot.bits_per_pixel, dot.psnr, "this file"))
    return pd.DataFrame(rows, columns=["bits per pixel", "PSNR", "of"])


# ---- learning ----


def learning(step: learn.LearnStep) -> str:
    left = max(0.0, step.allowed - step.seconds)
    line = f"{step.index} steps · test error {step.test_loss:.4f}"
    return f"{line} · about {left:.0f} s left" if left > 0 else f"Taught: {line} in {step.seconds:.0f} s"


def learning_curve(step: learn.LearnStep) -> pd.DataFrame:
    """Rows of (step, log10 of the error, of), thinned to what a plot can show."""
    history = step.trained.history
    thin = history[:: max(1, len(history) // 60)]
    rows = [(index, math.log10(max(value, 1e-6)), name) for index, *both in thin
            for name, value in zip(("training", "test"), both, strict=True)]  # fmt: skip
    return pd.DataFrame(rows, columns=["step", "log10 error", "of"])


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
