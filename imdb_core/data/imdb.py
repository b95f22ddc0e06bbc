"""The IMDB corpus: 25,000 + 25,000 reviews from Keras's two files, downloaded and converted once.

Called by data.load(), the launcher and pages. The files come from IMDB_DATA_DIR (any checksum, never written
to) or are downloaded into keras/ in the cache folder. Loading takes seconds the first time, then about 0.1 s.
"""

import hashlib
import math
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imdb_core import background
from imdb_core.data import converted, download, keras_files
from imdb_core.data.download import download_status as download_status  # pages ask this module
from imdb_core.data.reviews import Corpus, Progress
from imdb_core.data.sources import Source, register
from imdb_core.errors import DataError
from imdb_core.file_cache import FileCache
from imdb_core.files import read_bounded, sweep, write_atomically
from imdb_core.paths import cache_folder, imdb_data_folder
from imdb_core.runs import locks

PUBLISHED = {  # sha256 of the files as Keras publishes them
    "imdb.npz": "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    "imdb_word_index.json": "027313fe9a320280f3bf0fac5baf58c4a683cf39a7ed9c3d3d3912bde4284cf6",
}


def available() -> bool:
    """Whether load() needs no download. Only looks for the files, so every page view may ask."""
    user_folder = imdb_data_folder()
    source = user_folder or cache_folder() / "keras"
    if all((source / name).is_file() for name in PUBLISHED):
        return True
    return user_folder is None and converted.folder(_fingerprint(PUBLISHED.values())).is_dir()


def fingerprint() -> str:
    """The fingerprint of the reviews that load() returns, without parsing them.

    Raises DataError if a file of IMDB_DATA_DIR is missing.
    """
    user_folder = imdb_data_folder()
    if not user_folder:
        return _fingerprint(PUBLISHED.values())
    try:
        return _fingerprint([_digest(user_folder / name) for name in PUBLISHED])
    except OSError:
        keras_files.contents(user_folder)  # raises DataError, which names the missing file
        raise


def training_labels() -> NDArray[np.uint8] | None:
    """The labels of the training reviews; None while the reviews are missing or not converted."""
    try:
        path = converted.folder(fingerprint()) / "train_labels.npy"
        labels: NDArray[np.uint8] = np.load(path, allow_pickle=False)
        return labels
    except (OSError, ValueError, EOFError, DataError):
        return None


def load(progress: Progress | None = None) -> Corpus:
    """All reviews in full length. `progress(done, total)`, in bytes, is called while a file is downloaded.

    Two processes at once make one download and one conversion. Raises DataError for missing or damaged files,
    without a network, and if the cache folder cannot be written.
    """
    user_folder = imdb_data_folder()
    files = keras_files.contents(user_folder) if user_folder else None
    digests = [_sha256(files[name]) for name in PUBLISHED] if files else PUBLISHED.values()
    fingerprint = _fingerprint(digests)
    if corpus := converted.read(fingerprint):
        return corpus
    with _locked():
        if corpus := converted.read(fingerprint):  # another process was faster
            return corpus
        files = files or _published(progress)
        train, test, words = keras_files.parse(files, user_folder or cache_folder() / "keras")
        corpus = Corpus(converted.NAME, train, test, words, fingerprint)
        with _cache_errors():
            converted.write(corpus)
    return corpus


def stored_files() -> tuple[Path, ...]:
    """The files of the converted word ids; missing files are made, without a download. Raises DataError."""
    files = converted.id_files(fingerprint())
    if not all(file.is_file() for file in files):
        _without_download()
    return files


def stored() -> Corpus:
    """All reviews, with the word ids left in their files. Raises DataError where load() would download."""
    return converted.stored(_without_download())


def start_download() -> None:
    """Download the files in a separate process; download_status() reports its progress. Raises DataError."""
    with _cache_errors():
        cache_folder().mkdir(parents=True, exist_ok=True)
        background.spawn("imdb_core", "data", log=cache_folder() / "download.log")


