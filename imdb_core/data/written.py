"""Makes a corpus of written texts with labels. Called by sources that have texts instead of word ids."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from imdb_core.data.reviews import Corpus, Reviews
from imdb_core.data.typography import tokens
from imdb_core.data.vocabulary import Vocabulary

Labelled = Sequence[tuple[str, int]]  # (text, label) pairs; label 1 is positive, 0 negative


def corpus_of_texts(name: str, *, train: Labelled, test: Labelled) -> Corpus:
    """The corpus of these texts; its words are ranked by their frequency in `train`.

    The same texts give the same corpus and the same fingerprint in every process.
    """
    vocabulary = Vocabulary(_words_by_rank(text for text, _ in train))
    halves = _encoded(train, vocabulary), _encoded(test, vocabulary)
    digest = hashlib.sha256("\n".join(vocabulary.words).encode())
    for half in halves:
        digest.update(half.ids.astype("<i4").tobytes() + half.labels.tobytes())
    return Corpus(name, *halves, vocabulary.words, digest.hexdigest())


def _words_by_rank(texts: Iterable[str]) -> list[str]:
    # most_common keeps the order of first appearance among equals, so the ranks are the same in each process
    return [word for word, _ in Counter(word for text in texts for word in tokens(text)).most_common()]


def _encoded(texts: Labelled, vocabulary: Vocabulary) -> Reviews:
    labels = [label for _, label in texts]
    return Reviews.from_lists([vocabulary.encode(text) for text, _ in texts], labels)
