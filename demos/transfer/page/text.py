"""A training in words and tables: what the page says of it. Plain text and HTML, no gradio."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from demos.core import chart
from demos.core.page import run, theme
from demos.transfer import advice
from demos.transfer.data import example_sets, left_out
from demos.transfer.data.example_sets import EXAMPLE_SETS
from demos.transfer.data.photos import PhotoSet

if TYPE_CHECKING:
    from demos.transfer.classifier import Report
    from demos.transfer.teach import Progress

# The other pages of this tab that show something of a result, as their tabs are called.
CHECK, TRUST, MISTAKES, WHY = "Check the photos", "Trust the number", "Mistakes", "Why this answer?"
HOME, MANY = "Take it home", "Many photos"
PAGES = (CHECK, TRUST, MISTAKES, WHY, HOME)
TRAINING, VALIDATION = "training", "validation"
COLOURS = {TRAINING: theme.GREY, VALIDATION: theme.COOL}
OPTIMISER = (
    "How the weights are found. L-BFGS takes few steps, each aimed with care and at all photos at once; Adam and SGD "
    "take many small ones."
)
EPOCHS = "Passes over the training photos, at most: it ends earlier, 8 epochs after the lowest validation loss."
RATE = "How far a step goes. 0: what suits the optimiser (L-BFGS 1, Adam 0.3, SGD 5)."
DECAY = "The loss grows by λ/2 times the sum of squared weights. Empty: 1 / (30 photos), scikit-learn's C = 30."
DROPOUT = "Share of a photo's numbers that each step hides: none may be relied upon alone. 0: none."
BATCH = "Photos in one step of Adam or SGD; 0: all at once (L-BFGS always)."
INITIALISATION = "Where the weights begin; n: numbers of a photo. The page Training compares them."
VIEWS_LABEL = "Augmented views of each training photo"
VIEWS = "Flipped, cropped and in other light; 0: none. The next teaching, and both buttons here, use them."
SEED = "A number that decides which photos are held back and where the weights start: the same one, the same result."
VALIDATION_LOSS = "Validation loss: how wrong the layer is on photos that were held back from it. 0 would be perfect."


def sources(own: str) -> list[tuple[str, str]]:
    """(what the page calls it, its name) of every set, and photos of one's own; what a set would need is said."""
    ready = [(name if example_sets.here(name) else f"{name} (needs the Internet)", name) for name in EXAMPLE_SETS]
    return [*ready, (own, own)]


def status(progress: Progress, seconds: float) -> str:
    """The one line that says what is happening."""
    if progress.stage == "looking":
        return f"Looking at the photos: {run.remaining(progress.index, progress.total, seconds)}"
    if progress.stage == "teaching":
        last = progress.steps[-1]
        now = f"Teaching the last layer: epoch {progress.index} of at most {progress.total} · validation loss"
        if len(progress.steps) > 1 and last.validation_loss < progress.steps[-2].best_validation_loss:
            return f"{now} decreased ({progress.steps[-2].best_validation_loss:.3f} --> {last.validation_loss:.3f})"
        return f"{now} {last.validation_loss:.3f} (lowest: {last.best_validation_loss:.3f} in epoch {last.best_index})"
    report = progress.classifier.report if progress.classifier else None
    return f"Taught in {report.seconds:.1f} s on {name_of(report.network)}." if report else "Done."


def name_of(network: str) -> str:
    known = {"pocket-vgg16": "the pocket VGG16", "squeezenext": "SqueezeNext"}
    return known.get(network, "the real VGG16")


def curve(progress: Progress) -> str:
    """Loss and accuracy of both sides after every epoch: two charts, as HTML."""
    steps = progress.steps
    losses = {
        TRAINING: [(s.index, s.train_loss) for s in steps],
        VALIDATION: [(s.index, s.validation_loss) for s in steps],
    }
    rights = {
        TRAINING: [(s.index, 100 * s.train_accuracy) for s in steps],
        VALIDATION: [(s.index, 100 * s.validation_accuracy) for s in steps],
    }
    return beside(
        chart.lines(losses, COLOURS, across="epoch", up="loss (nats)"),
        chart.lines(rights, COLOURS, across="epoch", up="recognised (%)"),
    )


def beside(*charts: str) -> str:
    """Charts side by side where there is room, one below the other on a phone."""
    return f"<div class='transfer-curves'>{''.join(charts)}</div>" if any(charts) else ""


def decreased(progress: Progress) -> str:
    """Every epoch that lowered the validation loss: the last ones while it works, all of them to open afterwards."""
    from demos.transfer.training.fit import decreases  # here: it loads torch

    lines = [
        f"Epoch {epoch}: validation loss decreased ({before:.3f} --> {after:.3f})"
        for epoch, before, after in decreases(progress.steps)
    ]
    if progress.stage != "done" or not lines:
        return "".join(f"<p class='hl-small'>{line}</p>" for line in lines[-3:])
    told = "".join(f"<p class='hl-small'>{line}</p>" for line in lines)
    many = f"{len(lines)} epoch{'' if len(lines) == 1 else 's'} lowered the validation loss"
    return f"<details class='transfer-log'><summary>{many}</summary>{told}</details>"


