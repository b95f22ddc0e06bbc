"""The folders of runs and reviews: beside app.py by default, or named by environment variables.

If the app's folder cannot be written (mounted read-only, or another user's), the defaults are in the user's
own data folder. So nothing is written into another user's installation.
"""

import contextlib
import errno
import functools
import os
import re
import tempfile
from pathlib import Path
from urllib.parse import unquote

import platformdirs

from imdb_core import import_path
from imdb_core.errors import SettingError

PROJECT = Path(import_path.PROJECT)
PRETRAINED = PROJECT / "pretrained"
FOLDER_VARIABLES = ("KERAS_HOME", "TMPDIR", "TEMP", "TMP", "NUMBA_CACHE_DIR", "JAX_COMPILATION_CACHE_DIR")
# The errors if this user may not write to a folder. A full disk (ENOSPC) is no reason to use another folder.
NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)


def runs_folder() -> Path:
    """The folder of runs: IMDB_RUNS_DIR, else runs/ beside app.py or in the user's data folder."""
    return _named("IMDB_RUNS_DIR") or _default("runs")


def cache_folder() -> Path:
    """The folder of downloaded and converted reviews: IMDB_CACHE_DIR, else data/ as for runs_folder()."""
    return _named("IMDB_CACHE_DIR") or _default("data")


def imdb_data_folder() -> Path | None:
    """The folder that already holds Keras's two IMDB files (IMDB_DATA_DIR), or None."""
    return _named("IMDB_DATA_DIR")


def absolute_variables() -> dict[str, str]:
    """The environment variables that name folders, with absolute paths: valid in any current folder."""
    named = {name: os.environ.get(name, "") for name in FOLDER_VARIABLES}
    values = {name: os.path.abspath(os.path.expanduser(text)) for name, text in named.items() if text}
    for name in ("IMDB_RUNS_DIR", "IMDB_CACHE_DIR", "IMDB_DATA_DIR"):
        with contextlib.suppress(SettingError):  # the process reports the wrong variable itself
            if path := _named(name):
                values[name] = str(path)
    return values


def check() -> None:
    """Raise SettingError if an environment variable does not name a folder; no page works without folders."""
    for folder in (runs_folder, cache_folder, imdb_data_folder):
        folder()


def variable(name: str) -> str | None:
    """An environment variable without spaces and quotes around it, which some tools leave; None if empty."""
    text = os.environ.get(name, "").strip()
    while len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    return text or None


def moved_folders_notice() -> str | None:
    """If the app's folder cannot be written, a sentence that names the folders used instead; else None."""
    folders = {"Runs": runs_folder(), "reviews": cache_folder()}
    if all(_users_folder() not in folder.parents for folder in folders.values()):
        return None
    return (
        f"The folder of the app, {PROJECT}, cannot be written. Runs are kept in {folders['Runs']}, reviews "
        f"in {folders['reviews']}; IMDB_RUNS_DIR and IMDB_CACHE_DIR name other places."
    )


@functools.cache
def is_writable(folder: Path) -> bool:
    """Whether this process may create files in `folder`; creates one, because flags are not reliable."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError as error:
        return error.errno not in NOT_WRITABLE


def _default(name: str) -> Path:
    """The folder `name` beside app.py, or in the user's data folder if this process cannot write to it."""
    folder = PROJECT / name
    return folder if is_writable(folder if folder.is_dir() else PROJECT) else _users_folder() / name


def _users_folder() -> Path:
    return platformdirs.user_data_path("sequence-lab", appauthor=False)


def _named(name: str) -> Path | None:
    """The folder that the environment variable names; "~", $HOME and file:// are understood.

    None if the variable is empty. Raises SettingError if its text cannot be the path of a folder.
    """
    text = variable(name)
    if text is None:
        return None
    if text.lower().startswith("file://"):
        text = unquote(text[len("file://") :].removeprefix("localhost"))
    path = Path(os.path.expanduser(os.path.expandvars(text)))
    problem = _why_no_folder(text, path.absolute())
    if problem:
        raise SettingError(
            f"{name} is {os.environ[name]!r}, but {problem}. Set it to the path of a folder, or unset it."
        )
    return path.absolute()


def _why_no_folder(text: str, path: Path) -> str | None:
    """Why `path` cannot be a folder, as the end of a sentence; None if it is a folder or can become one."""
    if re.match("[A-Za-z][A-Za-z0-9+.-]+://", text):
        return "that is an address, not a folder of this machine"
    if text.startswith("~") and os.path.expanduser(text) == text:
        return "this machine knows no such home folder"
    unset = re.search(r"\$(\w+|\{\w+\})", str(path))
    if unset and not os.path.lexists(path):
        return f"the variable {unset[0]} is not set"
    return f"{path} is no folder" if os.path.lexists(path) and not os.path.isdir(path) else None
