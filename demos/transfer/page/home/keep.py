"""The page on which the classifier becomes files: a zip that predicts anywhere, or a Hub repository."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from demos.core.errors import DemoError
from demos.core.page.events import QUIET, guard, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.run import RunButton, Words
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page.controls import Teaching
from demos.transfer.page.home import text
from demos.transfer.page.home.controls import restored

if TYPE_CHECKING:
    from demos.transfer.classifier import Classifier

PHOTOS, ONNX = "the photos, small", "an ONNX file"
WORDS = Words("Packing", stopped="Stopped: nothing was packed.")
UPLOADING = Words("Packing", stopped="Stopped. What had arrived on the Hub before is there.")


# ---- what the events call -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A line of what is happening, and what there is at the end."""

    line: str
    path: Path | None = None
    files: tuple[tuple[str, int], ...] = ()


@guard
def open_page(taught: Classifier | None, about: PhotoSet | None) -> dict[str, Any]:
    """What would be packed now; a zip of another classifier is no longer offered."""
    if taught is None:
        return {"status": text.NOTHING, "numbers": "", "download": gr.update(value=None, interactive=False)}
    return {"status": text.ready(taught, about), "numbers": text.contents(taught)}


def pack(taught: Classifier | None, about: PhotoSet | None, also: list[str]) -> Iterator[Step]:
    """Packs the zip."""
    from demos.transfer.export import bundle

    if taught is None:
        raise DemoError(text.NOTHING)
    if PHOTOS in also and about is None:
        raise DemoError("The photos that it was taught on are not here. Pack it without them, or teach it once more.")
    for step in bundle.pack(taught, about if PHOTOS in also else None, onnx=ONNX in also):
        size = f": {step.path.stat().st_size / 1e6:.1f} MB. It is yours below." if step.path else ""
        yield Step(step.doing + size, step.path, step.files)


def upload(
    taught: Classifier | None, about: PhotoSet | None, also: list[str], repo: str, token: str, private: bool
) -> Iterator[Step]:
    """Packs it and sends it to the visitor's own account."""
    from demos.transfer.export import hub_upload

    yield Step("Looking at the name and the token")
    hub_upload.check((repo or "").strip(), (token or "").strip())
    done = Step("")
    for done in pack(taught, about, also):
        yield Step(done.line, None, done.files)
    if done.path is None:
        raise DemoError("Nothing was packed. Try again.")
    yield Step("Sending it to the Hub", done.path, done.files)
    there = hub_upload.upload(done.path, repo, token, bool(private))
    seen = "only you see it" if there.private else "everybody sees it"
    yield Step(f"Uploaded to [{text.as_typed(there.url)}]({there.url}): {seen}. The token is forgotten.", done.path)


@guard
def come_back(file: str | None, photo: str | None) -> dict[str, Any]:
    """A kept file at work again, on all pages of this tab."""
    if file is None:
        return {}
    back = restored(file, photo)
    line = back.pop("line") if "said" not in back or back["said"] is None else text.said(back["said"])
    taught, about = back["taught"], back["about"]
    return back | {
        "home_status": f"It is back, and works on all pages here. {line}",
        "home_numbers": text.contents(taught),
        "drop": None,
        "line": f"A classifier that came back{'' if about is None else ', with its photos'}.",
    }


# ---- the page -------------------------------------------------------------------------------------------------------


def page(tab: gr.Tab, teaching: Teaching) -> None:
    """Packing, uploading and bringing back."""
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            also = gr.CheckboxGroup([PHOTOS, ONNX], value=[ONNX], label="Into the zip, too", elem_id="home-also")
            go = RunButton("Pack it", "pack", elem_id="pack", words=WORDS)
            with gr.Accordion("To your account on the Hugging Face Hub", open=False, elem_id="home-hub"):
                repo = gr.Textbox(label="Repository", placeholder="my-fruit", max_lines=1, elem_id="hub-repo")
                token = gr.Textbox(
                    label="Token that may write", type="password", max_lines=1, elem_id="hub-token",
                    info="Used for this once, then forgotten. From huggingface.co: Settings, Access Tokens.",
                )  # fmt: skip
                private = gr.Checkbox(True, label="Private: only you see it")
                send = RunButton("Pack and upload", "upload_home", elem_id="upload-home", words=UPLOADING, beside=go)
            drop = gr.File(
                label="Back again: a zip or .safetensors that you kept", file_types=[".zip", ".safetensors"],
                height=140, elem_id="home-drop",
            )  # fmt: skip
        with gr.Column(elem_classes="hl-out"):
            with gr.Column(elem_classes="hl-moves"):
                status = gr.Markdown("", elem_classes="hl-status", elem_id="home-status")
                numbers = gr.HTML(elem_classes="hl-numbers", elem_id="home-numbers")
            download = gr.DownloadButton("Take the zip home", elem_id="home-zip", interactive=False)
            show_lesson("transfer/page/home/keep.md")
            show_code("demos.transfer.export.bundle.pack", "demos.transfer.export.onnx_file.write")
    taught, about, photo = teaching.taught, teaching.about, teaching.tried["photo"]
    tab.select(
        inputs=[taught, about], **into(open_page, status=status, numbers=numbers, download=download),
        api_name="open_home", **QUIET,
    )  # fmt: skip

    def draw(step: Step) -> dict[Any, Any]:
        shown: dict[Any, Any] = {status: step.line}
        if step.files:
            shown[numbers] = text.files(step.files)
        if step.path:
            shown[download] = gr.update(value=str(step.path), interactive=True)
        return shown

    go.wire(pack, draw, inputs=[taught, about, also], outputs=[numbers, download], status=status)
    sent = send.wire(
        upload, draw, inputs=[taught, about, also, repo, token, private], outputs=[numbers, download], status=status
    )
    forget: dict[str, Any] = {"fn": lambda: "", "inputs": None, "outputs": token, "queue": False, **QUIET}
    sent.then(**forget, api_name="forget_token")
    sent.failure(**forget, api_name="forget_token_early")
    back = {**teaching.shown, **teaching.results, **teaching.tried, **teaching.ways, "kept": teaching.kept}
    came = drop.upload(
        inputs=[drop, photo],
        **into(come_back, **back, home_status=status, home_numbers=numbers, drop=drop), api_name="come_back", **QUIET,
    )  # fmt: skip
    came.failure(lambda: None, None, drop, queue=False, api_name="empty_drop", **QUIET)
