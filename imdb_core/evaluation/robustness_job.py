"""Compute how easily a run is fooled, in a process of its own. Called by "Look into a run" and by `fool`.

The process writes its progress to the cache folder and the figure to the run's folder. Killed in the middle,
it writes no figure and leaves an earlier one as it was. It can be started again.
"""

import sys
from pathlib import Path

from imdb_core import files, paths
from imdb_core.background_job import Job, exit_code
from imdb_core.errors import DataError
from imdb_core.evaluation import robustness
from imdb_core.evaluation.robustness import Robustness
from imdb_core.operating_system import resources
from imdb_core.runs import store
from imdb_core.runs.run import Run

NICENESS = 10  # so that visitors who type are answered first


def job(run: Run) -> Job:
    """The job that computes the figure of `run`. Its folder is part of the name: a copy has the same id."""
    name = f"robustness-{run.folder.name}-{files.checksum(str(run.folder))[:8]}"
    return Job(paths.cache_folder() / name)


def start(run: Run) -> None:
    """Compute the figure of `run` anew in a process of its own, unless a process computes it now.

    Raises DataError if it cannot be computed here, and OSError.
    """
    if reason := robustness.why_not(run):
        raise DataError(reason)
    paths.cache_folder().mkdir(parents=True, exist_ok=True)
    job(run).start("imdb_core.evaluation.robustness_job", run.folder)


def compute(run: Run, report: robustness.Progress, *, spawned: bool = False) -> Robustness:
    """Compute and keep the figure here. `report` is called with (texts, total).

    Waits for another process that computes it. `spawned`: see Job.exclusive(). Raises as
    robustness.compute(), and Stopped when the user stops the job.
    """
    paths.cache_folder().mkdir(parents=True, exist_ok=True)
    with job(run).exclusive("tries to turn the verdicts of this run", spawned=spawned):
        write_progress = job(run).reporter("texts")

        def report_both(texts: int, total: int) -> None:
            report(texts, total)
            write_progress(texts, total)

        return robustness.compute(run, report_both, write_progress.check)


def main(arguments: list[str] | None = None) -> int:
    """Compute the figure of the run in the folder that is named; the output goes to the log."""
    (folder,) = arguments or sys.argv[1:]
    resources.yield_to_others(NICENESS)

    def work() -> None:
        print(compute(store.read(Path(folder)), lambda texts, total: None, spawned=True), flush=True)

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main())
