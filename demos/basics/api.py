"""What programs ask of this tab: the functions behind its endpoints, for notebooks too."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from demos.core.images.load import load_image


def compare_networks(image: str | None = None) -> list[dict[str, Any]]:
    """VGG16, the pocket VGG16, SqueezeNet 1.1's form and SqueezeNext on one photo, each with its parameters,
    multiply-adds, layers, milliseconds, megabytes, and whether its weights are trained ones.

    Args:
        image: a photo; an example where there is none.
    """
    from demos.basics.pictures import compare
    from demos.core.data import samples

    photo = load_image(image) if image else samples.photo("chelsea")
    return [asdict(one) for one in list(compare.compare(photo))[-1].networks]
from typing import Any

from demos.basics import settings


def fit_neuron(
    gate: str = "AND", activation: str = "sigmoid", steps: float = settings.NEURON_STEPS.default,
    rate: float = settings.NEURON_RATE.default, seed: float = 0,
) -> dict[str, Any]:  # fmt: skip
    """One neuron learns a gate: its weights, its bias, the loss, and what it answers at the four points.

    Args:
        gate: "AND", "OR", or "XOR", which no single neuron can learn.
        activation: "sigmoid", "tanh", "ReLU", "leaky ReLU", "ELU", "GELU" or "step".
        steps: 1 to 10000; it ends earlier once the answers are clear.
        rate: of learning, 0.01 to 10.
        seed: of the first weights, a whole number from 0 to 2147483647.
    """
    from demos.basics.neurons import neuron

    looks = neuron.fit(
        gate, activation, 1, settings.NEURON_STEPS.checked(steps), settings.NEURON_RATE.checked(rate),
        settings.SEED.checked(seed),
    )  # fmt: skip
    *_, last = looks
    weight, bias = last.net.layers[0]
    table = [
        {"x1": int(x[0]), "x2": int(x[1]), "target": t, "output": y}
        for x, t, y in zip(neuron.POINTS.tolist(), settings.GATES[gate], last.outputs, strict=True)
    ]
    return {
        "weights": weight[0].tolist(), "bias": float(bias), "loss": last.loss, "steps": last.step, "outputs": table,
        "solved": last.solved,
    }  # fmt: skip
