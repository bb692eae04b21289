"""From a name to a network: files that are none, one opening, one building."""

from pathlib import Path

import pytest
import safetensors
import torch
from torch import nn

from demos.core import cache, device
from demos.core.errors import DemoError
from demos.core.networks import shipped
from tests.core.conftest import GOOD, make_shipped

# A pickle by hand: whoever opens it this way creates a file.
EXPLODES = b"""cbuiltins\nexec\n(S'open("unpickled", "w")'\ntR."""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 7,
        b"not a network at all, but some text",
        (1 << 62).to_bytes(8, "little") + b"{}",
        GOOD[:-1],
        GOOD[:40],
        GOOD + b"extra",
        EXPLODES,
    ],
    ids=["empty", "short", "text", "huge header", "truncated", "truncated header", "longer", "pickle"],
)
def test_local_file_that_is_no_safetensors_file(
    home: Path, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_shipped(content)
    with pytest.raises(DemoError, match=r"pocket_vgg16\.safetensors is not a safetensors file"):
        shipped.tensors("pocket-vgg16")[0]
    assert not Path("unpickled").exists()


def test_tensors_and_metadata_come_from_one_opening(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, opened = make_shipped(), []
    true = safetensors.safe_open
    monkeypatch.setattr(safetensors, "safe_open", lambda file, **how: opened.append(file) or true(file, **how))
    tensors, metadata = shipped.tensors("pocket-vgg16")
    assert opened == [path]
    assert (str(tensors["a"].dtype), metadata) == ("torch.float16", {"of": "a test"})


def test_network_is_built_once_and_placed(home: Path) -> None:
    make_shipped()
    calls: list[dict] = []

    def build(tensors: dict, metadata: dict) -> nn.Module:
        calls.append(metadata)
        layer = nn.Linear(3, 2, bias=False)
        layer.load_state_dict({"weight": tensors["a"].float()})
        return layer

    first = shipped.network("pocket-vgg16", build)
    assert first is shipped.network("pocket-vgg16", build)
    assert calls == [{"of": "a test"}]
    assert not first.training
    assert not first.weight.requires_grad
    assert first.weight.dtype == device.current().dtype
    assert cache.networks.total_bytes == shipped.module_bytes(first)
    cache.networks.forget()
    assert shipped.network("pocket-vgg16", build, place=False).weight.dtype == torch.float32


def test_gradients_go_through_a_network_that_was_first_asked_for_in_inference_mode(home: Path) -> None:
    make_shipped()

    def build(tensors: dict, metadata: dict) -> nn.Module:
        layer = nn.Linear(3, 2, bias=False)
        layer.load_state_dict({"weight": tensors["a"].float()})
        return layer

    with torch.inference_mode():
        network = shipped.network("pocket-vgg16", build, place=False)
    x = torch.ones(1, 3, requires_grad=True)
    network(x).sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad[0], network.get_parameter("weight").sum(0))


def test_network_that_cannot_be_built_is_tried_again(home: Path) -> None:
    make_shipped()

    def build(tensors: dict, metadata: dict) -> nn.Module:
        raise DemoError("this holds something else")

    for _ in range(2):
        with pytest.raises(DemoError, match="something else"):
            shipped.network("pocket-vgg16", build)
    assert cache.networks.total_bytes == 0
