"""Rows about run folders that are not what was written: damaged files, whole folders of rubbish, torn last
rows.
"""

import json
import os
import random
import shutil
from collections import Counter
from pathlib import Path

from imdb_core import files
from imdb_core.errors import UserError
from imdb_core.evaluation import predictions
from imdb_core.runs import journal, launcher, layout, reading, store
from imdb_core.scoring import model_files, models, predictor
from imdb_core.training import checkpoints
from imdb_core.training.fit import FitState
from tests.faults import made, plain_worker
from tests.faults.child import NO_SUPERUSER, outcome
from tests.faults.rows import Found, row

REVIEW = "a wonderful film with a superb story, and then the worst ending of all"
OTHER = 1  # an epoch that is not the best one


@row(
    "B3",
    "a file of a run is cut, or a bit of it flips",
    "0 uncaught, 0 predictions from damaged files",
    breaks=("no checksums",),
)
def damaged_files(place, patch, broken):
    run = finished_run()
    names = ["model.onnx", "vocabulary.json"] if broken else sorted(_files(run.folder))
    if broken:
        patch.setattr(model_files, "checked", lambda folder, name, *_: (folder / name).read_bytes())
    count = Counter(damages=0, uncaught=0, wrong=0, refused=0)
    for name in names:
        content, right = (run.folder / name).read_bytes(), _told(run.folder, name)
        for damaged in _damages(content, flips=16 if broken else 64):
            _replace(run.folder / name, damaged)
            count["damages"] += 1
            _look_at(run.folder, name, right, count)
        _replace(run.folder / name, content)
        assert None not in right.values() and _told(run.folder, name) == right
    figure = f"{count['uncaught']} uncaught, {count['wrong']} wrong predictions of {count['damages']} damages in {len(names)} files"
    return Found(f"{figure}; {count['refused']} refused", not count["uncaught"] + count["wrong"])


def finished_run() -> store.Run:
    """A run that was really trained, with a checkpoint and another epoch's model."""
    run = made.trained_copy()
    document = json.loads((run.folder / "config.json").read_bytes())
    files.write_json(run.folder / "config.json", {**document, "checksum": files.checksum(document["config"])})
    rows = (run.folder / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    (run.folder / "metrics.jsonl").write_bytes(
        b"".join(row for row in rows if b"val_loss" in row)
    )  # hundreds take long to read
    model = json.loads((run.folder / "model.json").read_bytes())
    shutil.rmtree(run.folder / "epochs", ignore_errors=True)  # one is enough
    (run.folder / "epochs").mkdir()
    shutil.copy(run.folder / "model.onnx", run.folder / layout.epoch_model(OTHER))
    files.write_json(
        run.folder / "model.json", {**model, "epochs": {str(OTHER): model["sha256"]["model.onnx"]}}
    )
    network = plain_worker.Model()
    network.learn(3)
    checkpoints.save(run.folder / "checkpoints", network, {"epoch": 3}, FitState(3, 3, 0.5))
    return store.read(run.folder)


def _files(folder: Path) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != "command.txt"
    ]


def _replace(path: Path, content: bytes) -> None:
    path.unlink()  # in place, a reader that follows would take more bytes for new rows
    path.write_bytes(content)