def _without_download() -> Corpus:
    if imdb_data_folder():
        return load()
    if corpus := converted.read(fingerprint()):
        return corpus
    if _has_published_files(cache_folder() / "keras"):
        return load()
    raise DataError(
        f"The IMDB reviews in {cache_folder()} are missing or damaged, so they cannot be shown. Download "
        "them with “python -m imdb_core data”, or set IMDB_DATA_DIR to their folder and start the app again."
    )


def _has_published_files(folder: Path) -> bool:
    try:
        return all(_sha256(_linked_content(folder / name)) == sha256 for name, sha256 in PUBLISHED.items())
    except (OSError, ValueError):  # missing, a pipe, or larger than any published file
        return False


def _linked_content(path: Path) -> bytes:
    """The bytes of a file, which may be a link, as in keras_files. Raises OSError or ValueError."""
    return read_bounded(Path(os.path.realpath(path)), download.LARGEST)


_digests = FileCache[str](limit=8)


def _digest(path: Path) -> str:
    """The sha256 (hex) of a file, kept until the file changes. Raises OSError."""
    return _digests.value(path, (path,), compute=lambda: _sha256(path.read_bytes()))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _fingerprint(digests: Iterable[str]) -> str:
    """The fingerprint of a pair of files, which does not depend on their folder."""
    return _sha256("".join(digests).encode())


def _published(progress: Progress | None) -> dict[str, bytes]:
    """The bytes of both published files; a file that is missing or damaged in the cache is downloaded."""
    files = {}
    with _cache_errors():
        folder = cache_folder() / "keras"
        folder.mkdir(exist_ok=True)
        sweep(folder, "|".join(map(re.escape, PUBLISHED)), alone=True)
        sweep(cache_folder(), re.escape(download.STATUS), alone=True)
        for name, sha256 in PUBLISHED.items():
            content = (folder / name).read_bytes() if (folder / name).is_file() else b""
            if _sha256(content) != sha256:
                content = download.fetch(name, sha256, progress)
                write_atomically(folder / name, content)
                download.report("done", name, len(content), len(content))
            files[name] = content
    return files


@contextmanager
def _locked() -> Iterator[None]:
    """Only one process or thread at a time downloads and converts; the lock of a dead process is free."""
    with _cache_errors():
        cache_folder().mkdir(parents=True, exist_ok=True)
        lock = locks.hold(download.lock_path(), math.inf, duty="downloads or converts the reviews")
    with lock:
        yield


@contextmanager
def _cache_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(
            f"The reviews cannot be kept in {cache_folder()}: {error}. Free disk space there, make the "
            "folder writable, or set IMDB_CACHE_DIR to another folder."
        ) from error


class _Imdb(Source):
    def load(self, progress: Progress | None = None) -> Corpus:
        return load(progress)

    def is_available(self) -> bool:
        return available()

    def fingerprint(self) -> str | None:
        return fingerprint() if available() else None

    def stored(self) -> Corpus:
        return stored()

    def stored_files(self) -> tuple[Path, ...]:
        return stored_files()

    def training_labels(self) -> NDArray[np.uint8] | None:
        return training_labels()


register(
    _Imdb(
        name=converted.NAME,
        title="IMDB film reviews",
        noun="IMDB reviews",
        link="IMDB",
        subject="film review",
        training_reviews=25_000,
        mean_words=239,
        in_keras=True,
        behaviour=True,
        largest_vocabulary=88_587,
        if_missing="Training on them downloads 19 MB once. Without an internet connection, put the two "
        "files in place, or choose the synthetic demo reviews.",
        how_to_show="Download them on the page “The reviews”, or set IMDB_DATA_DIR to their folder and start "
        "the app again.",
        how_to_restore="Put the run's reviews back or name their folder with IMDB_DATA_DIR",
    )
)
