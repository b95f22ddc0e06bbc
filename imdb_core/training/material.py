"""The reviews of one run, split and shortened as its config says. Called by course."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core import answers, data
from imdb_core.config import RunConfig
from imdb_core.data import batches, sources
from imdb_core.data.reading import prepared, read_text
from imdb_core.data.reviews import Corpus, Reviews, TaughtReviews
from imdb_core.data.sources import Texts
from imdb_core.data.vocabulary import Vocabulary, clean
from imdb_core.scoring.teachers import TeacherAnswers

# (the texts without labels, the fingerprint of their corpus) -> what a teacher says of them
Teacher = Callable[[Texts, str], TeacherAnswers]
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
    def load(config: RunConfig, ask_teacher: Teacher | None = None) -> "Material":
        """The reviews that `config` names. Raises DataError.

        `ask_teacher` gives a teacher's answers for the source's texts without labels. These texts are read
        with the vocabulary of the labelled ones and learned from like them.
        """
        corpus = data.load(config.dataset, tokenizer=config.tokenizer)
        vocabulary, labelled = Vocabulary(corpus.words, corpus.tokenizer), len(corpus.train)
        training, validation = batches.parts(corpus.train, config)
        reviews = prepared(corpus.train, vocabulary, config)
        if ask_teacher:
            reviews = _with_taught_texts(corpus, vocabulary, config, ask_teacher)
            training = np.concatenate([training, np.arange(labelled, len(reviews))])
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
            **({"taught_reviews": int(self._taught.sum())} if self._taught.any() else {}),
            "class_counts": self._class_counts(self.train.labels[~self._taught]),
            "validation_reviews": len(self.validation),
            "validation_class_counts": self._class_counts(self.validation.labels),
        }

    @property
    def _taught(self) -> NDArray[np.bool_]:
        """bool (training reviews,): True for a review that a teacher has labelled."""
        if isinstance(self.train, TaughtReviews):
            return self.train.taught
        return np.zeros(len(self.train), bool)

    def _class_counts(self, labels: NDArray[Any]) -> list[int]:
        """How many of `labels` each class has, in the order of the classes."""
        counts: list[int] = np.bincount(labels, minlength=len(self.corpus.classes)).tolist()
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
        if isinstance(self.train, TaughtReviews):
            digest.update(np.ascontiguousarray(self.train.shares, "<f4").tobytes())
        return digest.hexdigest()


def _with_taught_texts(
    corpus: Corpus, vocabulary: Vocabulary, config: RunConfig, ask_teacher: Teacher
) -> TaughtReviews:
    """The corpus's training reviews, then the texts that the teacher has labelled; prepared.

    All of them are in memory, 4 bytes a word.
    """
    texts = sources.get(config.dataset).unlabelled()
    given = ask_teacher(texts, corpus.fingerprint)
    ids = vocabulary.encode_all(clean(texts[place]) for place in given.places)
    taught = Reviews.from_stream(ids, answers.verdicts(given.shares))
    labels = np.eye(len(config.classes), dtype=np.float32)[corpus.train.labels]
    return TaughtReviews(
        prepared(Reviews.joined(corpus.train, taught), vocabulary, config),
        np.concatenate([labels, given.shares]),
        np.arange(len(labels) + len(taught)) >= len(labels),
    )


def _probes(corpus: Corpus, config: RunConfig) -> Reviews:
    """The user's own reviews, read as the text box reads them: with the network's own vocabulary."""
    vocabulary = Vocabulary(corpus.words, corpus.tokenizer).limited(config.vocabulary_size)
    texts = [read_text(text, vocabulary, config).ids for text in config.probe_reviews]
    return Reviews.from_lists(texts, [0] * len(texts))
