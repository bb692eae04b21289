"""The data card: what one should know of the photos before they are taught, each finding with the photos in question.

card = check(photo_set)
for finding in card.findings:
    print(finding.words)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from demos.transfer.data import duplicates, splits
from demos.transfer.data import names as data_names
from demos.transfer.data.photos import PhotoSet
from demos.transfer.data_card import quality
from demos.transfer.data_card.background import Background, judge

TIMES = 3  # a class with more than so many times the photos of the smallest is large
EACH = 24  # photos that are shown of classes that their edges give away, in all
CAP = 2  # ... and is cut down to so many times
# What is looked for, by kind, in the order in which it is told.
TITLES = {
    "copies": "Near-duplicates",
    "mixed": "The same in two classes",
    "sides": "Taught and tested on the same",
    "blurred": "Blurred",
    "tiny": "Tiny",
    "background": "One background per class?",
    "large": "Uneven classes",
}
KEPT = " No click removes them: a class would be left with fewer than two photos. Add better ones on the first page."


@dataclass(frozen=True)
class Finding:
    """One thing about the photos, and what would mend it."""

    kind: str  # of `TITLES`
    short: str  # how many, or which
    words: str  # a sentence
    shown: tuple[str, ...]  # digests of the photos in question, in the order in which they are shown
    fix: str = ""  # what the button says; empty where no click mends it
    removed: tuple[str, ...] = ()  # digests that the fix takes away
    cropped: bool = False  # the fix cuts the edges off every photo

    @property
    def title(self) -> str:
        return TITLES[self.kind]


@dataclass(frozen=True)
class DataCard:
    """What is known of a photo set."""

    counts: tuple[tuple[str, int], ...]  # (class, photos)
    findings: tuple[Finding, ...]
    background: Background | None  # None where the photos are too few to say


@dataclass(frozen=True)
class Progress:
    """Where the look at the photos is; the card comes with the last step."""

    done: int
    total: int
    card: DataCard | None = None


def check(photo_set: PhotoSet) -> DataCard:
    """The card of a set; an empty set has an empty one."""
    return next(step.card for step in steps(photo_set) if step.card)


def steps(photo_set: PhotoSet) -> Iterator[Progress]:
    """The same in steps, for sets of a thousand photos."""
    everything = [(photo, label) for label, group in enumerate(photo_set.classes) for photo in group.photos]
    looks: list[quality.Look] = []
    for i, (photo, _) in enumerate(everything):
        if i % 20 == 0:
            yield Progress(i, len(everything))
        duplicates.fingerprint(photo)
        looks.append(quality.look(photo))
    counts = tuple((group.name, len(group.photos)) for group in photo_set.classes)
    labels = [label for _, label in everything]
    alike = duplicates.groups(photo_set)
    background = judge(looks, labels, [alike[photo.digest] for photo, _ in everything], len(photo_set.classes))
    found = [
        *_copies(photo_set, alike),
        *_sides(photo_set, alike),
        *_quality(photo_set, {photo.digest: one for (photo, _), one in zip(everything, looks, strict=True)}),
        *_background(photo_set, background),
        *_large(photo_set),
    ]
    yield Progress(len(everything), len(everything), DataCard(counts, tuple(found), background))


def mended(photo_set: PhotoSet, finding: Finding) -> PhotoSet:
    """The set after the finding's fix; the same set where it has none."""
    fewer = photo_set.without(finding.removed)
    if not finding.cropped:
        return fewer
    classes = [replace(g, photos=tuple(quality.middle(photo) for photo in g.photos)) for g in fewer.classes]
    return replace(fewer, classes=tuple(classes))


def photos(count: int) -> str:
    return f"{count} photo{'' if count == 1 else 's'}"


def _s(several: Sequence, verb: str) -> str:
    """The verb for one or for several."""
    return f"{verb}s" if len(several) == 1 else verb


def _copies(photo_set: PhotoSet, alike: dict[str, str]) -> list[Finding]:
    """Near-duplicates within a class (all but one go), and across classes (all go: nobody knows which is right)."""
    members: dict[str, list[tuple[str, int]]] = {}
    for label, group in enumerate(photo_set.classes):
        for photo in group.photos:
            members.setdefault(alike[photo.digest], []).append((photo.digest, label))
    several = [group for group in members.values() if len(group) > 1]
    within = [group for group in several if len({label for _, label in group}) == 1]
    across = [group for group in several if len({label for _, label in group}) > 1]
    found = []
    if within:
        removed = tuple(digest for group in within for digest, _ in group[1:])
        found.append(
            _with_removal(
                photo_set, "Keep one of each", removed, "copies",
                f"{photos(len(removed))} {_s(removed, 'show')} the same as another one of the class: copies, or frames "
                "of one moment. That teaches nothing new. Teaching keeps those that show the same together, all "
                "learned from or all held back: a copy of what was learned would flatter the accuracy.",
                tuple(digest for group in within for digest, _ in group),
            )
        )  # fmt: skip
    if across:
        both = tuple(digest for group in across for digest, _ in group)
        names = sorted({photo_set.names[label] for group in across for _, label in group})
        found.append(
            _with_removal(
                photo_set, "Remove them all", both, "mixed",
                f"{photos(len(both))} show the same as one of another class ({', '.join(names[:4])}): whatever it "
                "answers is wrong for one of them.",
                both,
            )
        )  # fmt: skip
    return found


