"""The tab's public API through the running app."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from demos.autoencoder import quality
from demos.autoencoder.compress import formats
from demos.autoencoder.denoise import noise
from demos.autoencoder.settings import LearnSettings
from demos.core.data import samples
from demos.core.images import tensors
from demos.core.images.load import fit
from tests.server import app

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("app")
    arguments = ("--offline", "--only", "autoencoder")
    with app(*arguments, environment={"HF_HOME": str(folder / "hub")}, log=folder / "log.txt") as running:
        yield Client(running, verbose=False)


@pytest.fixture
def photo(tmp_path: Path) -> dict:
    Image.effect_noise((90, 70), 90).convert("RGB").save(tmp_path / "photo.png")
    return handle_file(tmp_path / "photo.png")


def test_every_endpoint_is_named_and_has_defaults(client: Client) -> None:
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert set(described) == {"/denoise", "/compress", "/decompress"}
    for endpoint in described.values():
        first, *others = endpoint["parameters"]
        assert first["parameter_name"] in ("image", "file")
        assert all(parameter["parameter_has_default"] for parameter in others)


def test_a_noisy_photo_gets_nearer_to_its_clean_one(client: Client, tmp_path: Path) -> None:
    clean = fit(samples.photo("chelsea"), 200)
    noisy = tensors.to_image(noise.add(tensors.to_tensor(clean), "Gaussian", 25))
    noisy.save(tmp_path / "noisy.png")
    with Image.open(client.predict(handle_file(tmp_path / "noisy.png"), api_name="/denoise")) as cleaned:
        assert quality.psnr(clean, cleaned) > quality.psnr(clean, noisy) + 6


def test_a_strength_out_of_range_is_one_sentence(client: Client, photo: dict) -> None:
    with pytest.raises(AppError, match="Strength cannot be 9"):
        client.predict(photo, strength=9, api_name="/denoise")


def test_a_photo_goes_into_a_file_and_back(client: Client, photo: dict) -> None:
    file, shown, figures = client.predict(photo, api_name="/compress")
    assert Path(file).stat().st_size == figures["bytes"]
    assert all(figures[name]["psnr"] > 0 for name in formats.OPTIONS)
    with Image.open(client.predict(handle_file(file), api_name="/decompress")) as back, Image.open(shown) as made:
        assert back.tobytes() == made.tobytes()


def test_a_file_that_is_none_of_ours_is_one_sentence(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "photo.hlc"
    path.write_bytes(b"not a squeezed photo")
    with pytest.raises(AppError, match="was not made here"):
        client.predict(handle_file(path), api_name="/decompress")


def test_two_visitors_never_share_what_they_taught(client: Client, photo: dict) -> None:
    """One watches an autoencoder learn and asks it; the other has taught none."""
    one, two = (Client(client.src, verbose=False) for _ in range(2))
    usual = LearnSettings()
    one.predict(usual.kind, 2, usual.noise, usual.data, usual.upsampling, 2, 0, api_name="/learn_page")
    assert "Reconstruction error" in one.predict(photo, api_name="/alarm_page")[-1]
    with pytest.raises(AppError, match="Nothing has been taught yet"):
        two.predict(photo, api_name="/alarm_page")
