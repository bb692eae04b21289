"""The choice of device and precision, with what PyTorch reports substituted: no GPU is needed to test it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from demos.core import device
from demos.core.errors import DemoError
from demos.core.startup import check_torch_and_torchvision

ROOT = Path(__file__).resolve().parents[2]
Reports = Callable[..., None]


@pytest.fixture(autouse=True)
def _nothing_chosen_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_current", None)
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> Reports:
    """Makes PyTorch report an accelerator, or none, and what a processor or GPU can do."""

    def report(
        kind: str | None, *, capability: tuple[int, int] = (0, 0), amx: bool = False, avx512_bf16: bool = False
    ) -> None:
        accelerator = torch.device(kind) if kind else None
        monkeypatch.setattr(torch.accelerator, "is_available", lambda: kind is not None)
        monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: accelerator)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Test GPU")
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx, raising=False)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512_bf16, raising=False)

    return report


@pytest.mark.parametrize(
    ("amx", "avx512_bf16", "dtype"),
    [
        (True, True, torch.bfloat16),
        (True, False, torch.bfloat16),
        (False, True, torch.bfloat16),
        (False, False, torch.float32),
    ],
)
def test_cpu_takes_bfloat16_only_where_it_has_instructions_for_it(
    reports: Reports, amx: bool, avx512_bf16: bool, dtype: torch.dtype
) -> None:
    reports(None, amx=amx, avx512_bf16=avx512_bf16)
    chosen = device.choose()
    assert (chosen.device.type, chosen.dtype) == ("cpu", dtype)
    assert chosen.memory_format == torch.channels_last


def test_cpu_without_onednn_emulates_bfloat16_and_so_takes_float32(
    reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports(None, amx=True, avx512_bf16=True)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert device.choose().dtype == torch.float32


def test_pytorch_without_its_private_questions_about_the_processor_gives_float32(
    reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports(None)
    monkeypatch.delattr(torch.cpu, "_is_amx_tile_supported")
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported")
    assert device.choose().dtype == torch.float32


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="needs Linux, which lists the processor's flags")
def test_this_processor_gets_what_its_flags_say(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = set(Path("/proc/cpuinfo").read_text().split())
    expected = torch.bfloat16 if flags & {"amx_bf16", "avx512_bf16"} else torch.float32
    assert device.choose("cpu").dtype == expected


@pytest.mark.parametrize(
    ("capability", "float16_is_safe", "dtype"),
    [
        ((12, 0), True, torch.bfloat16),  # Blackwell
        ((9, 0), True, torch.bfloat16),  # Hopper
        ((8, 0), False, torch.bfloat16),  # Ampere: float16 is not even tried
        ((7, 5), True, torch.float16),  # Turing: T4
        ((7, 5), False, torch.float32),  # Turing: GTX 16xx
        ((7, 0), True, torch.float16),  # Volta
        ((6, 1), True, torch.float32),  # Pascal: half precision at a 64th of the speed
    ],
)
def test_cuda_precision_by_compute_capability(
    reports: Reports,
    monkeypatch: pytest.MonkeyPatch,
    capability: tuple[int, int],
    float16_is_safe: bool,
    dtype: torch.dtype,
) -> None:
    reports("cuda", capability=capability)
    monkeypatch.setattr(device, "_float16_is_safe", lambda where: float16_is_safe and where.type == "cuda")
    chosen = device.choose()
    assert (chosen.device.type, chosen.dtype) == ("cuda", dtype)
    assert chosen.memory_format == torch.channels_last
    assert chosen.describe() == (
        f"Test GPU, compute capability {capability[0]}.{capability[1]}, {str(dtype).removeprefix('torch.')}"
    )


@pytest.mark.parametrize(("safe", "dtype"), [(True, torch.float16), (False, torch.float32)])
def test_apple_gpu_takes_float16_where_it_is_safe(
    reports: Reports, monkeypatch: pytest.MonkeyPatch, safe: bool, dtype: torch.dtype
) -> None:
    reports("mps")
    monkeypatch.setattr(device, "_float16_is_safe", lambda where: safe and where.type == "mps")
    chosen = device.choose()
    assert (chosen.device.type, chosen.dtype) == ("mps", dtype)


@pytest.mark.parametrize(
    ("bf16_conversions", "fp16", "dtype"),
    [(True, True, torch.bfloat16), (False, True, torch.float16), (False, False, torch.float32)],
)
def test_intel_gpu_takes_what_is_native_and_not_what_is_emulated(
    reports: Reports, monkeypatch: pytest.MonkeyPatch, bf16_conversions: bool, fp16: bool, dtype: torch.dtype
) -> None:
    reports("xpu")
    properties = SimpleNamespace(name="Test Arc", has_fp16=fp16, has_bfloat16_conversions=bf16_conversions)
    monkeypatch.setattr(torch.xpu, "is_available", lambda: True)  # is_bf16_supported itself stays PyTorch's own
    monkeypatch.setattr(torch.xpu, "get_device_properties", lambda: properties)
    chosen = device.choose()
    assert (chosen.device.type, chosen.dtype, chosen.name) == ("xpu", dtype, "Test Arc")


def test_float16_check_accepts_this_processors_float16() -> None:
    before = torch.random.get_rng_state()
    assert device._float16_is_safe(torch.device("cpu"))
    assert torch.equal(torch.random.get_rng_state(), before)  # a check must not change anybody's random numbers


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), 0.0, 1.05])
def test_float16_check_refuses_wrong_convolutions(monkeypatch: pytest.MonkeyPatch, broken: float) -> None:
    """A device whose float16 convolutions are wrong everywhere by a factor; float32 stays right."""
    right = nn.functional.conv2d

    def conv2d(x: torch.Tensor, *args: object) -> torch.Tensor:
        result = right(x, *args)  # type: ignore[call-overload]
        return result * broken if x.dtype == torch.float16 else result

    monkeypatch.setattr(nn.functional, "conv2d", conv2d)
    assert not device._float16_is_safe(torch.device("cpu"))


def test_float16_check_refuses_a_device_without_the_kernels() -> None:
    assert not device._float16_is_safe(torch.device("meta"))  # has shapes, but nothing to copy back


def test_an_accelerator_that_is_no_use_to_us_leaves_the_cpu(reports: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    reports(None)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("mtia"))
    assert device.choose().device.type == "cpu"


def test_a_build_for_cuda_without_a_gpu_leaves_the_cpu(reports: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    reports(None)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    assert device.choose().device.type == "cpu"


def test_the_cpu_can_be_asked_for_beside_a_gpu(reports: Reports) -> None:
    reports("cuda", capability=(9, 0))
    assert device.choose("cpu").device.type == "cpu"
    assert device.current().device.type == "cpu"
    assert device.choose("cuda").device.type == "cuda"
    assert device.current().device.type == "cuda"


@pytest.mark.parametrize("request_", ["cuda", "mps", "xpu"])
def test_a_device_that_is_not_there_is_named(reports: Reports, request_: str) -> None:
    reports(None)
    with pytest.raises(DemoError, match=rf"no {request_} device here, only the CPU\. Use --device auto"):
        device.choose(request_)


def test_a_failed_choice_keeps_the_former_one(reports: Reports) -> None:
    reports("cuda", capability=(8, 6))
    device.choose("cuda")
    with pytest.raises(DemoError, match="no mps device here, only cuda and the CPU"):
        device.choose("mps")
    assert device.current().device.type == "cuda"


def test_an_unknown_device_is_answered_with_the_known_ones() -> None:
    with pytest.raises(DemoError, match=r"'tpu'\. Choose one of: auto, cpu, cuda, mps, xpu"):
        device.choose("tpu")


def test_current_chooses_once(reports: Reports) -> None:
    reports(None)
    first = device.current()
    reports("cuda", capability=(9, 0))
    assert device.current() is first


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@torch.no_grad()
def test_placed_network_is_frozen_evaluating_and_gives_the_known_answer(dtype: torch.dtype) -> None:
    where = device.Device(torch.device("cpu"), dtype, "test")
    network = nn.Sequential(nn.Conv2d(2, 1, 3, bias=False), nn.Dropout(0.5), nn.BatchNorm2d(1))
    network[0].weight.fill_(0.5)
    assert where.place(network) is network
    assert not network.training
    assert not any(child.training for child in network.children())
    assert {p.requires_grad for p in network.parameters()} == {False}
    assert {p.dtype for p in network.parameters()} == {dtype}
    assert network[0].weight.is_contiguous(memory_format=torch.channels_last)
    # 2 channels x 9 pixels x 0.5 = 9; dropout and batch statistics would both change it.
    answer = network(torch.ones(1, 2, 3, 3, dtype=dtype))
    assert answer.dtype == dtype
    assert answer.item() == pytest.approx(9, rel=0.01)


def test_a_gradient_reaches_the_photo_through_a_placed_network() -> None:
    network = device.Device(torch.device("cpu"), torch.float32, "test").place(nn.Conv2d(1, 1, 1, bias=False))
    photo = torch.ones(1, 1, 2, 2, requires_grad=True)
    network(photo).sum().backward()
    assert photo.grad is not None
    assert torch.equal(photo.grad, network.weight.expand(1, 1, 2, 2))


# ---- ZeroGPU --------------------------------------------------------------------------------------------------------

SPACES = """
lent = []
def GPU(duration):
    def decorate(function):
        lent.append((function.__name__, duration))
        return lambda *arguments: ("on a lent GPU", function(*arguments))
    return decorate
