"""The moving average of a network's weights: the one that all trainings of this project keep."""

import copy
from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)

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
