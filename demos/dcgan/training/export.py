"""What a training leaves: the generator in few bytes, its snapshots, its card."""

from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from demos.core.networks import files as network_files
from demos.core.training.export import write
from demos.dcgan import file_format
from demos.dcgan.models import Discriminator, Generator
from demos.dcgan.training import datasets, options, scores
from demos.dcgan.training.options import GanOptions

DESCRIBED = 2000  # training pictures that the diversity is measured on

# ---- snapshots and export -------------------------------------------------------------------------------------------


class Snapshots:
    """The generator through its training, kept beside the checkpoint, so that a resumed training has them all."""

    def __init__(self, checkpoint: Path) -> None:
        self.folder = checkpoint.parent / f"{checkpoint.stem}-snapshots"
        self.folder.mkdir(parents=True, exist_ok=True)

    def paths(self) -> list[Path]:
        """Those that are there, in the order of the training."""
        return sorted(self.folder.glob("*.safetensors"))

    def save_if_due(self, network: nn.Module, progress: float, images: int) -> None:
        """Keeps the generator if `progress` (0..1) has passed one more of `SNAPSHOTS_AT`; `images` names the file."""
        due = sum(progress >= at for at in options.SNAPSHOTS_AT)
        if due > len(self.paths()):
            save_file(file_format.quantised(network), self.folder / f"{images:012d}.safetensors")

    def chosen(self, count: int) -> list[Path]:
        """So many of them, the first and the last and evenly between."""
        paths = self.paths()[: len(options.SNAPSHOTS_AT)]
        count = min(count, len(paths))
        return [paths[round(i * (len(paths) - 1) / max(1, count - 1))] for i in range(count)]

    def clear(self) -> None:
        """Deletes them: another training begins."""
        for path in self.paths():
            path.unlink()


def export(
    generator: Generator,
    discriminator: Discriminator | None,
    config: file_format.Config,
    folder: Path,
    kept: list[Path],
) -> None:
    """Writes the format of `file_format.py`, and notes the files' hashes beside them."""
    write(file_format.to_tensors(generator), folder / file_format.GENERATOR)
    if discriminator is not None:
        write(file_format.to_tensors(discriminator), folder / file_format.DISCRIMINATOR)
    snapshots = file_format.write_snapshots(folder, [load_file(path) for path in kept])
    (folder / file_format.CONFIG).write_text(file_format.to_json(config) + "\n", encoding="utf-8")
    for path in [*snapshots, folder / file_format.CONFIG]:
        network_files.record_shipped(path)


def push(folder: Path, repo: str) -> str:
    """Uploads an exported folder to a repository on the Hub, which is made if need be; gives its address."""
    from huggingface_hub import HfApi

    api = HfApi()
    api.create_repo(repo, exist_ok=True)
    api.upload_folder(repo_id=repo, folder_path=folder, commit_message="A DCGAN of Hidden Layers")
    return f"{api.endpoint}/{repo}"


def describe(settings: GanOptions, pictures: Tensor, images: int, kept: list[Path]) -> file_format.Config:
    """What the page says of a training on `pictures` (M, channels, size, size) uint8 that has seen `images`."""
    kind = datasets.KINDS[settings.set]
    some = pictures[:: max(1, len(pictures) // DESCRIBED)]
    return file_format.Config(
        settings.shape,
        title=kind.name,
        one=kind.one,
        many=kind.many,
        set=kind.name,
        images=images,
        set_size=len(pictures),
        diversity=scores.diversity(some) or 0.0,
        snapshots=tuple(int(path.stem) for path in kept),
    )
