"""The page that explains one answer: where the network looked, and which photos taught it so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from demos.core.errors import DemoError
from demos.core.images.load import load_image
from demos.core.page.events import QUICK, QUIET, SHORT, compute, into
from demos.core.page.lesson import show_code, show_lesson
from demos.core.page.photo_input import photo_input
from demos.core.page.run import RunButton, Words, remaining
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page import text as words
from demos.transfer.page.controls import Teaching
from demos.transfer.page.why import text
from demos.transfer.settings import CUTS_OF_VGG16, HeadConfig, cuts_to_explain

if TYPE_CHECKING:
    from demos.transfer.classifier import Classifier
    from demos.transfer.explain.occlusion import Covering

NOT_YET = "Nothing is taught yet. Go to *Your classes* and press the big button; then come back."
NO_PHOTO = "There is no photo to explain. Drop one on the left."
WORDS = Words("Loading the network", stopped="Stopped. What was covered so far is shown.")
Pictures = list[tuple[Image.Image, str]]
Ran = tuple[HeadConfig, Any]  # settings, and the classifier that a run with them made


# ---- what the events call -------------------------------------------------------------------------------------------


@compute
def open_page(
    taught: Classifier | None, tried: str | None, photo: str | None, mine: bool, cut: str, covered: Any
) -> dict[str, Any]:
    """The photo tried in "Your classes", or the visitor's own where there is one here, with its answer explained."""
    photo = photo if mine else tried
    return {"photo": photo} | _explained(taught, photo, None, cut, covered)


@compute
def new_photo(taught: Classifier | None, photo: str | None, cut: str) -> dict[str, Any]:
    return {"mine": photo is not None} | _explained(taught, photo, None, cut, None)


def gone(photo: str | None) -> dict[str, Any]:
    """Gradio's page still sends a photo with the event of its removal: what was said of it goes afterwards."""
    return {} if photo else {"mine": False} | _nothing(NO_PHOTO)


def unreadable() -> dict[str, Any]:
    """No old explanation beside a photo that cannot be read."""
    return _nothing("This photo cannot be read; the message says why. Drop another one.")


@compute
def another(taught: Classifier | None, photo: str | None, name: str | None, cut: str, covered: Any) -> dict[str, Any]:
    """The same photo, asked about another class."""
    return _explained(taught, photo, name, cut, covered)


@compute
def another_cut(
    taught: Classifier | None, photo: str | None, name: str | None, cut: str, covered: Any
) -> dict[str, Any]:
    """The same photo and class at a cut that the visitor has chosen: that one it is, if there is nothing to see."""
    return _explained(taught, photo, name, cut, covered, chosen=True)


def _explained(
    taught: Classifier | None, photo: str | None, name: str | None, cut: str, covered: Any, chosen: bool = False
) -> dict[str, Any]:
    """The answer and Grad-CAM; of class `name`, or of the answer where that is none of the classes."""
    if taught is None or photo is None:
        return _nothing(NOT_YET if taught is None else NO_PHOTO)
    image = load_image(photo)
    x = taught.features_of([image])
    p = taught.probabilities(x)[0].tolist()
    order = sorted(range(len(p)), key=lambda k: -p[k])
    asked = taught.classes.index(name) if name in taught.classes else order[0]
    choices = [(f"{taught.classes[k]} · {text.percent(p[k])}", taught.classes[k]) for k in order]
    cuts = cuts_to_explain(taught.network)
    cut = cut if cut in cuts else cuts[-1]
    line = f"It says **{words.as_typed(taught.classes[order[0]])}** with {text.percent(p[order[0]])}."
    if bool(taught.is_unknown(x)[0]):
        line = f"It says that this is **none of these**; if it had to choose, {line[8:]}"
    same = covered is not None and covered[0] is taught and covered[1] == (photo, taught.classes[asked])
    maps, there = grad_cam(taught, image, asked, cut)
    nothing = f" At {cut} nothing speaks for {words.as_typed(taught.classes[asked])}"
    if there not in ("", cut) and not chosen:
        line += f"{nothing}, so this is {there}."
        cut = there
        maps, _ = grad_cam(taught, image, asked, cut)
    elif cut != there:
        line += f"{nothing}: the map is empty."
    return {
        "name": gr.update(choices=choices, value=taught.classes[asked]),
        "asked": taught.classes[asked],
        "cut": gr.update(choices=list(cuts), value=cut),
        "maps": maps + (covered[2] if same else []),
        "numbers": covered[3] if same else "",
        "status": line,
    }


