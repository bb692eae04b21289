"""The instant mode: statistics are met exactly, nothing happens where nothing is asked, sizes and errors."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from demos.core import cache
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images import tensors
from demos.core.images.load import load_image
from demos.core.networks import decoder, vgg
from demos.style import settings as style_settings
from demos.style.instant import statistics, stylise
from demos.style.optimise import losses
from demos.style.settings import STYLE_LAYERS
from demos.style.styles import gallery

WIDTHS = (4, 6, 8, 10, 12)
SHARED = Path(__file__).parents[3].parent / "shared"
JUDGES, PAINTINGS = SHARED / "weights", SHARED / "data" / "paintings"


@pytest.fixture(scope="module")
def encoder() -> vgg.VGG16:
    """Random, but what goes in comes out as strong: with PyTorch's own start every picture would be the same grey."""
    torch.manual_seed(0)
    made = vgg.VGG16(WIDTHS)
    for layer in made.layers:
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return made.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def network() -> decoder.Decoder:
    torch.manual_seed(1)
    return decoder.Decoder(WIDTHS).eval().requires_grad_(False)


def picture(seed: int, width: int = 96, height: int = 64) -> Image.Image:
    """Soft noise: blobs of a few pixels, like a photo out of focus."""
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def features(seed: int, channels: int = 6) -> torch.Tensor:
    """(2, C, 20, 30): channels of different strength that are correlated with one another."""
    random = torch.Generator().manual_seed(seed)
    mixing = 2 * torch.eye(channels) + 0.6 * torch.randn(2, channels, channels, generator=random)
    x = mixing @ torch.randn(2, channels, 600, generator=random) + 3 * torch.rand(2, channels, 1, generator=random)
    return x.view(2, channels, 20, 30)


# ---- the maps -------------------------------------------------------------------------------------------------------


def test_statistics_are_means_spreads_and_covariances() -> None:
    x = features(0)
    found = statistics.statistics(x)
    torch.testing.assert_close(found.mean, x.mean((2, 3), keepdim=True))
    torch.testing.assert_close(found.std, x.std((2, 3), correction=0, keepdim=True), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found.covariance[1], torch.cov(x[1].flatten(1), correction=0), rtol=1e-4, atol=1e-4)


