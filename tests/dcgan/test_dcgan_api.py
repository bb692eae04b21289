"""The DCGAN tab's public API through the running app, on a tiny generator: what comes back, and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from demos.dcgan.models import Shape
from tests.dcgan.conftest import write
from tests.server import app

pytestmark = pytest.mark.slow
GREY = Shape(size=32, channels=1, latent=12, width=6)

SHIPPED = "from pathlib import Path\nfrom demos.core.networks import files\nfiles.SHIPPED = Path({folder!r})"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("app")
    write(folder, "dcgan-cats")
    write(folder, "dcgan-fashion", GREY, set_="fashion")
    before = SHIPPED.format(folder=str(folder))
    home = {"HF_HOME": str(folder / "hub")}
    with app("--offline", "--only", "dcgan", environment=home, log=folder / "log.txt", before=before) as running:
        yield Client(running, verbose=False)


@pytest.fixture
def photo(tmp_path: Path) -> dict:
    Image.effect_noise((90, 70), 90).convert("RGB").save(tmp_path / "photo.png")
    return handle_file(tmp_path / "photo.png")


def test_every_endpoint_is_named_and_has_defaults(client: Client) -> None:
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert set(described) == {"/sample", "/walk", "/find"}
    for name, endpoint in described.items():
        needed = [p["parameter_name"] for p in endpoint["parameters"] if not p["parameter_has_default"]]
        assert needed == (["image"] if name == "/find" else [])


def pixels(gallery: list) -> list[np.ndarray]:
    return [np.asarray(Image.open(entry["image"])) for entry in gallery]


def test_the_same_seed_gives_the_same_pixels_and_another_does_not(client: Client) -> None:
    one, two, other = (
        pixels(client.predict("Cats", seed=seed, count=5, truncation=0.5, api_name="/sample")) for seed in (3, 3, 4)
    )
    assert len(one) == 5
    assert one[0].shape == (32, 32, 3)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one[0], other[0])
    assert len(client.predict(api_name="/sample")) == 16


@pytest.mark.parametrize(
    ("shown", "name"), [("Cats", "cats"), ("Cats", " CATS "), ("Cats", "dcgan-cats"), ("Clothes", "clothes")]
)
def test_a_name_may_be_written_as_one_likes(client: Client, shown: str, name: str) -> None:
    one, two = (pixels(client.predict(model, seed=3, count=1, api_name="/sample")) for model in (shown, name))
    assert np.array_equal(one[0], two[0])
    grey = np.array_equal(one[0][..., 0], one[0][..., 1])
    assert grey == (shown == "Clothes")


def test_a_walk_is_a_film(client: Client) -> None:
    av = pytest.importorskip("av")
    found = client.predict("Cats", stops=2, frames=3, api_name="/walk")
    with av.open(found["video"] if isinstance(found, dict) else found) as film:
        assert sum(1 for _ in film.decode(video=0)) == 6


def test_a_photo_is_found(client: Client, photo: dict) -> None:
    with Image.open(client.predict(photo, steps=3, api_name="/find")) as found:
        assert found.size == (32, 32)
        assert found.format == "PNG"


@pytest.mark.parametrize(
    ("arguments", "endpoint", "words"),
    [
        ({"model": "Dogs"}, "/sample", "no generator 'Dogs'"),
        ({"model": "ada/roses"}, "/sample", "--offline forbids"),
        ({"count": 65}, "/sample", "Pictures cannot be 65"),
        ({"truncation": 1.5}, "/sample", "Truncation cannot be 1.5. Choose a number from 0 to 1"),
        ({"truncation": -1}, "/sample", "Truncation cannot be -1"),
        ({"stops": 1}, "/walk", "Stops cannot be 1"),
        ({"way": "by car"}, "/walk", "by car"),
    ],
)
def test_what_cannot_be_made_is_one_sentence(client: Client, arguments: dict, endpoint: str, words: str) -> None:
    with pytest.raises(AppError, match=words):
        client.predict(**arguments, api_name=endpoint)


def test_without_a_network_the_page_says_so(tmp_path: Path) -> None:
    before = SHIPPED.format(folder=str(tmp_path / "empty"))
    arguments = ("--offline", "--only", "dcgan")
    with app(*arguments, environment={"HF_HOME": str(tmp_path / "hub")}, log=tmp_path / "log.txt", before=before) as at:
        client = Client(at, verbose=False)
        with pytest.raises(AppError, match=r"No trained generator is in weights/.*Train one in the meantime"):
            client.predict(api_name="/sample")
    assert "Traceback" not in (tmp_path / "log.txt").read_text()


def test_two_visitors_never_share_what_they_found(client: Client, photo: dict) -> None:
    """One finds a photo's latent vector; the other, whose page is as it opened, has found nothing."""
    one, two = (Client(client.src, verbose=False) for _ in range(2))
    one.predict(photo, api_name="/find_page")
    assert "current picture now" in one.predict(api_name="/take_found")
    with pytest.raises(AppError, match="Nothing is found yet"):
        two.predict(api_name="/take_found")
