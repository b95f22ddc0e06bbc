"""A stored data set as a source that runs can learn from. Called by sources.py."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imdb_core.data.own import encoded, layout, store
from imdb_core.data.own.texts import Texts
from imdb_core.data.reviews import Corpus, Progress
from imdb_core.data.sources import Source
from imdb_core.errors import DataError
from imdb_core.file_cache import FileCache

EXAMINED, EXAMPLES = 200, 3  # test texts
EXAMPLE_LENGTH, LONGEST_EXAMPLE = 50, 200  # characters; the shortest texts of a data set are often odd


@dataclass(frozen=True)
class OwnSource(Source):
    """One data set of the user's own."""

    def load(self, progress: Progress | None = None) -> Corpus:
        """The corpus without the excluded texts; its word ids are mapped from files. Raises DataError."""
        return self.load_with(self.tokenizers[0], progress)

    def load_with(self, tokenizer: str, progress: Progress | None = None) -> Corpus:
        """The corpus as one of the `tokenizers` cuts its texts. Raises DataError."""
        if tokenizer not in self.tokenizers:
            raise DataError(
                f"The tokenizer is {tokenizer!r}; it must be one of {', '.join(self.tokenizers)}."
            )
        return self._corpus(tokenizer, in_memory=True)

    def is_available(self) -> bool:
        """Whether the data set still exists."""
        return store.is_readable(self.name)

    def fingerprint(self) -> str | None:
        """A checksum of the stored texts and of the excluded texts; None once the data set is deleted."""
        try:
            return fingerprint(self.name)
        except DataError:
            return None

    def stored(self) -> Corpus:
        """The corpus, with its word ids left in their files."""
        return self._corpus(self.tokenizers[0], in_memory=False)

    def stored_files(self) -> tuple[Path, ...]:
        """The files of the word ids; made if they are missing. Raises DataError."""
        files = encoded.id_files(self.name, self.tokenizers[0], fingerprint(self.name))
        if not all(file.is_file() for file in files):
            self.stored()
        return files

    def training_labels(self) -> NDArray[np.uint8] | None:
        """The labels of the training texts; None once the data set is deleted."""
        try:
            return store.texts(self.name, "training").labels
        except DataError:
            return None

    def written(self, part: str, index: int) -> str | None:
        """The text as it stands in the user's file. Raises DataError if the data set is gone or damaged."""
        return store.texts(self.name, part)[index]

    def unlabelled(self) -> Texts:
        return texts_without_twins(self.name)

    def examples(self) -> tuple[str, ...]:
        """A short test text of each of the first classes, as it was written. () if there are none."""
        description = store.folder(self.name) / layout.DESCRIPTION
        try:
            return _examples.value(self.name, (description,), compute=lambda: _short_texts(self.name))
        except (DataError, OSError):  # the data set was deleted
            return ()

    def _corpus(self, tokenizer: str, *, in_memory: bool) -> Corpus:
        return encoded.corpus(
            self.name, tokenizer=tokenizer, fingerprint=fingerprint(self.name), in_memory=in_memory
        )


class OwnSources:
    """The collection for sources.py: one source for each data set on the disk now."""

    def names(self) -> list[str]:
        """The names of all readable data sets."""
        return store.names()

    def has(self, name: str) -> bool:
        """Whether there is a readable data set of this name."""
        return store.is_readable(name)

    def get(self, name: str) -> OwnSource:
        """The source of a data set. Raises DataError if there is none."""
        return source(name)


_examples = FileCache[tuple[str, ...]](limit=20)


def _short_texts(name: str) -> tuple[str, ...]:
    """For each class, the test text whose length is nearest to EXAMPLE_LENGTH; at most EXAMPLES texts.

    Only the first EXAMINED test texts are compared.
    """
    texts = store.texts(name, "test")
    chosen: dict[int, str] = {}

    def distance(text: str) -> int:
        return abs(len(text) - EXAMPLE_LENGTH)

    for number in range(min(len(texts), EXAMINED)):
        text, label = " ".join(texts[number].split()), int(texts.labels[number])
        if len(text) <= LONGEST_EXAMPLE and (label not in chosen or distance(text) < distance(chosen[label])):
            chosen[label] = text
    return tuple(chosen[label] for label in sorted(chosen)[:EXAMPLES])


def texts_without_twins(name: str) -> Texts:
    """The texts without labels that do not also occur as a training or test text. Raises DataError.

    Texts that differ only in case or spaces count as equal. So a run never learns from a text that tests or
    validates it.
    """
    labelled = {
        _text_key(text)
        for part in ("training", "test")
        for text in store.texts(name, part, with_excluded=True)
    }
    texts = store.texts(name, "unlabelled")
    alone = np.array([_text_key(text) not in labelled for text in texts], bool)
    return Texts(texts.folder, texts.indices[alone], texts.labels[alone])


def _text_key(text: str) -> bytes:
    """A short key that equal texts share."""
    return hashlib.blake2b(" ".join(text.casefold().split()).encode(), digest_size=12).digest()


def fingerprint(name: str) -> str:
    """sha256 (hex) of the stored data set and of its excluded texts. Raises DataError."""
    stored, excluded = store.facts(name).fingerprint, sorted(store.excluded(name))
    return hashlib.sha256(f"{stored} {excluded}".encode()).hexdigest() if excluded else stored


def source(name: str) -> OwnSource:
    """The source of a stored data set. Raises DataError if there is none."""
    facts = store.facts(name)
    return OwnSource(
        name=name,
        title=facts.title,
        noun=facts.noun,
        classes=facts.classes,
        tokenizers=encoded.allowed_tokenizers(name),
        in_own_files=True,
        link=name,
        training_reviews=_training_texts(facts),
        unlabelled_reviews=facts.counts["unlabelled"],
        mean_words=facts.mean_words + 1,  # the start token
        about=f"Your own texts from {facts.file_name}.",
        if_missing="The data set was deleted; add its file again.",
        how_to_show="Add its file again.",
        how_to_restore="Add the file of the run's texts again, or include the texts that were excluded since",
    )


def _training_texts(facts: store.Facts) -> int:
    """How many texts there are to learn from, without the excluded ones."""
    if not store.excluded(facts.name):
        return facts.counts["training"]
    return len(store.texts(facts.name, "training"))
