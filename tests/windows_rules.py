"""Windows' rules for open files on Linux: neither an open file nor its folder can be renamed or removed.

Only for paths in the folder of runs. A file is open if any process of this machine has it open.
"""

import os
from pathlib import Path


def obey(set_attribute=setattr) -> None:
    """From now on os.rename, os.replace, os.unlink and os.remove raise PermissionError as on Windows."""
    for name in ("rename", "replace", "unlink", "remove"):
        set_attribute(os, name, _obedient(getattr(os, name)))


def _obedient(act):
    def checked(*places, dir_fd=None, **options):
        base = Path.cwd() if dir_fd is None else Path(os.readlink(f"/proc/self/fd/{dir_fd}"))
        for path in (str(base / os.fspath(place)) for place in places):
            if path.startswith(os.environ["IMDB_RUNS_DIR"]) and _is_open(path):
                raise PermissionError(13, "The file is being used by another process", path)
        return act(*places, **options) if dir_fd is None else act(*places, dir_fd=dir_fd, **options)

    return checked


def _is_open(path: str) -> bool:
    """Whether some process has `path` open, or a file in this folder."""
    return any(file == path or file.startswith(f"{path}/") for file in _open_files())


def _open_files():
    """Paths of all regular files that some process has open."""
    for process in filter(str.isdecimal, os.listdir("/proc")):
        try:
            for handle in os.listdir(f"/proc/{process}/fd"):
                path = os.readlink(f"/proc/{process}/fd/{handle}")
                if path.startswith("/") and os.path.isfile(path):
                    yield path
        except OSError:  # the process has ended, or belongs to another user
            continue
