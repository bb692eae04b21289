"""Style transfer: our way and the tutorial's, side by side in one run, and an independent judge of the pictures.

    python -m benchmarks.style --speed [--sizes 256 512] [--network pocket full]
    python -m benchmarks.style --judge --data ../shared/data --teachers ../shared/weights

--speed: the reference is the well-known tutorial's way (L-BFGS, float32, NCHW, one scale, 300 evaluations, starting
from the photo) with the same objective on the same network. Ours runs until its picture, evaluated in float32 at full
size, has the reference's final loss; the clock stops for these evaluations. Random weights serve for the full width.

--judge: the mean relative Gram distance at the real VGG19's relu1_1 to relu3_1 and the compressed VGG19's relu4_1 and
relu5_1, and the relative content distance at relu4_1, of three photos in four paintings.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from demos.core import device, images, samples, teachers, vgg
from demos.style import losses, optimise
from demos.style.optimise import Settings, Style

PHOTOS = ("chelsea", "china", "astronaut")
PAINTINGS = ("vangogh_starry_night", "hokusai_great_wave", "kandinsky_composition_vii", "munch_the_scream")
EVALUATIONS = 300
JUDGED = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


# ---- the reference --------------------------------------------------------------------------------------------------


def plain(network: vgg.VGG16) -> vgg.VGG16:
    """The same weights as the tutorial has them: float32, NCHW, on the CPU."""
    copy = vgg.VGG16(network.widths, name=network.name, input_size=network.input_size)
    copy.layers.load_state_dict({key: value.float().cpu() for key, value in network.layers.state_dict().items()})
    return copy.eval().requires_grad_(False)


def tutorial(
    photo: Image.Image, style: Image.Image, network: vgg.VGG16, settings: Settings, evaluations: int = EVALUATIONS
) -> tuple[Tensor, float, float]:
    """(picture, loss, seconds) after so many evaluations of L-BFGS at one scale."""
    content = images.to_tensor(optimise.resized(photo, settings.size))
    picture, seen = content.contiguous().clone().requires_grad_(True), 0
    optimiser = torch.optim.LBFGS([picture])
    started = time.perf_counter()
    targets = optimise.aim(network, content, [Style(style)], settings)

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
    goal: float, photo: Image.Image, style: Image.Image, network: vgg.VGG16, judge: vgg.VGG16, settings: Settings
) -> tuple[float, float, int]:
    """(seconds, loss, steps) of our painting when its float32 loss at full size is at the goal, or at its end."""
    content = images.to_tensor(optimise.resized(photo, settings.size))
    targets = optimise.aim(judge, content, [Style(style)], settings)
    spent, loss, steps = 0.0, float("inf"), 0
    run = optimise.paint(photo, [Style(style)], network, settings)
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


def speed(sizes: list[int], names: list[str], photo: str, style_name: str, settings: Settings) -> None:
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
            asked = Settings(**{**settings.__dict__, "size": size})
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
        return images.load(name)
    from demos.style import gallery

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
        apart = [losses.relative(losses.gram(found[x]), losses.gram(wanted[x])).item() for x in JUDGED]
        return sum(apart) / len(apart), losses.relative(found["relu4_1"], content).item()


class _OnJudge(vgg.VGG16):
    """The judge's networks in the place of a VGG16: what pictures look like that were optimised on the judge itself."""

    def __init__(self, judge: Judge) -> None:
        super().__init__((4, 4, 4, 4, 4))
        self.judge = judge

    def features(self, photo: Tensor, cuts: object = ()) -> dict[str, Tensor]:
        return self.judge.features(photo)


def judged(data: Path, folder: Path, size: int, out: Path | None) -> None:
    judge, pocket = Judge(folder), vgg.load(vgg.POCKET)
    on_judge = _OnJudge(judge).requires_grad_(False)
    settings = Settings(size=size)
    ways: dict[str, Callable[[Image.Image, Image.Image], Tensor]] = {
        "the photo itself": lambda photo, _: images.to_tensor(optimise.resized(photo, size)),
        "painted, pocket VGG16": lambda p, s: list(optimise.paint(p, [Style(s)], pocket, settings))[-1].picture,
        "painted on the judge's own networks": lambda p, s: (
            list(optimise.paint(p, [Style(s)], on_judge, Settings(size=size, content_layer="relu4_1")))[-1].picture
        ),
        "tutorial's way, pocket VGG16": lambda p, s: tutorial(p, s, plain(pocket), settings)[0],
    }
    from demos.style import instant

    if instant.available():
        decoder = instant.load()
        quick = instant.Settings(size=size)
        ways["at once"] = lambda p, s: images.to_tensor(instant.stylise(p, [(s, 1.0)], pocket, decoder, quick))
    print("| | style distance | content distance | s |\n|---|---|---|---|")
    for title, way in ways.items():
        found, started = [], time.perf_counter()
        for photo_name in PHOTOS:
            for painting in PAINTINGS:
                photo, style = samples.photo(photo_name), images.load(data / "paintings" / f"{painting}.jpg")
                painted = way(photo, style).float().cpu()
                content = images.to_tensor(optimise.resized(photo, size))
                found.append(judge.distances(painted, content, images.to_tensor(optimise.resized(style, size))))
                if out is not None:
                    file = f"{photo_name}-{painting}-{title.replace(' ', '_').replace(',', '')}.png"
                    images.to_image(painted).save(out / file)
        style_mean, content_mean = (sum(column) / len(found) for column in zip(*found, strict=True))
        each = (time.perf_counter() - started) / len(found)
        print(f"| {title} | {style_mean:.3f} | {content_mean:.3f} | {each:.1f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Style transfer: speed beside the tutorial's, and a judge.")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256])
    parser.add_argument("--network", nargs="+", default=["pocket"], choices=["pocket", "full"])
    parser.add_argument("--photo", default="china")
    parser.add_argument("--style", default="hubble", help="a file, or the name of one of the page's styles")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/weights"))
    parser.add_argument("--out", type=Path, help="a folder for the judged pictures")
    chosen = parser.parse_args()
    if chosen.out:
        chosen.out.mkdir(parents=True, exist_ok=True)
    if chosen.speed or not chosen.judge:
        speed(chosen.sizes, chosen.network, chosen.photo, chosen.style, Settings())
    if chosen.judge:
        judged(chosen.data, chosen.teachers, chosen.sizes[0], chosen.out)


if __name__ == "__main__":
    main()
