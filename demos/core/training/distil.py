"""Teaches the pocket VGG16, or SqueezeNext, what larger networks see: knowledge distillation.

    python -m demos.core.training.distil --data ../shared/data --teachers ../shared/weights --minutes 5    # on a GPU
    python -m demos.core.training.distil --student squeezenext ...

The student looks at the very crop that its teachers look at, the deep one at more pixels of it ("a patient and
consistent teacher", Beyer et al. 2022), and is asked for their activations, through 1x1 adapters that are thrown away
afterwards (FitNets, Romero et al. 2015), and for their softened opinion on ImageNet's 1,000 classes (Hinton et al.
2015). Half of the batches are mixed in pairs (Zhang et al., "mixup", 2018): nobody labels the photos, so a mixture has
a teacher's answer like any photo.

Batch normalisation makes the training fast and is folded into the convolutions at export: what ships is a plain VGG.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from demos.core import device
from demos.core.data import training_photos
from demos.core.data.crops import ResizedCrop
from demos.core.errors import DemoError
from demos.core.networks import squeezenext, vgg
from demos.core.networks.catalogue import SQUEEZENEXT
from demos.core.training import batches, loop, optimisation, options, teachers, update
from demos.core.training.export import export
from demos.core.training.optimisation import planned

# Loss weights: deeper cuts matter more, since the new last layer is taught on pool4 and pool5.
DEEP = {"relu4_3": 0.5, "relu5_3": 1.0, "pool5": 2.0}
SHALLOW = {"relu1_1": 1.0, "relu2_1": 1.0, "relu3_1": 1.0, "relu4_1": 0.3, "relu5_1": 0.3}
SHALLOW_WEIGHT, SHALLOW_EVERY = 3.9, 4  # the real VGG19 is dear to compute, its cuts easy to learn: every fourth step
POOLED_WEIGHT, LOGITS_WEIGHT, TEMPERATURE = 1.0, 0.7, 2.0
# Small crops first: more of them in the same time (Touvron et al., "FixRes", 2019, explain why the end is larger).
# (until this share of the time, (px of the student's crop, px of the same crop for the deep teacher))
SIZES = ((0.3, (128, 192)), (1.0, (160, 224)))

# Where a student has what a cut of VGG16 asks for: the same stride. SqueezeNext learns the deep cuts alone.
STAGES = {"relu4_3": "stage2", "relu5_3": "stage3", "pool5": "last"}
Student = vgg.VGG16 | squeezenext.SqueezeNext

SAMPLE, SAMPLE_SIZE = 256, 224  # photos, and px, that the targets' means and spreads are measured on


@dataclass(frozen=True)
class DistillationOptions(options.TrainingOptions):
    """The options of the distillation."""

    student: str = options.option(vgg.POCKET, f"who learns: {vgg.POCKET} or {SQUEEZENEXT}")
    checkpoint: str = options.option("", "where the training goes on from; ~/checkpoints/STUDENT.safetensors if empty")
    export: str = options.option("", "what it becomes; weights/STUDENT.safetensors if empty")
    teachers: str = options.option("../shared/weights", "the folder with the teachers' files")
    teacher: str = options.option("files", "who teaches: files, or hub for the real VGG16")
    widths: str = options.option(",".join(map(str, vgg.POCKET_WIDTHS)), "channels of the pocket network's five stages")
    start: str = options.option("", "a shipped pocket network to go on from")
    batch: int = 128
    warmup: int = 200
    input_size: int = options.option(160, "px of the photos that the student is to be used on")
    head: bool = options.option(
        False, "ship the 1,000-class head too: once it agrees with the teacher more often than not"
    )


# ---- the student and the losses -------------------------------------------------------------------------------------


class Distillation(nn.Module):
    """The student, the adapters to each teacher's cuts, and the losses between them.

    Args:
        student: that learns.
        deep: gives the targets of the deep cuts, "pooled" and "logits" for photos (N, 3, H, W) RGB 0..1.
        shallow: gives those of the shallow cuts; None where `deep` does.
        sample: photos to measure the targets' means and spreads on.
    """

    def __init__(self, student: Student, deep: nn.Module, shallow: nn.Module | None, sample: Tensor) -> None:
        super().__init__()
        self.student = student
        self._teachers = [deep] if shallow is None else [deep, shallow]  # in a list: not ours to train or save
        with torch.no_grad():
            targets = self.targets(sample, with_shallow=True)
        self.shallow_cuts = [cut for cut in SHALLOW if cut in targets]
        self.adapters = nn.ModuleDict(
            {
                cut: nn.Conv2d(student.channels(self._place(cut)), target.shape[1], 1)
                for cut, target in targets.items()
                if cut in vgg.CUTS
            }
        )
        middle, end = student.teaching_cuts
        pooled = student.channels(middle) + 2 * student.channels(end)
        self.adapters["pooled"] = nn.Linear(pooled, targets["pooled"].shape[1])
        # Each channel of a target counts alike, however large the teacher made it.
        for cut, target in targets.items():
            axes = (0, 2, 3) if target.dim() == 4 else (0,)
            self.register_buffer(f"mean_{cut}", target.float().mean(axes))
            std = target.float().std(axes)
            self.register_buffer(f"std_{cut}", torch.maximum(std, 0.1 * std.mean()).clamp_min(1e-3))

    @torch.no_grad()
    def targets(self, photo: Tensor, with_shallow: bool, view: Tensor | None = None) -> dict[str, Tensor]:
        """The teachers' activations by cut (N, C, h, w), "pooled" (N, C) and "logits" (N, 1000) of photos RGB 0..1.

        The shallow teacher looks at `view`, the same photos as the student sees them.
        """
        targets = self._teachers[0](photo)
        if with_shallow and len(self._teachers) > 1:
            targets = targets | self._teachers[1](photo if view is None else view)
        return targets

    def losses(self, photo: Tensor, with_shallow: bool, size: int = 0) -> dict[str, Tensor]:
        """Per cut the share of the teacher's variance that the student misses (1 for a constant), and "logits".

        Scalars, not weighted yet; `photo` is (N, 3, H, W) RGB 0..1. Maps of a teacher that sees more pixels are shrunk
        to the student's.
        """
        view = _shrunk(photo, (size, size)).clamp(0, 1) if size else photo
        targets = self.targets(photo, with_shallow, view)
        cuts = [cut for cut in targets if cut in vgg.CUTS]
        middle, end = self.student.teaching_cuts
        features = self.student.features(view, [*map(self._place, cuts), middle, end])
        losses = {}
        for cut in cuts:
            target = self._standardised(cut, _shrunk(targets[cut], features[self._place(cut)].shape[2:]))
            losses[cut] = F.mse_loss(self.adapters[cut](features[self._place(cut)]).float(), target)
        average, most = features[end].mean((2, 3)), features[end].amax((2, 3))
        pooled = torch.cat([features[middle].mean((2, 3)), average, most], 1)
        target = self._standardised("pooled", targets["pooled"])
        losses["pooled"] = F.mse_loss(self.adapters["pooled"](pooled).float(), target)
        logits = self.student.classifier(average).float()
        losses["logits"] = F.kl_div(
            F.log_softmax(logits / TEMPERATURE, 1),
            F.log_softmax(targets["logits"].float() / TEMPERATURE, 1),
            reduction="batchmean",
            log_target=True,
        )
        return losses

    def _place(self, cut: str) -> str:
        """The student's own name of a cut."""
        return STAGES[cut] if isinstance(self.student, squeezenext.SqueezeNext) else cut

    def _standardised(self, cut: str, target: Tensor) -> Tensor:
        mean, std = self.get_buffer(f"mean_{cut}"), self.get_buffer(f"std_{cut}")
        shape = (1, -1, 1, 1) if target.dim() == 4 else (1, -1)
        return (target.float() - mean.view(shape)) / std.view(shape)

    def forward(self, photo: Tensor, with_shallow: bool, size: int = 0) -> dict[str, Tensor]:
        """The weighted losses of photos (N, 3, H, W) RGB 0..1, scalars; the shallow cuts only where asked for.

        The student and the shallow teacher see the photos shrunk to `size` px; 0: as they are.
        """
        weights = DEEP | {"pooled": POOLED_WEIGHT, "logits": LOGITS_WEIGHT}
        if with_shallow and self.shallow_cuts:
            share = SHALLOW_WEIGHT / sum(SHALLOW[cut] for cut in self.shallow_cuts)
            for cut in self.shallow_cuts:
                weights[cut] = weights.get(cut, 0.0) + SHALLOW[cut] * share
        return {cut: weights[cut] * loss for cut, loss in self.losses(photo, with_shallow, size).items()}


