"""An app folder that cannot be written, libraries that phone home, and a start through a link."""

import asyncio
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from imdb_core import paths
from imdb_core.runs import layout
from tests.faults.rows import Outcome, row
from tests.faults.support.connections import TRACED, foreign_connections
from tests.faults.support.sample_runs import copy_of_the_app
from tests.faults.support.server import Server, Visitor, break_new_processes, serving
from tests.faults.support.waiting import run_coroutine, wait_until
from ui import pages

PAGES = [page.path for page in pages.PAGES]
TRAIN = (
    "train --network cnn_lstm --dataset demo --vocabulary-size 400 --review-length 40 --units 8 --filters 8 "
    "--epochs 1 --device cpu --wait"
).split()
SCORE = ["score", "--model", "pretrained/cnn_lstm_dense", "a fine film"]
NOBODY = 65534


def files_below(folder: Path) -> set[str]:
    """The paths of all files and folders in `folder`, relative to it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def own_home(place: Path, **changes) -> dict[str, str | None]:
    """Environment variables of a user with an empty HOME who names no folder of the app; None is unset."""
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
    "the app's folder is read-only and belongs to another user",
    "8 pages, a score, a training; 0 files in that folder",
    tensorflow=True,
    breaks=("a copy beside the app",),
)
def foreign_installation(place, patch, broken):
    project, changes = copy_of_the_app(place / "app"), own_home(place)
    if broken:  # the app believes that the folder can be written
        program = "from imdb_core import paths\npaths.is_writable = lambda folder: True"
        break_new_processes(place, patch, program)
    before = files_below(project)
    for path in (project, *project.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
        if not os.getuid():
            os.chown(path, NOBODY, NOBODY)
    # In a new user namespace root must obey file permissions.
    other_user = () if os.getuid() else ("unshare", "-U")
    complaints = [commanded(project, changes, *command, before=other_user) for command in (TRAIN, SCORE)]
    with serving(place, project=project, changes=changes, before=other_user) as server:
        broken_pages = run_coroutine(_broken_pages(server))
    written, runs = files_below(project) - before, list(Path(changes["HOME"]).rglob(layout.MODEL_FACTS))
    informed = "Runs are kept in" in server.log.read_text()
    complaints = list(filter(None, complaints))
    figure = f"{len(broken_pages)} of {len(PAGES)} pages broken {broken_pages or ''}, "
    figure += f"{len(written)} files written, {len(runs)} of 1 trained, "
    figure += f"the log {'says' if informed else 'does NOT say'} where {complaints or ''}"
    sound = not broken_pages and not written and not complaints
    return Outcome(figure.strip(), sound and informed and len(runs) == 1)


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
    "a library phones home while the app scores, trains and exports",
    "0 connections, 0 files in HOME",
    tensorflow=True,
    breaks=("telemetry of ONNX Runtime", "a file in HOME"),
)
def phoning_home(place, patch, broken):
    changes = own_home(place, IMDB_RUNS_DIR=str(place / "runs"), IMDB_CACHE_DIR=str(place / "cache"))
    changes["CI"] = None  # some libraries send no telemetry if this variable is set
    if broken == "telemetry of ONNX Runtime":
        patch.setenv("ORT_DISABLE_TELEMETRY", "0")
    if broken == "a file in HOME":
        break_new_processes(place, patch, "import pathlib; (pathlib.Path.home() / '.device').write_text('1')")
    traces = [place / name for name in ("server.trace", "score.trace", "train.trace")]
    with serving(place, changes=changes, before=(*TRACED, str(traces[0]))) as server:
        run_coroutine(_type_and_wait(server))
    commands = (SCORE,) if broken else (SCORE, TRAIN)
    complaints = [
        commanded(paths.PROJECT, changes, *command, before=(*TRACED, str(trace)))
        for command, trace in zip(commands, traces[1:], strict=False)
    ]
    foreign = [call for trace in traces if trace.exists() for call in foreign_connections(trace)]
    files = files_below(Path(changes["HOME"]))
    addresses, names = sorted(set(foreign))[:2] or "", sorted(files)[:3] or ""
    figure = f"{len(foreign)} connections to other machines {addresses}, {len(files)} files in HOME {names}"
    complaints = list(filter(None, complaints))
    return Outcome(f"{figure} {complaints or ''}".strip(), not foreign and not files and not complaints)


async def _type_and_wait(server) -> None:
    """Score a review, then wait: a library sends its telemetry from another thread, some seconds later."""
    visitor = await Visitor(server).open()
    await visitor.type("a fine film, never boring")
    assert visitor.parts("verdict_meter")
    await asyncio.sleep(12)
    await visitor.close()


@row(
    "J13",
    "the app is started through a link, so its settings are not read",
    "a sentence, exit code 2, no answer",
    breaks=("no check",),
)
def started_through_a_link(place, patch, broken):
    if broken:
        break_new_processes(place, patch, "import ui.server\nui.server.require_own_settings = lambda: None")
    (place / "app.py").symlink_to(paths.PROJECT / "app.py")
    # The broken variant starts without the settings of the app, so the address is set here.
    server = Server(place, project=place, changes={"STREAMLIT_SERVER_ADDRESS": "127.0.0.1"})
    try:
        code = wait_until(lambda: server.process.poll() or (server.answers() and "answers"), 60)
    finally:
        server.end()
    sentence = "settings are not in force" in server.log.read_text()
    figure = f"exit code {code}, {'a' if sentence else 'NO'} sentence"
    return Outcome(figure, code == 2 and sentence)
