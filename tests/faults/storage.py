"""Rows about the disk: full, too small, filled by one run, and what is on it when the power fails."""

import hashlib
import json
import re
import shutil
from collections import Counter
from pathlib import Path

from imdb_core import config as configs
from imdb_core import files, paths
from imdb_core.arrays import packed
from imdb_core.errors import RunError
from imdb_core.runs import launcher, room, store
from imdb_core.training import checkpoints, worker
from tests.faults import made, plain_worker
from tests.faults.child import outcome, small_disk
from tests.faults.rows import Found, row

LONG = {"network": "cnn_lstm", "dataset": "demo", "epochs": 200, "device": "cpu"}


@row(
    "B1",
    "the disk is full while runs save",
    "0 damaged checkpoints, 0 page exceptions",
    breaks=("saved in place",),
)
def disk_full(place, patch, broken):
    patch.setenv("IMDB_RUNS_DIR", str(place / "disk" / "runs"))
    times = 4 if broken else 20
    prefix = small_disk(place / "disk", "4m")
    count = outcome(
        _train_on_full_disks,
        times,
        broken or "",
        prefix=prefix,
        PLAIN_NUMBERS="20000",
        PLAIN_EPOCH_SECONDS="0",
    )
    ended = f"{count['named']} of {times} ended with the path, {count['interrupted']} as interrupted, {count['resumed']} went on"
    figure = f"{count['damaged']} of {times} with a damaged checkpoint or a lost epoch, {count['exceptions']} exceptions; {ended}"
    held = (
        not count["damaged"] + count["exceptions"]
        and count["named"] + count["interrupted"] == count["resumed"] == times
    )
    return Found(figure, held and count["refused"] == times)


def _train_on_full_disks(times: str, broken: str) -> dict:
    """Run after run fills the disk, each with another rest of room; then there is room again and it goes on."""
    plain_worker.install()
    if broken:
        checkpoints.save = _save_in_place
    count = Counter(refused=0, named=0, interrupted=0, damaged=0, exceptions=0, resumed=0)
    other = made.finished_run("another run")
    filler = paths.runs_folder().parent / "filler"
    for number in range(int(times)):
        run = store.create(configs.checked({**LONG, "epochs": 25}), store.new_id())
        filler.write_bytes(bytes(shutil.disk_usage(filler.parent).free - 60_000 - 43_210 * number))
        worker.main([str(run.folder)])
        try:
            _look_around(run, other, count, with_page=number == 0 and not broken)
        except Exception as error:  # noqa: BLE001 - counted, whatever it is
            print(repr(error))
            count["exceptions"] += 1
        filler.unlink()
        _go_on(run, count)
    return count


def _look_around(run, other, count, *, with_page: bool) -> None:
    """While the disk is full: the run's epochs are all there, the others are listed, a new one is refused."""
    listed = {one.id: one for one in launcher.runs()}
    assert listed[other.id].state == "finished" and listed[other.id].test_accuracy
    ended = listed[run.id]
    count["named"] += ended.state == "failed" and str(run.folder) in ended.ending["message"]
    count["interrupted"] += ended.state == "interrupted"
    try:
        kept = plain_worker.checkpoint_epochs(run.folder / "checkpoints")
        count["damaged"] += max(kept, default=0) < len(ended.epochs)
    except Exception:  # noqa: BLE001 - counted, whatever it is
        count["damaged"] += 1
    try:
        launcher.submit(configs.checked(LONG))
    except RunError:
        count["refused"] += len(store.runs()) == 2
    if with_page:
        _open_the_page_of_runs()


def _go_on(run, count) -> None:
    """With room again the run is resumed to its end, then deleted to make room for the next."""
    try:
        launcher.runs()
        store.record(run.folder, "queued", resumed=True)
        worker.main([str(run.folder)])
        ended = store.read(run.folder)
        count["resumed"] += ended.state == "finished" and [row["epoch"] for row in ended.epochs] == list(
            range(1, 26)
        )
    except Exception as error:  # noqa: BLE001 - counted, whatever it is
        print(repr(error))
        count["exceptions"] += 1
    store.delete(store.read(run.folder))


def _open_the_page_of_runs() -> None:
    from tests.apptest import opened

    opened("runs")


