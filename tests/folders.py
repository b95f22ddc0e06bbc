"""Folders, links and old files for tests."""

import os
import shutil
import time
from pathlib import Path

from imdb_core import temporary


def contents(folder: Path) -> dict[str, bytes | str]:
    """name -> content, for everything below the folder; for a link its target."""
    return {path.relative_to(folder).as_posix(): _content(path) for path in sorted(folder.rglob("*"))}


def _content(path: Path) -> bytes | str:
    if path.is_symlink():
        return os.readlink(path)
    return path.read_bytes() if path.is_file() else "folder or pipe"


def removed(path: Path) -> Path:
    """The path, at which there is nothing any more."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    return path


def replace_by_link(path: Path) -> None:
    """Move a folder away and leave a link to it."""
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


def link(path: Path, target: Path) -> Path:
    """A new link at `path`."""
    path.symlink_to(target)
    return path


def new_folder(path: Path) -> Path:
    """A new folder at `path`."""
    path.mkdir()
    return path


def make_old(path: Path) -> Path:
    """Give the path and all paths in it the time of a day ago: nobody can still be writing them."""
    for each in (*path.rglob("*"), path):
        os.utime(each, (time.time() - temporary.OLD_SECONDS - 5,) * 2)
    return path
