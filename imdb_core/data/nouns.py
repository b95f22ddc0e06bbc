"""What sentences call the texts of a source: "reviews", "questions". Called by evaluation and pages."""

from dataclasses import dataclass

from imdb_core.data import sources
from imdb_core.errors import DataError

REVIEWS = "reviews"


@dataclass(frozen=True)
class Nouns:
    """`many` stands after a number or after "test" and "training"; `one` is a single text."""

    one: str = "text"
    many: str = "texts"


def nouns(dataset: str) -> Nouns:
    """The nouns of a source: "review" and "reviews" if its noun ends so; else "text" and its noun.

    The noun of a data set of the user's own is free text, so its singular is not known. A source that was
    deleted has texts.
    """
    try:
        noun = sources.get(dataset).noun
    except DataError:
        return Nouns()
    if noun.endswith(REVIEWS):
        return Nouns("review", REVIEWS)
    return Nouns(many=noun or Nouns.many)
