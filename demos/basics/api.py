"""What programs ask of this tab: the functions behind its endpoints, for notebooks too."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from demos.basics import settings
from demos.core.choices import choose
from demos.core.errors import DemoError
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

    gate = choose(gate, list(settings.GATES), "gate")
    activation = choose(activation, settings.ACTIVATIONS, "activation")
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


def train_sequence(
    task: str = "echo", lag: float = 10, steps: float | None = None, hidden: float | None = None,
    seed: float | None = None, text: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Teaches four networks with a memory one task, and says how each one fares.

    Args:
        task: "echo", "adding", "parity" or "next letter".
        lag: steps over which something must be remembered, 1 to 200.
        steps: updates of each network, 20 to 3000; None: as many as the task usually takes.
        hidden: numbers in each network's state, 4 to 64.
        seed: of the weights and the sequences.
        text: for "next letter", at least 200 letters; without it, a nursery rhyme.

    Returns:
        "task", "lag", "measure" (what an error is), "baseline" (the error without looking), "seconds", and
        "networks": for each its "loss", "error", "accuracy" (share of right answers; none for adding), "solved" and
        "seconds" of learning.

    Raises:
        DemoError: an unknown task, a number out of range, a text that is too short or too long.
    """
    from demos.basics.sequences import race, tasks

    if len(text) > settings.MOST_LETTERS:
        raise DemoError(f"The text has {len(text)} letters. At most {settings.MOST_LETTERS} are read.")
    work = tasks.task(task, settings.LAG.checked(lag), text or tasks.RHYME.read_text(encoding="utf-8"))
    *_, last = race.race(
        work, settings.RACE_STEPS[work.name].checked(steps), seed=settings.SEED.checked(seed),
        hidden=settings.HIDDEN_UNITS.checked(hidden),
    )  # fmt: skip
    return {
        "task": work.name, "lag": work.lag, "measure": work.measure, "baseline": work.baseline,
        "seconds": round(last.seconds, 2), "networks": {name: _fared(last, name) for name in settings.NETWORKS},
    }  # fmt: skip


def _fared(look: Any, name: str) -> dict[str, Any]:
    error = look.errors[name][-1][1]
    right = None if look.task.name == settings.SEQUENCE_TASKS[1] else 1 - error
    return {
        "loss": look.losses[name], "error": error, "accuracy": right, "solved": name in look.solved,
        "seconds": round(look.spent[name], 2),
    }  # fmt: skip
