"""What sentences call a class, the texts of a class, and all other texts. Called by the panels of evaluation.

The classes "negative" and "positive" are adjectives: "positive reviews". The name of any other class is free
text and is quoted: "mails of “spam”". The results are plain text: escape them for Markdown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from imdb_core import answers
from imdb_core.data.nouns import Nouns
from imdb_core.data.reviews import TWO_CLASSES
from imdb_core.evaluation.balance import RARE, Balance
from ui.formats import shortened

LONGEST_NAME = 40  # characters of a class's name in a sentence
MOST_RARE = 3  # rare classes that a warning names


@dataclass(frozen=True)
class ClassWords:
    """One class, `name`, against the `rest`; the texts of both; and what all texts are called."""

    name: str  # positive, or “spam”
    rest: str  # negative, “ham”, or “another class” of several
    texts: str  # positive reviews, or mails of “spam”
    rest_texts: str
    things: Nouns

    @property
    def is_adjective(self) -> bool:
        """Whether the name stands before what the texts are called."""
        return self.texts.startswith(self.name)


def class_name(classes: Sequence[str], label: int) -> str:
    """positive, or “spam”."""
    if tuple(classes) == TWO_CLASSES:
        return classes[label]
    return f"“{shortened(classes[label], LONGEST_NAME)}”"


def class_names(classes: Sequence[str]) -> list[str]:
    """The class_name of each class."""
    return [class_name(classes, label) for label in range(len(classes))]


def class_words(classes: Sequence[str], label: int, things: Nouns) -> ClassWords:
    """The words for the class with this number; of more than two classes, the rest has no name."""
    name, texts = class_name(classes, label), texts_of(classes, label, things)
    if answers.is_binary(classes):
        rest, rest_texts = class_name(classes, 1 - label), texts_of(classes, 1 - label, things)
    else:
        rest, rest_texts = "another class", f"{things.many} of other classes"
    return ClassWords(name, rest, texts, rest_texts, things)


def texts_of(classes: Sequence[str], label: int, things: Nouns) -> str:
    """positive reviews, or mails of “spam”."""
    name = class_name(classes, label)
    return f"{name} {things.many}" if name == classes[label] else f"{things.many} of {name}"


def verdict_rule(classes: Sequence[str], things: Nouns) -> str:
    """A review is judged positive above 0.5 (without a full stop)."""
    if answers.is_binary(classes):
        return f"{things.start} is judged {class_name(classes, 1)} above 0.5"
    return "The verdict is the most probable class"


def answer(classes: Sequence[str], shares: Sequence[float], label: int) -> str:
    """98.1% positive; or the two classes that matter: “ham” 61.0%, “spam” 39.0% (the label)."""
    if tuple(classes) == TWO_CLASSES:
        return f"{shares[1]:.1%} positive"
    verdict = max(range(len(classes)), key=lambda number: shares[number])
    most_probable = f"{class_name(classes, verdict)} {shares[verdict]:.1%}"
    return (
        most_probable
        if verdict == label
        else f"{most_probable}, {class_name(classes, label)} {shares[label]:.1%}"
    )


def uneven_sentences(sizes: Balance, part: str, things: Nouns) -> list[str]:
    """Warnings if accuracy on the "training" or "test" texts misleads because the classes are uneven."""
    sentences = [largest_class_warning(sizes, part, things)] if sizes.one_dominates else []
    if not answers.is_binary(sizes.classes) and sizes.rare:
        sentences.append(f"{_rare(sizes)} of {sizes.reviews:,} {part} {things.many}. {_advice(sizes)}")
    return sentences


def largest_class_warning(sizes: Balance, part: str, things: Nouns) -> str:
    """How often always answering with the largest class of the "training" or "test" texts is right."""
    name = class_name(sizes.classes, sizes.classes.index(sizes.larger))
    return (
        f"{sizes.share:.1%} of the {part} {things.many} are {name}: always answering "
        f"“{shortened(sizes.larger, LONGEST_NAME)}” would be right as often, so accuracy alone "
        f"misleads. {_advice(sizes)}"
    )


def _advice(sizes: Balance) -> str:
    return f"Look also at balanced accuracy and at {sizes.fair_figure}."


def _rare(sizes: Balance) -> str:
    counts = dict(zip(sizes.classes, sizes.counts, strict=True))
    named = [f"“{shortened(name, LONGEST_NAME)}” {counts[name]:,}" for name in sizes.rare[:MOST_RARE]]
    few = f"{len(sizes.rare)} classes have" if len(sizes.rare) > 1 else "1 class has"
    share = f"{100 * RARE / len(sizes.classes):.1f} %"
    return (
        f"Accuracy hardly depends on rare classes. {few} less than {share} of the texts: {', '.join(named)}"
    )
