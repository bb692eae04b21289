"""The model card that goes with a classifier: what it was taught on, how sure its number is, and where it fails."""

import json

from demos.transfer.classifier import Classifier, Report
from demos.transfer.settings import NONE_OF_THESE

MIXED = 10  # pairs of classes that are named
NETWORKS = {
    "pocket-vgg16": "the pocket VGG16 of Hidden Layers (2.7 million weights; in `network.safetensors`)",
    "squeezenext": "the SqueezeNext of Hidden Layers (0.6 million weights; in `network.safetensors`)",
    "vgg16": "VGG16 (Simonyan and Zisserman 2015; `timm/vgg16.tv_in1k` on the Hub, fetched at the first use)",
}


def write(classifier: Classifier, onnx: bool = False, photos: int = 0) -> str:
    """The card as Markdown, with the header that the Hub reads.

    Args:
        onnx: whether `model.onnx` lies beside it.
        photos: how many of the photos are in the zip.
    """
    classes = ", ".join(plain(name) for name in classifier.classes)
    parts = [_header(), "# " + (classes if len(classes) < 80 else f"{len(classifier.classes)} classes of photos")]
    network = NETWORKS.get(classifier.network, plain(classifier.network))
    parts.append(
        f"Says which of {len(classifier.classes)} classes a photo shows: {classes}. A new last layer, taught by "
        f"example in Hidden Layers on the features of {network}, which was left as it is."
    )
    report = classifier.report
    if report is None:
        parts.append("How it was taught is not known: nothing was kept of it.")
    else:
        parts += [_data(report), _accuracy(report), _mistakes(report)]
    parts += [_limits(classifier), _use(classifier, onnx, photos)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _header() -> str:
    return "---\nlibrary_name: pytorch\npipeline_tag: image-classification\ntags:\n- transfer-learning\n- vgg\n---"


def _data(report: Report) -> str:
    rows = [f"| {plain(name)} | {taught} | {held} |" for name, (taught, held) in report.photos.items()]
    taught, held = (sum(counts[side] for counts in report.photos.values()) for side in (0, 1))
    table = "\n".join(["| class | taught on | held back |", "|---|---|---|", *rows, f"| all | {taught} | {held} |"])
    left_out = f"\n\n{len(report.skipped)} files could not be used." if report.skipped else ""
    return f"## Photos\n\n{table}{left_out}"


def _accuracy(report: Report) -> str:
    right = round(report.accuracy * report.judged)
    chose = f"(epoch {report.kept_step}, validation loss {report.kept_loss:.3f}; untrained {report.first_loss:.3f})"
    how = (
        f"Each was judged once, in {report.folds} rounds; this layer learned from all of them. The rounds also chose "
        f"for how many epochs {chose}."
        if report.folds
        else f"They also chose the epoch that was kept {chose}, so the number flatters a little."
    )
    share = f"**{right} of {report.judged}** photos"
    found = f"{share} that it was not taught on are recognised"
    if report.folds:
        found = f"{share} are recognised by a layer that had not seen them"
    return (
        f"## Accuracy\n\n{found}: {report.accuracy:.1%}. With so many photos, the truth lies between "
        f"{report.accuracy_low:.1%} and {report.accuracy_high:.1%} (Wilson's 95 % interval). {how}"
    )


def _mistakes(report: Report) -> str:
    names = list(report.photos)
    pairs = [
        (count, true, said)
        for true, row in enumerate(report.confusion)
        for said, count in enumerate(row)
        if true != said and count
    ]
    if not pairs:
        return f"## Mistakes\n\nNone on the {report.judged} photos that were judged; of so few that is no promise."
    lines = [
        f"- {count} of {sum(report.confusion[true])} photos of {plain(names[true])} were taken for {plain(names[said])}"
        for count, true, said in sorted(pairs, key=lambda pair: -pair[0])[:MIXED]
    ]
    more = f"\n- and {len(pairs) - MIXED} more pairs" if len(pairs) > MIXED else ""
    return "## Mistakes\n\nOn the photos that were judged:\n\n" + "\n".join(lines) + more


def _limits(classifier: Classifier) -> str:
    refuses = (
        'A photo that is far from all of them is called "none of these"; some such photos still get a class.'
        if classifier.unknown
        else "It knows nothing else: a photo of any other thing is given one of these classes, too."
    )
    calibrated = (
        f"Probabilities were calibrated on the photos that were judged (temperature {classifier.temperature:.2f})."
        if classifier.temperature != 1
        else "Probabilities were not calibrated: 90 % need not mean nine times in ten."
    )
    return (
        f"## Limits\n\n{refuses} {calibrated} It knows the places, the light and the camera of its photos: expect less "
        f"elsewhere. It sees the middle square at {classifier.input_size} x {classifier.input_size} px. Do not let it "
        "decide about people."
    )


def _use(classifier: Classifier, onnx: bool, photos: int) -> str:
    lines = ["## How to use it", ""]
    lines += [
        "```", "pip install torch torchvision pillow safetensors huggingface-hub",
        "python predict.py photo.jpg folder/       # label and probability of each photo",
        "python predict.py --json folder/          # every class's probability", "```", "",
        "- `predict.py`: all of it, to read from top to bottom; photos go the way that they go in the app",
        "- `head.safetensors`: the last layer; drop it, or the whole zip, on *Teach it* in Hidden Layers to go on",
        "- `labels.json`: the classes, in the order of the outputs",
    ]  # fmt: skip
    if classifier.network != "vgg16":
        lines.append("- `network.safetensors`: the network of the features")
    if onnx:
        size = classifier.input_size
        lines.append(
            f"- `model.onnx` (opset 18): `pixels` (N, 3, {size}, {size}) float32, RGB 0..1, upright, shorter side "
            f"shrunk to 256 px and the middle square of it to {size} px; gives `logits` and `probabilities` (N, C)"
        )
    if photos:
        lines.append(f"- `photos/`: the {photos} photos, at the size that it sees; `photos.json` says their classes")
    return "\n".join(lines)


def plain(words: str) -> str:
    """A name in Markdown: its characters as they are, whatever they would mean there."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+-.!|~&$@:" else c for c in words)


def labels(classifier: Classifier, precision: str) -> str:
    """`labels.json`: the classes, and in which precision the network ran."""
    about = {"labels": list(classifier.classes), "none_of_these": NONE_OF_THESE, "precision": precision}
    return json.dumps(about, ensure_ascii=False, indent=1) + "\n"