def _shrunk(x: Tensor, size: Sequence[int]) -> Tensor:
    """(N, C, H, W) to that (height, width), antialiased; as it is where it has it."""
    if tuple(x.shape[2:]) == tuple(size):
        return x
    return F.interpolate(x.float(), tuple(size), mode="bilinear", antialias=True)


def make_task(settings: DistillationOptions) -> update.Task:
    """Photos, teachers, student and optimiser, as the training loop wants them."""
    torch.manual_seed(settings.seed)
    where = device.current().device
    photos, weights = batches.photos(settings, training_photos.EVERYDAY, training_photos.decode_small)
    crops = batches.sampler(photos, weights, ResizedCrop(), settings.seed)
    deep, shallow = make_teachers(settings)
    for teacher in (deep, shallow):
        if teacher is not None:
            teacher.to(where).to(memory_format=torch.channels_last).eval().requires_grad_(False)
    sample = 32 if settings.dry_run else SAMPLE
    student = make_student(settings, lambda: crops(sample, SAMPLE_SIZE).cpu())
    distillation = Distillation(student, deep, shallow, crops(sample, SAMPLE_SIZE))
    distillation.to(where).to(memory_format=torch.channels_last).train()

    def loss(module: nn.Module, step: int, progress: float) -> dict[str, Tensor]:
        size, large = planned(progress, SIZES)
        photo = crops(settings.batch, large, mix=step % 2 == 1)
        return module(photo, with_shallow=step % SHALLOW_EVERY == 0, size=size)

    # No mean over photos: batch norm has the statistics of each process' own.
    return update.Task(
        nn.ModuleDict({"distillation": distillation}),
        [update.Update(distillation, optimisation.adamw(distillation, settings), loss)],
        {"widths": ",".join(map(str, student.widths)), "input_size": str(settings.input_size)},
        {"crops": crops},
    )


