"""Load the reviews of one run, split and shortened as its config says. Called by stages, in the worker's
process.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from imdb_core import data
from imdb_core.data import batches
from imdb_core.data.reading import read_text
from imdb_core.data.reviews import Corpus, Reviews
from imdb_core.data.vocabulary import Vocabulary


@dataclass(frozen=True)
class Material:
    """The reviews that a run is trained, validated and tested on; the training and validation reviews are
    prepared already.

    `validation_indices` are positions in the corpus's training reviews. `probes` are the user's own reviews;
    their labels are meaningless.
    """

    corpus: Corpus
    train: Reviews
    validation: Reviews
    validation_indices: np.ndarray
    probes: Reviews

    @staticmethod
    def load(config) -> "Material":
        """The reviews that `config` names, split and cut as it says. Raises DataError."""
        corpus = data.load(config.dataset)
        reviews = corpus.train.prepared(config.vocabulary_size, config.review_length)
        inside, outside = batches.split(reviews, config.validation_share, config.seed)
        vocabulary = Vocabulary(corpus.words).limited(
            config.vocabulary_size
        )  # the network's own, as in the text box
        probes = [read_text(text, vocabulary, config).ids for text in config.probe_reviews]
        return Material(
            corpus,
            reviews.select(inside),
            reviews.select(outside),
            outside.astype(np.int32),
            Reviews.from_lists(probes, [0] * len(probes)),
        )

    def facts(self) -> dict[str, int | str]:
        """Details of the event "starting Keras": fingerprints (sha256, hex) of the reviews, and counts for
        the run doctor.

        `fingerprint` is the corpus's, `prepared` that of the split and shortened reviews.
        """
        counts = {"reviews": len(self.train), "positive_reviews": int(self.train.labels.sum())}
        counts["validation_reviews"] = len(self.validation)
        counts["positive_validation_reviews"] = int(self.validation.labels.sum())
        return {"fingerprint": self.corpus.fingerprint, "prepared": self.prepared_fingerprint, **counts}

    @cached_property
    def prepared_fingerprint(self) -> str:
        """sha256 (hex) of the split and shortened reviews. It changes if another version of the app prepares
        them differently.
        """
        digest = hashlib.sha256()
        for reviews in (self.train, self.validation):
            for array, kind in ((reviews.ids, "<i4"), (reviews.offsets, "<i8"), (reviews.labels, "u1")):
                digest.update(np.ascontiguousarray(array, kind))
        return digest.hexdigest()
