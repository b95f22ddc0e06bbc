"""The reviews of one run, split and shortened as its config says. Called by course."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core import data
from imdb_core.config import RunConfig
from imdb_core.data import batches
from imdb_core.data.reading import prepared, read_text
from imdb_core.data.reviews import Corpus, Reviews
from imdb_core.data.vocabulary import Vocabulary

BLOCK = 4096  # reviews whose ids are in memory at once: all of them may be larger than the memory


@dataclass(frozen=True)
class Material:
    """The reviews that a run is trained, validated and tested on.

    `train` and `validation` are prepared: split, cut to the vocabulary and to the review length. The test
    reviews of `corpus` are not. `validation_indices` are positions in the corpus's training reviews. `probes`
    are the user's own reviews, prepared; their labels are meaningless.
    """

    corpus: Corpus
    train: Reviews
    validation: Reviews
    validation_indices: NDArray[np.int32]
    probes: Reviews

    @staticmethod
    def load(config: RunConfig) -> "Material":
        """The reviews that `config` names. Raises DataError."""
        corpus = data.load(config.dataset, tokenizer=config.tokenizer)
        reviews = prepared(corpus.train, Vocabulary(corpus.words, corpus.tokenizer), config)
        training, validation = batches.split(
            reviews, config.validation_share, config.seed, classes=config.classes
        )
        return Material(
            corpus=corpus,
            train=reviews.select(training),
            validation=reviews.select(validation),
            validation_indices=validation.astype(np.int32),
            probes=_probes(corpus, config),
        )

    def facts(self) -> dict[str, Any]:
        """Fields of the event "starting_keras": fingerprints of the reviews, and counts for the run doctor.

        The fingerprints are sha256 in hex: `fingerprint` of the corpus, `prepared` of the prepared reviews.
        """
        return {
            "fingerprint": self.corpus.fingerprint,
            "prepared": self.prepared_fingerprint,
            "reviews": len(self.train),
            "class_counts": self._class_counts(self.train),
            "validation_reviews": len(self.validation),
            "validation_class_counts": self._class_counts(self.validation),
        }

    def _class_counts(self, reviews: Reviews) -> list[int]:
        """How many of `reviews` each class has, in the order of the classes."""
        counts: list[int] = np.bincount(reviews.labels, minlength=len(self.corpus.classes)).tolist()
        return counts

    @cached_property
    def prepared_fingerprint(self) -> str:
        """sha256 (hex) of the training and validation reviews as prepared.

        It changes if another version of the app prepares the same reviews differently.
        """
        digest = hashlib.sha256()
        for reviews in (self.train, self.validation):
            for start in range(0, len(reviews), BLOCK):
                block = reviews.select(range(start, min(start + BLOCK, len(reviews))))
                digest.update(np.ascontiguousarray(block.ids, "<i4").tobytes())
            for array, kind in ((reviews.offsets, "<i8"), (reviews.labels, "u1")):
                digest.update(np.ascontiguousarray(array, kind).tobytes())
        return digest.hexdigest()


def _probes(corpus: Corpus, config: RunConfig) -> Reviews:
    """The user's own reviews, read as the text box reads them: with the network's own vocabulary."""
    vocabulary = Vocabulary(corpus.words, corpus.tokenizer).limited(config.vocabulary_size)
    texts = [read_text(text, vocabulary, config).ids for text in config.probe_reviews]
    return Reviews.from_lists(texts, [0] * len(texts))