def test_adain_gives_exactly_the_styles_mean_and_spread() -> None:
    style = statistics.statistics(features(1))
    result = statistics.statistics(statistics.adain(features(0), style.mean, style.std))
    torch.testing.assert_close(result.mean, style.mean, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(result.std, style.std, rtol=1e-4, atol=1e-4)


def test_restyling_gives_the_styles_covariance_too() -> None:
    """Up to the floor under the variances, a hundredth of their mean; AdaIN leaves the photo's correlations."""
    style = statistics.statistics(features(1))
    result = statistics.statistics(statistics.Restyle({"relu4_1": style})("relu4_1", features(0)))
    alone = statistics.statistics(statistics.Restyle({"relu4_1": style}, correlations=False)("relu4_1", features(0)))
    torch.testing.assert_close(result.mean, style.mean, rtol=1e-3, atol=1e-3)
    near, far = (float((found.covariance - style.covariance).norm()) for found in (result, alone))
    assert near < 0.03 * float(style.covariance.norm())
    assert far > 0.3 * float(style.covariance.norm())


@pytest.mark.parametrize("correlations", [True, False])
def test_own_statistics_leave_features_unchanged(correlations: bool) -> None:
    x = features(0)
    hook = statistics.Restyle({"relu4_1": statistics.statistics(x)}, 1.0, correlations)
    torch.testing.assert_close(hook("relu4_1", x), x, rtol=1e-3, atol=2e-3)
    assert hook("relu1_1", x) is x  # no statistics of that depth


@pytest.mark.parametrize("correlations", [True, False])
def test_strength_lies_on_the_line_between_photo_and_style(correlations: bool) -> None:
    x, target = features(0), {"relu4_1": statistics.statistics(features(1))}
    none, half, whole = (statistics.Restyle(target, t, correlations)("relu4_1", x) for t in (0.0, 0.5, 1.0))
    torch.testing.assert_close(none, x)
    torch.testing.assert_close(half, (x + whole) / 2, rtol=1e-3, atol=1e-3)
    each = statistics.Restyle(target, torch.tensor([0.0, 1.0]).view(2, 1, 1), correlations)("relu4_1", x)
    torch.testing.assert_close(each, torch.stack([x[0], whole[1]]), rtol=1e-3, atol=1e-3)


def test_of_all_maps_transport_moves_the_photo_least() -> None:
    """Symmetric and positive (which makes it the least one), and the known answer where all is diagonal."""
    own, style = (statistics.statistics(features(seed)) for seed in (0, 1))
    matrix = statistics.transport(own, style)
    torch.testing.assert_close(matrix, matrix.transpose(1, 2), rtol=1e-3, atol=1e-3)
    assert torch.linalg.eigvalsh(matrix).min() > 0
    mean = torch.zeros(1, 2, 1, 1)
    wide, narrow = (
        statistics.Statistics(mean, torch.diag(torch.tensor(d))[None]) for d in ([400.0, 400.0], [100.0, 25.0])
    )
    torch.testing.assert_close(
        statistics.transport(wide, narrow)[0], torch.diag(torch.tensor([0.5, 0.25])), atol=0.02, rtol=0
    )


def test_the_square_root_and_its_gradient() -> None:
    """Against finite differences, with equal eigenvalues among them: where the eigenvectors' own gradient fails."""
    torch.manual_seed(0)
    turn = torch.linalg.qr(torch.randn(2, 4, 4, dtype=torch.float64)).Q
    matrix = turn @ torch.diag_embed(torch.tensor([[4.0, 4, 1, 9], [1, 2, 3, 4]]).double()) @ turn.transpose(1, 2)
    root = statistics.SquareRoot.apply(matrix)
    torch.testing.assert_close(root @ root, matrix)

    def through(x: torch.Tensor) -> torch.Tensor:
        return statistics.SquareRoot.apply((x + x.transpose(1, 2)) / 2)

    assert torch.autograd.gradcheck(through, matrix.requires_grad_(True))


def test_a_flat_photo_is_not_blown_up() -> None:
    flat = torch.full((1, 6, 8, 8), 0.7) + 1e-4 * torch.rand(1, 6, 8, 8)
    style = statistics.statistics(features(1)[:1])
    result = statistics.Restyle({"relu4_1": style})("relu4_1", flat)
    torch.testing.assert_close(result, style.mean.expand_as(result), atol=0.1, rtol=0.1)


# ---- pictures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(96, 64), (101, 67), (33, 130), (400, 300), (64, 64)])
def test_the_result_has_the_size_of_the_resized_photo(
    width: int, height: int, encoder: vgg.VGG16, network: decoder.Decoder
) -> None:
    settings = style_settings.InstantSettings(size=131)
    photo = picture(0, width, height)
    result = stylise.stylise(photo, [(picture(1), 1.0)], encoder, network, settings)
    assert result.size == tensors.resized(photo, 131).size
    assert max(result.size) == 131


@pytest.mark.parametrize("kept", [True, False])
def test_strength_0_is_the_photo_pixel_for_pixel(kept: bool, encoder: vgg.VGG16, network: decoder.Decoder) -> None:
    photo, styles = picture(0), [(picture(1), 1.0)]
    nothing = style_settings.InstantSettings(96, strength=0, keep_colours=kept)
    assert stylise.stylise(photo, styles, encoder, network, nothing).tobytes() == photo.tobytes()
    wide = stylise.stylise(picture(0, 300, 180), styles, encoder, network, nothing)
    assert wide.tobytes() == tensors.resized(picture(0, 300, 180), 96).tobytes()


def test_a_small_strength_changes_little(encoder: vgg.VGG16, network: decoder.Decoder) -> None:
    """From the photo on without a jump, though this decoder, which learned nothing, cannot repeat a photo at all."""
    photo, styles = picture(0), [(picture(1), 1.0)]
    apart = [
        np.abs(np.asarray(painted, float) - np.asarray(photo)).mean()
        for painted in (
            stylise.stylise(photo, styles, encoder, network, style_settings.InstantSettings(96, strength))
            for strength in (0.02, 1)
        )
    ]
    assert apart[0] < 0.1 * apart[1]


def test_what_is_added_around_a_photo_is_cut_off_at_the_same_place(
    encoder: vgg.VGG16, network: decoder.Decoder
) -> None:
    """In the middle, where no border is seen, the picture is what it is without a margin."""
    photo = torch.rand(1, 3, 288, 296)
    found, plain = stylise.paint(photo, encoder, network), network(encoder.features(photo, ["relu4_1"])["relu4_1"])
    middle = (..., slice(140, 148), slice(144, 152))
    torch.testing.assert_close(found[middle], plain[middle], atol=1e-5, rtol=0)
    assert not torch.allclose(found[..., :8, :8], plain[..., :8, :8], atol=1e-5)
    assert stylise.paint(torch.rand(1, 3, 8, 71), encoder, network).shape == (1, 3, 8, 71)


def test_a_style_blended_with_itself_is_that_style(encoder: vgg.VGG16, network: decoder.Decoder) -> None:
    photo, style, other = picture(0), picture(1), picture(2)
    settings = style_settings.InstantSettings(96)

    def painted(*styles: tuple[Image.Image, float]) -> np.ndarray:
        return np.asarray(stylise.stylise(photo, styles, encoder, network, settings), int)

    once, twice = painted((style, 1.0)), painted((style, 0.2), (style, 3.0))
    assert np.abs(once - twice).max() <= 1
    assert np.abs(painted((style, 1.0), (other, 1.0)) - painted((style, 5.0), (other, 5.0))).max() <= 1
    assert np.abs(once - painted((other, 1.0))).mean() > 2
    assert np.asarray(once).std() > 5


def test_blending_mixes_statistics_by_share() -> None:
    one, two = ({"relu1_1": statistics.statistics(features(seed))} for seed in (0, 1))
    mixed = statistics.mix([one, two], [3, 1])["relu1_1"]
    torch.testing.assert_close(mixed.mean, 0.75 * one["relu1_1"].mean + 0.25 * two["relu1_1"].mean)
    torch.testing.assert_close(mixed.covariance, 0.75 * one["relu1_1"].covariance + 0.25 * two["relu1_1"].covariance)


def test_the_result_has_the_styles_colours(encoder: vgg.VGG16, network: decoder.Decoder) -> None:
    style = picture(5).point(lambda value: 80 + value // 3)  # pale: nothing is cut off at black and white
    painted = stylise.stylise(picture(2), [(style, 1.0)], encoder, network, style_settings.InstantSettings(size=96))
    found, wanted = (statistics.statistics(tensors.to_tensor(one)) for one in (painted, style))
    torch.testing.assert_close(found.mean, wanted.mean, atol=0.01, rtol=0)
    torch.testing.assert_close(found.std, wanted.std, atol=0.015, rtol=0)


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_keeping_colours_keeps_the_photos_chroma(strength: float, encoder: vgg.VGG16, network: decoder.Decoder) -> None:
    """Within rounding, in YCbCr, where the painting is neither so dark nor so light that colours must fade."""
    photo = Image.fromarray((110 + 0.15 * (np.asarray(picture(0), float) - 128)).astype(np.uint8))
    styles = [(picture(1), 1.0)]
    kept = stylise.stylise(
        photo, styles, encoder, network, style_settings.InstantSettings(96, strength, keep_colours=True)
    )
    free = stylise.stylise(photo, styles, encoder, network, style_settings.InstantSettings(96, strength))
    ours, theirs, painted = (np.asarray(image.convert("YCbCr"), int) for image in (kept, photo, free))
    between = (painted[..., 0] > 40) & (painted[..., 0] < 215)
    assert between.mean() > 0.3
    assert np.abs(ours - theirs)[between, 1:].max() <= 2
    assert np.abs(ours - painted)[between, 0].max() <= 2
    assert np.abs(painted - theirs)[between, 1:].mean() > 5 * strength


def test_what_cannot_be_painted_is_said(encoder: vgg.VGG16, network: decoder.Decoder) -> None:
    photo, style = picture(0), picture(1)
    with pytest.raises(DemoError, match="no style"):
        stylise.stylise(photo, [], encoder, network)
    for share in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(DemoError, match="share"):
            stylise.stylise(photo, [(style, 1.0), (style, share)], encoder, network)
    for size in (63, 2049):
        with pytest.raises(DemoError, match=f"{size} px.*from 64 to 2048"):
            stylise.stylise(photo, [(style, 1.0)], encoder, network, style_settings.InstantSettings(size))
    with pytest.raises(DemoError, match="Strength"):
        stylise.stylise(photo, [(style, 1.0)], encoder, network, style_settings.InstantSettings(strength=1.5))


# ---- how much of a style: the shipped networks ----------------------------------------------------------------------

STRENGTHS = (0, 0.2, 0.4, 0.6, 0.8, 1)


def falling(
    photos: list[Image.Image], styles: list[Image.Image], size: int, apart: Callable[[Image.Image, Image.Image], float]
) -> list[float]:
    """The mean distance from the style of every photo in every style, at each strength."""
    encoder, network = vgg.load(vgg.POCKET), stylise.load()

    def mean(strength: float) -> float:
        settings = style_settings.InstantSettings(size, strength)
        pairs = [(photo, style) for photo in photos for style in styles]
        each = [
            apart(stylise.stylise(photo, [(style, 1.0)], encoder, network, settings), style) for photo, style in pairs
        ]
        return sum(each) / len(each)

    return [mean(strength) for strength in STRENGTHS]


@pytest.mark.slow
def test_more_strength_is_more_style_in_the_pocket_networks_eyes() -> None:
    encoder, size = vgg.load(vgg.POCKET), 128

    @torch.inference_mode()
    def apart(painted: Image.Image, style: Image.Image) -> float:
        seen = [
            encoder.features(tensors.to_tensor(tensors.resized(one, size)), list(STYLE_LAYERS))
            for one in (painted, style)
        ]
        each = [
            losses.relative_per_picture(losses.gram(seen[0][x]), losses.gram(seen[1][x])).item() for x in STYLE_LAYERS
        ]
        return sum(each) / len(each)

    photos = [samples.photo(name) for name in ("chelsea", "china")]
    found = falling(photos, [gallery.picture(name) for name in ("Night of whirls", "Kilim", "Ink wash")], size, apart)
    assert found == sorted(found, reverse=True), found
    assert found[-1] < 0.4 * found[0], found


@pytest.mark.slow
@pytest.mark.skipif(not JUDGES.is_dir() or not PAINTINGS.is_dir(), reason="no judge networks or paintings in ../shared")
def test_more_strength_is_more_style_in_an_independent_judges_eyes() -> None:
    from benchmarks.style import Judge

    judge, size = Judge(JUDGES), 256  # smaller pictures show the decoder's own grain

    def apart(painted: Image.Image, style: Image.Image) -> float:
        picture = tensors.to_tensor(painted)
        return judge.distances(picture, picture, tensors.to_tensor(tensors.resized(style, size)))[0]

    photos = [samples.photo(name) for name in ("chelsea", "astronaut", "china")]
    paintings = ("vangogh_starry_night", "kandinsky_composition_vii", "munch_the_scream")
    styles = [load_image(PAINTINGS / f"{name}.jpg") for name in paintings]
    found = falling(photos, styles, size, apart)
    assert found == sorted(found, reverse=True), found
    assert found[-1] < 0.4 * found[0], found


# ---- the shipped file -----------------------------------------------------------------------------------------------


def test_the_shipped_decoder_loads_once_and_a_missing_one_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: decoder.Decoder
) -> None:
    from demos.core.networks import catalogue
    from demos.core.networks import files as network_files

    record = catalogue.Network(stylise.DECODER, "style_decoder.safetensors", "the instant mode's decoder")
    monkeypatch.setitem(catalogue.NETWORKS, stylise.DECODER, record)
    monkeypatch.setattr(network_files, "SHIPPED", tmp_path)
    cache.networks.forget()
    assert not stylise.available()
    with pytest.raises(DemoError, match="the file is missing"):
        stylise.load()
    save_file(network.state_dict(), tmp_path / record.file, decoder.metadata(network))
    network_files.record_shipped(tmp_path / record.file)
    assert stylise.available()
    loaded = stylise.load()
    assert loaded is stylise.load()
    assert (loaded.cut, loaded.widths) == ("relu4_1", WIDTHS)
    assert not loaded.last.weight.requires_grad
    cache.networks.forget()  # this one is for nobody else
