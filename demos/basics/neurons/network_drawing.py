"""The 2-3-1 network as an SVG: edges carry weights, and after going back their gradients; and its formulae."""

from demos.basics.neurons.backpropagation import Hand, differences

COLUMNS, INPUTS, NEURONS, OUTPUT = (45, 190, 335), (100, 220), (50, 160, 270), 160
SHARES = ((0.5, 0.3, 0.7), (0.7, 0.3, 0.5))  # of an edge, from input to neuron, where its number stands clear of others


def drawing(net: Hand) -> str:
    """Cool is above zero, warm below; the thicker, the larger. After `backward` the edges are gradients."""
    shown = net.gradients or net.weights
    what, places = ("gradient", 3) if net.gradients else ("weight", 2)
    edges = [(COLUMNS[0] + 22, INPUTS[i], COLUMNS[1] - 22, NEURONS[j], float(shown[0][j, i]), SHARES[i][j])
             for j in range(3) for i in range(2)]  # fmt: skip
    edges += [(COLUMNS[1] + 22, NEURONS[j], COLUMNS[2] - 22, OUTPUT, float(shown[2][j]), 0.4) for j in range(3)]
    parts = []
    for x1, y1, x2, y2, number, _ in edges:
        colour = "var(--secondary-500)" if number >= 0 else "var(--primary-500)"
        width = 1 + min(7.0, 4 * abs(number))
        parts.append(
            f"<line x1='{x1}' y1='{y1}' x2='{x2}' y2='{y2}' style='stroke:{colour};stroke-width:{width:.1f}'/>"
        )
    for x1, y1, x2, y2, number, at in edges:
        x, y = x1 + at * (x2 - x1), y1 + at * (y2 - y1) - 5
        parts.append(f"<text class='edge' x='{x:.0f}' y='{y:.0f}' text-anchor='middle'>{_short(number, places)}</text>")
    names = [(COLUMNS[0], y, f"{float(v):.2f}") for y, v in zip(INPUTS, net.x, strict=True)]
    names += [
        (COLUMNS[1], y, f"{float(net.h[j]):.2f}" if net.h is not None else f"h{j + 1}") for j, y in enumerate(NEURONS)
    ]
    names.append((COLUMNS[2], OUTPUT, f"{float(net.y):.2f}" if net.y is not None else "y"))
    for x, y, words in names:
        parts.append(f"<circle cx='{x}' cy='{y}' r='22' class='node'/>")
        parts.append(f"<text x='{x}' y='{y + 5}' text-anchor='middle'>{words}</text>")
    label = f"A network of 2 inputs, 3 hidden neurons and 1 output; each edge carries its {what}"
    svg = f"<svg viewBox='0 0 380 310' role='img' aria-label='{label}'>{''.join(parts)}</svg>"
    return f"<div class='hl-chart hl-net'>{svg}</div>"


def line(net: Hand) -> str:
    """The status line: what was done last."""
    if net.gradients:
        auto, finite = differences(net)
        return (f"Backward, after {_steps(net)}: edges carry gradients · loss {net.loss:.4f} · "
                f"off autograd's by {_small(auto)}, off finite differences by {_small(finite)}")  # fmt: skip
    if net.loss is not None:
        return f"Forward, after {_steps(net)}: the circles carry answers · loss {net.loss:.4f}"
    return f"Step {net.steps}: every weight has moved against its gradient" if net.steps else "Nothing computed yet"


def _steps(net: Hand) -> str:
    return "1 step" if net.steps == 1 else f"{net.steps} steps"


def _small(number: float) -> str:
    return f"{number:.0e}" if number else "0"


def _short(number: float, places: int) -> str:
    """Without a sign where nothing but zeros is left."""
    words = f"{number:.{places}f}"
    return words.lstrip("-") if float(words) == 0 else words


def formulae(net: Hand, rate: float) -> str:
    """The first hidden neuron's way through the formulae, with its numbers, as Markdown."""
    (w1, b1, w2, b2), x = net.weights, net.x
    said = [f"Weight w11 = **{float(w1[0, 0]):.3f}**"]
    if net.z is not None and net.h is not None and net.y is not None:
        said.append(f"h1 = {net.activation}({w1[0, 0]:.2f} · {x[0]:.2f} + {w1[0, 1]:.2f} · {x[1]:.2f} + {b1[0]:.2f}) "
                    f"= {net.activation}({net.z[0]:.3f}) = **{net.h[0]:.3f}**")  # fmt: skip
        said.append(f"y = {w2[0]:.2f} · {net.h[0]:.2f} + {w2[1]:.2f} · {net.h[1]:.2f} + {w2[2]:.2f} · {net.h[2]:.2f} "
                    f"+ {b2:.2f} = **{net.y:.3f}**; loss = ({net.y:.3f} - {net.target:.2f})² / 2 = **{net.loss:.4f}**")  # fmt: skip  # noqa: E501
    if net.gradients and net.y is not None:
        error, delta, g = net.y - net.target, net.gradients[1][0], net.gradients[0][0, 0]
        said.append(
            f"error = y - t = {error:.3f}; delta1 = error · w2 · s'(z1) = {error:.3f} · {w2[0]:.2f} · s'(z1) = **{delta:.4f}**"  # noqa: E501
        )
        said.append(f"gradient of w11 = delta1 · x1 = {delta:.4f} · {x[0]:.2f} = **{g:.4f}**; "
                    f"a step makes w11 {w1[0, 0]:.3f} - {rate:g} · {g:.4f} = **{w1[0, 0] - rate * g:.3f}**")  # fmt: skip  # noqa: E501
    return "\n\n".join(said)
