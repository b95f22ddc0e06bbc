"""A disk that is full, has too little space, or is filled by one run."""

import itertools
import shutil
from collections import Counter

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.errors import RunError
from imdb_core.runs import disk_space, launcher, layout, store
from imdb_core.training import checkpoints, worker
from tests.faults.rows import Outcome, row
from tests.faults.support import counting_worker, sample_runs
from tests.faults.support.broken_variants import save_in_place
from tests.faults.support.child_processes import result_in_new_process, small_disk
from tests.faults.support.counted_runs import queued_run


@row(
    "B1",
    "the disk is full while runs save",
    "0 damaged checkpoints, 0 exceptions on pages",
    breaks=("saved in place",),
)
def disk_full(place, patch, broken):
    patch.setenv("IMDB_RUNS_DIR", str(place / "disk" / "runs"))
    times = 4 if broken else 20
    prefix = small_disk(place / "disk", "4m")
    count = result_in_new_process(
        _train_on_full_disks,
        times,
        broken or "",
        prefix=prefix,
        COUNTING_WEIGHTS="20000",
        COUNTING_EPOCH_SECONDS="0",
    )
    figure = f"{count['damaged']} of {times} with a damaged checkpoint or a lost epoch, "
    figure += f"{count['exceptions']} exceptions; {count['named']} of {times} ended with the path, "
    figure += f"{count['interrupted']} as interrupted, {count['resumed']} went on"
    held = (
        not count["damaged"] + count["exceptions"]
        and count["named"] + count["interrupted"] == count["resumed"] == times
    )
    return Outcome(figure, held and count["refused"] == times)


def _train_on_full_disks(times: str, broken: str) -> dict:
    """Each run fills the disk, each time at another step; then space is freed and the run resumes."""
    counting_worker.install()
    if broken:
        checkpoints.save = save_in_place
    count = Counter(refused=0, named=0, interrupted=0, damaged=0, exceptions=0, resumed=0)
    other = sample_runs.finished_run("another run")
    filler = paths.runs_folder().parent / "filler"
    for number in range(int(times)):
        run = queued_run(epochs=25)
        filler.write_bytes(bytes(shutil.disk_usage(filler.parent).free - 60_000 - 43_210 * number))
        worker.main([str(run.folder)])
        try:
            _look_around(run, other, count, with_page=number == 0 and not broken)
        except Exception as error:  # noqa: BLE001 - every exception is counted
            print(repr(error))
            count["exceptions"] += 1
        filler.unlink()
        _go_on(run, count)
    return count


def _look_around(run, other, count, *, with_page: bool) -> None:
    """With a full disk: the run keeps its epochs, other runs are listed, a new run is refused."""
    listed = {run.id: run for run in launcher.runs()}
    assert listed[other.id].state == "finished" and listed[other.id].test_accuracy
    ended = listed[run.id]
    count["named"] += ended.state == "failed" and str(run.folder) in ended.message
    count["interrupted"] += ended.state == "interrupted"
    try:
        kept = counting_worker.checkpoint_epochs(run.folder / layout.CHECKPOINTS)
        count["damaged"] += max(kept, default=0) < len(ended.epochs)
    except Exception:  # noqa: BLE001 - every exception is counted
        count["damaged"] += 1
    try:
        launcher.submit(run.config)
    except RunError:
        count["refused"] += len(store.runs()) == 2
    if with_page:
        _open_the_page_of_runs()


def _go_on(run, count) -> None:
    """With free space again: resume the run to its end, then delete it to free the space."""
    try:
        launcher.runs()
        store.record(run.folder, "queued", resumed=True)
        worker.main([str(run.folder)])
        ended = store.read(run.folder)
        epochs = [row["epoch"] for row in ended.epochs]
        count["resumed"] += ended.state == "finished" and epochs == list(range(1, 26))
    except Exception as error:  # noqa: BLE001 - every exception is counted
        print(repr(error))
        count["exceptions"] += 1
    store.delete(store.read(run.folder))


def _open_the_page_of_runs() -> None:
    from tests.apptest import opened

    opened("runs")


@row(
    "B2",
    "a run is submitted to a disk with too little space",
    "accepted at the limit, refused one byte below it",
    breaks=("not asked",),
)
def too_little_room(place, patch, broken):
    patch.setattr(launcher, "dispatch", lambda: None)
    if broken:
        patch.setattr(disk_space, "require_space", lambda config: None)
    cases = itertools.product(("lstm", "cnn_lstm_dense"), (1, 20, 200))
    networks = [configs.preset(network, epochs=epochs) for network, epochs in cases]
    right = 0
    for config in networks:
        needed = disk_space.needed_bytes(config)
        right += not _submitted(config, needed - 1, patch) and _submitted(config, needed, patch)
    figure = f"{right} of {len(networks)} accepted at the limit and refused one byte below it"
    return Outcome(figure, right == len(networks))


def _submitted(config, free: int, patch) -> bool:
    """Whether a run was created with `free` bytes left; a refusal must name both sizes and the folder."""
    patch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(2**40, 2**40 - free, free))
    before = len(store.runs())
    try:
        launcher.submit(config)
    except RunError as error:
        texts = (f"{disk_space.needed_bytes(config):,}", f"{free:,}", str(paths.runs_folder()))
        if not all(text in str(error) for text in texts) or len(store.runs()) > before:
            raise AssertionError(f"The refusal lacks a size, or left a folder: {error}") from error
        return False
    return len(store.runs()) == before + 1


@row(
    "B16",
    "a run of 100 epochs fills the disk",
    "at most 2 checkpoints, and kept epochs within their limit",
    breaks=("all are kept",),
)
def disk_growth(place, patch, broken):
    result = result_in_new_process(_hundred_epochs, place, broken or "", COUNTING_EPOCH_SECONDS="0")
    figure = f"{result['epochs']} epochs, at most {result['checkpoints']} checkpoints "
    figure += f"and {result['kept']:,} bytes of kept epochs"
    figure += f" (limit {result['limit']:,}), {result['rows']:,} bytes of rows"
    held = result["epochs"] == 100 and result["checkpoints"] == 2 and result["kept"] <= result["limit"]
    return Outcome(figure, held and result["rows"] < 2**20)


def _hundred_epochs(place: str, broken: str) -> dict:
    """The largest counts and sizes at the end of any epoch; the limit is lowered so that it is reached."""
    counting_worker.install()
    configs.MOST_EPOCH_BYTES = 100_000
    if broken:
        checkpoints._remove = lambda folder: None
    run, most, save = queued_run(epochs=100), Counter(), checkpoints.save

    def counted(folder, *arguments):
        save(folder, *arguments)
        most["checkpoints"] = max(most["checkpoints"], sum(1 for _ in folder.iterdir()))
        most["kept"] = max(most["kept"], sum(path.stat().st_size for path in folder.parent.glob("epochs/*")))

    checkpoints.save = counted
    worker.main([str(run.folder)])
    rows = sum(path.stat().st_size for path in run.folder.glob("*.jsonl"))
    epochs = len(store.read(run.folder).epochs)
    return {**most, "limit": configs.MOST_EPOCH_BYTES, "epochs": epochs, "rows": rows}
