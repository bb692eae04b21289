"""Seven activations s(z) and their slopes s'(z), each written out from its formula.

Sigmoid and tanh: Rumelhart, Hinton, Williams (1986); ReLU: Nair, Hinton (2010); leaky ReLU: Maas et al. (2013);
ELU: Clevert et al. (2016); GELU: Hendrycks, Gimpel (2016); the step: Rosenblatt (1958).
"""

import math

import torch
from torch import Tensor

from demos.basics.settings import ACTIVATIONS
from demos.core.errors import DemoError

LEAK = 0.01  # slope of the leaky ReLU on the left


def known(name: str) -> str:
    """The name, if it is one of the seven; DemoError else."""
    if name not in ACTIVATIONS:
        raise DemoError(f"There is no activation {name!r}. Choose one of: {', '.join(ACTIVATIONS)}.")
    return name


def value(name: str, z: Tensor) -> Tensor:
    """s(z), each number by itself; any shape, the same back."""
    match known(name):
        case "sigmoid":
            return torch.sigmoid(z)
        case "tanh":
            return torch.tanh(z)
        case "ReLU":
            return z.clamp(min=0)
        case "leaky ReLU":
            return torch.where(z > 0, z, LEAK * z)
        case "ELU":
            return torch.where(z > 0, z, torch.expm1(z.clamp(max=0)))  # clamped: exp of a large z is no number
        case "GELU":
            return z * _normal_below(z)
    return (z > 0).to(z.dtype)


def slope(name: str, z: Tensor) -> Tensor:
    """ds/dz at z; at a corner (z = 0 of ReLU, leaky ReLU) the slope on the left, as PyTorch has it."""
    match known(name):
        case "sigmoid":
            y = torch.sigmoid(z)
            return y * (1 - y)
        case "tanh":
            return 1 - torch.tanh(z) ** 2
        case "ReLU":
            return (z > 0).to(z.dtype)
        case "leaky ReLU":
            return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, LEAK))
        case "ELU":
            return torch.where(z > 0, torch.ones_like(z), torch.exp(z.clamp(max=0)))
        case "GELU":
            return _normal_below(z) + z * torch.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return torch.zeros_like(z)


def _normal_below(z: Tensor) -> Tensor:
    """The share of a standard normal distribution that lies below z."""
    return 0.5 * (1 + torch.erf(z / math.sqrt(2)))
