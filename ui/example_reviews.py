"""Examples that a visitor can click. Each film review shows something that a network finds easy or hard."""

from imdb_core.data import sources
from ui.formats import shortened

FILM_REVIEWS = {
    "Plain praise": (
        "A wonderful film. The acting is superb, the story moved me, and I would watch it again tomorrow."
    ),
    "Plain anger": (
        "This was a complete waste of time. Dull dialogue, a stupid plot and the worst acting I have seen "
        "in years."
    ),
    "Not bad at all": (
        "I expected nothing, but it is not bad at all. It is never boring, and the ending is not what you "
        "think."
    ),
    "Mixed": (
        "The photography is beautiful and the music is great, but the script is a mess and after an hour "
        "I was bored."
    ),
    "Sarcasm": (
        "Oh great, another sequel nobody asked for. What a brilliant way to spend two hours staring at my "
        "watch."
    ),
    "Unknown words": "The mise-en-scène was zwölfmal flibbertigibbety, yet somehow charming and perfect.",
}
BY_SUBJECT = {"film review": FILM_REVIEWS}


def example_texts(dataset: str) -> dict[str, str]:
    """Examples for a network that learned from this data set, by a short name; {} if there are none.

    For a data set of the user's own these are test texts: the network has not learned from them.
    """
    source = sources.find(dataset)
    if source is None:
        return {}
    return BY_SUBJECT.get(source.subject) or {shortened(text): text for text in source.examples()}
