"""Review files that were changed by somebody else."""

import io
import pickle
from pathlib import Path

import numpy as np

from imdb_core.data import imdb, keras_files
from imdb_core.errors import DataError
from tests import small_imdb
from tests.faults.rows import Outcome, row
from tests.faults.support.canary import Canary


@row(
    "C4",
    "imdb.npz in a shared folder was tampered with",
    "0 pickles executed",
    breaks=("pickles are loaded",),
)
def tampered_reviews(place, patch, broken):
    canary, given = place / "canary", place / "given"
    given.mkdir()
    patch.setenv("IMDB_DATA_DIR", str(given))
    pickle.loads(pickle.dumps(Canary(canary)))  # noqa: S301 - shows that the trap works
    assert canary.exists()
    if broken:
        patch.setattr(keras_files, "parse", _trusting)
    fired = refused = 0
    archives = _tampered(canary)
    for content in archives:
        canary.unlink(missing_ok=True)
        (given / keras_files.NPZ).write_bytes(content)
        (given / keras_files.INDEX).write_bytes(small_imdb.index())
        try:
            imdb.load()
        except DataError as error:
            refused += keras_files.NPZ in str(error)
        fired += canary.exists()
    figure = f"{fired} of {len(archives)} canaries touched, {refused} refused with the file's name; {_foreign(place, patch, canary)}"
    return Outcome(figure, fired == 0 and refused == len(archives) and "0 parsed" in figure)


def _tampered(canary: Path) -> list[bytes]:
    trap = [Canary(canary)] * 3
    archives = [small_imdb.npz(**{name: trap}) for name in ("x_train", "y_train", "x_test", "y_test")]
    archives += [small_imdb.with_member(f"{name}.npy", pickle.dumps(trap)) for name in ("x_train", "y_test")]
    return [*archives, pickle.dumps(trap)]


def _foreign(place: Path, patch, canary: Path) -> str:
    """In the cache itself another file than the published one is not even parsed."""
    patch.delenv("IMDB_DATA_DIR")
    patch.setenv("IMDB_BASE_URL", "http://127.0.0.1:9")
    folder = place / "cache" / "keras"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / keras_files.NPZ).write_bytes(small_imdb.npz(x_test=[Canary(canary)] * 3))
    parsed = []
    patch.setattr(keras_files, "parse", lambda *_: parsed.append(1))
    try:
        imdb.load()
    except DataError:
        pass
    return f"{len(parsed)} parsed from the cache with another checksum"


def _trusting(files, folder):
    """What a reader does that trusts its file, and finds no reviews in it."""
    content = files[keras_files.NPZ]
    try:
        with np.load(io.BytesIO(content), allow_pickle=True) as arrays:
            [arrays[name] for name in arrays]
    except Exception as error:
        raise DataError(f"{keras_files.NPZ}: {error}") from error
    raise DataError(f"{keras_files.NPZ} holds no reviews")
