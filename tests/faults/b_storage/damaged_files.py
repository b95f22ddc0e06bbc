"""Files of a run that are cut off, or in which a bit has flipped."""

import random
from collections import Counter
from pathlib import Path

from imdb_core.errors import UserError
from imdb_core.evaluation import predictions
from imdb_core.runs import launcher, layout, store
from imdb_core.scoring import model_files, models, predictor
from imdb_core.training import checkpoints
from tests.faults.rows import Outcome, row
from tests.faults.support import counting_worker
from tests.faults.support.trained_runs import OTHER_EPOCH, run_with_checkpoint

REVIEW = "a wonderful film with a superb story, and then the worst ending of all"


@row(
    "B3",
    "a file of a run is cut off, or one of its bits flips",
    "0 uncaught exceptions, 0 predictions from damaged files",
    breaks=("no checksums",),
)
def damaged_files(place, patch, broken):
    run = run_with_checkpoint()
    names = [layout.MODEL, layout.VOCABULARY] if broken else sorted(_files(run.folder))
    if broken:
        patch.setattr(model_files, "checked", lambda folder, name, *_: (folder / name).read_bytes())
    count = Counter(damages=0, uncaught=0, wrong=0, refused=0)
    for name in names:
        content, right = (run.folder / name).read_bytes(), _readings(run.folder, name)
        for damaged in _damages(content, flips=16 if broken else 64):
            _replace(run.folder / name, damaged)
            count["damages"] += 1
            _look_at(run.folder, name, right, count)
        _replace(run.folder / name, content)
        assert None not in right.values() and _readings(run.folder, name) == right
    figure = f"{count['uncaught']} uncaught exceptions and {count['wrong']} wrong predictions "
    figure += f"after {count['damages']} damages in {len(names)} files; {count['refused']} refused"
    return Outcome(figure, not count["uncaught"] + count["wrong"])


def _files(folder: Path) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != layout.COMMAND
    ]


def _replace(path: Path, content: bytes) -> None:
    path.unlink()  # a reader that follows the file takes bytes that are added in place for new rows
    path.write_bytes(content)


def _damages(content: bytes, *, flips: int):
    """`content` cut off at four places, then with one flipped bit, `flips` times."""
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
    return lambda folder: predictions.read_classes(store.find(folder.name), part).shares.tobytes()


def _weights(folder: Path):
    arrays = checkpoints.read_arrays((folder / layout.WEIGHTS).read_bytes())
    return {name: array.tobytes() for name, array in arrays.items()}


def _checkpoints(folder: Path):
    return counting_worker.checkpoint_epochs(folder / layout.CHECKPOINTS)


# Start of a file's name -> functions that read the file. Files without one have no influence on predictions.
READERS = {
    layout.CONFIG: (_probability(None), _probability(OTHER_EPOCH)),
    layout.MODEL_FACTS: (_probability(None), _probability(OTHER_EPOCH)),
    layout.VOCABULARY: (_probability(None), _probability(OTHER_EPOCH)),
    layout.MODEL: (_probability(None),),
    "epochs/": (_probability(OTHER_EPOCH),),
    layout.PREDICTIONS: (_predictions("test"), _predictions("validation")),
    layout.WEIGHTS: (_weights,),
    "checkpoints/": (_checkpoints,),
    layout.ROBUSTNESS: (),  # a report that no prediction depends on
    layout.EVENTS: (),
    layout.METRICS: (),
}


def _readings(folder: Path, name: str) -> dict:
    """Reader of the file `name` -> what it returns; None if it refuses the file with a sentence."""
    readings = {}
    [readers] = [readers for start, readers in READERS.items() if name.startswith(start)]
    for read in readers:
        try:
            readings[read] = read(folder)
        except UserError as error:
            readings[read] = None
            assert str(error).endswith(".")
    return readings


def _look_at(folder: Path, name: str, right: dict, count: Counter) -> None:
    """Open the run as the pages do; count readings that differ from `right` and were not refused."""
    try:
        launcher.runs()
        run = store.find(folder.name)
        run.summary(), run.state, run.log_tail()
        readings = _readings(folder, name)
    except Exception as error:  # noqa: BLE001 - every exception is counted
        print(repr(error))
        count["uncaught"] += 1
        return
    count["wrong"] += any(value is not None and value != right[read] for read, value in readings.items())
    count["refused"] += None in readings.values()
