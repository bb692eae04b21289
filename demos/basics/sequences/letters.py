"""A letter machine: an LSTM that reads a text and learns which letter comes next (Hochreiter and Schmidhuber 1997)."""

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from demos.core.errors import DemoError

SHORTEST, LONGEST = 200, 20_000  # letters of a text
MOST_KINDS = 200  # different letters of a text
CELLS, WINDOW, BATCH = 128, 48, 24
RATE, LARGEST = 8e-3, 1.0  # of Adam; the norm to which gradients are clipped
PER_FRAME, SAMPLED = 10, 160
READ = 700  # letters that are coloured by a cell
VOWELS = frozenset("aeiouyäöüáéíóúàèAEIOUYÄÖÜ")


def checked(text: str | None) -> str:
    """A text to learn, with plain line ends. DemoError for one too short, too long, or without two kinds of letters."""
    text = (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise DemoError(f"There is no text. Paste one of {SHORTEST} to {LONGEST} letters.")
    kinds = len(set(text))
    if kinds == 1:
        raise DemoError("The text has one letter only, so there is nothing to guess. Paste one with words.")
    if not SHORTEST <= len(text) <= LONGEST:
        raise DemoError(f"The text has {len(text)} letters. Paste one of {SHORTEST} to {LONGEST}.")
    if kinds > MOST_KINDS:
        raise DemoError(f"The text has {kinds} different letters. Paste one with at most {MOST_KINDS}.")
    return text


# ---- what is known without a network --------------------------------------------------------------------------------


def letter_bits(text: str) -> float:
    """Bits per letter for one who knows how frequent each letter is, and nothing else (its entropy)."""
    return _entropy(Counter(text).values())


def pair_bits(text: str) -> float:
    """Bits per letter for one who knows, after each letter, how frequent each next one is (bigrams)."""
    after: dict[str, Counter[str]] = {}
    for one, two in pairwise(text):
        after.setdefault(one, Counter())[two] += 1
    return sum(_entropy(c.values()) * c.total() for c in after.values()) / (len(text) - 1)


def _entropy(counts: Iterable[int]) -> float:
    each = list(counts)
    total = sum(each)
    return -sum(n / total * math.log2(n / total) for n in each)


# ---- the network ----------------------------------------------------------------------------------------------------


class LetterMachine(nn.Module):
    """Letter in, logits of the next letter out: an LSTM with `CELLS` cells between two tables."""

    def __init__(self, letters: str, seed: int = 0) -> None:
        super().__init__()
        self.letters = letters
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self.embed = nn.Embedding(len(letters), 32)
            self.lstm = nn.LSTM(32, CELLS, batch_first=True)
            self.head = nn.Linear(CELLS, len(letters))

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Logits (N, T, letters) and the state after, of letters' numbers (N, T)."""
        hidden, state = self.lstm(self.embed(x), state)
        return self.head(hidden), state

    def numbers(self, text: str) -> Tensor:
        """(T,) places in the alphabet; letters that the machine has never read are left out."""
        return torch.tensor([self.letters.index(c) for c in text if c in self.letters], dtype=torch.long)


@torch.no_grad()
def sample(machine: LetterMachine, beginning: str, length: int, temperature: float, seed: int) -> str:
    """`length` letters after a beginning; at temperature 0 always the likeliest, above 1 bolder than it learned."""
    random = torch.Generator().manual_seed(seed)
    given = machine.numbers(beginning)
    if not len(given):
        given = torch.zeros(1, dtype=torch.long)
    logits, state = machine(given[None])
    written = []
    for _ in range(length):
        last = logits[0, -1].double()
        if temperature < 1e-3:
            drawn = last.argmax().view(1)
        else:
            drawn = torch.multinomial(F.softmax(last / temperature, 0), 1, generator=random)
        written.append(machine.letters[int(drawn)])
        logits, state = machine(drawn[None], state)
    return "".join(written)


@dataclass(frozen=True)
class Step:
    """The machine after some steps."""

    step: int
    total: int
    seconds: float
    bits: list[tuple[float, float]]  # (step, bits per letter of the batch)
    written: str  # a sample as it is now
    machine: LetterMachine


def learn(text: str, steps: int, seed: int) -> Iterator[Step]:
    """Teaches a machine the text, from pieces of it at random places.

    Raises:
        DemoError: a text that cannot be learned.
    """
    text, start = checked(text), time.monotonic()
    machine = LetterMachine("".join(sorted(set(text))), seed)
    numbers, random = machine.numbers(text), torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(machine.parameters(), RATE, fused=True)
    bits: list[tuple[float, float]] = []
    for step in range(steps + 1):
        if step % PER_FRAME == 0 or step == steps:
            words = text[:1] + sample(machine, text[:1], SAMPLED, 0.7, seed)
            yield Step(step, steps, time.monotonic() - start, list(bits), words, machine)
        if step < steps:
            bits.append((step + 1.0, _teach(machine, adam, numbers, random, step / steps)))


@torch.enable_grad()
def _teach(
    machine: LetterMachine, adam: torch.optim.Adam, numbers: Tensor, random: torch.Generator, done: float
) -> float:
    """One step; the loss before it, in bits per letter. The rate falls along half a cosine."""
    adam.param_groups[0]["lr"] = RATE * (0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2)
    at = torch.randint(len(numbers) - WINDOW - 1, (BATCH, 1), generator=random) + torch.arange(WINDOW + 1)
    piece = numbers[at]
    logits, _ = machine(piece[:, :-1])
    loss = F.cross_entropy(logits.flatten(0, 1), piece[:, 1:].flatten())
    adam.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(machine.parameters(), LARGEST)
    adam.step()
    return float(loss.detach()) / math.log(2)


# ---- what single cells respond to -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A cell and what it follows best."""

    number: int
    follows: str
    correlation: float  # -1..1


def features(text: str) -> dict[str, Tensor]:
    """What a cell may follow, by name: (T,) numbers, one for each letter."""
    line, lines, word, words = 0, [], 0, []
    for c in text:
        lines.append(line)
        words.append(word)
        line = 0 if c == "\n" else line + 1
        word = 0 if not c.isalpha() else word + 1
    marks: dict[str, Sequence[float]] = {
        "spaces": [c == " " for c in text],
        "vowels": [c in VOWELS for c in text],
        "ends of lines": [c == "\n" for c in text],
        "place in the line": lines,
        "place in the word": words,
        "commas and full stops": [c in ",.;:!?" for c in text],
        "capitals": [c.isupper() for c in text],
    }
    return {name: torch.tensor(list(values), dtype=torch.float32) for name, values in marks.items()}


@torch.no_grad()
def activations(machine: LetterMachine, text: str) -> Tensor:
    """(T, CELLS) what each cell says, -1..1, after it has read each letter of a text."""
    return machine.lstm(machine.embed(machine.numbers(text)[None]))[0][0]


def clearest(machine: LetterMachine, text: str) -> list[Cell]:
    """For each feature that the text has, the cell that follows it best, the clearest first."""
    cells = activations(machine, text)
    found = []
    for name, wanted in features(text).items():
        if float(wanted.std()) > 0:
            both = torch.cat([wanted[None], cells.T])
            correlations = torch.nan_to_num(torch.corrcoef(both)[0, 1:])
            best = int(correlations.abs().argmax())
            found.append(Cell(best, name, float(correlations[best])))
    return sorted(found, key=lambda cell: -abs(cell.correlation))
