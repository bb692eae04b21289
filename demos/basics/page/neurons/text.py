"""What the parts on neurons draw and say: planes with points on them, an activation with its slope, status lines."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from demos.basics.settings import GATES
from demos.core.page.theme import COOL, WARM

if TYPE_CHECKING:
    from demos.basics.neurons import neuron, playground

SIDE = 300  # px of a drawing's own measure
PAPER, INK = (251, 250, 247), "#1c1b18"
REACH = 4.0  # z shown, either way


def _rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)], float)


def ground(answers: np.ndarray) -> Image.Image:
    """Answers (rows, columns) 0..1 as colours: cool above one half, warm below, the stronger the surer."""
    sure = (answers.clip(0, 1) * 2 - 1)[..., None]
    paper = np.array(PAPER, float)
    colours = paper + np.where(sure > 0, _rgb(COOL) - paper, _rgb(WARM) - paper) * np.abs(sure) * 0.55
    return Image.fromarray(colours.clip(0, 255).astype(np.uint8))


def embedded(picture: Image.Image) -> str:
    """A picture as an address that holds it."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


# ---- one neuron -----------------------------------------------------------------------------------------------------


def neuron_picture(fit: neuron.Fit) -> str:
    """The plane with the four points, and beside it the activation with the four places where the neuron stands."""
    return f"<div class='hl-chart hl-neuron'>{_plane(fit)}{_activation(fit)}</div>"


def _plane(fit: neuron.Fit) -> str:
    from demos.basics.neurons import neuron

    answers = neuron.surface(fit.net)
    parts = [
        f"<image href='{embedded(ground(answers.numpy()))}' width='{SIDE}' height='{SIDE}' preserveAspectRatio='none'/>"
    ]
    for line in neuron.cuts(answers):
        path = " ".join(f"{x * SIDE:.1f},{y * SIDE:.1f}" for x, y in line)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{INK}' stroke-width='2.5'/>")
    for (x1, x2), wanted, said in zip(neuron.POINTS.tolist(), GATES[fit.gate], fit.outputs, strict=True):
        x = (x1 - neuron.LOW) / (neuron.HIGH - neuron.LOW) * SIDE
        y = (neuron.HIGH - x2) / (neuron.HIGH - neuron.LOW) * SIDE
        fill = COOL if wanted else WARM
        parts.append(f"<circle cx='{x}' cy='{y}' r='13' fill='{fill}' stroke='white' stroke-width='2'/>")
        parts.append(f"<text x='{x}' y='{y + 5}' text-anchor='middle' style='fill:white'>{wanted}</text>")
        mark = "right" if (said > 0.5) == bool(wanted) else "wrong"
        parts.append(
            f"<text x='{x}' y='{y + 30}' text-anchor='middle' style='fill:{INK}'>says {said:.2f}, {mark}</text>"
        )
    label = f"The plane of x1 and x2; {fit.right} of the 4 points of {fit.gate} lie on their side of the cut"
    return f"<svg viewBox='0 0 {SIDE} {SIDE}' role='img' aria-label='{label}'>{''.join(parts)}</svg>"


def _activation(fit: neuron.Fit) -> str:
    import torch

    from demos.basics.neurons import activations, neuron

    z = torch.linspace(-REACH, REACH, 161)
    name, high = fit.net.activation, SIDE - 30

    def at(x: float, y: float) -> tuple[float, float]:
        return (x / REACH + 1) / 2 * SIDE, high / 2 - max(-2.0, min(2.0, y)) / 2 * (high / 2 - 6)

    parts = []
    for y in (-1, 0, 1):
        height = at(0, y)[1]
        parts.append(f"<line x1='0' x2='{SIDE}' y1='{height}' y2='{height}' class='grid'/>")
        parts.append(f"<text x='2' y='{height - 3}'>{y}</text>")
    parts.append(f"<line x1='{SIDE / 2}' x2='{SIDE / 2}' y1='0' y2='{high}' class='grid'/>")
    for values, style in (
        (activations.value(name, z), "stroke-width:3;stroke:var(--secondary-500)"),
        (activations.slope(name, z), "stroke-width:2;stroke:var(--primary-500);stroke-dasharray:6 4"),
    ):
        places = [at(float(x), float(y)) for x, y in zip(z, values, strict=True) if abs(float(y)) <= 2]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f"<polyline points='{path}' fill='none' style='{style}'/>")
    for place in neuron.working_points(fit.net):
        held = max(-REACH, min(REACH, place))
        x, y = at(held, float(activations.value(name, torch.tensor(held))))  # type: ignore[assignment]
        parts.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='6' style='fill:var(--body-text-color)'/>")
    words = f"z from -{REACH:g} to {REACH:g}: line {name}, dashes its slope"
    parts.append(f"<text x='{SIDE / 2}' y='{SIDE - 10}' text-anchor='middle'>{words}</text>")
    label = f"{name} and its slope against z, with the four points of the gate on it"
    return f"<svg viewBox='0 0 {SIDE} {SIDE}' role='img' aria-label='{label}'>{''.join(parts)}</svg>"


def neuron_line(fit: neuron.Fit) -> str:
    """The status line."""
    from demos.basics.neurons import neuron

    words = f"{fit.gate}: {fit.right} of 4 right"
    if fit.total:
        words += f" · step {fit.step} · loss {fit.loss:.3f}"
    if fit.solved:
        return words + " · solved"
    if neuron.asleep(fit.net):
        return words + " · asleep: its slope is 0 at all four points, so nothing moves it"
    if fit.gate == "XOR" and len(fit.net.layers) == 1:
        return words + " · one straight cut cannot part XOR: switch on *A second layer*"
    if fit.net.activation == "step" and len(fit.net.layers) == 2:
        return words + " · a step has no slope, so the first layer cannot learn"
    return words


def neuron_numbers(fit: neuron.Fit) -> str:
    """The formula with its numbers."""
    if len(fit.net.layers) == 2:
        return f"{fit.net.layers[0][1].numel()} neurons look at x1 and x2; one more, a sigmoid, looks at what they say."
    (weight, bias), name = fit.net.layers[0], fit.net.activation
    w1, w2 = weight[0].tolist()
    return f"y = {name}(**{w1:.2f}** · x1 + **{w2:.2f}** · x2 + **{float(bias):.2f}**)"


# ---- the playground -------------------------------------------------------------------------------------------------


def play_picture(look: playground.Look) -> Image.Image:
    """The decision surface with the points of both classes; held-out ones have a dark rim."""
    side = 420
    picture = ground(look.surface).resize((side, side), Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(picture)
    for (x, y), label, held in zip(look.points, look.labels, look.held_out, strict=True):
        column, row = (x / 1.6 + 1) / 2 * side, (1 - y / 1.6) / 2 * side
        fill = COOL if label else WARM
        pen.ellipse((column - 4, row - 4, column + 4, row + 4), fill=fill, outline=INK if held else "white")
    return picture


def play_line(look: playground.Look) -> str:
    where = f"step {look.step} of {look.total}" if look.step < look.total else f"Done: {look.total} steps"
    return f"{where} · {100 * look.right:.0f} % of the held-out points right · loss {look.losses[-1][2]:.3f}"


def play_numbers(look: playground.Look) -> str:
    if look.neurons_dead is None:
        return "Dead neurons are counted with the activation ReLU: those that answer 0 to every point."
    return f"**{look.neurons_dead}** of {look.neurons} ReLUs are dead: they answer 0 to every point and learn nothing."
