"""Anything at all is sent to every public endpoint of a running app: the answer is a result or one sentence.

A few hundred cheap calls; FUZZ=5000 in the environment makes thousands of them.
"""

import base64
import io
import json
import math
import os
import random
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies
from PIL import Image

from demos.core.networks import files as network_files
from tests.server import app

CALLS = int(os.environ.get("FUZZ", "120"))
PATIENCE, FIRST = 10, 90  # seconds that an answer may take; the first of an endpoint loads torch and its network
KINDS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F")
ODD_NUMBERS = (None, math.nan, math.inf, -math.inf, 1e9, 1e30, -1, 2**64, 0.5, 2.9, "12", "many", "", True, [1])
ODD_FILES = (
    *(None, "", "abc", 7, [], {}, "/etc/hostname", "http://127.0.0.1:9/cat.jpg", "data:", "data:image/png;base64,@@@@"),
    {"path": "/etc/hostname"}, {"path": "../../etc/hostname", "meta": {"_type": "gradio.FileData"}}, {"url": 5},
    {"path": "http://127.0.0.1:9/a.png", "meta": {"_type": "gradio.FileData"}}, {"path": None, "url": None},
)  # fmt: skip
NAMES = ("photo.jpg", "猫.png", "a#b?c%20.jpg", "..jpg", "no extension", "x" * 150 + ".png", "\u202egpj.exe", "<b>.png")
# What costs time.
CHEAP = {"steps": 1, "size": 64, "count": 1, "stops": 2, "frames": 2, "network": "pocket vgg16", "onnx": False}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(network_files.find("pocket-vgg16") is None, reason="needs weights/pocket_vgg16.safetensors"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("fuzz")
    with app("--offline", environment={"HF_HOME": str(folder / "hub")}, log=folder / "log.txt") as address:
        yield address


@pytest.fixture(scope="module")
def endpoints(address: str) -> dict[str, list[dict[str, Any]]]:
    """Every public endpoint's parameters, as the app describes them."""
    with urllib.request.urlopen(f"{address}/gradio_api/info") as answer:
        told = json.load(answer)["named_endpoints"]
    return {name[1:]: endpoint["parameters"] for name, endpoint in told.items()}


@pytest.fixture(scope="module")
def warm(address: str, endpoints: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The endpoints once each has been asked: the first answer of one waits for torch and its network."""
    chance = random.Random(0)
    costly = {"teach"}  # an archive is another test's
    cheap = {name: parameters for name, parameters in endpoints.items() if name not in costly}
    with httpx.Client(base_url=address, timeout=120) as http:
        for name, parameters in cheap.items():
            ask(http, name, [value(chance, http, parameter, False) for parameter in parameters], FIRST)
    return cheap


def picture(chance: random.Random) -> bytes:
    """A tiny picture of any mode, size and format, at times cut off or with a byte changed."""
    mode, kind = chance.choice(MODES), chance.choice(KINDS)
    size = chance.choice([(16, 16), (24, 16), (40, 30), (1, 1), (2, 2), (3, 90), (64, 3)])
    values = np.random.default_rng(chance.randrange(2**32)).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    flat = Image.new("RGB", size, chance.choice(["black", "white", "red"]))
    image, file = chance.choice([Image.fromarray(values), flat]), io.BytesIO()
    image = image.convert("L").convert("I").convert("I;16") if mode == "I;16" else image.convert(mode)
    try:
        image.save(file, kind)
    except (OSError, ValueError):  # the format does not have the mode
        file = io.BytesIO()
        image.convert("RGB").save(file, kind)
    content = bytearray(file.getvalue())
    if chance.random() < 0.2:
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content[: chance.randrange(len(content))] if chance.random() < 0.15 else content)


def upload(http: httpx.Client, content: bytes, name: str) -> dict[str, Any]:
    path = http.post("/gradio_api/upload", files=[("files", (name, content))]).json()[0]
    return {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}


def value(chance: random.Random, http: httpx.Client, parameter: dict[str, Any], spoil: bool) -> Any:
    """Something for one parameter: `spoil` says that it may be anything."""
    name, kind = parameter["parameter_name"], parameter["component"]
    if kind in ("Image", "File"):
        if spoil and chance.random() < 0.5:
            return chance.choice(ODD_FILES)
        content = picture(chance)
        if chance.random() < 0.5:
            return upload(http, content, chance.choice(NAMES))
        return "data:image/png;base64," + base64.b64encode(content).decode()
    if spoil:
        return chance.choice(ODD_NUMBERS)
    return CHEAP.get(name, parameter.get("parameter_default"))


def ask(http: httpx.Client, endpoint: str, values: list[Any], patience: float = PATIENCE) -> str:
    """The last event of a call, as the app writes it."""
    body = json.dumps({"data": values})  # with NaN and Infinity, as Python writes them
    posted = http.post(f"/gradio_api/call/{endpoint}", content=body, headers={"content-type": "application/json"})
    assert posted.status_code == 200, posted.text
    started = time.monotonic()
    with http.stream("GET", f"/gradio_api/call/{endpoint}/{posted.json()['event_id']}") as stream:
        text = "".join(stream.iter_text())
    assert time.monotonic() - started < patience, f"{endpoint} took too long for {body[:300]}"
    return text


@settings(
    max_examples=CALLS, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)  # fmt: skip
@given(chance=strategies.randoms(use_true_random=False))
def test_every_answer_is_a_result_or_one_sentence(
    address: str, warm: dict[str, list[dict[str, Any]]], chance: random.Random
) -> None:
    name = chance.choice(sorted(warm))
    parameters = warm[name]
    spoilt = chance.sample(range(len(parameters)), min(len(parameters), chance.choice([0, 1, 1, 2])))
    with httpx.Client(base_url=address, timeout=120) as http:
        values = [value(chance, http, parameter, i in spoilt) for i, parameter in enumerate(parameters)]
        said = ask(http, name, values)
    last = said.strip().split("\n\n")[-1]
    if last.startswith("event: complete"):
        return
    assert last.startswith("event: error"), said
    sentence = json.loads(last.partition("data: ")[2])["error"]
    shown = f"{name}({json.dumps(values)[:400]}): {sentence!r}"
    assert sentence, shown
    assert len(sentence) < 400, shown
    for dump in ("unexpected", "Traceback", "Error:", "/tmp/", "pydantic", "<_io"):
        assert dump not in sentence, shown
    assert sentence.endswith((".", ")", "...")), shown


def test_a_file_of_the_server_is_never_opened(address: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    Image.new("RGB", (32, 32), "red").save(secret)
    with httpx.Client(base_url=address, timeout=60) as http:
        for form in (str(secret), {"path": str(secret)}, {"path": str(secret), "meta": {"_type": "gradio.FileData"}}):
            assert "Files of this server" in ask(http, "denoise", [form, 1])
