"""The small autoencoder that is shipped trained."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from demos.autoencoder.live import learn, model
from demos.autoencoder.live.learn import LearnStep
from demos.autoencoder.live.model import Autoencoder
from demos.autoencoder.settings import LearnSettings
from demos.core.data import small
from demos.core.errors import DemoError
from demos.core.networks import files as network_files
from demos.core.networks import shipped

NETWORK = "taught-digits"  # in the catalogue


def save(step: LearnStep, path: Path) -> None:
    """Writes the network as a file to ship, with its settings; nothing of it needs to be unpickled."""
    state = {key: tensor.contiguous() for key, tensor in step.trained.network.state_dict().items()}
    metadata = {"settings": json.dumps(asdict(step.trained.settings)), "index": str(step.index)}
    save_file(state, path, metadata | {"seconds": str(step.seconds)})
    network_files.record_shipped(path)


def finished() -> LearnStep:
    """The network that is in the box, as the last step of its training.

    Raises:
        DemoError: the file is missing, damaged or something else.
    """
    tensors, metadata = shipped.tensors(NETWORK)
    try:
        settings = LearnSettings(**json.loads(metadata["settings"]))
        data, random = small.load(settings.data), torch.Generator().manual_seed(settings.seed)
        network = Autoencoder(settings, data.side)
        network.load_state_dict(tensors)
        index, seconds = int(metadata["index"]), float(metadata["seconds"])
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise DemoError(
            "The file of the taught autoencoder holds something else. Restore it with: git checkout -- weights"
        ) from error
    clean, test_clean = data.test[: learn.SHOWN], data.test[:500]
    noisy, test_noisy = (model.with_noise(pictures, settings.noise, random) for pictures in (clean, test_clean))
    step = learn.evaluate(network, settings, data, clean, noisy, test_clean, test_noisy, index, seconds, [], [])
    return replace(step, allowed=seconds)
