"""Random numbers for the samples of a batch that several processes share."""

from collections.abc import Mapping

import torch
from torch import Tensor


def send(x: Tensor, device: torch.device) -> Tensor:
    """A tensor of the CPU on the device, without waiting for what the device has still to do."""
    return x.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else x.to(device)


class RandomStream:
    """Random numbers per sample, drawn for the whole batch of all processes; each process keeps its own block.

    So the state is the same in every process (one checkpoint serves any number of them), and `world` processes with
    batches of b draw what one process draws for a batch of world * b. Numbers come from a generator on the CPU: they
    are the same on every device, `normal`'s excepted.

    Args:
        seed: of a generator of its own; None takes PyTorch's global numbers, whose state is not this stream's to keep.
        rank: which process this is, 0..world - 1.
        world: how many processes share a batch.
    """

    def __init__(self, seed: int | None, rank: int = 0, world: int = 1) -> None:
        self.generator = None if seed is None else torch.Generator().manual_seed(seed)
        self.rank, self.world = rank, world

    def rand(self, count: int, *shape: int) -> Tensor:
        """(count, *shape) float32, uniform in [0, 1)."""
        return self._own(torch.rand(count * self.world, *shape, generator=self.generator), count)

    def randn(self, count: int, *shape: int) -> Tensor:
        """(count, *shape) float32, standard normal."""
        return self._own(torch.randn(count * self.world, *shape, generator=self.generator), count)

    def randint(self, high: int, count: int) -> Tensor:
        """(count,) int64, uniform in 0..high - 1."""
        return self._own(torch.randint(high, (count * self.world,), generator=self.generator), count)

    def choice(self, weights: Tensor, count: int) -> Tensor:
        """(count,) int64 indices of `weights` (n,), each drawn in proportion to its weight, with replacement."""
        chosen = torch.multinomial(weights, count * self.world, replacement=True, generator=self.generator)
        return self._own(chosen, count)

    def normal(self, count: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        """(count, *shape) float32, standard normal, drawn on `device` from seeds of this stream, one for each sample.

        For samples of which each takes many numbers: no process draws another's. A GPU draws others than a CPU does.
        """
        x = torch.empty(count, *shape, device=device)
        generator = torch.Generator(x.device)
        for sample, seed in zip(x, self.randint(2**62, count).tolist(), strict=True):
            sample.normal_(generator=generator.manual_seed(seed))
        return x

    def first(self, count: int) -> int:
        """The place of this process' first sample in the whole batch."""
        return self.rank * count

    def state_dict(self) -> dict[str, Tensor]:
        """The generator's state, for a checkpoint; nothing where the numbers are PyTorch's global ones."""
        return {} if self.generator is None else {"generator": self.generator.get_state()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from a state; KeyError where it is none of a stream's."""
        if self.generator is not None:
            self.generator.set_state(state["generator"])

    def _own(self, numbers: Tensor, count: int) -> Tensor:
        return numbers[self.first(count) : self.first(count) + count]