def _nothing(status: str) -> dict[str, Any]:
    """The page without an explanation, and why there is none."""
    empty: dict[str, Any] = {"maps": None, "taught_by": "", "covered": None, "numbers": "", "asked": None}
    return empty | {"name": gr.update(choices=[], value=None), "status": status}


def grad_cam(taught: Classifier, image: Image.Image, asked: int, cut: str) -> tuple[Pictures, str]:
    """What the network sees and where it finds evidence, as pictures, and the cut to look at.

    That is another one where the map is empty, and "" where all are.
    """
    from demos.transfer.explain import gradcam, overlay, sight

    square = sight.square(image, taught)
    found = gradcam.heat_maps(taught, image, asked, cuts_to_explain(taught.network))
    heat = found[cut]
    places = f"{heat.shape[1]} x {heat.shape[0]} places"
    large = square.resize((overlay.SIDE, overlay.SIDE), Image.Resampling.BICUBIC)
    caption = f"Grad-CAM at {cut} ({places}): warm speaks for {taught.classes[asked]}"
    seen = (large, "What the network sees: the middle square")
    there = cut if float(heat.max()) > 0 else gradcam.latest(found)
    return [seen, (overlay.warm(square, heat), caption)], there if float(found[there].max()) > 0 else ""


@compute
def taught_by(
    taught: Classifier | None, about: PhotoSet | None, photo: str | None, name: str | None, ran: Ran | None
) -> dict[str, Any]:
    """The nearest training photos, the one that counts most, and the map."""
    if taught is None or photo is None or name not in taught.classes:
        return {"taught_by": ""}
    if about is None:
        return {"taught_by": text.NO_PHOTOS}
    from demos.transfer.explain import feature_map, influence, neighbours

    image, asked, names = load_image(photo), taught.classes.index(name), taught.classes
    there = neighbours.shelf(taught, about)
    x = taught.features_of([image])
    z = taught.head.standardise(x)[0]
    training, labels = there.z[: there.training], there.labels[: there.training]
    shown = text.taught_by(neighbours.nearest(there, z, image), names, asked)
    config = ran[0] if ran is not None and ran[1] is taught else None  # None: it came from a file
    plain = config or HeadConfig()
    rows = there.training * (1 + plain.views)
    if influence.too_weak(plain, rows):
        shown += text.no_removal(text.NO_DECAY)
    elif rows * training.shape[1] * len(names) > influence.MOST:
        shown += text.no_removal(text.TOO_MANY)
    else:
        lesson = neighbours.lesson(taught, there, plain)
        own = neighbours.place_of(there, image)
        found = influence.most_influential(lesson.z, lesson.labels, z, len(names), asked, plain, lesson.of, own)
        shown += text.removal(found, there, names, asked, config)
    if there.training > 2:
        seen = feature_map.learn(training, labels)
        across, up = seen.place(z[None])[0]
        unknown = bool(taught.is_unknown(x)[0])
        shown += text.map_of(seen.place(there.z), there, names, (across, up), image, unknown)
    return {"taught_by": f"<div class='why'>{shown}</div>"}


# ---- covering -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CoverStep:
    """A step of covering, with the pictures so far."""

    step: Covering
    fixed: Pictures
    pictures: Pictures
    about: tuple[Classifier, tuple[str, str]]  # whose answer: the classifier's, of this photo and class
    told: str
    seconds: float


def cover(taught: Classifier | None, photo: str | None, name: str | None, cut: str) -> Iterator[CoverStep]:
    """Slides the patch over the photo, then looks for what changes the answer."""
    if taught is None:
        raise DemoError("Nothing is taught yet. Press the big button in Your classes first.")
    if photo is None or name not in taught.classes:
        raise DemoError("There is no photo to cover. Drop one, and choose a class.")
    from demos.transfer.explain import occlusion, overlay, sight

    image, asked, started = load_image(photo), taught.classes.index(name), time.perf_counter()
    network = taught.loaded()
    square = sight.square(image, taught)
    cuts = cuts_to_explain(taught.network)
    cut = cut if cut in cuts else cuts[-1]
    fixed, _ = grad_cam(taught, image, asked, cut)
    grey = tuple(round(255 * value) for value in occlusion.grey_of(network).flatten().tolist())
    for step in occlusion.cover(taught, image, asked, network):
        drawn = overlay.both(square, step.drops)
        pictures = [(drawn, f"Covered: warm where covering costs {name}, cool where it helps")]
        if step.flip is not None:
            pictures.append(
                (
                    overlay.covered(square, step.flip.box, (grey[0], grey[1], grey[2])),
                    f"What changes its mind: so covered, it says {taught.classes[step.flip.label]}",
                )
            )
        told = ""
        if step.done:
            agreement = occlusion.agreement(taught, image, asked, cuts, step.drops, network)
            told = f"<p>{text.covering(step, taught.classes, asked, agreement)}</p>"
        yield CoverStep(step, fixed, pictures, (taught, (photo, name)), told, time.perf_counter() - started)


