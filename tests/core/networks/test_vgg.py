"""VGG16 against second implementations: torchvision's own network, timm's key names, unfolded batch norm."""

import pytest
import torch
from torch import nn
from torchvision.models import vgg16 as torchvision_vgg16

from demos.core.errors import DemoError
from demos.core.networks import vgg

NARROW = (4, 8, 8, 16, 16)


def timm_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """torchvision's state dict under timm's names and shapes, written independently of `vgg._from_timm`."""
    renamed = {}
    for key, tensor in state.items():
        key = key.replace("classifier.0", "pre_logits.fc1").replace("classifier.3", "pre_logits.fc2")
        key = key.replace("classifier.6", "head.fc")
        if key == "pre_logits.fc1.weight":
            tensor = tensor.view(4096, 512, 7, 7)
        if key == "pre_logits.fc2.weight":
            tensor = tensor.view(4096, 4096, 1, 1)
        renamed[key] = tensor
    return renamed


@pytest.fixture(scope="module")
def reference() -> nn.Module:
    torch.manual_seed(0)
    return torchvision_vgg16(weights=None).eval()


@pytest.fixture(scope="module")
def ours(reference: nn.Module) -> vgg.VGG16:
    return vgg.build(vgg.FULL, timm_names(reference.state_dict())).eval()


@torch.no_grad()
def test_logits_equal_torchvisions_on_the_same_weights(reference: nn.Module, ours: vgg.VGG16) -> None:
    photo = torch.rand(1, 3, 224, 224)
    expected = reference((photo - ours.mean) / ours.std)
    torch.testing.assert_close(ours.classify(photo), expected, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_every_cut_is_torchvisions_layer(reference: nn.Module, ours: vgg.VGG16) -> None:
    photo = torch.rand(1, 3, 64, 64)
    found = ours.features(photo, vgg.CUTS)
    x, expected = (photo - ours.mean) / ours.std, []
    for layer in reference.features:
        x = layer(x)
        if isinstance(layer, nn.ReLU | nn.MaxPool2d):
            expected.append(x.clone())
    assert list(vgg.CUTS) == sorted(found, key=vgg.CUTS.index)
    # ReLU is in place in torchvision: an activation is compared before the next layer can change it.
    for cut, tensor in zip(vgg.CUTS, expected, strict=True):
        torch.testing.assert_close(found[cut], tensor, rtol=1e-4, atol=1e-5)
        assert found[cut].shape[1] == ours.channels(cut)


@torch.no_grad()
def test_fully_connected_cuts_are_torchvisions(reference: nn.Module, ours: vgg.VGG16) -> None:
    photo = torch.rand(1, 3, 224, 224)
    found = ours.features(photo, ["fc6", "fc7"])
    x = reference.avgpool(reference.features((photo - ours.mean) / ours.std)).flatten(1)
    fc6 = reference.classifier[:2](x).clone()
    torch.testing.assert_close(found["fc6"], fc6, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found["fc7"], reference.classifier[2:5](fc6), rtol=1e-4, atol=1e-5)


def test_keys_are_timms() -> None:
    timm = pytest.importorskip("timm")
    with torch.device("meta"):
        theirs = timm.create_model("vgg16.tv_in1k", pretrained=False).state_dict()
        ours = vgg.VGG16(classifier="paper").state_dict()
    assert {k: t.shape for k, t in vgg._from_timm(theirs).items()} == {k: t.shape for k, t in ours.items()}


def test_features_file_needs_no_classifier(reference: nn.Module) -> None:
    names = timm_names(reference.state_dict())
    only_features = {key: t for key, t in names.items() if key.startswith("features.")}
    network = vgg.build(vgg.FEATURES, only_features)
    assert not network.has_classifier
    with pytest.raises(DemoError, match="no 1,000-class layer"):
        network.classify(torch.rand(1, 3, 32, 32))


def test_a_wrong_file_is_named() -> None:
    with pytest.raises(DemoError, match="does not hold this network"):
        vgg.build(vgg.POCKET, {"layers.0.weight": torch.zeros(1)}, {"widths": "4,8,8,16,16"})


def test_an_unknown_cut_lists_the_known_ones() -> None:
    with pytest.raises(KeyError, match="relu1_1"):
        vgg.VGG16(NARROW).features(torch.rand(1, 3, 32, 32), ["relu9_9"])


@torch.no_grad()
def test_computing_stops_at_the_deepest_cut_asked_for() -> None:
    network, ran = vgg.VGG16(NARROW).eval(), []
    for i, layer in enumerate(network.layers):
        layer.register_forward_hook(lambda *_, i=i: ran.append(i))
    network.features(torch.rand(1, 3, 32, 32), ["relu2_1"])
    assert max(ran) == 5  # the convolution before relu2_1; ReLU is computed by the function


def test_gradients_reach_the_photo_though_every_layer_is_frozen() -> None:
    """What Grad-CAM and style transfer need."""
    network = vgg.VGG16(NARROW).eval().requires_grad_(False)
    photo = torch.rand(1, 3, 64, 64, requires_grad=True)
    network.features(photo, ["pool5"])["pool5"].sum().backward()
    assert photo.grad is not None
    assert photo.grad.abs().sum() > 0


@torch.no_grad()
def test_folded_batch_norm_equals_unfolded() -> None:
    torch.manual_seed(1)
    network = vgg.VGG16(NARROW, classifier="pooled", batch_norm=True, name=vgg.POCKET).train()
    for layer in network.layers:
        if isinstance(layer, nn.BatchNorm2d):  # anything but the identity it starts as
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.5, 0.5)
    for _ in range(3):
        network.classify(torch.rand(4, 3, 64, 64))
    network.eval()
    plain = vgg.fold_batch_norm(network)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in plain.modules())
    photo = torch.rand(2, 3, 64, 64)
    theirs, ours = network.features(photo, vgg.CUTS), plain.features(photo, vgg.CUTS)
    for cut in vgg.CUTS:
        torch.testing.assert_close(ours[cut], theirs[cut], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(plain.classify(photo), network.classify(photo), rtol=1e-5, atol=1e-5)


def test_widths_must_be_five() -> None:
    with pytest.raises(ValueError, match="5 blocks"):
        vgg.VGG16((8, 16))


def test_a_printed_network_says_what_it_is() -> None:
    with torch.device("meta"):
        printed = repr(vgg.VGG16(classifier="paper"))
    assert "'vgg16', widths=(64, 128, 256, 512, 512), classifier='paper', input_size=224, 138,357,544 param" in printed
