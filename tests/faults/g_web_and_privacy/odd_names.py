"""Names and links that are really paths or web addresses."""

import shutil
import socket
import sys
import urllib.request
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path

from imdb_core import __main__ as command_line
from imdb_core import paths
from imdb_core.errors import UserError
from imdb_core.runs import store
from imdb_core.scoring import models
from tests.faults.rows import Outcome, row
from tests.faults.support.sample_runs import Tab, finished_run
from tests.faults.support.server import connection_count

OUTSIDE = "20200101-000000000-aaaaaaaa"  # a run beside the folder of runs, which no name may reach
NAMES = [
    "..",
    "../..",
    f"../outside/{OUTSIDE}",
    f"..\\outside\\{OUTSIDE}",
    f"./../outside/{OUTSIDE}",
    f"%2e%2e/outside/{OUTSIDE}",
    "/etc/passwd",
    "/etc",
    "/",
    "//",
    "\\\\server\\share",
    "C:\\",
    "C:/windows",
    "file:///etc/passwd",
    "~",
    "~root",
    "$HOME",
    "\0",
    f"{OUTSIDE}\0",
    f"../outside/{OUTSIDE}\0.json",
    "CON",
    "NUL",
    "aux.txt",
    "x" * 300,
    "x" * 5000,
    "../" * 50,
    ".",
    "..\u2215outside",
    "\u2024\u2024/outside",
    "..\uff0foutside",
    "pretrained/../../outside",
    "pretrained/..",
    "pretrained/",
    "pretrained/lstm/../../outside",
    f"{OUTSIDE}/../../outside/{OUTSIDE}",
    " ",
    "",
    "\ud800",
    "..;/outside",
    "-rf",
]
ENTRIES = {"watch": "run", "classify": "model", "train": "from", "inspect": "run", "compare": "runs"}
_watched: list[list[str]] = []


def _note(event, arguments):
    if _watched and event in (
        "open",
        "os.listdir",
        "os.scandir",
        "os.mkdir",
        "os.rename",
        "os.remove",
        "shutil.rmtree",
    ):
        _watched[-1].append(str(arguments[0]))


@contextmanager
def touched():
    """Yields a list of the paths that this process opens, lists, creates, renames or removes."""
    if _note not in _hooked:
        sys.addaudithook(_note)
        _hooked.append(_note)
    _watched.append(touched_paths := [])
    try:
        yield touched_paths
    finally:
        _watched.pop()


_hooked: list = []


@row(
    "G1",
    "a name is really a path",
    "0 of 40 names reach outside the folder of runs",
    breaks=("ids unchecked",),
)
def names_as_paths(place, patch, broken):
    shutil.copytree(finished_run().folder, place / "outside" / OUTSIDE)
    patch.setattr(paths, "PRETRAINED", place / "none")  # pages without networks are quick
    entries = [
        store.find,
        models.find,
        models.run,
        *(_command(name, place) for name in ("stop", "resume", "publish")),
    ]
    if broken:
        patch.setattr(store, "_checked_id", lambda id: id)
    else:
        entries += [_page(page) for page in ENTRIES]
    escaped = []
    for name in NAMES[:6] if broken else NAMES:
        for entry in entries:
            with touched() as touched_paths:
                _tried(entry, name)
            escaped += [path for path in touched_paths if _outside(path, place)]
    return Outcome(f"{len(NAMES)} names at {len(entries)} entries: {len(escaped)} paths outside", not escaped)


def _tried(entry, name):
    """Give the name to an entry of the app; a refusal is right."""
    try:
        entry(name)
    except (UserError, SystemExit):
        return


def _command(name, place):
    more = [str(place / "published")] if name == "publish" else []

    def command(id):
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            command_line.main([name, "--", id, *more])

    return command


def _page(page):
    tab = Tab(page)
    return lambda name: tab.show(**{ENTRIES[page]: name})


def _outside(path: str, place: Path) -> bool:
    """Whether a path is a target of the names: a folder beside the runs, or a file of the system."""
    resolved = Path(path.replace("\0", "")).resolve()
    hidden = resolved.is_relative_to(place / "outside") or resolved in (
        Path("/"),
        Path("/root"),
        Path.home(),
        place,
        place.parent,
    )
    return (
        hidden or resolved.is_relative_to("/etc/passwd") or str(resolved).startswith(("/server", "/outside"))
    )


@row(
    "G13",
    "a link holds a web address where an id belongs",
    "0 connections",
    breaks=("addresses are fetched",),
)
def addresses_as_paths(place, patch, broken):
    patch.setattr(paths, "PRETRAINED", place / "none")
    if broken:
        patch.setattr(models, "run", lambda key: urllib.request.urlopen(key, timeout=2))
    entries = [
        store.find,
        models.run,
        _command("stop", place),
        *(_page(page) for page in ((), ENTRIES)[not broken]),
    ]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"//127.0.0.1:{listener.getsockname()[1]}/run.csv"
        listener.settimeout(0.05)
        for scheme in ("http:", "ftp:", "file:", ""):
            for entry in entries:
                with suppress(OSError, ValueError):  # errors of the broken variant
                    _tried(entry, scheme + address)
        count = connection_count(listener)
    return Outcome(f"{count} connections from 4 addresses at {len(entries)} entries", count == 0)