def covering_line(shown: CoverStep) -> str:
    if shown.step.done:
        return f"Covered {shown.step.index} times in {shown.seconds:.1f} s."
    return f"Covering: {remaining(shown.step.index, shown.step.total, shown.seconds)}"


# ---- the page -------------------------------------------------------------------------------------------------------


def page(tab: gr.Tab, teaching: Teaching) -> None:
    with gr.Row(elem_classes="hl-columns"):
        with gr.Column(elem_classes="hl-in"):
            photo = photo_input(label="The photo", height=260, elem_id="why-photo", alt_text="The photo to explain")
            name = gr.Radio([], label="What speaks for", elem_id="why-class")
            cut = gr.Radio(
                list(CUTS_OF_VGG16), value=CUTS_OF_VGG16[-1], label="Where Grad-CAM looks in the network",
                info="Early: fine, but of textures. Late: coarse, but of things.", elem_id="why-cut",
            )  # fmt: skip
            go = RunButton("Cover it patch by patch", "cover", elem_id="cover", words=WORDS)
        with gr.Column(elem_classes="hl-out"):
            with gr.Column(elem_classes="hl-moves"):
                status = gr.Markdown("", elem_classes="hl-status", elem_id="why-status")
                maps = gr.Gallery(
                    columns=2, height="auto", show_label=False, interactive=False, buttons=[], elem_id="why-maps",
                    elem_classes=["hl-captions", "why-maps"],
                )  # fmt: skip
                numbers = gr.HTML("", elem_classes="hl-numbers", elem_id="why-numbers")
            near = gr.HTML("", elem_id="why-taught-by")
            show_lesson("transfer/page/why/lesson_photo.md")
            show_code(
                "demos.transfer.explain.gradcam.heat_maps", "demos.transfer.explain.gradcam.evidence",
                "demos.transfer.explain.occlusion.cover", "demos.transfer.explain.influence.most_influential",
            )  # fmt: skip
    taught, about, tried = teaching.taught, teaching.about, teaching.tried["photo"]
    mine, covered = gr.State(False), gr.State(None, time_to_live=3600)
    # The class that is shown: the page may still send the one of a moment ago, which is no choice any more.
    asked_about = gr.State(None)
    shown = {
        "name": name, "cut": cut, "maps": maps, "numbers": numbers, "status": status, "taught_by": near,
        "covered": covered, "asked": asked_about,
    }  # fmt: skip
    opened = tab.select(
        inputs=[taught, tried, photo, mine, cut, covered], **into(open_page, **shown, photo=photo),
        api_name="open_why", **QUICK, **QUIET,
    )  # fmt: skip
    came = photo.input(
        inputs=[taught, photo, cut], **into(new_photo, **shown, mine=mine), api_name="why_photo", **QUICK, **QUIET
    )
    came.success(inputs=photo, **into(gone, **shown, mine=mine), api_name="why_gone", queue=False, **QUIET)
    came.failure(**into(unreadable, **shown), api_name="why_unreadable", queue=False, **QUIET)
    asked = name.input(
        inputs=[taught, photo, name, cut, covered], **into(another, **shown), api_name="why_class", **QUICK, **QUIET
    )
    cut.input(
        inputs=[taught, photo, name, cut, covered], **into(another_cut, **shown), api_name="why_cut", **QUICK, **QUIET
    )
    for number, event in enumerate((opened, came, asked)):
        event.success(
            inputs=[taught, about, photo, asked_about, teaching.results["ran"]], **into(taught_by, taught_by=near),
            api_name=f"why_taught_by_{number}", **SHORT, **QUIET,
        )  # fmt: skip

    def draw(one: CoverStep) -> dict[Any, Any]:
        drawn = {status: covering_line(one), maps: one.fixed + one.pictures, numbers: one.told}
        return drawn | ({covered: (*one.about, one.pictures, one.told)} if one.step.done else {})

    go.wire(
        cover, draw, inputs=[taught, photo, name, cut], outputs=[maps, numbers, covered], status=status, every=0.5,
        line=SHORT,
    )  # fmt: skip
