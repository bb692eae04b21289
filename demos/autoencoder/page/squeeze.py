"""Compressing on the page: the file, other formats at its size, the curve, and four lessons about the code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.autoencoder import api
from demos.autoencoder.page import text
from demos.autoencoder.settings import AVIF, OURS, QUALITIES, QUALITY
from demos.core.data import samples
from demos.core.errors import DemoError
from demos.core.images.load import fit, load_image
from demos.core.page import theme
from demos.core.page.events import COMPUTE, QUIET, compute
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input

if TYPE_CHECKING:
    from demos.autoencoder.compress import file as codec_file

EXAMPLES = ("coffee", "china", "chelsea", "astronaut", "flower")
COLOURS = {
    OURS: theme.COOL,
    "JPEG": theme.GREY,
    "WebP": "#a39b8b",
    AVIF: "#7d6f9c",
    "this file": theme.WARM,
}


# ---- what the events call -------------------------------------------------------------------------------------------


@compute
def squeeze(photo: str | None, quality: float) -> tuple[Any, ...]:
    """(pictures, status, table, file, what was made)."""
    from demos.autoencoder.compress import file as codec_file
    from demos.autoencoder.compress import formats

    image, network = codec_file.limit_pixels(load_image(photo)), codec_file.load()
    made = codec_file.compress(image, network, int(quality))
    others = [formats.at_file_size(image, name, len(made.content)) for name in formats.OPTIONS]
    pictures = [(made.picture, f"Ours: {made.psnr:.1f} dB")]
    pictures += [
        (other.picture, f"{other.name}: {other.psnr:.2f} dB, {len(other.content):,} bytes") for other in others
    ]
    raw = 3 * image.width * image.height
    line = f"{len(made.content):,} bytes, {raw / len(made.content):.0f} times smaller than its pixels. "
    kept = gr.update(value=str(api.save_for_download(made.content, "photo.hlc")), interactive=True)
    return pictures, line + formats.verdict(made, others), text.squeezed(image, made, others), kept, made


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

    made = made_or_said(made)
    picture = experiments.with_bits(made, codec_file.load(), int(bits))
    apart = text.decibels(quality.psnr(made.picture, picture))
    return picture, f"{int(bits)} bits for each value of a channel. Against the picture from the whole code: {apart}."


@compute
def flip(photo: str | None, made: codec_file.Compressed | None, count: float, seed: float) -> tuple[Any, str]:
    from demos.autoencoder.compress import experiments
    from demos.autoencoder.compress import file as codec_file

    made, image = made_or_said(made), codec_file.limit_pixels(load_image(photo))
    if image.size != made.picture.size:
        raise DemoError("The photo was changed since. Press Squeeze once more.")
    flips = experiments.flipped(image, made, codec_file.load(), int(count), int(seed))
    pictures = [(f.picture, f"{f.name}: {text.decibels(f.psnr)}") for f in flips if f.picture is not None]
    lost = [f"{f.name} cannot be opened any more." for f in flips if f.picture is None]
    return pictures, " ".join([f"{int(count)} bits flipped behind each header.", *lost])


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
            gr.Examples([str(samples.PHOTOS[name].path()) for name in EXAMPLES], photo, label="Examples")
            quality = gr.Slider(
                0, QUALITIES - 1, QUALITY, step=1, label="Quality: 0 is the smallest file",
                elem_id="squeeze-quality",
            )  # fmt: skip
            go = gr.Button("Squeeze", variant="primary", elem_classes="hl-go", elem_id="squeeze")
            with gr.Accordion("Open a squeezed file", open=False):
                file = gr.File(label="A .hlc file that was kept here", type="filepath", height=120, elem_id="open-hlc")
                opened = gr.Image(
                    label="The opened file", format="png", interactive=False, height=220, elem_id="opened-hlc"
                )
                opened_words = gr.Markdown(elem_classes="hl-note", elem_id="opened-words")
        with gr.Column(elem_classes="hl-out"):
            pictures = gr.Gallery(
                columns=4, format="png", show_label=False, interactive=False, height=280, elem_id="squeezed",
                object_fit="contain",
            )  # fmt: skip
            status = gr.Markdown("Press *Squeeze*.", elem_classes="hl-status", elem_id="squeeze-status")
            numbers = gr.HTML(elem_classes="hl-numbers", elem_id="squeeze-numbers")
            keep = gr.DownloadButton("Keep the file (.hlc)", size="sm", interactive=False, elem_id="keep-hlc")
            with gr.Tabs(overflow_behavior="wrap"):
                with gr.Tab("Curve"):
                    draw = gr.Button("Measure all qualities on this photo", elem_id="draw-curve")
                    plot = gr.ScatterPlot(
                        None, x="bits per pixel", y="PSNR", color="of", color_map=COLOURS, height=280,
                        y_title="PSNR (dB)", show_label=False, buttons=[], elem_id="rd-curve",
                    )  # fmt: skip
                with gr.Tab("Bits per value"):
                    bits = gr.Slider(1, 8, 3, step=1, label="Bits for each value", elem_id="bits")
                    coarse = gr.Image(format="png", interactive=False, height=300, show_label=False, elem_id="coarse")
                    coarse_words = gr.Markdown(elem_classes="hl-note", elem_id="coarse-words")
                with gr.Tab("Flip bits"):
                    count = gr.Slider(1, 100, 1, step=1, label="Bits to flip", elem_id="flips")
                    seed = gr.Number(0, precision=0, label="Seed: which ones")
                    break_it = gr.Button("Flip them in both files", elem_id="flip")
                    broken = gr.Gallery(columns=2, format="png", show_label=False, interactive=False, height="auto",
                                        elem_id="flipped")  # fmt: skip
                    broken_words = gr.Markdown(elem_classes="hl-note", elem_id="flip-words")
                with gr.Tab("The code"):
                    see = gr.Button("Show the code as a picture", elem_id="see-code")
                    code = gr.Image(format="png", interactive=False, height=360, show_label=False, elem_id="code")
                    code_words = gr.Markdown(elem_classes="hl-note", elem_id="code-words")
                with gr.Tab("What VGG16 still knows"):
                    know = gr.Button("The photo again from pool1 to pool5", elem_id="know")
                    known = gr.Gallery(columns=3, format="png", show_label=False, interactive=False, height="auto",
                                       elem_id="known")  # fmt: skip
                    known_words = gr.Markdown(elem_classes="hl-note", elem_id="known-words")
                    show_lesson("autoencoder/page/lessons/layers.md")
            show_lesson("autoencoder/page/lessons/squeeze.md")
            show_code("demos.autoencoder.compress.file.compress", "demos.autoencoder.compress.network.ContextModel")

    results = [pictures, status, numbers, keep, made]
    gr.on([go.click], squeeze, [photo, quality], results, api_name="squeeze_page", trigger_mode="once", **COMPUTE,
          show_progress_on=[pictures], api_visibility="undocumented")  # fmt: skip
    file.upload(unsqueeze, file, [opened, opened_words], api_name="unsqueeze_page", **COMPUTE, **QUIET)
    draw.click(curve, [photo, made], plot, api_name="curve_page", **COMPUTE, **QUIET)
    bits.change(fewer_bits, [made, bits], [coarse, coarse_words], api_name="bits_page", **COMPUTE, **QUIET)
    break_it.click(flip, [photo, made, count, seed], [broken, broken_words], api_name="flip_page", **COMPUTE, **QUIET)
    see.click(code_picture, made, [code, code_words], api_name="code_page", **COMPUTE, **QUIET)
    know.click(what_layers_know, photo, [known, known_words], api_name="layers_known_page", **COMPUTE, **QUIET)
