"""A corpus for pages to show: never downloaded here, and once in memory however many pages show it."""

from dataclasses import dataclass

from imdb_core.data import sources
from imdb_core.data.reviews import Corpus
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.file_cache import FileCache


@dataclass(frozen=True, eq=False)
class ShownCorpus:
    """A corpus and its vocabulary. Equal only to itself, so it can be the key of a cache."""

    corpus: Corpus
    vocabulary: Vocabulary


def shown_corpus(dataset: str) -> ShownCorpus:
    """The corpus of a source, kept in memory until its files change.

    Raises DataError if the reviews are missing or damaged; nothing is downloaded here.
    """
    source = sources.get(dataset)
    files = source.stored_files()
    # The source and the files are part of the key: other files mean another corpus.
    return _corpora.value((source, files), files, compute=lambda: _with_vocabulary(source.stored()))


_corpora = FileCache[ShownCorpus](limit=2)


def _with_vocabulary(corpus: Corpus) -> ShownCorpus:
    return ShownCorpus(corpus, Vocabulary(corpus.words, corpus.tokenizer))