def numbers(progress: Progress, photos: bool = True) -> str:
    """The result in figures with their meaning, and where to look next, as HTML.

    Args:
        photos: whether those that it was taught on are here, so that the other pages have something to show.
    """
    if progress.classifier is None or progress.classifier.report is None:
        return ""
    report = progress.classifier.report
    right = round(report.accuracy * report.judged)
    share = f"<strong>{right} of {report.judged}</strong> photos"
    found = f"{share} that it was not taught on are recognised ({report.accuracy:.0%})."
    if report.folds:
        found = (
            f"{share} are recognised by a layer that had not seen them ({report.accuracy:.0%}): in {report.folds} "
            "rounds, each was held back once. The layer that you get learned from all of them."
        )
    lines = [
        f"Validation loss fell from {report.first_loss:.3f} to <strong>{report.kept_loss:.3f}</strong> in epoch "
        f"{report.kept_step}: kept.",
        f"{found} {advice.interval(report)}",
    ]
    if report.kept_loss >= report.first_loss:
        lines[0] = (
            f"Validation loss never fell below the untrained layer's {report.first_loss:.3f}: the best trained state "
            f"is kept, epoch {report.kept_step} with {report.kept_loss:.3f}. Of few photos this says little; "
            "of many, that their classes look alike to this network."
        )
    if report.skipped:
        named = "; ".join(escape(sentence) for sentence in report.skipped[:5])
        more = f" And {len(report.skipped) - 5} more." if len(report.skipped) > 5 else ""
        lines.append(f"{left_out.count(len(report.skipped))}: {named}{more}")
    done = progress.stage == "done"
    told = "".join(f"<p>{line}</p>" for line in lines) + (lead_on(report, photos) if done else "")
    told += f"<p class='hl-small'>{VALIDATION_LOSS}</p>"
    return told + decreased(progress) + (helpful(report) if done else "") + confusion(report)


def lead_on(report: Report, photos: bool = True) -> str:
    """What is most worth looking at after a run, with a button for its page, and for the others, as HTML."""
    words, first = worth(report) if photos else ("Its photos are not here. It answers about new ones:", MANY)
    pages = PAGES if photos else (MANY, HOME)
    ordered = [first, *(page for page in pages if page != first)]
    buttons = "".join(f"<button type='button' data-tab='{page}'>{page}</button>" for page in ordered)
    return f"<div class='hl-lead' id='lead'><p>{words}</p><div>{buttons}</div></div>"


def worth(report: Report) -> tuple[str, str]:
    """The most notable thing about a result, as HTML, and the page that shows it."""
    judged = "photos" if report.folds else "held-back photos"
    pairs = [(n, -t, -s) for t, row in enumerate(report.confusion) for s, n in enumerate(row) if t != s]
    wrong = sum(count for count, *_ in pairs)
    if advice.no_better_than_guessing(report):
        return "No better than guessing, as far as one can tell: look at the photos first.", CHECK
    if wrong:
        names = [*report.photos]
        most, t, s = max(pairs)  # of equally many, the first in the table
        example = f"{escape(names[-t])} for {escape(names[-s])}{f' ({most} times)' if most > 1 else ''}"
        often = ":" if wrong == 1 else ", most often" if most > 1 else ", one of them"
        were = "was" if wrong == 1 else "were"
        return f"{wrong} of {report.judged} {judged} {were} mistaken{often} {example}.", MISTAKES
    if advice.to_halve(report):
        return f"None was mistaken, but {report.judged} {judged} are few to judge by. How sure is the number?", TRUST
    return f"None of {report.judged} {judged} was mistaken. What does it look at?", WHY


def helpful(report: Report) -> str:
    """What would help, where the result is not good or not sure."""
    told = "".join(f"<li>{escape(sentence)}</li>" for sentence in advice.sentences(report))
    return f"<p><strong>What would help</strong></p><ul>{told}</ul>" if told else ""


def confusion(report: Report) -> str:
    """Who is taken for whom, on the photos held back."""
    names = list(report.photos)
    if len(names) > 12:
        return "<p>The table of who is taken for whom is shown for up to 12 classes.</p>"
    head = "".join(f"<th title='{escape(name)}'>{escape(name)}</th>" for name in names)
    rows = []
    for i, name in enumerate(names):
        cells = []
        for j, count in enumerate(report.confusion[i]):
            kind = "right" if i == j and count else "wrong" if count else ""
            cells.append(f"<td class='{kind}'>{count or '·'}</td>")
        rows.append(f"<tr><th title='{escape(name)}'>{escape(name)}</th>{''.join(cells)}</tr>")
    return (
        "<div class='hl-scroll'><table><caption>What they are (rows), and what it says (columns)</caption>"
        f"<tr><th></th>{head}</tr>{''.join(rows)}</table></div>"
    )


def as_typed(words: str) -> str:
    """For Markdown: every character as it is, whatever it would mean there.

    Marks are given by their number, in which CommonMark (6.2) sees no structure, and `$` stands alone, or two of them
    would be taken for a formula.
    """
    numbered = re.sub(r"[!-/:-@\[-`{-~]", lambda found: f"&#{ord(found[0])};", words)
    return numbered.replace("&#36;", "<span>&#36;</span>")


def set_line(photo_set: PhotoSet) -> str:
    """What came in with a zip, as Markdown."""
    line = f"{photo_set.count} photos in {len(photo_set.classes)} classes."
    return as_typed(" ".join(filter(None, (line, *photo_set.notes, left_out.told(photo_set.left_out)))))


def added_line(before: PhotoSet, after: PhotoSet, name: str) -> str:
    """What became of an upload, as Markdown."""
    count = after.count - before.count
    line = f"{count} photo{'' if count == 1 else 's'} added to {name}."
    return as_typed(f"{line} {left_out.told(after.left_out[len(before.left_out) :])}".strip())
