"""A corpus for pages to show: never downloaded here, and once in memory however many pages show it."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from imdb_core import data, paths
from imdb_core.data import converted, download, imdb
from imdb_core.data.reviews import Corpus
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import DataError
from imdb_core.file_cache import FileCache
from imdb_core.files import read_bounded


@dataclass(frozen=True, eq=False)
class ShownCorpus:
    """A corpus and its vocabulary. Equal only to itself, so it can be the key of a cache."""

    corpus: Corpus
    vocabulary: Vocabulary


def shown_corpus(dataset: str) -> ShownCorpus:
    """The corpus "imdb" or "demo", kept in memory until its files change.

    Raises DataError if the reviews are missing or damaged; nothing is downloaded here.
    """
    user_folder, cache = paths.imdb_data_folder(), paths.cache_folder()
    if dataset != "imdb":
        return _corpora.value(dataset, (), compute=lambda: _with_vocabulary(data.load(dataset)))
    files = converted.id_files(imdb.fingerprint())
    if not all(file.is_file() for file in files):
        _imdb(user_folder, cache)  # converts the reviews, or raises DataError
    return _corpora.value(
        (user_folder, cache),
        files,
        compute=lambda: _with_vocabulary(converted.stored(_imdb(user_folder, cache))),
    )


# The folders are part of the key: another folder means another corpus.
_corpora = FileCache[ShownCorpus](limit=2)


def _with_vocabulary(corpus: Corpus) -> ShownCorpus:
    return ShownCorpus(corpus, Vocabulary(corpus.words))


def _imdb(user_folder: Path | None, cache: Path) -> Corpus:
    """The IMDB reviews without a download. Raises DataError where data.load("imdb") would download."""
    if user_folder:
        return imdb.load()
    if corpus := converted.read(imdb.fingerprint()):
        return corpus
    if _has_published_files(cache / "keras"):
        return imdb.load()
    raise DataError(
        f"The IMDB reviews in {cache} are missing or damaged, so they cannot be shown. Download them with "
        "“python -m imdb_core data”, or set IMDB_DATA_DIR to their folder and start the app again."
    )


def _has_published_files(folder: Path) -> bool:
    try:
        return all(_sha256(folder / name) == sha256 for name, sha256 in imdb.PUBLISHED.items())
    except (OSError, ValueError):  # missing, a pipe, or larger than any published file
        return False


def _sha256(path: Path) -> str:
    """The sha256 (hex) of a file, which may be a link, as in keras_files. Raises OSError or ValueError."""
    return hashlib.sha256(read_bounded(Path(os.path.realpath(path)), download.LARGEST)).hexdigest()
