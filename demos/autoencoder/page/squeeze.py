"""Compressing on the page: the file, other formats at its size, the curve, and four lessons about the code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from demos.autoencoder import api, limits
from demos.autoencoder import previews as pictures
from demos.autoencoder.page import text
from demos.autoencoder.previews import GALLERY, SHOWN
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images.load import fit, load_image
from demos.core.page.events import COMPUTE, QUIET, SHORT, compute
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input
from demos.core.page.run import RunButton, Words

if TYPE_CHECKING:
    from demos.autoencoder.compress import file as codec_file
    from demos.autoencoder.compress import formats

STOPPED = "Stopped. Whatever is shown is not finished."
EXAMPLES = ("coffee", "china", "chelsea", "astronaut", "flower")


# ---- what the events call -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SqueezeStep:
    """How far a squeezing is: first the photo alone, then our file, then the other formats at its size."""

    size: tuple[int, int]  # of the photo as it came
    image: Image.Image  # what is squeezed: shrunk where it was too large
    made: codec_file.Compressed | None
    others: tuple[formats.FormatResult, ...]
    done: bool


def squeeze(photo: str | None, quality: float) -> Iterator[SqueezeStep]:
    """Our file, then each other format."""
    from demos.autoencoder.compress import file as codec_file
    from demos.autoencoder.compress import formats

    original = load_image(photo)
    image = codec_file.limit_pixels(original)
    size = original.size
    others: tuple[formats.FormatResult, ...] = ()
    del original
    yield SqueezeStep(size, image, None, others, done=False)
    made = codec_file.compress(image, codec_file.load(), limits.QUALITY_LEVEL.checked(quality))
    yield SqueezeStep(size, image, made, others, done=False)
    for name in formats.OPTIONS:
        others = (*others, formats.at_file_size(image, name, len(made.content)))
        yield SqueezeStep(size, image, made, others, done=False)
    yield SqueezeStep(size, image, made, others, done=True)


def result(step: SqueezeStep) -> dict[str, Any]:
    """A step of squeezing on the page."""
    from demos.autoencoder.compress import formats

    shrunk = text.shrunk(step.size, step.image.size)
    made = step.made
    if made is None:
        return {"status": f"{shrunk}Squeezing"}
    line = f"{shrunk}{text.times_smaller(step.image, made)}"
    if not step.done:
        names = list(formats.OPTIONS)
        shown: dict[str, Any] = {"status": f"{line}Now {names[min(len(step.others), len(names) - 1)]} at this size"}
        if not step.others:
            kept = gr.update(value=str(api.save_for_download(made.content, "photo.hlc")), interactive=True)
            pair = (pictures.whole(step.image, "before.png"), pictures.whole(made.picture, "squeezed.png"))
            shown |= {"slider": pair, "keep": kept, "made": made}
        return shown
    captions = [(pictures.whole(made.picture, "ours.png"), f"Ours: {made.psnr:.1f} dB, {len(made.content):,} bytes")]
    captions += [
        (pictures.whole(other.picture, "other.png"), f"{other.name}: {other.psnr:.1f} dB, {len(other.content):,} bytes")
        for other in step.others
    ]
    return {
        "pictures": captions,
        "status": line + formats.verdict(made, list(step.others)),
        "numbers": text.squeezed(step.image, made, step.others),
    }


@compute
def unsqueeze(file: str | None) -> tuple[Any, str]:
    if file is None:
        return gr.skip(), ""
    picture = api.decompress(file)
    return picture, f"{Path(file).stat().st_size:,} bytes gave {picture.width} x {picture.height} px."


@compute
def curve(photo: str | None, made: codec_file.Compressed | None) -> Iterator[Any]:
    from demos.autoencoder.compress import file as codec_file
    from demos.autoencoder.compress import formats

    yield gr.skip()
    image, points = fit(load_image(photo), formats.CURVE_SIDE), []
    for point in formats.curves(image, codec_file.load()):
        points.append(point)
    yield text.curve(points, made)


def made_or_said(made: codec_file.Compressed | None) -> codec_file.Compressed:
    if made is None:
        raise DemoError("There is no file to look into yet. Press Squeeze first.")
    return made


@compute
def fewer_bits(made: codec_file.Compressed | None, bits: float) -> tuple[Any, str]:
    from demos.autoencoder import quality
    from demos.autoencoder.compress import experiments
    from demos.autoencoder.compress import file as codec_file

    made, count = made_or_said(made), limits.BITS.checked(bits)
    picture = experiments.with_bits(made, codec_file.load(), count)
    apart = text.decibels(quality.psnr(made.picture, picture))
    return picture, f"{count} bits for each value of a channel. Against the picture from the whole code: {apart}."


@compute
def flip(photo: str | None, made: codec_file.Compressed | None, count: float, seed: float) -> tuple[Any, str]:
    from demos.autoencoder.compress import experiments
    from demos.autoencoder.compress import file as codec_file

    number = limits.FLIPS.checked(count)
    made, image = made_or_said(made), codec_file.limit_pixels(load_image(photo))
    if image.size != made.picture.size:
        raise DemoError("The photo was changed since. Press Squeeze once more.")
    flips = experiments.flipped(image, made, codec_file.load(), number, limits.SEED.checked(seed))
    pictures = [(f.picture, f"{f.name}: {text.decibels(f.psnr)}") for f in flips if f.picture is not None]
    lost = [f"{f.name} cannot be opened any more." for f in flips if f.picture is None]
    return pictures, " ".join([f"{number} bits flipped behind each header.", *lost])


@compute
def code_picture(made: codec_file.Compressed | None) -> tuple[Any, str]:
    from demos.autoencoder.compress import experiments

    made = made_or_said(made)
    channels, height, width = made.code.shape
    line = (
        f"{channels} channels of {width} x {height} whole numbers, "
        f"{experiments.zero_channels(made.code)} of them all 0."
    )
    return experiments.as_picture(made.code), line


@compute
def what_layers_know(photo: str | None) -> Iterator[tuple[Any, str]]:
    from demos.autoencoder.layers import inversion
    from demos.autoencoder.layers import network as layers_network
    from demos.core.networks import vgg

    yield gr.skip(), "Looking through VGG16"
    image, encoder, decoders = load_image(photo), vgg.load(vgg.POCKET), layers_network.load()
    pictures: list[Any] = []
    for known in inversion.what_each_knows(image, encoder, decoders):
        share = known.values / known.pixels
        pictures.append((known.picture, f"{known.cut}: {known.psnr:.1f} dB from {share:.1%} as many numbers"))
        yield pictures, f"{known.cut} is done"


# ---- the page -------------------------------------------------------------------------------------------------------


def build() -> None:
    """The part's components and events."""
    made = gr.State(None, time_to_live=3600)
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(
                label="A photo", height=260, value=str(samples.PHOTOS[EXAMPLES[0]].path()), elem_id="squeeze-photo"
            )
            examples = gr.Examples([str(samples.PHOTOS[name].path()) for name in EXAMPLES], photo, label="Examples")
            quality = gr.Slider(
                limits.QUALITY_LEVEL.low, limits.QUALITY_LEVEL.high, limits.QUALITY_LEVEL.default, step=1,
                label="Quality: 0 is the smallest file",
                elem_id="squeeze-quality",
            )  # fmt: skip
            go = RunButton("Squeeze", "squeeze", elem_id="squeeze", words=Words("Looking at the photo", STOPPED))
            with gr.Accordion("Open a squeezed file", open=False):
                file = gr.File(label="A .hlc file that was kept here", type="filepath", height=120, elem_id="open-hlc")
                opened = gr.Image(label="The opened file", height=220, elem_id="opened-hlc",
                                  alt_text="The picture in the opened file", **SHOWN)  # fmt: skip
                opened_words = gr.Markdown(elem_classes="hl-note", elem_id="opened-words")
        with gr.Column(elem_classes="hl-out"):
            slider = gr.ImageSlider(label="Before, and out of our file", max_height=460, elem_id="squeeze-slider",
                                    elem_classes="hl-moves", **SHOWN)  # fmt: skip
            status = gr.Markdown("Press *Squeeze*.", elem_classes="hl-status", elem_id="squeeze-status")
            numbers = gr.HTML(elem_classes="hl-numbers", elem_id="squeeze-numbers")
            keep = gr.DownloadButton("Keep the file (.hlc)", size="sm", interactive=False, elem_id="keep-hlc")
            with gr.Tabs(overflow_behavior="wrap"):
                with gr.Tab("Other formats"):
                    gallery = gr.Gallery(label="The same photo in each format", elem_id="squeezed", **GALLERY)
                with gr.Tab("Curve"):
                    draw = gr.Button("Measure all qualities on this photo", elem_id="draw-curve")
                    plot = gr.HTML(elem_classes="hl-numbers", elem_id="rd-curve")
                with gr.Tab("Bits per value"):
                    bits = gr.Slider(
                        limits.BITS.low,
                        limits.BITS.high,
                        limits.BITS.default,
                        step=1,
                        label="Bits for each value",
                        elem_id="bits",
                    )
                    coarse = gr.Image(label="With fewer bits", height=300, show_label=False, elem_id="coarse",
                                      alt_text="The picture with fewer bits for each value", **SHOWN)  # fmt: skip
                    coarse_words = gr.Markdown(elem_classes="hl-note", elem_id="coarse-words")
                with gr.Tab("Flip bits"):
                    count = gr.Slider(
                        limits.FLIPS.low, limits.FLIPS.high, 1, step=1, label="Bits to flip", elem_id="flips"
                    )
                    seed = gr.Number(0, precision=0, label="Which ones: another number, other bits")
                    break_it = gr.Button("Flip them in both files", elem_id="flip")
                    broken = gr.Gallery(label="Both files, damaged", elem_id="flipped", **GALLERY)
                    broken_words = gr.Markdown(elem_classes="hl-note", elem_id="flip-words")
                with gr.Tab("The code"):
                    see = gr.Button("Show the code as a picture", elem_id="see-code")
                    code = gr.Image(label="The code", height=360, show_label=False, elem_id="code",
                                    alt_text="Every channel of the code as a small grey picture", **SHOWN)  # fmt: skip
                    code_words = gr.Markdown(elem_classes="hl-note", elem_id="code-words")
                with gr.Tab("What VGG16 still knows"):
                    know = gr.Button("The photo again from pool1 to pool5", elem_id="know")
                    known = gr.Gallery(label="The photo again from each layer", elem_id="known", **GALLERY)
                    known_words = gr.Markdown(elem_classes="hl-note", elem_id="known-words")
                    show_lesson("autoencoder/page/lessons/layers.md")
            show_lesson("autoencoder/page/lessons/squeeze.md")
            show_code("demos.autoencoder.compress.file.compress", "demos.autoencoder.compress.network.ContextModel")

    results = {
        "slider": slider, "pictures": gallery, "status": status, "numbers": numbers, "keep": keep, "made": made,
    }  # fmt: skip
    nothing = {
        slider: None, gallery: None, numbers: "", made: None, keep: gr.update(value=None, interactive=False), plot: "",
        coarse: None, coarse_words: "", broken: None, broken_words: "", code: None, code_words: "", known: None,
        known_words: "",
    }  # fmt: skip
    run = go.wire(
        squeeze, lambda step: {results[name]: value for name, value in result(step).items()},
        inputs=[photo, quality], outputs=[slider, gallery, numbers, keep, made], status=status, clear=nothing, every=0,
        line=SHORT,
    )  # fmt: skip
    # A new photo ends what runs on the old one, and takes the old one's results away.
    gr.on(
        [photo.input, examples.dataset.click], lambda: nothing | {status: "A new photo. Press *Squeeze*."}, None,
        [*nothing, status], queue=False, cancels=[run], api_name="new_photo_to_squeeze", **QUIET,
    )  # fmt: skip
    file.upload(unsqueeze, file, [opened, opened_words], api_name="unsqueeze_page", **SHORT, **QUIET)
    draw.click(curve, [photo, made], plot, api_name="curve_page", **COMPUTE, **QUIET)
    bits.change(fewer_bits, [made, bits], [coarse, coarse_words], api_name="bits_page", **SHORT, **QUIET)
    break_it.click(flip, [photo, made, count, seed], [broken, broken_words], api_name="flip_page", **SHORT, **QUIET)
    see.click(code_picture, made, [code, code_words], api_name="code_page", **SHORT, **QUIET)
    know.click(what_layers_know, photo, [known, known_words], api_name="layers_known_page", **SHORT, **QUIET)
