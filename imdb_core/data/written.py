"""Makes a corpus of written texts with labels. Called by sources that have texts instead of word ids."""

import hashlib
from collections.abc import Sequence

from imdb_core.data.reviews import TWO_CLASSES, Corpus, Reviews
from imdb_core.data.tokenizers.keras_imdb import NAME as KERAS_IMDB
from imdb_core.data.vocabulary import Vocabulary

Labelled = Sequence[tuple[str, int]]  # (text, label) pairs; a label is a position in `classes`


def corpus_of_texts(
    name: str,
    *,
    train: Labelled,
    test: Labelled,
    classes: tuple[str, ...] = TWO_CLASSES,
    tokenizer: str = KERAS_IMDB,
) -> Corpus:
    """The corpus of these texts; its vocabulary is learned from `train`.

    The same texts give the same corpus and the same fingerprint in every process.
    """
    vocabulary = Vocabulary.train((text for text, _ in train), tokenizer)
    halves = _encoded(train, vocabulary), _encoded(test, vocabulary)
    digest = hashlib.sha256("\n".join(vocabulary.words).encode())
    for half in halves:
        digest.update(half.ids.astype("<i4").tobytes() + half.labels.tobytes())
    return Corpus(name, *halves, vocabulary.words, digest.hexdigest(), classes, tokenizer)


def _encoded(texts: Labelled, vocabulary: Vocabulary) -> Reviews:
    labels = [label for _, label in texts]
    return Reviews.from_lists(list(vocabulary.encode_all(text for text, _ in texts)), labels)