"""


@pytest.fixture
def zero_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A ZeroGPU Space: the environment variable, and a package called spaces."""
    (tmp_path / "spaces.py").write_text(SPACES)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "spaces", raising=False)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    yield
    sys.modules.pop("spaces", None)


def double(x: int) -> int:
    return 2 * x


@pytest.mark.parametrize("unset", ["", "0", "false"])
def test_off_zerogpu_the_decorator_changes_nothing_and_imports_nothing(
    monkeypatch: pytest.MonkeyPatch, unset: str
) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", unset)
    monkeypatch.setitem(sys.modules, "spaces", None)  # importing it would fail
    assert device.gpu(double) is double
    assert device.gpu(duration=30)(double) is double


@pytest.mark.usefixtures("zero_gpu")
def test_on_zerogpu_the_decorator_asks_for_the_seconds() -> None:
    assert device.gpu(double)(4) == ("on a lent GPU", 8)
    assert device.gpu(duration=30)(double)(5) == ("on a lent GPU", 10)
    assert sys.modules["spaces"].lent == [("double", 60), ("double", 30)]


@pytest.mark.usefixtures("zero_gpu")
def test_on_zerogpu_networks_go_to_a_gpu_that_is_not_there_yet(reports: Reports) -> None:
    reports(None)
    chosen = device.choose()
    assert (chosen.device.type, chosen.dtype, chosen.name) == ("cuda", torch.bfloat16, "ZeroGPU")


