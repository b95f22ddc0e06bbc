"""Odd paths, locales and home folders."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from imdb_core import paths
from tests.faults.rows import Outcome, row
from tests.faults.support.sample_runs import copy_of_the_app
from tests.faults.support.server import Visitor, serving
from tests.faults.support.waiting import run_coroutine


@row(
    "I3",
    "spaces and Unicode in paths, LC_ALL=C, no HOME, a HOME that cannot be written",
    "5 of 5 start and score",
)
def odd_environments(place, patch):
    project = copy_of_the_app(place / "mit Leer zeichen é 電影")
    ascii_only = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    cases = [
        ({}, project),
        (ascii_only, paths.PROJECT),
        ({"HOME": None}, paths.PROJECT),
        ({"HOME": "/proc/1"}, paths.PROJECT),
    ]
    cases.append(
        ({"LC_ALL": "C", "LANG": "C", "HOME": None, "IMDB_RUNS_DIR": str(place / "läufe mit")}, project)
    )
    with ThreadPoolExecutor(len(cases)) as pool:
        problems = list(pool.map(lambda case: _starts_and_scores(place, *case), cases))
    first = next(filter(None, problems), "")
    return Outcome(f"{problems.count('')} of {len(problems)} start and score {first}".strip(), not first)


def _starts_and_scores(place, changes, project) -> str:
    """What went wrong with a server and the command line in `project`, with changed variables; or ""."""
    changes = {**changes, "PYTHONPATH": str(project)}
    environment = {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
    command = [
        sys.executable,
        "-m",
        "imdb_core",
        "score",
        "--model",
        "pretrained/cnn_lstm_dense",
        "a fine film, naïve café",
    ]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, timeout=60, check=False)
    if done.returncode or b"%" not in done.stdout:
        return f"score: {done.stderr.decode(errors='replace')[-200:]}"
    with serving(place, project=project, changes=changes) as server:
        return run_coroutine(_scores(server))


async def _scores(server) -> str:
    visitor = await Visitor(server).open()
    await visitor.type("a fine film")
    await visitor.close()
    return "" if visitor.parts("verdict_meter") else f"no score: {server.log.read_text()[-200:]}"