def _damages(content: bytes, *, flips: int):
    """`content` cut in four places, then with one bit flipped in so many bytes."""
    yield from (content[:length] for length in (0, 1, len(content) // 2, len(content) - 1))
    chance = random.Random(len(content))
    for _ in range(flips):
        flipped = bytearray(content)
        flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        yield bytes(flipped)


def _probability(epoch):
    return lambda folder: (
        predictor.Predictor(models.find(folder.name).folder, epoch).score(REVIEW).probability
    )


def _predictions(part):
    return lambda folder: predictions.read(store.find(folder.name), part).probabilities.tobytes()


def _weights(folder: Path):
    arrays = checkpoints.read_arrays((folder / "weights.npz").read_bytes())
    return {name: array.tobytes() for name, array in arrays.items()}


def _checkpoints(folder: Path):
    return plain_worker.checkpoint_epochs(folder / "checkpoints")


# Who reads the files whose names begin so; the rows of events and metrics foretell nothing.
READERS = {
    "config.json": (_probability(None), _probability(OTHER)),
    "model.json": (_probability(None), _probability(OTHER)),
    "vocabulary.json": (_probability(None), _probability(OTHER)),
    "model.onnx": (_probability(None),),
    "epochs/": (_probability(OTHER),),
    "predictions.npz": (_predictions("test"), _predictions("validation")),
    "weights.npz": (_weights,),
    "checkpoints/": (_checkpoints,),
    "events.jsonl": (),
    "metrics.jsonl": (),
}


def _told(folder: Path, name: str) -> dict:
    """What can be told from the file `name`, by reader; None where it is refused with a sentence."""
    told = {}
    [readers] = [readers for start, readers in READERS.items() if name.startswith(start)]
    for read in readers:
        try:
            told[read] = read(folder)
        except UserError as error:
            told[read] = None
            assert str(error).endswith(".")
    return told


def _look_at(folder: Path, name: str, right: dict, count: Counter) -> None:
    """Open the run as the pages do; count what is not refused and yet differs."""
    try:
        launcher.runs()
        run = store.find(folder.name)
        run.summary(), run.state, run.log_tail()
        told = _told(folder, name)
    except Exception as error:  # noqa: BLE001 - counted, whatever it is
        print(repr(error))
        count["uncaught"] += 1
        return
    count["wrong"] += any(value is not None and value != right[read] for read, value in told.items())
    count["refused"] += None in told.values()


@row(
    "B4",
    "12 of 200 run folders are broken",
    "188 shown, 12 quarantined with reasons, 0 exceptions",
    breaks=("not quarantined",),
)
def broken_folders(place, patch, broken):
    (place / "runs").mkdir()
    count = 18 if broken else 188
    run = made.finished_run("healthy")
    for folder in [run.folder, *made.many_copies(run, count - 1)][:12]:
        shutil.copytree(folder, folder.with_name(store.new_id()))
    folders = sorted(path for path in (place / "runs").iterdir() if path.is_dir())[:: (count + 12) // 12][:12]
    for folder, damage in zip(folders, DAMAGES.values(), strict=True):
        damage(folder)
    found = outcome(_listed, broken or "", prefix=NO_SUPERUSER)
    figure = f"{found['shown']} of {count} shown, {found['quarantined']} of 12 quarantined with reasons"
    figure += f", {len(found['exceptions'])} exceptions {' '.join(found['exceptions'])}"
    return Found(figure, (found["shown"], found["quarantined"], found["exceptions"]) == (count, 12, []))


def _listed(broken: str) -> dict:
    """What the list of runs, each single run and the page of all runs make of them."""
    exceptions, listed = [], []
    if broken:
        reading.lock_fault = lambda path: None
    try:
        listed = launcher.runs()
        summaries = [run.summary() for run in listed]
        thorough = [store.read(run.folder) for run in listed]
        assert sum(bool(run.damaged) for run in thorough) == 12 and all(summaries)
        _page()
    except Exception as error:  # noqa: BLE001 - counted, whatever it is
        exceptions.append(repr(error))
    shown = sum(run.damaged is None and run.test_accuracy == 0.8125 for run in listed)
    return {"shown": shown, "quarantined": sum(bool(run.damaged) for run in listed), "exceptions": exceptions}


def _page() -> None:
    from tests.apptest import opened

    table = opened("runs").dataframe[0].value
    assert list(table["state"]).count("damaged") == 12 and all(table[table["state"] == "damaged"]["remark"])


def _put(name: str, content: bytes):
    return lambda folder: files.write_atomically(folder / name, content)


def _pipe(folder: Path) -> None:
    (folder / "events.jsonl").unlink()
    os.mkfifo(folder / "events.jsonl")


def _loop(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(folder.name)


def _huge(folder: Path) -> None:
    files.write_atomically(folder / "config.json", b'{"format": 1}')
    os.truncate(folder / "config.json", 2**40)


def _endless(folder: Path) -> None:
    files.write_atomically(folder / "metrics.jsonl", b"")
    os.truncate(folder / "metrics.jsonl", 2**40)


def _folder_as(name: str):
    def damage(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return damage


DAMAGES = {
    "empty config": _put("config.json", b""),
    "config of a terabyte": _huge,
    "config that is not UTF-8": _put("config.json", b'{"format": 1, "config": "\xff\xfe"}'),
    "config with NaN": _put("config.json", b'{"format": 1, "config": {"learning_rate": NaN}}'),
    "config nested 100,000 deep": _put("config.json", b"[" * 100_000),
    "no permission": lambda folder: folder.chmod(0),
    "a link to itself": _loop,
    "a folder as config": _folder_as("config.json"),
    "a folder as lock": _folder_as("run.lock"),
    "events in a pipe": _pipe,
    "metrics of a terabyte": _endless,
    "a row that no worker wrote": _put(
        "events.jsonl", b'{"event": "queued"}\n{"event": "finished", "test_accuracy": [1e999]}\n'
    ),
}


@row(
    "B5", "the last rows are torn at any byte", "0 complete records lost, 0 merged", breaks=("naive append",)
)
def torn_rows(place, patch, broken):
    path, written = (
        place / "metrics.jsonl",
        [{"event": "queued"}, {"event": "größer \u2028", "n": 1}, {"event": 'quote " \\', "n": [1]}],
    )
    append = _naive_append if broken else journal.append
    for one in written:
        append(path, one)
    whole = path.read_bytes()
    ends = [number + 1 for number, byte in enumerate(whole) if byte == ord("\n")]
    cuts = range(ends[0], len(whole) + 1)
    lost = merged = 0
    for length in cuts:
        path.write_bytes(whole[:length])
        before, complete = _fresh(path), sum(end <= length for end in ends)
        append(path, {"event": "after"})
        after = _fresh(path)
        # A row whose line end alone is missing is complete as well: closing the line brings it back.
        closed = sum(end <= length + 1 for end in ends)
        lost += (
            before != written[:complete]
            or after[:closed] != written[:closed]
            or {"event": "after"} not in after
        )
        merged += len(after) != closed + 1
    return Found(f"{lost} of {len(cuts)} cuts lost a record, {merged} merged two", lost + merged == 0)


def _fresh(path: Path) -> list[dict]:
    """The rows as a process sees them that reads the file for the first time."""
    journal.memory.clear()
    return journal.rows(path)


def _naive_append(path: Path, one: dict) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(one, ensure_ascii=False) + "\n")
