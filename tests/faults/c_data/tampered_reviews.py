"""Files of reviews that another person has changed."""

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
    pickle.loads(pickle.dumps(Canary(canary)))  # noqa: S301 - shows that the canary works
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
    figure = f"{fired} of {len(archives)} pickles executed, {refused} refused with the file's name; "
    figure += _other_file_in_cache(place, patch, canary)
    return Outcome(figure, fired == 0 and refused == len(archives) and "0 parsed" in figure)


def _tampered(canary: Path) -> list[bytes]:
    trap = [Canary(canary)] * 3
    archives = [small_imdb.npz(**{name: trap}) for name in ("x_train", "y_train", "x_test", "y_test")]
    archives += [small_imdb.with_member(f"{name}.npy", pickle.dumps(trap)) for name in ("x_train", "y_test")]
    return [*archives, pickle.dumps(trap)]


def _other_file_in_cache(place: Path, patch, canary: Path) -> str:
    """A file in the cache that is not the published one must not be parsed."""
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
    """The broken variant: a reader that unpickles the file and finds no reviews in it."""
    content = files[keras_files.NPZ]
    try:
        with np.load(io.BytesIO(content), allow_pickle=True) as arrays:
            [arrays[name] for name in arrays]
    except Exception as error:
        raise DataError(f"{keras_files.NPZ}: {error}") from error
    raise DataError(f"{keras_files.NPZ} holds no reviews")
