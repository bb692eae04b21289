"""A classifier that comes back: its file or its zip, a stranger's until proved sound; nothing in it is run."""

import hashlib
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image
from safetensors import SafetensorError, safe_open

from demos.core.errors import DemoError
from demos.core.files import new_file
from demos.core.networks import files as network_files
from demos.core.networks.catalogue import FEATURES
from demos.transfer import classifier as classifiers
from demos.transfer.classifier import Classifier
from demos.transfer.data import archive as archives
from demos.transfer.data import names
from demos.transfer.data.photos import MAX_PHOTOS, PhotoSet, Split

HEAD, NETWORK, PHOTOS = "head.safetensors", "network.safetensors", "photos.json"
Members = dict[tuple[str, ...], zipfile.ZipInfo]


@dataclass(frozen=True)
class Kept:
    """What came back."""

    classifier: Classifier
    photo_set: PhotoSet  # its classes; with the photos where they are in the zip


def is_kept(path: str | Path) -> bool:
    """Whether a file is a kept classifier rather than a zip of photos, from its name and its directory alone."""
    if Path(path).suffix.casefold() == ".safetensors":
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.rsplit("/", 1)[-1] == HEAD for name in archive.namelist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False  # what is wrong with it is said where zips are read


def open_kept(path: str | Path) -> Kept:
    """The classifier in a file or a zip that was kept, tried on a blank picture.

    Raises:
        DemoError: damaged, hostile, or made for features that are not here: which ones is said, and what to do.
    """
    if not zipfile.is_zipfile(path):
        taught = _classifier(Path(path))
        return Kept(taught, _classes(taught))
    with archives.opened(path) as archive:
        members = archives.checked(archive)[0]
        folder = next((parts[:-1] for parts in members if parts[-1] == HEAD), None)  # unpacked and packed once more
        if folder is None:
            raise DemoError(
                f"There is no {HEAD} in this zip, so it is no classifier that was kept. A zip of photos goes into "
                "'Your classes' or 'Many photos'."
            )
        budget = archives.Budget()
        file = new_file(HEAD)
        file.write_bytes(_bytes(archive, members, (*folder, HEAD), budget))
        try:
            taught = _classifier(file)
        finally:
            file.unlink()
        if (*folder, NETWORK) in members:
            _check_network(taught.network, _bytes(archive, members, (*folder, NETWORK), budget))
        if (*folder, PHOTOS) not in members:
            return Kept(taught, _classes(taught))
        photo_set, new_digests = _photos(taught, archive, members, folder, budget)
        return Kept(_remembering(taught, new_digests), photo_set)


def _classifier(path: Path) -> Classifier:
    _check_features(path)
    taught = classifiers.load(path)
    try:
        taught.predict(Image.new("RGB", (64, 64), "grey"))
    except RuntimeError as error:  # numbers that do not fit together
        raise DemoError(
            f"This classifier was made for other features than {taught.network} gives here. Teach its photos once more."
        ) from error
    return taught


def _check_features(path: Path) -> None:
    """Raises DemoError, with its name, where the network that a classifier needs is unknown or not here."""
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("classifier", "null"))
            network = about["network"] if isinstance(about, dict) else None
    except (SafetensorError, OSError, ValueError, KeyError, RecursionError):
        return  # `classifier.load` says what is wrong with it
    if not isinstance(network, str):
        return
    called = names.file_name(network)
    if network not in classifiers.NETWORKS:
        known = ", ".join(classifiers.NETWORKS)
        raise DemoError(
            f"This classifier was made for the features of '{called}', which is not in this app (it has {known}). "
            "Open it in the app that it comes from, or teach its photos here."
        )
    if not network_files.available(FEATURES if network == "vgg16" else network):
        size = network_files.size(FEATURES if network == "vgg16" else network) / 1e6
        raise DemoError(
            f"This classifier needs the features of '{called}', which is not on this machine yet. Start the app "
            f"with a connection to the Internet and wait until it has come{f' ({size:.0f} MB)' if size else ''}, or "
            "teach the photos on the pocket VGG16."
        )


def _check_network(network: str, content: bytes) -> None:
    """Raises DemoError where the zip's network is another than the one here of the same name."""
    here = network_files.file_hash(network)
    if here and hashlib.sha256(content).hexdigest() != here:
        raise DemoError(
            f"This classifier was made for another version of {network} than the one here, and would guess. Its own "
            "predict.py still works; here, teach its photos once more."
        )


def _bytes(archive: zipfile.ZipFile, members: Members, path: tuple[str, ...], budget: archives.Budget) -> bytes:
    read = archives.content(archive, members[path], path, budget)
    if not isinstance(read, tuple):
        raise DemoError(f"{read} Pack the classifier once more, or choose another copy.")
    return read[1]


def _classes(taught: Classifier) -> PhotoSet:
    photo_set = PhotoSet()
    for name in taught.classes:
        photo_set = photo_set.add_class(name)
    return photo_set


def _photos(
    taught: Classifier, archive: zipfile.ZipFile, members: Members, folder: tuple[str, ...], budget: archives.Budget
) -> tuple[PhotoSet, dict[str, str]]:
    """The photos in the order of their description, each on the side that it was on; (digest then -> digest now)."""
    photo_set = _classes(taught)
    new_digests: dict[str, str] = {}
    try:
        told = json.loads(_bytes(archive, members, (*folder, PHOTOS), budget))
        if len(told) > MAX_PHOTOS:
            raise DemoError(f"The zip lists {len(told)} photos; a set has at most {MAX_PHOTOS}.")
        groups: dict[tuple[str, Split | None], list[tuple[str, ...]]] = {}
        called, digests = {}, {}
        for one in told:
            path = (*folder, *str(one["file"]).split("/"))
            side: Split | None = one["split"] if one["split"] in ("train", "validation") else None
            if path in members and one["class"] in taught.classes:
                groups.setdefault((one["class"], side), []).append(path)
                called[path], digests[path] = str(one["name"]), str(one.get("digest", ""))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DemoError(f"{PHOTOS} in the zip is damaged. Drop head.safetensors alone: it needs no photos.") from error
    for (name, side), paths in groups.items():
        sources = (archives.content(archive, members[path], (called[path],), budget) for path in paths)
        before = len(photo_set.get(name).photos)
        photo_set = photo_set.add_photos(name, sources, side)
        added = photo_set.get(name).photos[before:]
        if len(added) == len(paths):  # else it is not known which is which
            new_digests |= {digests[path]: photo.digest for path, photo in zip(paths, added, strict=True)}
    return photo_set, new_digests


def _remembering(taught: Classifier, new_digests: dict[str, str]) -> Classifier:
    """With what was said of the photos when they were judged remembered under the digests that they have now."""
    if taught.report is None:
        return taught
    known = taught.report.predictions
    told = {new: known[old] for old, new in new_digests.items() if old in known}
    return replace(taught, report=replace(taught.report, predictions=told)) if told else taught