def make_student(settings: DistillationOptions, photos: Callable[[], Tensor]) -> Student:
    """The network that learns, with batch norm; `photos` are asked for where it starts from a shipped one."""
    if settings.student == SQUEEZENEXT:
        if settings.start:
            raise DemoError("SqueezeNext starts from chance; only the pocket network goes on from a file (--start).")
        return squeezenext.SqueezeNext(input_size=settings.input_size)
    if settings.student != vgg.POCKET:
        raise DemoError(f"There is no student {settings.student!r}. Choose {vgg.POCKET} or {SQUEEZENEXT}.")
    widths = tuple(int(width) for width in settings.widths.split(","))
    student = vgg.VGG16(widths, classifier="pooled", batch_norm=True, name=vgg.POCKET, input_size=settings.input_size)
    if settings.start:
        start_from(student, Path(settings.start), photos())
    else:
        for layer in student.layers:
            if isinstance(layer, nn.Conv2d):  # He et al. 2015: keeps the variance through thirteen ReLU layers
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.constant_(layer.get_parameter("bias"), 0.0)
    return student


def make_teachers(settings: DistillationOptions) -> tuple[nn.Module, nn.Module | None]:
    """(teacher of the deep cuts and the logits, teacher of the shallow cuts where it is another one)."""
    if settings.teacher == "hub":
        return teachers.HubVGG16(), None
    files = Path(settings.teachers)
    if settings.student == SQUEEZENEXT:  # features for new classes, not for style: the deep cuts are all it needs
        return teachers.MobileNet(files), None
    return teachers.MobileNet(files), CombinedTeacher(teachers.VGG19(files), teachers.CompressedVGG19(files))


@torch.no_grad()
def start_from(student: vgg.VGG16, path: Path, photos: Tensor) -> None:
    """Starts the student, batch norm and all, as the same function as the plain network in the file.

    Batch norm must come back where export folded it away: layer by layer its scale and shift are set to the standard
    deviation and mean that it will take out, as measured on `photos` (N, 3, H, W).
    """
    with safe_open(path, "pt") as file:
        plain = vgg.build(vgg.POCKET, load_file(path), file.metadata())
    if plain.has_classifier:
        student.classifier.load_state_dict(plain.classifier.state_dict())
    convolutions = iter([layer for layer in plain.layers if isinstance(layer, nn.Conv2d)])
    x = student.normalise(photos)
    for layer in student.layers:
        if isinstance(layer, nn.Conv2d):
            layer.load_state_dict(next(convolutions).state_dict())
        x_before, x = x, layer(x)
        if isinstance(layer, nn.BatchNorm2d):
            variance, mean = torch.var_mean(x_before, (0, 2, 3))
            layer.get_buffer("running_mean").copy_(mean)
            layer.get_buffer("running_var").copy_(variance)
            layer.bias.copy_(mean)
            layer.weight.copy_((variance + layer.eps).sqrt())
            x = x_before  # by construction the layer changes nothing now


class CombinedTeacher(nn.Module):
    """Teachers that look at the same photo, their targets together."""

    def __init__(self, *members: nn.Module) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, photo: Tensor) -> dict[str, Tensor]:
        return {cut: target for member in self.members for cut, target in member(photo).items()}


def plain(student: Student, head: bool = False) -> Student:
    """The network that is shipped: batch norm folded, on the CPU, with or without its head."""
    folded: Student
    if isinstance(student, squeezenext.SqueezeNext):
        folded = squeezenext.fold(student)
    else:
        folded = vgg.fold_batch_norm(student.float().cpu())
    if not head:
        folded.classifier = nn.Sequential()
    return folded


def main() -> None:
    with options.command(DistillationOptions, "Distil the pocket VGG16 from larger networks.") as settings:
        name = settings.student.replace("-", "_")
        settings = replace(
            settings,
            checkpoint=settings.checkpoint or f"~/checkpoints/{name}.safetensors",
            export=settings.export or f"weights/{name}.safetensors",
        )
        task = make_task(settings)
        student = task.networks.get_submodule("distillation.student")
        assert isinstance(student, Student)
        loop.run(task, settings, lambda: export(plain(student, settings.head), settings.export, task.metadata))


if __name__ == "__main__":
    main()
