"""Names and links that are paths, addresses, commands or nonsense. See rows.py."""

import ast
import shutil
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from random import Random

from imdb_core import __main__ as command_line
from imdb_core import config as configs
from imdb_core import paths
from imdb_core.errors import UserError
from imdb_core.runs import launcher, store
from imdb_core.scoring import models
from tests.faults.rows import Found, row, until
from tests.faults.support.sample_runs import Tab, finished_run, trained_copy
from tests.faults.support.server import connections
from tests.stub_worker import use_stub

OUTSIDE = "20200101-000000000-aaaaaaaa"  # a run beside the folder of runs, which nobody may reach
NAMES = [
    *(
        "..",
        "../..",
        f"../outside/{OUTSIDE}",
        f"..\\outside\\{OUTSIDE}",
        f"./../outside/{OUTSIDE}",
        f"%2e%2e/outside/{OUTSIDE}",
    ),
    *(
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
    ),
    *(
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
    ),
    *(
        "..\u2215outside",
        "\u2024\u2024/outside",
        "..\uff0foutside",
        "pretrained/../../outside",
        "pretrained/..",
        "pretrained/",
    ),
    *(
        "pretrained/lstm/../../outside",
        f"{OUTSIDE}/../../outside/{OUTSIDE}",
        " ",
        "",
        "\ud800",
        "..;/outside",
        "-rf",
    ),
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
    """The paths this process opens, lists, makes, renames or removes meanwhile."""
    if _note not in _hooked:
        sys.addaudithook(_note)
        _hooked.append(_note)
    _watched.append(found := [])
    try:
        yield found
    finally:
        _watched.pop()


_hooked: list = []


@row("G1", "a name is really a path", "0 of 40 names reach outside the root", breaks=("ids unchecked",))
def names_as_paths(place, patch, broken):
    shutil.copytree(finished_run().folder, place / "outside" / OUTSIDE)
    patch.setattr(paths, "PRETRAINED", place / "none")  # pages with nothing to show are quick
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
            with touched() as seen:
                _tried(entry, name)
            escaped += [path for path in seen if _outside(path, place)]
    return Found(f"{len(NAMES)} names at {len(entries)} entries: {len(escaped)} paths outside", not escaped)


def _tried(entry, name):
    """A refusal is well; a path that cannot be, such as one with NUL, is one of the command line's own."""
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
    """Whether a path leads to what the names aim at: another folder of `place`, or the system's own files."""
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
    "a link names a web address where a path belongs",
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
                with suppress(OSError, ValueError):  # the broken app's
                    _tried(entry, scheme + address)
        made = connections(listener)
    return Found(f"{made} connections from 4 addresses at {len(entries)} entries", made == 0)


@row("G12", "a name is a command", "0 shells in the code, 0 files made", breaks=("a shell",))
def names_as_commands(place, patch, broken):
    use_stub(patch, STUB_EPOCHS="1", STUB_STEP_SECONDS="0.01")
    marks = [place / f"mark-{number}" for number in range(4)]
    if broken:
        patch.setattr(
            launcher,
            "submit",
            lambda config: subprocess.run(f"echo {config.name}", shell=True, check=False),  # noqa: S602
        )
    for form, mark in zip(("$(touch {})", "`touch {}`", "; touch {} #", "| touch {}"), marks, strict=True):
        run = launcher.submit(configs.preset("lstm", dataset="demo", name=form.format(mark)))
        if not broken:
            until(lambda run=run: store.read(run.folder).state in store.ENDED)
            store.rename(store.read(run.folder), form.format(mark)[::-1])
            with redirect_stdout(StringIO()):
                command_line.main(["runs"])
    sources = [
        path for folder in ("imdb_core", "pages", "ui") for path in (paths.PROJECT / folder).rglob("*.py")
    ]
    shells = [hit for path in sources for hit in _shells(ast.parse(path.read_text("utf-8")))]
    made = sum(mark.exists() for mark in marks)
    return Found(
        f"{len(shells)} shells in {len(sources)} files, {made} of {len(marks)} files made",
        not shells and not made,
    )


def _shells(tree) -> list[str]:
    """Calls that hand a text to a shell."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    options = [word for call in calls for word in call.keywords if word.arg == "shell"]
    named = [ast.unparse(call.func) for call in calls]
    return [ast.unparse(one) for one in options] + [
        name for name in named if name in ("os.system", "os.popen", "pty.spawn")
    ]


LINKS = {  # page -> what its links may hold; pages that cost little come more often
    "classify": ("model", "epoch", "all", "models"),
    "train": ("from", "change", "network"),
    "watch": ("run",),
    "runs": ("run", "sort"),
    "compare": ("runs", "curve", "over", "smoothing", "log", "bands", "pair"),
    "inspect": ("run", "threshold", "view", "words", "reviews-page"),
    "data": ("corpus", "number", "label", "length", "vocabulary"),
    "learn": ("run", "language"),
}
OFTEN = (
    "watch",
    "watch",
    "watch",
    "train",
    "classify",
    "classify",
    "runs",
    "compare",
    "inspect",
    "data",
    "learn",
)
ODD = [
    "",
    " ",
    "0",
    "-1",
    "1e400",
    "NaN",
    "9" * 5000,
    "x" * 5000,
    "true",
    "[]",
    "{}",
    "null",
    "a=b",
    "units=1e9",
    "network=",
    "=",
    ",",
]
ODD += [
    ",,,",
    "pretrained/lstm",
    "pretrained/x",
    "\0",
    "\ud800",
    "\u202e",
    "<b>",
    "%s%n",
    "../..",
    "units=NaN",
    "name=\0",
    "lstm,lstm",
]


@row("G14", "odd values in a link", "0 tracebacks in 500", breaks=("ids must be known",))
def odd_links(place, patch, broken):
    patch.delenv("IMDB_DATA_DIR", raising=False)
    finished_run()
    trained_copy()
    if broken:
        patch.setattr(store, "_checked_id", lambda id: {}[id])
    random, values, failures = Random(1), 0, []
    pages = OFTEN[:5] if broken else OFTEN
    tabs = {page: Tab(page) for page in dict.fromkeys(pages)}
    while values < (60 if broken else 500):
        for page in pages:
            query = {name: _odd(random) for name in random.sample(LINKS[page], k=min(4, len(LINKS[page])))}
            values += len(query)
            try:
                tabs[page].show(**query)
            except AssertionError as error:
                failures.append(f"{page} {query}: {error}"[:200])
    return Found(f"{len(failures)} tracebacks for {values} values {failures[:1] or ''}".strip(), not failures)


def _odd(random) -> str:
    if random.random() < 0.6:
        return random.choice(ODD)
    return "".join(
        chr(random.choice((random.randrange(32, 127), random.randrange(0xD800))))
        for _ in range(random.randrange(40))
    )
