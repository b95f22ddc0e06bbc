"""A synthetic corpus that needs no files: short made-up reviews, to try everything without the IMDB files.

4,000 training and 1,000 test reviews of 8 to 60 words. Word order matters by design: a negation reverses a
word, and in a mixed review the clause after "but" decides. So counting words is not enough.
"""

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from imdb_core.data.demo_phrases import ASPECTS, FILLERS, NAMES, OPENINGS, PATTERNS, ROLES, WORDS
from imdb_core.data.reviews import Corpus, Progress
from imdb_core.data.sources import Source, register
from imdb_core.data.typography import tokens
from imdb_core.data.written import corpus_of_texts

Item = TypeVar("Item")

NAME = "demo"
SIZES = {"train": 4000, "test": 1000, "unlabelled": 8000}
SEEDS = {"train": 2027, "test": 4053, "unlabelled": 6079}
SHORTEST, LONGEST = 8, 60  # words
MIXED, AMBIGUOUS = 0.35, 0.06  # shares of reviews; nobody can tell the label of an ambiguous review
NEGATED, INTENSIFIED = 0.2, 0.35  # shares of opinions


@cache
def load() -> Corpus:
    """The corpus, the same in every process; generated in about 0.3 s and kept."""
    return corpus_of_texts(NAME, train=_reviews("train"), test=_reviews("test"))


def texts(half: str) -> list[str]:
    """The reviews of "train" or "test" as written; Vocabulary.encode() turns them into the corpus's ids."""
    return [text for text, _ in _reviews(half)]


@cache
def unlabelled() -> tuple[str, ...]:
    """Further reviews, without their labels; none of them is also a training or test review."""
    labelled = {*texts("train"), *texts("test")}
    return tuple(text for text in texts("unlabelled") if text not in labelled)


@cache
def _reviews(half: str) -> tuple[tuple[str, int], ...]:
    """(text, label) pairs of a part of the corpus, half of them positive, in random order."""
    draw = _Draw(SEEDS[half])
    return tuple((_review(draw, label), label) for label in draw.shuffled([0, 1] * (SIZES[half] // 2)))


class _Draw:
    """Random choices by a 64-bit congruential generator: the same on every platform and Python version."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` - 1."""
        # Constants: Knuth, MMIX. Only the high bits are used, because the low bits have short periods.
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) * bound >> 31

    def one_of(self, choices: Sequence[Item]) -> Item:
        return choices[self.below(len(choices))]

    def chance(self, share: float) -> bool:
        """True with the probability `share`."""
        return self.below(10_000) < share * 10_000

    def shuffled(self, values: list[Item]) -> list[Item]:
        """The values in random order; empties `values`."""
        return [values.pop(self.below(len(values))) for _ in range(len(values))]


def _review(draw: _Draw, label: int) -> str:
    sentences = _opinions(draw, label)
    length = sum(len(tokens(sentence)) for sentence in sentences)
    # 16 words of room for a last filler, an opening and two "br"
    target = SHORTEST + draw.below(LONGEST - SHORTEST - 16)
    fillers = list(FILLERS)
    while length < target:
        filler = _filled(draw, fillers.pop(draw.below(len(fillers))))  # no filler twice in one review
        sentences.insert(draw.below(len(sentences) + 1), filler)
        length += len(tokens(filler))
    if length < target + 4 and draw.chance(0.6):
        sentences.insert(0, _filled(draw, draw.one_of(OPENINGS)))
    breaks = draw.below(len(sentences)) if draw.chance(0.15) else 0
    return " ".join(sentences[:breaks]) + "<br /><br />" * (breaks > 0) + " ".join(sentences[breaks:])


def _opinions(draw: _Draw, label: int) -> list[str]:
    """The sentences that carry the label."""
    if draw.chance(AMBIGUOUS):
        first, second = draw.shuffled([_clause(draw, 0), _clause(draw, 1)])
        return [_sentence(f"{first} and {second}", draw)]
    if draw.chance(MIXED):
        link = draw.one_of((" but ", ", but ", ", yet ", ", but in the end "))
        return [_sentence(_clause(draw, 1 - label) + link + _clause(draw, label), draw)]
    return [_sentence(_clause(draw, label), draw) for _ in range(1 + draw.below(3))]


def _clause(draw: _Draw, label: int) -> str:
    """An opinion, such as "the acting was never boring". A negated opinion uses a word of the other label."""
    negated = draw.chance(NEGATED)
    kind = draw.one_of(tuple(WORDS))
    word = draw.one_of(WORDS[kind][1 - label if negated else label])
    pattern = draw.one_of(PATTERNS[kind, "negated" if negated else "plain"])
    if not negated and draw.chance(INTENSIFIED):
        pattern = draw.one_of(PATTERNS[kind, "intensified"])
    if word[0] in "aeiou":
        pattern = pattern.replace(" a WORD", " an WORD")
    return _filled(draw, pattern.replace("WORD", word))


def _filled(draw: _Draw, pattern: str) -> str:
    for slot, choices in (("ASPECT", ASPECTS), ("NAME", NAMES), ("ROLE", ROLES)):
        while slot in pattern:
            pattern = pattern.replace(slot, draw.one_of(choices), 1)
    return pattern


def _sentence(clause: str, draw: _Draw) -> str:
    return clause[0].upper() + clause[1:] + draw.one_of((".", ".", ".", "!", "..."))


class _Demo(Source):
    def load(self, progress: Progress | None = None) -> Corpus:
        return load()

    def training_labels(self) -> None:
        """None: half of the reviews are positive, so every validation share suits."""

    def unlabelled(self) -> tuple[str, ...]:
        return unlabelled()


register(
    _Demo(
        name=NAME,
        title="Synthetic demo reviews",
        noun="demo reviews",
        link="demo",
        subject="film review",
        training_reviews=SIZES["train"],
        unlabelled_reviews=SIZES["unlabelled"],
        mean_words=33,
        synthetic=True,
        behaviour=True,
        about="Made up by a seeded generator, to try everything without an internet connection. "
        "**Synthetic: accuracy on them says nothing about films.**",
    )
)
