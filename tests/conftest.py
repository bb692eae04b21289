"""What all tests share: threads for two cores, and the folder of third-party data where there is one."""

from pathlib import Path

import pytest
import torch

torch.set_num_threads(2)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of photos and teachers beside the repository; tests that need it are skipped by name without it."""
    folder = Path(__file__).resolve().parents[1].parent / "shared"
    if not (folder / "data").is_dir() or not (folder / "weights").is_dir():
        pytest.skip("needs ../shared (photos and teachers that are not part of this repository)")
    return folder
