"""How weights move: the optimiser, its learning rate and other plans over time, and the weights' moving average."""

import copy
import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from demos.core import device
from demos.core.training.options import TrainingOptions

M = TypeVar("M", bound=nn.Module)
T = TypeVar("T")

# ---- the optimiser --------------------------------------------------------------------------------------------------


def adamw(network: nn.Module, settings: TrainingOptions) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019) of all parameters that ask for gradients; one kernel a step on CUDA."""
    fused = True if device.current().device.type == "cuda" else None
    parameters = [p for p in network.parameters() if p.requires_grad]
    return torch.optim.AdamW(parameters, settings.lr, weight_decay=settings.weight_decay, fused=fused)


# ---- plans over the time of a training ------------------------------------------------------------------------------


def learning_rate(step: int, progress: float, settings: TrainingOptions) -> float:
    """The learning rate's factor, 0..1: a linear warm-up, then as it is until `fall_at`, then down to `final_lr`.

    Down by a half cosine (Loshchilov and Hutter, "SGDR", 2017, equation 5, over the time allowed instead of over
    epochs), or, where `linear` is set, straight towards 0 until `final_lr` is reached.

    Args:
        step: steps before this one.
        progress: 0..1 of the time allowed.
        settings: have `warmup` (steps), `fall_at`, `final_lr` and `linear`.
    """
    warm = min(1.0, (step + 1) / max(1, settings.warmup))
    share = min(1.0, max(0.0, progress - settings.fall_at) / max(1e-9, 1 - settings.fall_at))  # 0..1 of the fall
    if settings.linear:
        return warm * max(settings.final_lr, 1 - share)
    return warm * (settings.final_lr + (1 - settings.final_lr) * 0.5 * (1 + math.cos(math.pi * share)))


def planned(progress: float, plan: Sequence[tuple[float, T]]) -> T:
    """The value of a plan, (until this share of the time, value) in order; the last value after its end."""
    return next((value for until, value in plan if progress <= until), plan[-1][1])


# ---- the average of the weights -------------------------------------------------------------------------------------

WARM_UP = 10  # the average follows closely at first: its decay is steps / (steps + WARM_UP) until that reaches `decay`


class Ema:
    """An exponential moving average of a module's parameters and buffers; integer buffers are copied.

    Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992); for GANs Yazici et al., "The
    Unusual Effectiveness of Averaging in GAN Training" (2019).

    Args:
        module: what is averaged; only its tensors are copied.
        decay: share of the average that stays in a step, 0..1.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.module, self.decay, self.steps = module, decay, 0
        self.tensors = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}

    @torch.no_grad()
    def update(self) -> None:
        """A step towards the module as it is now."""
        decay = min(self.decay, self.steps / (self.steps + WARM_UP))  # 0 at first: a copy
        self.steps += 1
        now = self.module.state_dict()
        floating = [name for name, tensor in self.tensors.items() if tensor.is_floating_point()]
        torch._foreach_lerp_([self.tensors[name] for name in floating], [now[name] for name in floating], 1 - decay)
        for name in self.tensors.keys() - set(floating):
            self.tensors[name].copy_(now[name])

    def apply(self) -> None:
        """Puts the average into the module."""
        self.module.load_state_dict(self.tensors)

    def averaged(self, network: M) -> M:
        """A copy of a network like the module, with the average as its weights, that asks for no gradients."""
        twin = copy.deepcopy(network).requires_grad_(False)
        twin.load_state_dict(self.tensors)
        return twin

    def state_dict(self) -> dict[str, Tensor]:
        """The averages by name, and "steps"."""
        return self.tensors | {"steps": torch.tensor(self.steps)}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from a state; KeyError where it is another module's."""
        self.steps = int(state["steps"])
        for name, tensor in self.tensors.items():
            tensor.copy_(state[name])
