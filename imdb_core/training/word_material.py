"""The texts that a language model learns from: texts without labels, and the training texts.

The test texts are never among them, because networks that start from the language model are tested on them.
Called by word_course.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from imdb_core import data
from imdb_core.config import RunConfig
from imdb_core.data import batches, sources
from imdb_core.data.pieces import limited_pieces
from imdb_core.data.reviews import Reviews
from imdb_core.data.vocabulary import Vocabulary, clean
from imdb_core.errors import DataError


@dataclass(frozen=True)
class WordMaterial:
    """The texts of one run, as ids below the vocabulary size; `vocabulary` holds the network's words.

    `validation` holds the same texts as the validation part of any run with this seed and validation share.
    """

    train: Reviews
    validation: Reviews
    vocabulary: Vocabulary
    fingerprint: str

    @staticmethod
    def load(config: RunConfig) -> "WordMaterial":
        """The texts that `config` names, whole. Raises DataError, also if there are too few words."""
        corpus = data.load(config.dataset, tokenizer=config.tokenizer)
        vocabulary = Vocabulary(corpus.words, corpus.tokenizer)
        training, validation = batches.parts(corpus.train, config)
        texts = sources.get(config.dataset).unlabelled()
        ids = vocabulary.encode_all(clean(text) for text in texts)
        unlabelled = Reviews.from_stream(ids, np.zeros(len(texts), np.uint8))
        labelled = len(corpus.train)
        reviews = limited_pieces(Reviews.joined(corpus.train, unlabelled), vocabulary, config.vocabulary_size)
        known = reviews.prepared(config.vocabulary_size, int(reviews.lengths.max(initial=1)))
        material = WordMaterial(
            known.select(np.concatenate([training, np.arange(labelled, len(reviews))])),
            known.select(validation),
            vocabulary.limited(config.vocabulary_size),
            corpus.fingerprint,
        )
        material.require_windows(config)
        return material

    def require_windows(self, config: RunConfig) -> None:
        """Raise DataError unless there is a window of words to learn from, and one to validate on."""
        fewest = min(int(part.offsets[-1]) for part in (self.train, self.validation))
        if fewest <= config.review_length:
            raise DataError(
                f"The training or validation texts have {fewest:,} words in all, too few for a language "
                f"model with a text length of {config.review_length}. Get more texts, or choose a smaller "
                "text length."
            )

    def facts(self) -> dict[str, Any]:
        """Fields of the event "starting_keras"; see Material.facts()."""
        return {
            "fingerprint": self.fingerprint,
            "prepared": self.prepared_fingerprint,
            "reviews": len(self.train),
            "validation_reviews": len(self.validation),
        }

    @cached_property
    def prepared_fingerprint(self) -> str:
        """sha256 (hex) of the training and validation texts as ids."""
        digest = hashlib.sha256()
        for reviews in (self.train, self.validation):
            digest.update(np.ascontiguousarray(reviews.ids, "<i4").tobytes())
            digest.update(np.ascontiguousarray(reviews.offsets, "<i8").tobytes())
        return digest.hexdigest()
