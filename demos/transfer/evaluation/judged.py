"""The photos behind a report's confusion table, each with what was said of it.

Every photo is judged by a layer that had not seen it: by the one that is kept where enough photos are held back, and
else by the layers of the rounds of a cross-validation (`folds`). And the same for none of these: one's own photos
judged by what was learned without them, beside photos of other things.
"""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demos.core.data import samples
from demos.core.errors import DemoError
from demos.transfer import features
from demos.transfer.classifier import Classifier
from demos.transfer.data import example_sets, splits
from demos.transfer.data.photos import Photo, PhotoSet
from demos.transfer.evaluation import calibration, everyday, folds, unknown
from demos.transfer.evaluation.material import ROUNDS_UP_TO, Sides

# Photos of other things. Animals and flowers are left out: many a visitor teaches those.
STRANGERS = ("hubble", "retina", "tissue")
PERHAPS_ONES_OWN = ("cat's fur", "petals")


@dataclass(frozen=True)
class Judged:
    """A photo that was held back, and what was said of it."""

    photo: Photo
    true: int  # label, an index of `PhotoSet.names`
    predicted: int
    probabilities: tuple[float, ...]  # calibrated, of each class; they sum to one


def judged(photo_set: PhotoSet, taught: Classifier) -> list[Judged]:
    """Exactly the photos that `taught.report.confusion` counts, in the order of the set.

    Args:
        photo_set: the set that it was taught on.

    Raises:
        DemoError: nothing is known of how it was taught, or the set is another one.
    """
    if taught.report is None:
        raise DemoError("This classifier's file does not say how it was taught. Teach it again on your photos.")
    if photo_set.names != taught.classes:
        raise DemoError("These are not the classes that it was taught. Teach it again.")
    known = taught.report.predictions
    rows = [(photo, label) for label, group in enumerate(photo_set.classes) for photo in group.photos]
    rows = [(photo, label) for photo, label in rows if photo.digest in known]
    if not rows and taught.report.folds:
        raise DemoError("What was said of these photos when they were judged is not known here. Teach them again.")
    if rows:
        raw = torch.tensor([known[photo.digest] for photo, _ in rows]).clamp_min(1e-6)
        # What is remembered are the probabilities before the temperature was learned.
        probabilities = (raw.log() / taught.temperature).softmax(1)
    else:  # a file of an earlier version, or photos that came back in another one
        rows = splits.split(photo_set, taught.report.seed)[1]
        probabilities = taught.probabilities(taught.features_of([photo.image for photo, _ in rows]))
    return [
        Judged(photo, label, max(range(len(row)), key=row.__getitem__), tuple(row))
        for (photo, label), row in zip(rows, probabilities.tolist(), strict=True)
    ]


def left_out(photo_set: PhotoSet, found: Sides, x: Tensor, network: features.Network | None) -> Tensor:
    """How far one's own photos are from their classes by what was learned without them, in thresholds.

    What is learned of all of them would flatter: each lies nearer to a mean that it is a part of.

    Args:
        x: (N, D) features of `found.photos`.
        network: the one that they come from, to be shown other things too (`everyday`); None: it is shown none.

    Returns:
        (n,) as `Classifier.distances`: of all in rounds, or of those held back where there are many; none where the
        photos are too few to learn it without some.
    """
    parts = np.zeros(0, int)
    if len(x) <= ROUNDS_UP_TO:
        parts = folds.parts_of(photo_set, found.photos, found.y.tolist(), found.config.seed)
    if not len(parts):
        parts = np.where(np.arange(len(x)) < found.learn, -1, 0)  # one round
    shown, rows = list(everyday.features_of(network)) if network else [], []
    others = torch.cat(shown) if shown else None
    for index in range(parts.max() + 1):
        judged_, learns = torch.from_numpy(parts == index), torch.from_numpy(parts != index)
        refusal = unknown.learn(x[learns], found.y[learns], others)
        if refusal is not None:
            rows.append(refusal.distance(x[judged_]) / refusal.threshold)
    return torch.cat(rows) if rows else torch.zeros(0)


def strangers(photo_set: PhotoSet) -> list[Image.Image]:
    """Pictures of other things than the classes, always the same: photos, drawings, surfaces, digits, noise, blanks."""
    own = {photo.digest for group in photo_set.classes for photo in group.photos}
    pictures = [samples.photo(name) for name in STRANGERS]
    for name in example_sets.EXAMPLE_SETS:
        if name != example_sets.ANTS_BEES:  # it may have to be fetched
            groups = [g for g in example_sets.load(name).classes if g.name not in (*photo_set.names, *PERHAPS_ONES_OWN)]
            found = [photo for g in groups for photo in g.photos[:2] if photo.digest not in own]
            pictures += [photo.image for photo in found[:10]]
    random = np.random.default_rng(0)
    pictures += [Image.fromarray(random.integers(0, 256, (192, 192, 3), dtype=np.uint8)) for _ in range(2)]
    return pictures + [Image.new("RGB", (192, 192), colour) for colour in ("white", "grey")]


# ---- charts of them -------------------------------------------------------------------------------------------------


def reliability(photo_set: PhotoSet, taught: Classifier, bins: int) -> tuple[calibration.Bin, ...]:
    """How sure it was of the judged photos, and how often that was right; only the bins that hold photos."""
    rows = judged(photo_set, taught)
    if not rows:
        return ()
    probabilities = torch.tensor([row.probabilities for row in rows])
    found = calibration.reliability(probabilities, torch.tensor([row.true for row in rows]), bins)
    return tuple(one for one in found if one.count)


@dataclass(frozen=True)
class Trade:
    """What thresholds of none-of-these do: (own photos refused, unknowns caught), shares."""

    points: tuple[tuple[float, float], ...]
    used: tuple[float, float]  # by the threshold in use
    own: int  # photos of one's own
    others: int  # pictures of other things


def trade(photo_set: PhotoSet, taught: Classifier, found: Sides, x: Tensor) -> Trade | None:
    """What each threshold does with one's own photos and with others; None where nothing is learned of it."""
    own = left_out(photo_set, found, x, taught.loaded())
    if taught.unknown is None or not len(own):
        return None
    others = taught.distances(taught.features_of(strangers(photo_set)))
    points = tuple((point.refused, point.caught) for point in unknown.trade_off(own, others))
    return Trade(points, (float((own >= 1).float().mean()), float((others >= 1).float().mean())), len(own), len(others))
