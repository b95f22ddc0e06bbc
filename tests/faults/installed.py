"""The app in a folder that it may not write to, and connections or files of its libraries. See rows.py."""

import asyncio
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from imdb_core import paths
from tests.faults.made import copy_of_the_app
from tests.faults.network import TRACED, foreign_connections
from tests.faults.rows import Found, finished, row, until
from tests.faults.server import Server, Visitor, broken_in_the_server, serving

PAGES = ("", "learn", "train", "watch", "runs", "compare", "inspect", "data")
TRAIN = (
    "train --network cnn_lstm --dataset demo --vocabulary-size 400 --review-length 40 --units 8 --filters 8 --epochs 1 "
    "--device cpu --wait"
).split()
SCORE = ["score", "--model", "pretrained/cnn_lstm_dense", "a fine film"]
NOBODY = 65534


def files_below(folder: Path) -> set[str]:
    """The paths of all files and folders in `folder`, relative to it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def own_home(place: Path, **changes) -> dict[str, str | None]:
    """Environment variables of a user with an empty HOME in `place` who names no folder; None is unset."""
    home = place / "home"
    home.mkdir()
    named = ("IMDB_RUNS_DIR", "IMDB_CACHE_DIR", "IMDB_DATA_DIR", "XDG_DATA_HOME", "KERAS_HOME")
    return {"HOME": str(home), **dict.fromkeys(named), **changes}


def commanded(project: Path, changes: dict, *arguments, before: tuple = ()) -> str:
    """The end of the error output of `python -m imdb_core` in `project`; "" if it succeeded."""
    environment = {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
    command = [*before, sys.executable, "-m", "imdb_core", *arguments]
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, timeout=240, check=False
    )
    return done.stderr.decode(errors="replace")[-300:] if done.returncode else ""


@row(
    "J14",
    "the app's folder is read-only and belongs to somebody else",
    "8 pages, a score, a training; 0 files in it",
    tensorflow=True,
    breaks=("a copy beside the app",),
)
def foreign_installation(place, patch, broken):
    project, changes = copy_of_the_app(place / "app"), own_home(place)
    if broken:  # as if the folder could be written
        program = "from imdb_core import paths\npaths.is_writable = lambda folder: True"
        broken_in_the_server(place, patch, program)
    before = files_below(project)
    for path in (project, *project.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
        if not os.getuid():
            os.chown(path, NOBODY, NOBODY)
    # In a user namespace of its own, root must obey file permissions.
    other_user = () if os.getuid() else ("unshare", "-U")
    complaints = [commanded(project, changes, *command, before=other_user) for command in (TRAIN, SCORE)]
    with serving(place, project=project, changes=changes, before=other_user) as server:
        broken_pages = finished(_broken_pages(server))
    written, runs = files_below(project) - before, list(Path(changes["HOME"]).rglob("model.json"))
    told = "Runs are kept in" in server.log.read_text()
    figure = f"{len(broken_pages)} of {len(PAGES)} pages broken {broken_pages or ''}, {len(written)} files written into it, "
    figure += f"{len(runs)} of 1 trained{'' if told else ', NOT told where'} {[one for one in complaints if one] or ''}"
    return Found(
        figure.strip(), not broken_pages and not written and len(runs) == 1 and told and not any(complaints)
    )


async def _broken_pages(server) -> list[str]:
    """The pages that show an exception, give no verdict on a typed review, or cannot load plotly.js."""
    broken = []
    for page in PAGES:
        visitor = await Visitor(server, page).open()
        if page == "":
            await visitor.type("a fine film, never boring")
            if not visitor.parts("verdict_meter"):
                broken.append("no verdict")
        kinds = [element.WhichOneof("type") for element in visitor.elements.values()]
        sources = {part["source"] for part in visitor.parts("chart")}
        if (
            "exception" in kinds
            or not kinds
            or any([await asyncio.to_thread(_missing, server, url) for url in sources])
        ):
            broken.append(page or "classify")
        await visitor.close()
    return broken


def _missing(server, url: str) -> bool:
    try:
        return not urllib.request.urlopen(f"http://127.0.0.1:{server.port}/{url}", timeout=10).read(1)
    except OSError:
        return True


@row(
    "J1",
    "a library phones home while a review is scored, a run trained and exported",
    "0 connections, 0 files in HOME",
    tensorflow=True,
    breaks=("telemetry of ONNX Runtime", "a file in HOME"),
)
def phoning_home(place, patch, broken):
    changes = own_home(place, IMDB_RUNS_DIR=str(place / "runs"), IMDB_CACHE_DIR=str(place / "cache"))
    changes["CI"] = None  # a user has no such variable, and some libraries do not report where it is set
    if broken == "telemetry of ONNX Runtime":
        patch.setenv("ORT_DISABLE_TELEMETRY", "0")
    if broken == "a file in HOME":
        broken_in_the_server(
            place, patch, "import pathlib; (pathlib.Path.home() / '.device').write_text('1')"
        )
    traces = [place / name for name in ("server.trace", "score.trace", "train.trace")]
    with serving(place, changes=changes, before=(*TRACED, str(traces[0]))) as server:
        finished(_type_and_wait(server))
    commands = (SCORE,) if broken else (SCORE, TRAIN)
    complaints = [
        commanded(paths.PROJECT, changes, *command, before=(*TRACED, str(trace)))
        for command, trace in zip(commands, traces[1:], strict=False)
    ]
    foreign = [call for trace in traces if trace.exists() for call in foreign_connections(trace)]
    files = files_below(Path(changes["HOME"]))
    addresses, names = sorted(set(foreign))[:2] or "", sorted(files)[:3] or ""
    figure = f"{len(foreign)} connections elsewhere {addresses}, {len(files)} files in HOME {names}"
    complaints = [one for one in complaints if one]
    return Found(f"{figure} {complaints or ''}".strip(), not foreign and not files and not complaints)


async def _type_and_wait(server) -> None:
    """Score a review, then wait: a library sends its telemetry from another thread, some seconds later."""
    visitor = await Visitor(server).open()
    await visitor.type("a fine film, never boring")
    assert visitor.parts("verdict_meter")
    await asyncio.sleep(12)
    await visitor.close()


@row(
    "J13",
    "started through a link, so that the app's settings are not read",
    "a sentence, exit code 2, no answer",
    breaks=("no check",),
)
def started_through_a_link(place, patch, broken):
    if broken:
        broken_in_the_server(place, patch, "import ui.server\nui.server.require_own_settings = lambda: None")
    (place / "app.py").symlink_to(paths.PROJECT / "app.py")
    # Listen on this machine only, so that the broken variant, which lacks the check, is not open to the
    # network.
    server = Server(place, project=place, changes={"STREAMLIT_SERVER_ADDRESS": "127.0.0.1"})
    try:
        code = until(lambda: server.process.poll() or (server.answers() and "answers"), 60)
    finally:
        server.end()
    sentence = "settings are not in force" in server.log.read_text()
    figure = f"exit code {code}, {'a' if sentence else 'NO'} sentence"
    return Found(figure, code == 2 and sentence)
