"""The style tab's public API through the running app: a painting, an instant one, and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from demos.core.networks import files as network_files
from demos.style import selection
from demos.style.settings import PLACES
from tests.server import app
from tests.transfer.data.zips import jpeg

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(network_files.find("pocket-vgg16") is None, reason="needs weights/pocket_vgg16.safetensors"),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("app")
    arguments = ("--offline", "--only", "style")
    with app(*arguments, environment={"HF_HOME": str(folder / "hub")}, log=folder / "log.txt") as running:
        yield Client(running, verbose=False)


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[dict, dict]:
    for name, size in (("photo", (160, 120)), ("style", (100, 140))):
        Image.effect_noise(size, 90).convert("RGB").save(tmp_path / f"{name}.png")
    return handle_file(tmp_path / "photo.png"), handle_file(tmp_path / "style.png")


def test_every_endpoint_is_named_and_has_defaults(client: Client) -> None:
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert set(described) == {"/stylize", "/stylize_fast"}
    for endpoint in described.values():
        first, second, *others = endpoint["parameters"]
        assert [first["parameter_name"], second["parameter_name"]] == ["content", "style"]
        assert not first["parameter_has_default"]
        assert not second["parameter_has_default"]
        assert all(parameter["parameter_has_default"] for parameter in others)


def test_a_photo_is_painted_with_frames_on_the_way(client: Client, pictures: tuple[dict, dict]) -> None:
    content, style = pictures
    job = client.submit(content, style, size=96, steps=5, api_name="/stylize")
    with Image.open(job.result(timeout=120)) as painted:
        assert painted.size == (96, 72)
        assert painted.format == "PNG"
    assert len(job.outputs()) >= 1


@pytest.mark.skipif(network_files.find("style-decoder") is None, reason="needs weights/style_decoder.safetensors")
def test_an_instant_one(client: Client, pictures: tuple[dict, dict]) -> None:
    with Image.open(client.predict(*pictures, size=128, api_name="/stylize_fast")) as painted:
        assert painted.size == (128, 96)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 9000}, "9000 px"),
        ({"style_scale": 50}, "Style scale cannot be 50"),
        ({"optimiser": "Newton"}, "Newton"),
        ({"network": "ResNet"}, "ResNet"),
        ({"colours": "none"}, "'none'"),
    ],
)
def test_what_cannot_be_painted_is_one_sentence(
    client: Client, pictures: tuple[dict, dict], change: dict, words: str
) -> None:
    with pytest.raises(AppError, match=words):
        client.predict(*pictures, **{"size": 96, "steps": 3, **change}, api_name="/stylize")


def test_a_broken_picture_is_refused_and_the_next_request_works(
    client: Client, pictures: tuple[dict, dict], tmp_path: Path
) -> None:
    torn = tmp_path / "torn.jpg"
    torn.write_bytes(jpeg(0, 64)[:300])
    with pytest.raises(AppError, match=r"torn\.jpg"):
        client.predict(handle_file(torn), pictures[1], api_name="/stylize")
    assert client.predict(*pictures, size=64, steps=2, api_name="/stylize")


def test_two_visitors_never_share_a_style(client: Client, pictures: tuple[dict, dict]) -> None:
    """One brings a painting of her own; the other still has the gallery's."""
    one, two = (Client(client.src, verbose=False) for _ in range(2))
    line, *_ = one.predict(PLACES[0], pictures[1], api_name="/own_style")
    assert selection.OWN in line
    for visitor, has in ((one, True), (two, False)):
        line, *_ = visitor.predict(1.0, 0.0, 0.0, api_name="/share_styles")
        assert (selection.OWN in line) is has
