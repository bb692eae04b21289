"""The page's choices are those of the modules that do the work."""

from demos.autoencoder import settings
from demos.autoencoder.compress import network
from demos.autoencoder.denoise import noise


def test_the_page_offers_every_noise_and_quality() -> None:
    assert tuple(noise.KINDS) == settings.NOISES
    assert len(network.LAMBDAS) == settings.QUALITIES
    assert 0 <= settings.QUALITY < settings.QUALITIES
