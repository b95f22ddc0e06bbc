"""The IMDB corpus: 25,000 + 25,000 reviews from Keras's two files, downloaded and converted once. Used by
data.load().

The files come from IMDB_DATA_DIR (any checksum, never written to) or are downloaded into the cache folder's
keras/. Loading takes seconds the first time and about 0.1 s afterwards.
"""

import hashlib
import math
import re
from contextlib import contextmanager
from functools import lru_cache

import numpy as np

from imdb_core import background
from imdb_core.data import converted, download, keras_files
from imdb_core.data.download import download_status  # noqa: F401  pages ask this module
from imdb_core.data.reviews import Corpus
from imdb_core.errors import DataError
from imdb_core.files import sweep, write_atomically
from imdb_core.paths import cache_folder, imdb_data_folder
from imdb_core.runs import locks

PUBLISHED = {  # sha256 of the files as Keras publishes them
    "imdb.npz": "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    "imdb_word_index.json": "027313fe9a320280f3bf0fac5baf58c4a683cf39a7ed9c3d3d3912bde4284cf6",
}


def available() -> bool:
    """Whether load() would do without a download. Only looks for the files, so it may be asked at every page
    view.
    """
    given = imdb_data_folder()
    source = given or cache_folder() / "keras"
    if all((source / name).is_file() for name in PUBLISHED):
        return True
    return given is None and converted.folder(_fingerprint(PUBLISHED.values())).is_dir()


def fingerprint() -> str:
    """The fingerprint of the reviews that load() would give, without parsing them. Raises DataError if a
    given file is gone.
    """
    given = imdb_data_folder()
    if not given:
        return _fingerprint(PUBLISHED.values())
    try:
        stats = {given / name: (given / name).stat() for name in PUBLISHED}
    except OSError:
        keras_files.contents(given)  # says what is missing
        raise
    return _fingerprint(_digest(path, stat.st_size, stat.st_mtime_ns) for path, stat in stats.items())


def training_labels() -> np.ndarray | None:
    """The labels of the training reviews; None while the reviews are missing or not converted."""
    try:
        return np.load(converted.folder(fingerprint()) / "train_labels.npy", allow_pickle=False)
    except (OSError, ValueError, EOFError, DataError):
        return None


def load(progress=None) -> Corpus:
    """All reviews in full length. `progress(done, total)` in bytes is called for each file while it is
    downloaded.

    Two processes at once make one download and one conversion. Raises DataError for missing or damaged files,
    no network and a cache folder that cannot be written.
    """
    given = imdb_data_folder()
    files = keras_files.contents(given) if given else None
    digests = [_sha256(files[name]) for name in PUBLISHED] if files else PUBLISHED.values()
    fingerprint = _fingerprint(digests)
    if corpus := converted.read(fingerprint):
        return corpus
    with _alone():
        if corpus := converted.read(fingerprint):  # another process was faster
            return corpus
        files = files or _published(progress)
        train, test, words = keras_files.parse(files, given or cache_folder() / "keras")
        corpus = Corpus("imdb", train, test, words, fingerprint)
        with _cache_errors():
            converted.write(corpus)
    return corpus


def start_download() -> None:
    """Fetch the files in a process of its own; download_status() tells how it goes. Raises DataError."""
    with _cache_errors():
        cache_folder().mkdir(parents=True, exist_ok=True)
        background.spawn("imdb_core", "data", log=cache_folder() / "download.log")


@lru_cache(maxsize=8)
def _digest(path, size, modified):
    """The checksum of a given file; `size` and `modified` have it read anew once it was changed."""
    return _sha256(path.read_bytes())


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


def _fingerprint(digests):
    """One name for a pair of files, the same wherever they lie."""
    return _sha256("".join(digests).encode())


def _published(progress):
    """Both published files' bytes, checksums right; what is missing or damaged in the cache is downloaded."""
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
def _alone():
    """Only one process or thread at a time downloads and converts; a dead one's lock is free."""
    with _cache_errors():
        cache_folder().mkdir(parents=True, exist_ok=True)
        lock = locks.hold(download.lock_path(), math.inf, duty="downloads or converts the reviews")
    with lock:
        yield


@contextmanager
def _cache_errors():
    try:
        yield
    except OSError as error:
        raise DataError(
            f"The reviews cannot be kept in {cache_folder()}: {error}. Make room there, make it writable, or name "
            "another folder with IMDB_CACHE_DIR."
        ) from error
