"""A corpus for pages to show: never downloaded here, and once in memory however many pages show it."""

import functools
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from imdb_core import data, paths
from imdb_core.data import converted, download, imdb
from imdb_core.data.reviews import Corpus
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import DataError
from imdb_core.files import read_bounded


@dataclass(frozen=True, eq=False)
class Shown:
    """A corpus with the words behind its ids; equal only to itself."""

    corpus: Corpus
    vocabulary: Vocabulary


def shown(dataset: str) -> Shown:
    """The corpus "imdb" or "demo", kept in memory after the first call.

    Raises DataError if it is not on this machine or damaged; nothing is downloaded here.
    """
    folders = paths.imdb_data_folder(), paths.cache_folder()
    if dataset == "imdb" and not converted.identity(imdb.fingerprint()):
        _imdb(*folders)  # converts them, or says why it cannot
    identity = converted.identity(imdb.fingerprint()) if dataset == "imdb" else None
    return _loaded(dataset, *folders, identity)


@functools.lru_cache(maxsize=2)
def _loaded(dataset, given, cache, identity):
    """The folders and the files' `identity` are arguments only so that others are another corpus."""
    corpus = _imdb(given, cache) if dataset == "imdb" else data.load(dataset)
    return Shown(corpus, Vocabulary(corpus.words))


def _imdb(given, cache) -> Corpus:
    """As data.load("imdb"), which would download what is missing or damaged: here that is a DataError."""
    if given:
        return converted.stored(imdb.load())
    if corpus := converted.read(imdb.fingerprint()):
        return converted.stored(corpus)
    if _published_files_are_in(cache / "keras"):
        return converted.stored(imdb.load())
    raise DataError(
        f"The IMDB reviews in {cache} are missing or damaged, so nothing can be shown of them. Get them again with "
        "“python -m imdb_core data”, or start the app with IMDB_DATA_DIR naming the folder that has them."
    )


def _published_files_are_in(folder):
    try:
        return all(_sha256(folder / name) == sha for name, sha in imdb.PUBLISHED.items())
    except (OSError, ValueError):  # missing, a pipe, or larger than any published file
        return False


def _sha256(path: Path) -> str:
    """The sha256 (hex) of a file, which may be a link, as in keras_files. Raises OSError or ValueError."""
    return hashlib.sha256(read_bounded(Path(os.path.realpath(path)), download.LARGEST)).hexdigest()
