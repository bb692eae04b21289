"""What all tests share: threads for two cores, and the folder of third-party data where there is one."""

import os
from pathlib import Path

import pytest

# Read when torch is imported, and by every process that a test starts. Passive: threads that wait for one another
# without sleeping make a small operation hundreds of times slower where something else is running as well.
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch
from hypothesis import settings

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

# A busy machine is no reason to fail: what is tested is the result, never the time it took.
settings.register_profile("hidden layers", deadline=None)
settings.load_profile("hidden layers")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of photos and teachers beside the repository; tests that need it are skipped by name without it."""
    folder = Path(__file__).resolve().parents[1].parent / "shared"
    if not (folder / "data").is_dir() or not (folder / "weights").is_dir():
        pytest.skip("needs ../shared (photos and teachers that are not part of this repository)")
    return folder
