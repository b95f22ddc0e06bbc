"""Runs that end early and are resumed, and the temporary files of processes that were killed."""

import os
import shutil
from collections import Counter
from pathlib import Path

import psutil

from imdb_core import paths, temporary
from imdb_core.runs import assignment, launcher, layout, ownership, store
from imdb_core.training import checkpoints, worker
from tests.faults.rows import Outcome, row
from tests.faults.support import counting_worker
from tests.faults.support.broken_variants import save_in_place
from tests.faults.support.child_processes import result_in_new_process
from tests.faults.support.counted_runs import queued_run
from tests.faults.support.failpoints import killed_before
from tests.faults.support.waiting import wait_until


@row(
    "B6",
    "a worker is killed between two files of a save",
    "resumed with the files of one epoch, after a kill at every step",
    breaks=("saved in place",),
)
def killed_between(place, patch, broken):
    count = result_in_new_process(_killed_and_resumed, broken or "", COUNTING_EPOCH_SECONDS="0")
    figure = f"{count['right']} of {count['killed']} runs, killed before each change on the disk, "
    figure += "resumed with the files of one epoch"
    return Outcome(figure, count["right"] == count["killed"] > 30)


def _killed_and_resumed(broken: str) -> dict:
    """For each step: train two epochs, kill before the step, train to the end. Mixed files fail the run."""
    counting_worker.install()
    if broken:
        checkpoints.save = save_in_place
    count, killed = Counter(), True
    while killed:
        run = queued_run(epochs=2)
        killed = killed_before(count["killed"] + 1, lambda run=run: worker.main([str(run.folder)]))
        if killed:
            worker.main([str(run.folder)])
            ended = store.read(run.folder)
            rows = [row["epoch"] for row in ended.metrics if row["kind"] == "epoch"]
            count["right"] += (
                ended.state == "finished"
                and rows == [1, 2]
                and counting_worker.checkpoint_epochs(_saved(run))[-1] == 2
            )
            count["killed"] += 1
        shutil.rmtree(run.folder)
    return count


def _saved(run) -> Path:
    return run.folder / layout.CHECKPOINTS


@row(
    "B8",
    "a run is stopped, then resumed",
    "20 of 20 go on with the next epoch; a foreign file beside the run stays",
    breaks=("starts at zero",),
)
def stop_and_resume(place, patch, broken):
    sentinel = place / "runs" / "sentinel.txt"
    sentinel.parent.mkdir()
    sentinel.write_text("mine")
    times = 2 if broken else 20
    right = result_in_new_process(_stopped_and_resumed, times, broken or "")
    kept = sentinel.exists() and sentinel.read_text() == "mine"
    return Outcome(
        f"{right} of {times} went on with the next epoch, the foreign file {'stays' if kept else 'is GONE'}",
        right == times and kept,
    )


def _stopped_and_resumed(times: str, broken: str) -> int:
    """Workers are forked, each in its own session: starting new interpreters takes minutes."""
    counting_worker.install()
    assignment.start_queued = lambda listed: None
    right = 0
    for _ in range(int(times)):
        run = queued_run(epochs=200)
        first = forked_worker(run)
        wait_until(lambda run=run: len(store.read(run.folder).epochs) > 2)
        store.record(run.folder, "stop-requested")
        launcher.end(store.read(run.folder))
        os.waitpid(first, 0)
        stopped, last = store.read(run.folder).state, store.read(run.folder).epochs[-1]["epoch"]
        if broken:
            shutil.rmtree(run.folder / layout.CHECKPOINTS)
        store.record(run.folder, "queued", resumed=True)
        os.waitpid(forked_worker(run, COUNTING_MORE_EPOCHS="1", COUNTING_EPOCH_SECONDS="0"), 0)
        right += stopped == "stopped" and _went_on(run, last)
    return right


def forked_worker(run, **environment) -> int:
    """The pid of a new process that trains the run."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.environ.update(environment)
            os._exit(worker.main([str(run.folder)]))
        finally:
            os._exit(1)
    return pid


def _went_on(run, last: int) -> bool:
    ended = store.read(run.folder)
    return ended.event("resumed").get("epoch") == last and [row["epoch"] for row in ended.epochs] == list(
        range(1, last + 2)
    )


@row(
    "B13",
    "killed processes leave temporary files",
    "0 left, 0 files of living processes removed",
    breaks=("nobody removes them", "all are removed"),
)
def stale_files(place, patch, broken):
    count = result_in_new_process(_killed_and_tidied, broken or "", COUNTING_EPOCH_SECONDS="0")
    figure = f"{count['left']} of {count['stale']} left after {count['killed']} kills, "
    figure += f"{count['lost']} files of living processes removed"
    return Outcome(figure, count["left"] == count["lost"] == 0 and count["stale"] > 10)


def _killed_and_tidied(broken: str) -> dict:
    """Kill creation, training and deletion of a run before each of their steps; the launcher tidies up."""
    counting_worker.install()
    assignment.start_queued = lambda listed: None
    if broken:
        psutil.pid_exists = lambda pid: broken == "nobody removes them"
        ownership.remove = _remove if broken == "all are removed" else lambda folder: None
    count = Counter(stale=0, left=0, lost=0, killed=0)
    for act in (lambda run: queued_run(), lambda run: worker.main([str(run.folder)]), store.delete):
        step, killed = 1, True
        while killed and not (broken and step > 40):
            run = queued_run(epochs=2)
            killed = killed_before(step, lambda act=act, run=run: act(run))
            count["killed"] += killed
            _tidy_up(run, count)
            step += 1
    return count


_remove = ownership.remove


def _tidy_up(run, count) -> None:
    """Let the launcher tidy up; files of this living process must stay."""
    root = paths.runs_folder()
    mine = [temporary.beside(root / store.new_id()), root / f".{os.getpid()}.marker"]
    mine[0].mkdir()
    if run.folder.exists():
        mine[1] = temporary.beside(run.folder / layout.MODEL_FACTS)
    mine[1].touch()
    count["stale"] += len(_stale(root, mine))
    launcher.dispatch()
    count["left"] += len(_stale(root, mine))
    count["lost"] += sum(not path.exists() for path in mine)
    for entry in root.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _stale(root: Path, mine: list[Path]) -> list[Path]:
    paths = [*root.rglob(".*.tmp"), *root.rglob(".*.old"), *root.glob(".trash-*")]
    return [path for path in paths if path not in mine]
