"""A typed text with some words swapped: its word ids for the network, and the text itself. Called by fooling.

Only a whole word that the vocabulary knows is swapped. So spaces, punctuation, capital letters and unknown
words stay as they were typed. Where the vocabulary has pieces of words, a piece is swapped if it is a whole
word of the text. The vocabulary does not tell whether the new piece is a whole word, too.
"""

from imdb_core.data.reading import Reading
from imdb_core.scoring import swaps
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.word_changes import changed, in_case_of

Places = tuple[tuple[int, int], ...]  # (place in Reading.words, id of the new word) of each swap


class SwappedText:
    """A text that a network reads, and what becomes of it with swaps. `reading` is how it is read without."""

    def __init__(self, network: Predictor, text: str, reading: Reading) -> None:
        self._network, self.text, self.reading = network, text, reading

    def ids(self, places: Places) -> tuple[int, ...]:
        """The word ids that the network reads after these swaps."""
        ids = list(self.reading.ids)
        for place, id in places:
            ids[place - len(self.reading.words)] = id
        return tuple(ids)

    def id(self, place: int) -> int:
        """The id of the word at `place`, which is one of the words that are read."""
        return self.reading.ids[place - len(self.reading.words)]

    def after(self, places: Places) -> str:
        """The text after these swaps."""
        text = self.text
        for place, id in sorted(places, reverse=True):  # from the last to the first, so that spans stay right
            text = changed(text, self.reading.spans[place], self.new(place, id))
        return text

    def old(self, place: int) -> str:
        """The word at `place` as it was typed."""
        start, end = self.reading.spans[place]
        return self.text[start:end]

    def new(self, place: int, id: int) -> str:
        """The word with this id, with capitals where the word at `place` has them."""
        return in_case_of(swaps.of(self._network).word(id), self.old(place))

    def is_read(self, places: Places) -> bool:
        """Whether the network reads the changed text as ids() says; words beside a swap might change, too."""
        return self._network.read(self.after(places)).ids == self.ids(places)

    def is_whole_word(self, place: int) -> bool:
        """Whether the word at `place` joins no letter or digit, and no other word was read from its place."""
        spans = self.reading.spans
        start, end = spans[place]
        around = self.text[max(0, start - 1) : start] + self.text[end : end + 1]
        beside = spans[max(0, place - 1) : place] + spans[place + 1 : place + 2]
        return spans[place] not in beside and not any(map(str.isalnum, around))
