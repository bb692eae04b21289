"""Says what is on a photo, with a classifier that was taught in Hidden Layers.

    pip install torch torchvision pillow safetensors huggingface-hub
    python predict.py photo.jpg holidays/            # label and probability of each photo
    python predict.py --json holidays/ > said.json   # with the probability of every class

Needs the files beside it and nothing else; a photo goes exactly the way that it goes in the app.
"""

import argparse
import io
import json
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageCms
from safetensors.torch import load_file, safe_open
from torch import Tensor
from torch.nn import functional as F

with suppress(ImportError):  # iPhones' HEIC photos, where this package is there
    import pi_heif

    pi_heif.register_heif_opener()

HERE, BATCH = Path(__file__).resolve().parent, 8
KINDS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif", ".jp2", ".ppm")
HUB = ("timm/vgg16.tv_in1k", "model.safetensors", "b8d8aa2dd860af9233c8c67385a8097fd6c35d3f")  # the last: revision
IMAGENET = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).view(2, 3, 1, 1)  # mean and deviation
T = Image.Transpose
UPRIGHT = dict(enumerate((T(0), T(3), T(1), T.TRANSPOSE, T.ROTATE_270, T.TRANSVERSE, T.ROTATE_90), start=2))  # of EXIF


def load(path: Path) -> Image.Image:
    """Upright, 8 bits, sRGB; white paper behind what is transparent."""
    image: Image.Image = Image.open(path)
    shrink = int(np.ceil(np.sqrt(image.width * image.height / 40e6)))
    if shrink > 1:  # a JPEG is decoded at a half, or less
        image.draft(image.mode, (image.width // shrink, image.height // shrink))
    image.load()
    with suppress(Exception):  # no note of how the camera was held, or a damaged one
        image = image.transpose(UPRIGHT[image.getexif()[274]])
    profile, alpha = image.info.get("icc_profile"), None
    if image.mode[0] in "IF":
        image, alpha = eight_bits(image)
    else:
        image = image.convert("LA") if image.mode == "La" else image
        alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
        image = image if image.mode == "CMYK" else image.convert("L" if image.mode in ("1", "L", "LA") else "RGB")
    with suppress(Exception):  # no colour profile, or one that cannot be read
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
        if not ImageCms.getProfileDescription(embedded).startswith("sRGB"):
            srgb = ImageCms.createProfile("sRGB")
            image = ImageCms.profileToProfile(image, embedded, srgb, outputMode="RGB") or image
    rgb = image.convert("RGB")
    return Image.composite(rgb, Image.new("RGB", rgb.size, "white"), alpha) if alpha else rgb


def eight_bits(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Grey of 16 or 32 bits or floating point, and alpha: white depends on the kind and the brightest pixel."""
    values, clear, tags = np.asarray(image), image.info.get("transparency"), getattr(image, "tag_v2", {})
    top = float(values[np.isfinite(values)].max(initial=0))
    whites = {"u": (4095, 65535) if tags and top > 1023 else (65535,), "i": (255, 65535), "f": (1, 255, 65535)}
    scaled = values.astype(np.float32) / np.float32(next((w for w in whites[values.dtype.kind] if top <= w), top))
    scaled = 1 - scaled if tags.get(262) == 0 else scaled  # in this TIFF, white is zero
    scaled = np.nan_to_num(scaled * 255 + 0.5, nan=0, posinf=255, neginf=0).clip(0, 255)
    alpha = Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)) if isinstance(clear, int) else None
    return Image.fromarray(scaled.astype(np.uint8)), alpha


def pixels(image: Image.Image, size: int) -> Tensor:
    """(3, size, size) RGB 0..1: to 256 px on the shorter side where it is larger, then the middle square of that."""
    scale = 256 / min(image.size)
    if scale < 1:
        to = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(to, Image.Resampling.LANCZOS, reducing_gap=3.0)
    side, left, top = min(image.size), max(0, image.width - image.height) // 2, max(0, image.height - image.width) // 2
    square = image.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    return torch.from_numpy(np.array(square)).permute(2, 0, 1).float() / 255


def vgg16(w: dict[str, Tensor], x: Tensor) -> dict[str, Tensor]:
    """Activations by name: five blocks of 3x3 convolutions with ReLU, each closed by a pooling."""
    at, layer = {}, 0
    for block, count in enumerate((2, 2, 3, 3, 3), start=1):
        for i in range(count):
            x = F.relu(F.conv2d(x, w[f"layers.{layer}.weight"], w[f"layers.{layer}.bias"], padding=1))
            at[f"relu{block}_{i + 1}"], layer = x, layer + 2
        at[f"pool{block}"], layer = F.max_pool2d(x, 2), layer + 1
        x = at[f"pool{block}"]
    return at


def squeezenext(w: dict[str, Tensor], x: Tensor) -> dict[str, Tensor]:
    """The same of SqueezeNext: a stem, four stages of blocks with a shortcut, a last convolution."""

    def conv(name: str, x: Tensor, stride: int = 1, padding: str | int = "same") -> Tensor:
        return F.relu(F.conv2d(x, w[f"{name}.conv.weight"], w[f"{name}.conv.bias"], stride, padding))

    at, x = {}, F.max_pool2d(conv("stem", x, 2, 1), 3, 2, ceil_mode=True)
    for stage, count in enumerate((6, 6, 8, 1)):
        for block in range(count):
            name, stride, y = f"stages.{stage}.{block}", 2 if stage and not block else 1, x
            for i in range(5):
                y = conv(f"{name}.way.{i}", y, *((1, "same") if i else (stride, 0)))
            x = F.relu(y + (conv(f"{name}.shortcut", x, stride, 0) if f"{name}.shortcut.conv.weight" in w else x))
        at[f"stage{stage + 1}"] = x
    return at | {"last": conv("last", x)}


class Classifier:
    """What was taught: the network's weights (the full VGG16's come from the Hub: 553 MB, once), and the last layer."""

    def __init__(self) -> None:
        with safe_open(HERE / "head.safetensors", "pt") as file:
            self.about = json.loads(file.metadata()["classifier"])
            self.head = {name: file.get_tensor(name).clone() for name in file.offset_keys()}  # sums round by address
        self.said = json.loads((HERE / "labels.json").read_text(encoding="utf-8"))
        path = HERE / "network.safetensors"
        if self.about["network"] == "vgg16":
            from huggingface_hub import hf_hub_download

            path = Path(hf_hub_download(HUB[0], HUB[1], revision=HUB[2]))
        named = {name.replace("features.", "layers."): w for name, w in load_file(path).items()}
        self.weights = {name: self.layout(w) for name, w in named.items() if name.startswith(("l", "st"))}  # no head

    def layout(self, x: Tensor) -> Tensor:
        """In the precision of the app where it was taught, channels last: both decide how sums are rounded."""
        x = x.to(getattr(torch, self.said["precision"]))
        return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) to (N, D): average and maximum of each channel at the cuts, signed square root.

        The mean of the photo's and its mirror image's; always of eight photos at once, which decides rounding, too.
        """
        full = torch.cat([x, x[:1].expand(BATCH - len(x), -1, -1, -1)])
        views = torch.cat([full, full.flip(3)]) if self.about.get("mirrored") else full
        mean, std = self.layout(IMAGENET).float()
        network = squeezenext if self.about["network"] == "squeezenext" else vgg16
        at = network(self.weights, self.layout((views - mean) / std))
        cuts = [at[cut].float() for cut in self.about["cuts"]]
        pooled = torch.cat([pool for a in cuts for pool in (a.mean((2, 3)), a.amax((2, 3)))], 1)
        return (pooled.sign() * pooled.abs().sqrt()).unflatten(0, (-1, BATCH)).mean(0)[: len(x)]

    @torch.no_grad()
    def __call__(self, images: list[Image.Image]) -> list[tuple[str, dict[str, float]]]:
        """(label, every class's probability) of up to eight pictures in RGB."""
        x = self.features(torch.stack([pixels(image, self.about["input_size"]) for image in images]))
        z = F.normalize((x - self.head["mean"]) / self.head["std"], dim=1)
        logits = z @ self.head["weight"].T + self.head["bias"]
        every = (logits / self.about.get("temperature", 1)).softmax(1)
        labels = [self.said["labels"][i] for i in every.argmax(1)]
        if self.about.get("threshold") is not None:
            refused = self.distance(x) >= self.about["threshold"]
            labels = [self.said["none_of_these"] if no else label for no, label in zip(refused, labels, strict=True)]
        return [(label, dict(zip(self.said["labels"], p.tolist()))) for label, p in zip(labels, every)]  # noqa: B905

    def distance(self, x: Tensor) -> Tensor:
        """(N, D) features to (N,): how far from every class, or how much more like everyday photos than like them."""
        u = {name.removeprefix("unknown."): t for name, t in self.head.items() if name.startswith("unknown.")}
        z = (x - u["mean"]) / u["std"]
        off = z[:, None] - u["centres"]
        along = (off @ u["directions"].T).square()
        rest = (off.square().sum(2) - along.sum(2)).clamp_min(0)
        far = (along @ u["gain"][:-1] + rest * u["gain"][-1]).amin(1).sqrt()
        likely = torch.zeros_like(far)
        if len(u["weight"]):
            logits = F.normalize(z, dim=1) @ u["weight"].T + u["bias"]
            likely = logits[:, -1] - logits[:, :-1].logsumexp(1)
        middle, edge = u["units"].T
        return ((torch.stack([far, likely], 1) - middle) / (edge - middle)).amax(1)


def main() -> int:
    parser = argparse.ArgumentParser(description="Says what is on photos.")
    parser.add_argument("photos", nargs="+", type=Path, help="photos, or folders of them")
    parser.add_argument("--json", action="store_true", help="a list with every class's probability")
    options, classify = parser.parse_args(), Classifier()
    given = [p for one in options.photos for p in (sorted(one.rglob("*")) if one.is_dir() else [one])]
    paths = [p for p in given if p in options.photos or p.suffix.lower() in KINDS]
    said: list[dict] = []
    for start in range(0, len(paths), BATCH):
        images = {}
        for path in paths[start : start + BATCH]:
            try:
                images[path] = load(path)
            except Exception as error:  # one broken photo among many
                print(f"{path}: cannot be read ({error})", file=sys.stderr)
        for path, (label, every) in zip(images, classify([*images.values()]) if images else [], strict=True):
            said.append({"file": str(path), "label": label, "probabilities": every})
            best = max(every, key=lambda name: every[name])
            if not options.json:
                print(f"{path}: {label} ({'' if label == best else f'nearest: {best}, '}{every[best]:.1%})", flush=True)
    if options.json:
        print(json.dumps(said, ensure_ascii=False, indent=1))
    return int(len(said) < len(paths))


if __name__ == "__main__":
    sys.exit(main())
