"""What sentences call the texts of a source: "reviews", "questions". Called by evaluation and pages."""

import re
from dataclasses import dataclass

from imdb_core.data import sources
from imdb_core.errors import DataError

REVIEWS = "reviews"
LONGEST = 30  # characters of a singular in a sentence
# A plural of words only: its singular is safe in Markdown and HTML.
_WORDS = re.compile(r"[^\W\d_]+(?:[ -][^\W\d_]+)*")
# What may follow the noun: "questions about lamps", "mails to the support".
_PREPOSITIONS = re.compile(r" (?:about|at|by|for|from|in|of|on|to|with|without) .*")
_NO_PLURALS = ("ss", "us", "is", "news", "series")
_IN_IE = ("movies", "cookies", "selfies", "calories")
_VOWEL = re.compile(r"[aeio]|u(?!s|ni)", re.IGNORECASE)


@dataclass(frozen=True)
class Nouns:
    """`many` stands after a number or after "test" and "training"; `one` is a single text.

    `many` may be free text of the user; `one` holds letters, spaces and hyphens only.
    """

    one: str = "text"
    many: str = "texts"

    @property
    def a(self) -> str:
        """A single text with its article: "a review", "an opinion"."""
        return f"{'an' if _VOWEL.match(self.one) else 'a'} {self.one}"

    @property
    def start(self) -> str:
        """`a` at the beginning of a sentence: "A review"."""
        return f"{self.a[0].upper()}{self.a[1:]}"

    @property
    def all(self) -> str:
        """All texts as a title: "The reviews"."""
        return f"The {self.many}"


def nouns(dataset: str) -> Nouns:
    """The nouns of a source: "review" and "reviews" if the source's noun ends in "reviews".

    Otherwise `many` is the source's noun, and `one` is the singular of this noun. The noun of a data set of
    the user's own is free text: if its singular is not known, `one` is "text". A source that was deleted has
    the nouns "text" and "texts".
    """
    try:
        noun = sources.get(dataset).noun
    except DataError:
        return Nouns()
    if noun.endswith(REVIEWS):
        return Nouns("review", REVIEWS)
    return Nouns(singular(noun) or Nouns.one, noun or Nouns.many)


def singular(noun: str) -> str:
    """The singular of a noun by the rules of English: "questions" -> "question"; "" if no rule fits.

    The rules do not recognise the noun's language: a plural of another language loses its last "s". The
    result for a plural without a last "s" is "".
    """
    head, rest = _PREPOSITIONS.sub("", noun), (_PREPOSITIONS.findall(noun) or [""])[0]
    word = head.rpartition(" ")[2]
    if not _WORDS.fullmatch(noun) or word.lower() == Nouns.many or len(noun) > LONGEST:
        return ""
    if len(word) < 4 or not word.lower().endswith("s") or word.lower().endswith(_NO_PLURALS):
        return ""
    return f"{_without_ending(head)}{rest}"


def _without_ending(head: str) -> str:
    """`head` without the ending of its last word's plural."""
    lower = head.lower()
    if lower.endswith("ies") and not lower.endswith(_IN_IE):
        return f"{head[:-3]}y"
    return head[:-2] if lower.endswith(("sses", "shes", "ches", "xes")) else head[:-1]