def _save_in_place(folder, model, row, progress) -> None:
    """One folder whose files are overwritten, the manifest first."""
    folder.mkdir(exist_ok=True)
    target = folder / f"epoch-{progress.epoch:03d}"
    for old in folder.iterdir():
        old.rename(target)
    target.mkdir(exist_ok=True)
    contents = {name: packed(arrays) for name, arrays in checkpoints._parts(model).items()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    manifest = {"format": 1, "sha256": hashes, "row": row, "progress": progress.as_dict()}
    (target / "manifest.json").write_text(json.dumps(manifest))
    for name, content in contents.items():
        (target / name).write_bytes(content)


@row(
    "B2",
    "a run is submitted to a disk with too little room",
    "pass at limit and limit - 1",
    breaks=("not asked",),
)
def too_little_room(place, patch, broken):
    patch.setattr(launcher, "dispatch", lambda: None)
    if broken:
        patch.setattr(room, "demand", lambda config: None)
    networks = [
        configs.preset(network, epochs=epochs)
        for network in ("lstm", "cnn_lstm_dense")
        for epochs in (1, 20, 200)
    ]
    right = 0
    for config in networks:
        needed = room.needed_bytes(config)
        right += not _submitted(config, needed - 1, patch) and _submitted(config, needed, patch)
    return Found(
        f"{right} of {len(networks)} refused at limit - 1 and accepted at the limit", right == len(networks)
    )


def _submitted(config, free: int, patch) -> bool:
    """Whether a run is there after submitting it with so many free bytes; a refusal must name both figures
    and the folder.
    """
    patch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(2**40, 2**40 - free, free))
    before = len(store.runs())
    try:
        launcher.submit(config)
    except RunError as error:
        named = all(
            text in str(error)
            for text in (f"{room.needed_bytes(config):,}", f"{free:,}", str(paths.runs_folder()))
        )
        if not named or len(store.runs()) > before:
            raise AssertionError(f"a refusal without figures, or with a folder: {error}") from error
        return False
    return len(store.runs()) == before + 1


@row(
    "B16",
    "a run of 100 epochs fills the disk",
    "at most 2 checkpoints + the cap of kept epochs",
    breaks=("all are kept",),
)
def disk_growth(place, patch, broken):
    found = outcome(_hundred_epochs, place, broken or "", PLAIN_EPOCH_SECONDS="0")
    figure = f"{found['epochs']} epochs, at most {found['checkpoints']} checkpoints and {found['kept']:,} bytes of kept epochs"
    figure += f" (cap {found['cap']:,}), {found['log']:,} bytes of rows and log"
    held = (
        found["epochs"] == 100
        and found["checkpoints"] == 2
        and found["kept"] <= found["cap"]
        and found["log"] < 2**20
    )
    return Found(figure, held)


def _hundred_epochs(place: str, broken: str) -> dict:
    """The most of everything at any end of an epoch; the cap is made small, so that it is reached."""
    plain_worker.install()
    configs.MOST_EPOCH_BYTES = 100_000
    if broken:
        checkpoints._remove = lambda folder: None
    run, most, save = (
        store.create(configs.checked({**LONG, "epochs": 100}), store.new_id()),
        Counter(),
        checkpoints.save,
    )

    def counted(folder, *arguments):
        save(folder, *arguments)
        most["checkpoints"] = max(most["checkpoints"], sum(1 for _ in folder.iterdir()))
        most["kept"] = max(most["kept"], sum(path.stat().st_size for path in folder.parent.glob("epochs/*")))

    checkpoints.save = counted
    worker.main([str(run.folder)])
    log = sum(path.stat().st_size for path in run.folder.glob("*.jsonl"))
    return {**most, "cap": configs.MOST_EPOCH_BYTES, "epochs": len(store.read(run.folder).epochs), "log": log}


@row(
    "B17",
    "the power fails during a save",
    "write, sync the file, rename, sync the folder, every time",
    breaks=("no sync",),
)
def order_of_a_save(place, patch, broken):
    trace = place / "trace"
    watched = "trace=fsync,fdatasync,rename,renameat,renameat2"
    outcome(_save_once, place, broken or "", prefix=("strace", "-f", "-y", "-e", watched, "-o", str(trace)))
    steps = [step for line in trace.read_text().splitlines() if (step := _step(line, place))]
    renames = [
        step for step in steps if step[0] == "rename" and not step[2].endswith(".old")
    ]  # that one is a deletion
    wrong = [step for step in renames if not _is_safe(steps, step)]
    return Found(f"{len(wrong)} of {len(renames)} renames in the wrong order", bool(renames) and not wrong)


def _save_once(place: str, broken: str) -> None:
    """A run is created, an epoch and its model are saved, and the epoch after it; every rename of the app
    happens.
    """
    plain_worker.install()
    if broken:
        files.os.fsync = lambda handle: None
    run = store.create(configs.checked({**LONG, "epochs": 2}), store.new_id())
    worker.main([str(run.folder)])


def _step(line: str, place) -> tuple | None:
    """("fsync", path) or ("rename", old, new) of a line that strace wrote."""
    if found := re.search(r"(?:fsync|fdatasync)\(\d+<([^>]+)>\) += 0", line):
        return "fsync", found[1]
    if "rename" in line and line.rstrip().endswith("= 0"):
        old, new = re.findall(r'"([^"]+)"', line)
        return ("rename", old, new) if str(place) in new else None
    return None


def _is_safe(steps: list, rename: tuple) -> bool:
    """Whether what is renamed was synced under its old name, with all that lies in it, and its new folder
    afterwards.
    """
    _, old, new = rename
    at = steps.index(rename)
    before, after = (
        {step[1] for step in steps[:at] if step[0] == "fsync"},
        {step[1] for step in steps[at:] if step[0] == "fsync"},
    )
    return old in before and str(Path(new).parent) in after
