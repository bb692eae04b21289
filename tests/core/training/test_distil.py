"""Distillation: which photos are trained on, what a crop is, and one real step towards real teachers."""

from pathlib import Path

import pytest
import torch
from torch import nn

from demos.core.data.splits import is_held_out
from demos.core.networks import files as network_files
from demos.core.networks import vgg
from demos.core.training import distil, export, teachers
from demos.core.training.optimisation import planned


def test_held_out_files_are_the_same_for_everybody() -> None:
    """Known answer: the SHA-256 of b"foo" begins 2c26b46b; shares come out as asked."""
    assert is_held_out(b"foo") == (0x2C26B46B % 5 == 0)
    held_out = sum(is_held_out(str(i).encode()) for i in range(2000))
    assert held_out == pytest.approx(400, abs=60)


def test_small_crops_come_first() -> None:
    sizes = [planned(progress, distil.SIZES) for progress in (0, 1)]
    assert sizes == sorted(set(sizes))
    assert all(small < large for small, large in sizes)


@torch.no_grad()
def test_the_padding_teacher_is_keras_mobilenet(shared: Path) -> None:
    """Folding and padding change speed and answers as meant: equal to torchvision's network with explicit padding."""
    from safetensors.torch import load_file
    from torch.nn import functional as F
    from torchvision.models import mobilenet_v2

    reference = mobilenet_v2(weights=None)
    tensors = load_file(shared / "weights" / "mobilenet_v2_keras_fp16.safetensors")
    reference.load_state_dict({key: t.float() if t.is_floating_point() else t for key, t in tensors.items()})
    reference.eval()
    for module in reference.modules():
        if isinstance(module, nn.Conv2d) and module.stride == (2, 2) and module.kernel_size == (3, 3):
            module.padding = (0, 0)
            module.register_forward_pre_hook(lambda _, inputs: (F.pad(inputs[0], (0, 1, 0, 1)),))
    teacher = teachers.MobileNet(shared / "weights")
    photo = torch.rand(2, 3, 96, 96)
    expected = reference((photo - teacher.mean) / teacher.std)
    torch.testing.assert_close(teacher(photo)["logits"], expected, rtol=1e-3, atol=1e-3)


def test_a_few_steps_explain_more_of_the_teachers(shared: Path) -> None:
    torch.manual_seed(0)
    folder = shared / "weights"
    shallow = distil.CombinedTeacher(teachers.VGG19(folder), teachers.CompressedVGG19(folder))
    deep = teachers.MobileNet(folder)
    for teacher in (deep, shallow):
        teacher.eval().requires_grad_(False)
    photos = torch.rand(8, 3, 8, 8)
    photos = nn.functional.interpolate(photos, size=64, mode="bilinear")  # smooth, and the same in every step
    student = vgg.VGG16((8, 16, 16, 32, 32), classifier="pooled", batch_norm=True, name=vgg.POCKET)
    distillation = distil.Distillation(student, deep, shallow, photos).train()
    assert set(distil.SHALLOW) <= set(distillation.adapters)
    optimiser = torch.optim.AdamW(distillation.parameters(), lr=3e-3)
    totals = []
    for _ in range(12):
        total = torch.stack(list(distillation(photos, with_shallow=True).values())).sum()
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        totals.append(total.item())
    assert totals[-1] < 0.8 * totals[0]
    assert not any(key.startswith("_teachers") for key in distillation.state_dict())


def test_the_export_is_a_plain_network_with_the_same_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors import safe_open
    from safetensors.torch import load_file

    noted: list[Path] = []
    monkeypatch.setattr(network_files, "record_shipped", noted.append)  # the shipped hashes stay as they are
    student = vgg.VGG16((4, 8, 8, 16, 16), classifier="pooled", batch_norm=True, name=vgg.POCKET).eval()
    path = tmp_path / "pocket.safetensors"
    export.export(distil.plain(student, head=True), path, {"widths": "4,8,8,16,16", "input_size": "96"})
    with safe_open(path, "pt") as file:
        loaded = vgg.build(vgg.POCKET, load_file(path), file.metadata()).eval()
    assert loaded.input_size == 96
    assert noted == [path]
    assert all(key.startswith("layers.") for key in distil.plain(student).state_dict())
    photo = torch.rand(2, 3, 96, 96)
    with torch.no_grad():
        torch.testing.assert_close(loaded.classify(photo), student.classify(photo), rtol=2e-2, atol=2e-2)


@torch.no_grad()
def test_going_on_from_a_shipped_network_starts_as_the_same_function(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(2)
    plain = vgg.VGG16((4, 8, 8, 16, 16), classifier="pooled", name=vgg.POCKET).eval()
    path = tmp_path / "pocket.safetensors"
    save_file(plain.state_dict(), path, {"widths": "4,8,8,16,16"})
    student = vgg.VGG16((4, 8, 8, 16, 16), classifier="pooled", batch_norm=True, name=vgg.POCKET)
    distil.start_from(student, path, torch.rand(16, 3, 64, 64))
    photo = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(student.eval().classify(photo), plain.classify(photo), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_the_hubs_vgg16_teaches_every_cut_and_its_logits(monkeypatch: pytest.MonkeyPatch) -> None:
    """On narrow widths: the targets are the network's own activations and answers."""
    torch.manual_seed(0)
    narrow = vgg.VGG16((4, 8, 8, 16, 16), classifier="paper").eval()
    monkeypatch.setattr(vgg, "load", lambda name: narrow)
    teacher, photo = teachers.HubVGG16(), torch.rand(2, 3, 64, 64)
    targets = teacher(photo)
    torch.testing.assert_close(targets["logits"], narrow.classify(photo))
    torch.testing.assert_close(targets["relu4_3"], narrow.features(photo, ["relu4_3"])["relu4_3"])
    student = vgg.VGG16((4, 8, 8, 16, 16), classifier="pooled", batch_norm=True)
    distillation = distil.Distillation(student, teacher, None, photo)
    expected = {*distil.DEEP, "relu1_1", "relu2_1", "relu3_1", "pooled", "logits"}
    assert expected <= set(distillation(photo, True))
    assert expected <= set(distillation(photo, True, size=48))  # the student sees less than the teacher


def test_a_view_of_the_same_size_changes_nothing() -> None:
    torch.manual_seed(0)
    narrow = vgg.VGG16((4, 8, 8, 16, 16), classifier="paper").eval().requires_grad_(False)

    class Teacher(nn.Module):
        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            features = narrow.features(x, ["relu4_3", "pool5"])
            return features | {"pooled": features["pool5"].mean((2, 3)), "logits": narrow.classify(x)}

    photo = torch.rand(4, 3, 64, 64)
    student = vgg.VGG16((4, 8, 8, 16, 16), classifier="pooled", batch_norm=True)
    distillation = distil.Distillation(student, Teacher(), None, photo).eval()
    whole, viewed = distillation(photo, False), distillation(photo, False, size=64)
    assert whole.keys() == viewed.keys()
    for name, loss in whole.items():
        torch.testing.assert_close(viewed[name], loss)
