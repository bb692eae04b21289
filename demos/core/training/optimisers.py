"""The optimiser of most trainings here."""

import torch
from torch import nn

from demos.core import device
from demos.core.training.options import TrainingOptions


def adamw(network: nn.Module, settings: TrainingOptions) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019) of all parameters that ask for gradients; one kernel a step on CUDA."""
    fused = True if device.current().device.type == "cuda" else None
    parameters = [p for p in network.parameters() if p.requires_grad]
    return torch.optim.AdamW(parameters, settings.lr, weight_decay=settings.weight_decay, fused=fused)
