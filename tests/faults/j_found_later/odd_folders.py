"""Odd folders and values among the runs must not affect other runs or pages."""

import itertools
import json
import subprocess
import sys

from imdb_core import paths
from imdb_core.runs import launcher, reading, store
from tests import odd_runs
from tests.apptest import listed_runs, opened
from tests.faults.rows import Outcome, row
from tests.faults.support import sample_runs
from tests.faults.support.child_processes import result_in_new_process
from tests.faults.support.waiting import wait_until
from tests.faults.support.workers import use_light_worker
from ui.pages import PAGES
from ui.panels import run_list

EVERY = 80  # every 80th odd run is opened by itself
COMMANDS = (["runs", "--json"], ["runs"], ["models", "--json"])


@row(
    "J3",
    "odd names, values, pipes, devices and links among the runs",
    "all pages and commands answer, others unaffected",
    breaks=("a row is believed", "a bad run raises"),
)
def odd_folders(place, patch, broken):
    (place / "runs").mkdir()
    folders = odd_runs.put_all(paths.runs_folder())
    use_light_worker(patch, seconds=1)
    queued = store.create(store.read(folders["good"]).config, store.new_id())
    wrong = result_in_new_process(
        _faults_of_pages,
        json.dumps([folder.name for folder in folders.values()]),
        folders["good"].name,
        broken or "",
    )
    if broken:
        return Outcome("; ".join(wrong)[:300], not wrong)
    for command in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-m", "imdb_core", *command], capture_output=True, timeout=60, cwd=paths.PROJECT
        )
        if done.returncode or "\x1b" in done.stdout.decode("utf-8") or b"Traceback" in done.stderr:
            wrong.append(f"{' '.join(command)} ended with {done.returncode}")
    launcher.dispatch()
    wait_until(lambda: store.read(queued.folder).state == "finished", 30)
    touched = odd_runs.missing_names(paths.runs_folder())
    figure = f"{len(folders) - 1} odd runs and {len(odd_runs.NAMES)} odd names: "
    figure += f"{len(wrong)} pages or commands failed"
    figure += f", {len(touched)} foreign folders touched {'; '.join(wrong)[:300]}"
    return Outcome(figure, not wrong and not touched)


def _faults_of_pages(ids: str, good: str, broken: str) -> list[str]:
    """Show all runs, and some of the odd runs on their own pages; returns what goes wrong."""
    if broken == "a row is believed":
        from imdb_core.runs import rows

        rows.validated = lambda line, form: json.loads(line)
    if broken == "a bad run raises":
        reading.NO_ID, reading._listed = "", lambda folder: store.find(folder.name)
    run_list.RUNS_ON_A_PAGE = 10_000
    wrong = []
    for page in [page.script for page in PAGES]:
        try:
            app = opened(page)
            if page == "runs":
                rows = listed_runs(app)
                assert len(rows) == len(launcher.runs()), "the list is not complete"
                assert good in [row["id"] for row in rows], "the good run is missing"
                assert all(row["remark"] for row in rows if row["state"] == "damaged"), "a reason is missing"
        except Exception as error:  # noqa: BLE001 - every exception is counted
            wrong.append(f"{page}: {error!r:.200}")
            if broken:
                return wrong
    for page, key in (("watch", "run"), ("inspect", "run"), ("classify", "model")):
        tab = sample_runs.Tab(page)
        for id in [*itertools.islice(json.loads(ids), 0, None, EVERY), good]:
            try:
                tab.show(**{key: id})
            except Exception as error:  # noqa: BLE001 - every exception is counted
                wrong.append(f"{page} of {id}: {error!r:.200}")
    return wrong
