"""Where things lie. Each place can be moved with an environment variable; the defaults are beside app.py.

Where the folder of the app cannot be written (it is mounted read-only or belongs to somebody else), the defaults
lie in the user's own data folder instead, so nothing is ever written into a foreign installation.
"""

import errno
import functools
import os
import tempfile
from pathlib import Path

import platformdirs

PROJECT = Path(__file__).resolve().parent.parent
PRETRAINED = PROJECT / "pretrained"
NOT_OURS = (errno.EACCES, errno.EPERM, errno.EROFS)  # a full disk is no reason to look for another place


def runs_folder() -> Path:
    """The folder of runs: IMDB_RUNS_DIR, else runs/ beside app.py or in the user's data folder."""
    return _named("IMDB_RUNS_DIR") or _default("runs")


def cache_folder() -> Path:
    """Downloaded and converted reviews: IMDB_CACHE_DIR, else data/ beside app.py or in the user's data folder."""
    return _named("IMDB_CACHE_DIR") or _default("data")


def given_data_folder() -> Path | None:
    """The folder that already holds Keras's two IMDB files (IMDB_DATA_DIR), or None."""
    return _named("IMDB_DATA_DIR")


def elsewhere() -> str | None:
    """A sentence on where runs and reviews are kept, if any of them is not beside app.py for want of permission."""
    folders = {"Runs": runs_folder(), "reviews": cache_folder()}
    if all(_users_folder() not in folder.parents for folder in folders.values()):
        return None
    return (
        f"The folder of the app, {PROJECT}, cannot be written. Runs are kept in {folders['Runs']}, reviews in "
        f"{folders['reviews']}; IMDB_RUNS_DIR and IMDB_CACHE_DIR name other places."
    )


@functools.cache
def is_writable(folder: Path) -> bool:
    """Whether this process may make files in `folder`. Asked once for each folder; tried, because no flag tells it everywhere."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError as error:
        return error.errno not in NOT_OURS


def _named(variable: str) -> Path | None:
    named = os.environ.get(variable)
    return Path(named).absolute() if named else None


def _default(name: str) -> Path:
    beside = PROJECT / name
    return beside if is_writable(beside if beside.is_dir() else PROJECT) else _users_folder() / name


def _users_folder() -> Path:
    return platformdirs.user_data_path("sequence-lab", appauthor=False)
