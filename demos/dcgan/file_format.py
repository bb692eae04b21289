"""Our format for a DCGAN on disk and on the Hub, checked strictly: whoever wrote a file, loading it can run no code.

config.json                what it is, and the networks' shape
generator.safetensors      matrices in float16, vectors in float32
discriminator.safetensors  the same (optional)
snapshots-N.safetensors    the generator through its training (optional): 8 bits a weight, half of float16's room
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from demos.core.errors import DemoError
from demos.dcgan.models import Discriminator, Generator, Shape

FORMAT = "hidden-layers-dcgan/1"
CONFIG, GENERATOR, DISCRIMINATOR = "config.json", "generator.safetensors", "discriminator.safetensors"
NEIGHBOURS = "neighbours.safetensors"
SNAPSHOTS = tuple(f"snapshots-{i}.safetensors" for i in (1, 2, 3))
PER_FILE = 4  # snapshots in a file: it stays under the 10 MB that a Space takes without large-file storage
LONGEST_CONFIG = 100_000  # bytes
GOOD, MOST_GOOD = 8, 1024  # so many good latent vectors, of so many that are looked at

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class Config:
    """What is known of a DCGAN besides its weights."""

    shape: Shape
    title: str = "pictures"
    one: str = "picture"  # "Dream up 16 ...", "nearest ..."
    many: str = "pictures"
    set: str = ""  # the training set's name in `datasets.KINDS`, where it is one of them
    images: int = 0  # training pictures seen, repeats counted
    set_size: int = 0  # pictures in the training set
    diversity: float = 0.0  # of the training set, see `scores.diversity`; 0 is unknown
    snapshots: tuple[int, ...] = ()  # images seen at each snapshot
    good: tuple[int, ...] = ()  # numbers of latent vectors whose pictures are good, see `sampling.good`


def to_json(config: Config) -> str:
    """The text of config.json."""
    values = asdict(config)
    return json.dumps({"format": FORMAT} | values.pop("shape") | values, indent=1)


def from_json(text: str) -> Config:
    """The config in the text of a config.json.

    Raises:
        DemoError: no JSON, another format, or a shape that cannot be built.
    """
    try:
        values = json.loads(text)
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise DemoError(
                f'This config.json is not of our format: its "format" must be "{FORMAT}". '
                "Repositories of that kind are made with: python -m demos.dcgan.training --push OWNER/NAME"
            )
        shape = Shape(**{item.name: values[item.name] for item in fields(Shape)})
        shape.check()
        return Config(
            shape,
            title=_text(values.get("title", "pictures")),
            one=_text(values.get("one", "picture")),
            many=_text(values.get("many", "pictures")),
            set=_text(values.get("set", "")),
            images=int(values.get("images", 0)),
            set_size=int(values.get("set_size", 0)),
            diversity=_finite(values.get("diversity", 0.0)),
            snapshots=tuple(int(images) for images in values.get("snapshots", ()))[: PER_FILE * len(SNAPSHOTS)],
            good=tuple(int(number) % MOST_GOOD for number in values.get("good", ()))[:GOOD],
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise DemoError(f"This config.json does not describe a DCGAN ({type(error).__name__}: {error}).") from error


def _text(value: Any) -> str:
    """A name for the page: short, printable, without anything that Markdown or HTML would act on."""
    return "".join(c for c in str(value) if c.isalnum() or c in " ,.-")[:40]


def _finite(value: Any) -> float:
    number = float(value)
    return number if math.isfinite(number) and number >= 0 else 0.0


# ---- tensors --------------------------------------------------------------------------------------------------------


def to_tensors(network: nn.Module) -> dict[str, Tensor]:
    """The state for a file: matrices in float16; batch norm's vectors in float32, since a variance may be tiny."""
    return {
        key: (tensor.half() if tensor.dim() > 1 else tensor).detach().cpu().contiguous()
        for key, tensor in network.state_dict().items()
    }


def from_tensors(network: N, tensors: Mapping[str, Tensor], what: str) -> N:
    """The network with these tensors, in float32 and in evaluation mode; every key, shape and number is checked.

    Raises:
        DemoError: not these keys, not these shapes, or numbers that are not finite.
    """
    try:
        network.load_state_dict({key: tensor.float() for key, tensor in tensors.items()}, strict=True)
    except (RuntimeError, TypeError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise DemoError(
            f"The {what} has {len(tensors)} tensors, and they do not fit its config.json: {reason}"
        ) from error
    broken = [key for key, tensor in network.state_dict().items() if not torch.isfinite(tensor).all()]
    if broken:
        raise DemoError(f"The {what} holds numbers that are not finite, the first in {broken[0]}. It cannot be used.")
    return network.eval().requires_grad_(False)


def generator(config: Config, tensors: Mapping[str, Tensor]) -> Generator:
    """The generator in the tensors of its file; DemoError where they do not fit the config."""
    return from_tensors(Generator(config.shape), tensors, "generator")


def discriminator(config: Config, tensors: Mapping[str, Tensor]) -> Discriminator:
    """As `generator`."""
    return from_tensors(Discriminator(config.shape), tensors, "discriminator")


# ---- snapshots: 8 bits a weight -------------------------------------------------------------------------------------


def quantised(network: nn.Module) -> dict[str, Tensor]:
    """The state with each matrix as whole numbers -127..127 and one scale for each of its rows."""
    state: dict[str, Tensor] = {}
    for key, tensor in network.state_dict().items():
        tensor = tensor.detach().cpu().contiguous()  # a training may have it in another layout
        if tensor.dim() > 1:
            scale = tensor.flatten(1).abs().amax(1).clamp_min(1e-12) / 127
            rows = scale.view(-1, *[1] * (tensor.dim() - 1))
            state[key], state[f"{key}.scale"] = (tensor / rows).round().to(torch.int8), scale
        else:
            state[key] = tensor.clone()
    return state


def dequantised(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state in float32 of what `quantised` gave.

    Raises:
        DemoError: a matrix without its scales.
    """
    state = {}
    for key, tensor in tensors.items():
        if tensor.dtype == torch.int8:
            scale = tensors.get(f"{key}.scale")
            if scale is None or scale.shape != tensor.shape[:1]:
                raise DemoError(f"A snapshot has no scales for {key}. Restore it with: git checkout -- weights")
            state[key] = tensor.float() * scale.view(-1, *[1] * (tensor.dim() - 1))
        elif not key.endswith(".weight.scale"):
            state[key] = tensor
    return state


def write_snapshots(folder: Path, states: list[dict[str, Tensor]]) -> list[Path]:
    """Quantised states, earliest first, a few in each file under the prefix of their number: "3.last.bias"."""
    written = []
    for part, name in enumerate(SNAPSHOTS):
        some = states[part * PER_FILE : (part + 1) * PER_FILE]
        if some:
            numbered = {
                f"{part * PER_FILE + i}.{key}": tensor for i, state in enumerate(some) for key, tensor in state.items()
            }
            save_file(numbered, folder / name)
            written.append(folder / name)
    return written


def read_snapshot(tensors: Mapping[str, Tensor], index: int) -> dict[str, Tensor]:
    """The state of one snapshot out of its file's tensors."""
    prefix = f"{index}."
    return dequantised({key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)})