def _with_removal(
    photo_set: PhotoSet, click: str, gone: Sequence[str], kind: str, words: str, shown: Sequence[str]
) -> Finding:
    """A finding whose fix removes photos, unless a class would be left with fewer than two: then that is said."""
    short, left = photos(len(gone)), photo_set.without(gone)
    if any(len(group.photos) < 2 for group in left.classes):
        return Finding(kind, short, words + KEPT, tuple(shown))
    return Finding(kind, short, words, tuple(shown), f"{click} ({len(gone)} go)", tuple(gone))


def _sides(photo_set: PhotoSet, alike: dict[str, str]) -> list[Finding]:
    """Copies among training and validation photos: of sides that came with the photos, or where nothing else is."""
    train, validation = splits.split(photo_set)
    judged = {alike[photo.digest] for photo, _ in validation}
    leaked = [photo for photo, _ in train if alike[photo.digest] in judged]
    if not leaked:
        return []
    groups = {alike[photo.digest] for photo in leaked}
    shown = [photo.digest for photo, _ in train + validation if alike[photo.digest] in groups]
    return [
        _with_removal(
            photo_set, "Remove them from what it learns from", [photo.digest for photo in leaked], "sides",
            f"{photos(len(leaked))} of those that it learns from {_s(leaked, 'show')} the same as one it is tested on: "
            "the accuracy will look better than it is.",
            sorted(shown, key=lambda digest: alike[digest]),
        )
    ]  # fmt: skip


def _quality(photo_set: PhotoSet, looks: dict[str, quality.Look]) -> list[Finding]:
    median = quality.median([one.sharpness for one in looks.values()])
    blurred = [d for d, one in looks.items() if quality.is_blurred(one, median)]
    tiny = [d for d, one in looks.items() if one.short_side < quality.TINY]
    found = []
    if blurred:
        blurred.sort(key=lambda digest: looks[digest].sharpness)
        found.append(
            _with_removal(
                photo_set, "Remove them", blurred, "blurred",
                f"{photos(len(blurred))} {'is' if len(blurred) == 1 else 'are'} blurred or nearly blank: fine detail "
                "(how much the brightness bends from pixel to pixel) is a tenth of the others' or less. The most "
                "blurred first.",
                blurred,
            )
        )  # fmt: skip
    if tiny:
        found.append(
            _with_removal(
                photo_set, "Remove them", tiny, "tiny",
                f"{photos(len(tiny))} {'has' if len(tiny) == 1 else 'have'} a side of less than {quality.TINY} px. The "
                "network looks at 160 px or more: most of what it sees there is enlargement.",
                tiny,
            )
        )  # fmt: skip
    return found


def _background(photo_set: PhotoSet, background: Background | None) -> list[Finding]:
    if background is None or not background.given_away:
        return []
    groups = [photo_set.classes[k] for k in background.given_away]
    told = data_names.listed([f"{photo_set.names[k]} {background.recall[k]:.0%}" for k in background.given_away])
    return [
        Finding(
            "background", data_names.listed([group.name for group in groups]),
            f"Shown only the edges, the outer 15 %, another classifier puts {background.accuracy:.0%} of the photos "
            f"into the right class ({told}). Always naming the largest class would reach {background.chance:.0%}. Look "
            "at these edges: do they show the things, or where they were? If where, the place is learned in place of "
            "the thing, and photos of every class in several places are the cure.",
            tuple(photo.digest for group in groups for photo in group.photos[: max(2, EACH // len(groups))]),
            "Cut the edges off every photo", cropped=True,
        )
    ]  # fmt: skip


def _large(photo_set: PhotoSet) -> list[Finding]:
    sizes = [len(group.photos) for group in photo_set.classes]
    if len(sizes) < 2 or min(sizes) == 0 or max(sizes) <= TIMES * min(sizes):
        return []
    most, order = CAP * min(sizes), _by_digest
    large = [group for group in photo_set.classes if len(group.photos) > TIMES * min(sizes)]
    gone = tuple(p.digest for g in large for p in sorted(g.photos, key=order)[most:])
    small = photo_set.names[sizes.index(min(sizes))]
    named = ", ".join(f"{group.name} has {len(group.photos)}" for group in large[:3])
    return [
        Finding(
            "large", f"{max(sizes)} and {min(sizes)} photos",
            f"{named}, and {small} {min(sizes)}: it will rather say what it has seen most. More photos of {small} are "
            "better than fewer of the others.",
            tuple(photo.digest for photo in photo_set.get(small).photos),
            f"Keep {most} of each large class ({len(gone)} go)", gone,
        )
    ]  # fmt: skip


_by_digest: Callable = lambda photo: photo.digest  # noqa: E731  (a draw that is the same every time)
