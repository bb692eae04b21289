"""Which accelerator there is, and which precision is both fast and native on it.

A network of this project runs in `Device.dtype`: bfloat16 on processors with matrix or vector instructions for it and
on recent GPUs, float16 on older ones, float32 where nothing else is native (emulated half precision is slower than
float32, by a lot). Convolutions run in channels_last, the layout that oneDNN and cuDNN are fastest in.
"""

import functools
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, overload

import torch
from torch import nn

from demos.core.errors import DemoError
from demos.core.startup import DEVICES, device_name

M = TypeVar("M", bound=nn.Module)
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Device:
    """Where networks run, and how."""

    device: torch.device
    dtype: torch.dtype
    name: str
    memory_format: torch.memory_format = torch.channels_last

    def place(self, module: M) -> M:
        """The module on this device in its fast precision and layout, frozen and in evaluation mode."""
        module.to(self.device, self.dtype, memory_format=self.memory_format)  # type: ignore[call-overload]
        return module.eval().requires_grad_(False)

    def describe(self) -> str:
        """For the footer: "CPU (AMD EPYC, 2 threads), bfloat16"."""
        return f"{self.name}, {str(self.dtype).removeprefix('torch.')}"


_current: Device | None = None


def current() -> Device:
    """The device that was chosen, or the best one there is."""
    return _current or choose(device_name())


def choose(request: str = "auto") -> Device:
    """Sets the process' device.

    Args:
        request: one of `startup.DEVICES`; "auto" takes the accelerator that PyTorch reports, else the CPU.

    Raises:
        DemoError: unknown, or not there.
    """
    global _current
    if request not in DEVICES:
        raise DemoError(f"There is no device called {request!r}. Choose one of: {', '.join(DEVICES)}.")
    accelerator = _accelerator()
    kind = accelerator if request == "auto" else request
    if kind not in ("cpu", accelerator):
        only = "only the CPU" if accelerator == "cpu" else f"only {accelerator} and the CPU"
        raise DemoError(f"PyTorch finds no {kind} device here, {only}. Use --device auto.")
    _current = _DESCRIBE[kind]()
    return _current


def _accelerator() -> str:
    """The kind of accelerator that PyTorch can use now, or "cpu"."""
    if _spaces() is not None:
        return "cuda"  # lent later, function by function: PyTorch does not see it yet
    if not torch.accelerator.is_available():
        return "cpu"
    accelerator = torch.accelerator.current_accelerator()
    return accelerator.type if accelerator is not None and accelerator.type in _DESCRIBE else "cpu"


# ---- each kind and its precision ------------------------------------------------------------------------------------


def _cpu() -> Device:
    # Only oneDNN has kernels for these instructions: a PyTorch without it would emulate bfloat16.
    native = torch.backends.mkldnn.is_available() and (
        _cpu_supports("_is_amx_tile_supported") or _cpu_supports("_is_avx512_bf16_supported")
    )
    dtype = torch.bfloat16 if native else torch.float32
    threads = torch.get_num_threads()
    return Device(torch.device("cpu"), dtype, f"CPU ({_processor()}, {threads} thread{'s' if threads > 1 else ''})")


def _cpu_supports(question: str) -> bool:
    """PyTorch's private questions about the processor have come and gone between releases."""
    ask = getattr(torch.cpu, question, None)
    return bool(ask()) if ask is not None else False


def _processor() -> str:
    """The processor's name; `platform` alone says only "x86_64" on Linux."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cuda() -> Device:
    where = torch.device("cuda")
    if _spaces() is not None:  # no GPU to ask at start-up; those lent by ZeroGPU are all newer than Ampere
        return Device(where, torch.bfloat16, "ZeroGPU")
    major, minor = torch.cuda.get_device_capability()
    # Ampere (8.0) brought bfloat16 to the tensor cores, Volta (7.0) float16; before them half precision is slow.
    # Not torch.cuda.is_bf16_supported(): it says yes to emulation, too.
    older = torch.float16 if 7 <= major < 8 and _float16_is_safe(where) else torch.float32
    dtype = torch.bfloat16 if major >= 8 else older
    return Device(where, dtype, f"{torch.cuda.get_device_name()}, compute capability {major}.{minor}")


def _mps() -> Device:
    where = torch.device("mps")
    return Device(where, torch.float16 if _float16_is_safe(where) else torch.float32, "Apple GPU")


def _xpu() -> Device:
    properties = torch.xpu.get_device_properties()
    if torch.xpu.is_bf16_supported(including_emulation=False):
        dtype = torch.bfloat16
    else:
        dtype = torch.float16 if properties.has_fp16 else torch.float32
    return Device(torch.device("xpu"), dtype, properties.name)


@torch.no_grad()
def _float16_is_safe(where: torch.device) -> bool:
    """Whether convolutions like VGG16's first give there in float16 what they give on the CPU in float32.

    Not to be taken for granted: GTX 16xx cards answer NaN (pytorch/pytorch issues 58123 and 77955).
    """
    with torch.random.fork_rng(devices=[]):  # leaves the caller's random numbers as they were
        torch.default_generator.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU(), nn.Conv2d(64, 128, 3), nn.ReLU(), nn.Conv2d(128, 64, 3))
        photos = torch.rand(2, 3, 64, 64)
    expected = network(photos)
    try:
        network.to(where, torch.float16, memory_format=torch.channels_last)  # type: ignore[call-overload]
        answer = network(photos.to(where, torch.float16)).float().cpu()
    except RuntimeError:  # a kernel that does not exist there
        return False
    return bool((answer - expected).abs().max() < 0.02 * expected.abs().max())  # false for NaN, too


_DESCRIBE = {"cpu": _cpu, "cuda": _cuda, "mps": _mps, "xpu": _xpu}


# ---- Hugging Face's ZeroGPU -----------------------------------------------------------------------------------------


def _spaces() -> ModuleType | None:
    """The `spaces` package on a ZeroGPU Space, else None. Importing it makes PyTorch accept "cuda" before a loan."""
    if os.environ.get("SPACES_ZERO_GPU", "").lower() not in ("1", "t", "true"):
        return None
    import spaces

    return spaces


@overload
def gpu(function: F, *, duration: int = 60) -> F: ...
@overload
def gpu(function: None = None, *, duration: int = 60) -> Callable[[F], F]: ...
def gpu(function: Any = None, *, duration: int = 60) -> Any:
    """`spaces.GPU` on a ZeroGPU Space, where a GPU is lent for `duration` seconds; elsewhere the function itself."""
    if function is None:
        return functools.partial(gpu, duration=duration)
    spaces = _spaces()
    return function if spaces is None else spaces.GPU(duration=duration)(function)
