"""Files with HDF5 links or pickles in the place of plain arrays."""

import io
import pickle
from collections import Counter

import numpy as np

from imdb_core import arrays
from imdb_core.training import checkpoints
from tests.faults.rows import Outcome, row
from tests.faults.support.canary import Canary
from tests.faults.support.child_processes import result_in_new_process
from tests.faults.support.figures import peak_memory_mib
from tests.faults.support.hostile_files import plant, read_as_the_app_does
from tests.faults.support.trained_runs import run_with_checkpoint


@row(
    "F2",
    "HDF5 files with links and huge shapes in the place of arrays",
    "0 loaded, memory flat",
    breaks=("h5py reads them",),
)
def hdf5_tricks(place, patch, broken):
    secret = place / "secret.h5"
    result = result_in_new_process(_tricked, secret, broken or "")
    figure = f"{result['loaded']} loads and {result['uncaught']} uncaught exceptions "
    figure += f"with {result['files']} files, {result['grown']} MiB more memory"
    return Outcome(figure, not result["loaded"] + result["uncaught"] and result["grown"] <= 32)


def _tricked(secret: str, broken: str) -> dict:
    run, count, tricks = run_with_checkpoint(), Counter(), _hdf5_files(secret)
    read_as_the_app_does(run)
    if broken:
        checkpoints.read_arrays = _with_h5py
    before = peak_memory_mib()
    for content in tricks:
        plant(run, content)
        count.update(read_as_the_app_does(run))
    return {**count, "files": len(tricks), "grown": peak_memory_mib() - before}


def _with_h5py(content: bytes) -> dict:
    import h5py

    with h5py.File(io.BytesIO(content), "r") as file:
        return {"test": file["test"][:1]}


def _hdf5_files(secret: str) -> list[bytes]:
    """Links to another file, inside the file and in a circle, a virtual data set, a shape of 8 PiB, gzip."""
    import h5py

    with h5py.File(secret, "w") as file:
        file["secret"] = np.arange(10)

    def virtual(file):
        layout = h5py.VirtualLayout((10,), "i8")
        layout[:] = h5py.VirtualSource(secret, "secret", (10,))
        file.create_virtual_dataset("test", layout)

    def built(build) -> bytes:
        stream = io.BytesIO()
        with h5py.File(stream, "w") as file:
            build(file)
        return stream.getvalue()

    return [
        built(lambda file: file.__setitem__("test", h5py.ExternalLink(secret, "/secret"))),
        built(lambda file: file.__setitem__("test", h5py.SoftLink("/other"))),
        built(lambda file: file.__setitem__("test", h5py.SoftLink("/test"))),
        built(virtual),
        built(lambda file: file.create_dataset("test", (2**50,), "f8", chunks=(2**10,))),
        built(lambda file: file.create_dataset("test", data=np.zeros(2**20), compression="gzip")),
    ]


@row("F3", "an .npz file holds a pickle", "0 pickles executed", breaks=("pickles are allowed",))
def pickles_in_arrays(place, patch, broken):
    canary, run, fired, count = place / "canary", run_with_checkpoint(), 0, Counter()
    if broken:
        patch.setattr(
            checkpoints, "unpacked", lambda content: dict(np.load(io.BytesIO(content), allow_pickle=True))
        )
    trap = np.array([Canary(canary)] * 3, object)
    stream = io.BytesIO()
    np.save(stream, trap, allow_pickle=True)
    tricks = [
        arrays.packed({"test": trap, "test_labels": trap, "1-Layer/kernel": trap}),
        stream.getvalue(),
        pickle.dumps(trap),
    ]
    for content in tricks:
        plant(run, content)
        count.update(read_as_the_app_does(run))
        fired += canary.exists()
        canary.unlink(missing_ok=True)
    figure = f"{fired} of {len(tricks)} pickles executed, {count['loaded']} loads, "
    figure += f"{count['uncaught']} uncaught exceptions"
    return Outcome(figure, not fired + count["loaded"] + count["uncaught"])
