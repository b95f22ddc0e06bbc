"""Files that are replaced between their check and their use."""

import hashlib
import json
from pathlib import Path

from imdb_core import arrays, paths
from imdb_core.errors import ModelError
from imdb_core.runs import layout
from imdb_core.scoring import model_files, predictor
from tests.faults.rows import Outcome, row
from tests.faults.support import counting_worker
from tests.faults.support.trained_runs import run_with_checkpoint


@row(
    "F6",
    "a file is swapped between its check and its use",
    "the bytes that are used are the bytes that were hashed",
    breaks=("read twice",),
)
def swapped_files(place, patch, broken):
    run = run_with_checkpoint()
    if broken:
        patch.setattr(model_files, "checked", _read_twice)
    swaps = {run.folder / name: None for name in (layout.MODEL, layout.VOCABULARY, layout.epoch_model(1))}
    swaps |= {
        run.folder / layout.CHECKPOINTS / "epoch-003" / name: None for name in (layout.WEIGHTS, layout.STATE)
    }
    right = [_used_while_swapping(run, path, patch, place) for path in swaps]
    return Outcome(f"{sum(right)} of {len(right)} files used as they were hashed, or refused", all(right))


def _used_while_swapping(run, path: Path, patch, place: Path) -> bool:
    """Whether the app loads the bytes that it hashed if the file is replaced right after that."""
    before, sha256 = path.read_bytes(), hashlib.sha256
    expected = _loaded(run, path)

    def hashed_then_swapped(content=b""):
        digest = sha256(content)
        if bytes(content) == before:
            path.write_bytes(_other(path, before))
        return digest

    with patch.context() as swapping:
        swapping.setattr(hashlib, "sha256", hashed_then_swapped)
        try:
            loaded = _loaded(run, path)
        except ModelError:
            loaded = expected
    swapped = path.read_bytes() != before
    path.write_bytes(before)
    return swapped and loaded == expected


def _loaded(run, path: Path):
    if path.parent.name == "epoch-003":
        return counting_worker.checkpoint_epochs(run.folder / layout.CHECKPOINTS)
    epoch = 1 if path.parent.name == "epochs" else None
    model = predictor.Predictor(run.folder, epoch)
    return model.vocabulary.words, model.score("a wonderful film with a superb story").probability


def _other(path: Path, content: bytes) -> bytes:
    """The bytes of a sound file of the same kind with another content."""
    if path.suffix == ".onnx":
        return (paths.PRETRAINED / "cnn_lstm" / layout.MODEL).read_bytes()
    if path.suffix == ".npz":
        return arrays.packed({name: array + 6 for name, array in arrays.unpacked(content).items()})
    document = json.loads(content)
    return json.dumps({**document, "words": document["words"][::-1]}).encode()


def _read_twice(folder: Path, name: str, expected: str, most_bytes: int) -> bytes:
    if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
        raise ModelError(f"{name} is damaged.")
    return (folder / name).read_bytes()