# ---- installation ---------------------------------------------------------------------------------------------------


def run_with_torchvision(folder: Path, raises: str) -> subprocess.CompletedProcess[str]:
    """A fresh Python that finds a torchvision whose import fails in this way."""
    package = folder / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text(f"raise RuntimeError({raises!r})\n")
    program = (
        "from demos.core import device, startup\n"  # importing either must not need torchvision
        "from demos.core.errors import DemoError\n"
        "try:\n"
        "    startup.check_torch_and_torchvision()\n"
        "except DemoError as error:\n"
        "    print(error)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [
        "operator torchvision::nms does not exist",
        "Detected that PyTorch and torchvision were compiled with different CUDA major versions. PyTorch has ...",
    ],
)
def test_torch_and_torchvision_from_different_places_get_a_sentence(tmp_path: Path, words: str) -> None:
    run = run_with_torchvision(tmp_path, words)
    assert run.returncode == 0, run.stderr
    assert f"torch {torch.__version__} and torchvision do not fit together" in run.stdout
    assert "Both must come from the same place" in run.stdout
    assert "pip uninstall --yes torch torchvision, then make install" in run.stdout


def test_another_failure_of_torchvision_is_not_explained_away(tmp_path: Path) -> None:
    run = run_with_torchvision(tmp_path, "something else")
    assert run.returncode == 1
    assert "RuntimeError: something else" in run.stderr


def test_torch_and_torchvision_installed_here_fit_together() -> None:
    check_torch_and_torchvision()
    assert "torchvision" in sys.modules
