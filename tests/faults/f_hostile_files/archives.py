"""Rows about hostile archives of arrays: HDF5 tricks, pickles, archives that grow, files that are swapped
under the reader.
"""

import hashlib
import io
import json
import os
import pickle
import resource
import struct
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

from imdb_core import arrays, paths
from imdb_core.data import imdb, keras_files
from imdb_core.errors import DataError, ModelError
from imdb_core.runs import layout
from imdb_core.scoring import model_files, predictor
from imdb_core.training import checkpoints
from tests import small_imdb
from tests.faults.b_storage.damaged_files import finished_run
from tests.faults.c_data.downloads import Canary
from tests.faults.f_hostile_files.model_files import planted, refusals
from tests.faults.rows import Found, row
from tests.faults.support import counting_worker
from tests.faults.support.child_processes import forked, outcome


@row("F2", "HDF5 tricks instead of arrays", "0 loads, memory flat", breaks=("h5py reads them",))
def hdf5_tricks(place, patch, broken):
    secret = place / "secret.h5"
    found = outcome(_tricked, secret, broken or "")
    figure = f"{found['loaded']} loads, {found['uncaught']} uncaught of {found['files']} files, {found['grown']} MiB more memory"
    return Found(figure, not found["loaded"] + found["uncaught"] and found["grown"] <= 32)


def _tricked(secret: str, broken: str) -> dict:
    run, count, tricks = finished_run(), Counter(), _hdf5_files(secret)
    refusals(run)
    if broken:
        checkpoints.read_arrays = _with_h5py
    before = _peak_mib()
    for content in tricks:
        planted(run, content)
        count.update(refusals(run))
    return {**count, "files": len(tricks), "grown": _peak_mib() - before}


def _with_h5py(content: bytes) -> dict:
    import h5py

    with h5py.File(io.BytesIO(content), "r") as file:
        return {"test": file["test"][:1]}


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**10


def _hdf5_files(secret: str) -> list[bytes]:
    """Links out of the file, a link inside, a data set of other files' data, a shape of 8 PiB, links in a
    circle.
    """
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


@row("F3", "an .npz with a pickle inside", "0 canaries touched", breaks=("pickles are allowed",))
def pickles_in_arrays(place, patch, broken):
    canary, run, fired, count = place / "canary", finished_run(), 0, Counter()
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
        planted(run, content)
        count.update(refusals(run))
        fired += canary.exists()
        canary.unlink(missing_ok=True)
    figure = (
        f"{fired} of {len(tricks)} canaries touched, {count['loaded']} loads, {count['uncaught']} uncaught"
    )
    return Found(figure, not fired + count["loaded"] + count["uncaught"])


@row(
    "F4",
    "archives that unpack to more than they are",
    "0 bytes outside, memory <= +64 MiB",
    breaks=("numpy reads them",),
)
def growing_archives(place, patch, broken):
    found = outcome(_unpacked_bombs, place, broken or "")
    outside = sum(path.is_file() for path in place.iterdir())
    figure = f"{found['loaded']} of {found['archives']} archives loaded, {found['uncaught']} uncaught, {outside} files outside"
    figure += f", {found['grown']} MiB more memory at most"
    return Found(figure, not found["loaded"] + found["uncaught"] + outside and found["grown"] <= 64)


def _unpacked_bombs(place: str, broken: str) -> dict:
    """Each archive as a run's arrays and as imdb.npz."""
    os.environ["IMDB_DATA_DIR"] = str(Path(place) / "given")
    folder = Path(place) / "bombs"
    folder.mkdir()
    assert forked(1, lambda _: _write_bombs(folder)) == [0]  # making them takes memory as well
    archives = [path.read_bytes() for path in sorted(folder.iterdir())][: 2 if broken else None]
    run, count = finished_run(), Counter()
    refusals(run)
    _reviews_of(small_imdb.npz())
    if broken:
        checkpoints.unpacked = lambda content: dict(np.load(io.BytesIO(content), allow_pickle=False))
    before = _peak_mib()
    for content in archives:
        planted(run, content)
        count.update(refusals(run))
        count.update(_reviews_of(content))
    return {**count, "archives": len(archives), "grown": _peak_mib() - before}


def _write_bombs(folder: Path) -> None:
    for number, content in enumerate(_bombs()):
        (folder / str(number)).write_bytes(content)


def _reviews_of(content: bytes) -> dict:
    given = Path(os.environ["IMDB_DATA_DIR"])
    given.mkdir(exist_ok=True)
    (given / keras_files.NPZ).write_bytes(content)
    (given / keras_files.INDEX).write_bytes(small_imdb.index())
    try:
        imdb.load()
    except DataError:
        return {}
    except Exception as error:  # noqa: BLE001 - counted, whatever it is
        print(repr(error))
        return {"uncaught": 1}
    return {"loaded": 1}


def _bombs() -> list[bytes]:
    """Zeros that shrink to a thousandth, 100,000 entries, paths that lead out, links, doubles, lies about
    sizes and shapes.
    """
    zeros, array = _npy(np.zeros(100 * 2**17)), _npy(np.zeros(3))  # the first has 100 MiB
    names = ("test.npy", "test_labels.npy", "x_train.npy", "x_test.npy")
    link = zipfile.ZipInfo("x_train.npy")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    packed = {"compression": zipfile.ZIP_DEFLATED, "compresslevel": 1}
    bombs = [
        _archive(dict.fromkeys(names[1:3], zeros), **packed),
        _archive({"test.npy": zeros[: 2**22]}, compression=zipfile.ZIP_LZMA),
    ]
    bombs += [_archive({f"{number}.npy": b"" for number in range(100_000)})]
    bombs += [_archive({f"../../{name}": array for name in names} | {"/tmp/outside.npy": array})]
    bombs += [_archive({link: b"/etc/passwd"}), _doubled(names, array)]
    bombs += [_lying_about_size(names[0], array), _archive({name: _huge_shape() for name in names})]
    return bombs


def _npy(array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _archive(members: dict, **options) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _doubled(names, array) -> bytes:
    import warnings

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings(action="ignore"):
        for name in (*names, *names):
            archive.writestr(name, array)
    return stream.getvalue()


def _lying_about_size(name: str, array: bytes) -> bytes:
    """An entry that says it has 3 GiB."""
    content = _archive({name: array})
    return content.replace(
        struct.pack("<2L", len(array), len(array)), struct.pack("<2L", len(array), 3 * 2**30)
    )


def _huge_shape() -> bytes:
    """An array of 8 PiB, by its header."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": (2**50,)})
    return stream.getvalue() + bytes(64)


@row(
    "F6",
    "a file is swapped between check and load",
    "the bytes that were hashed are parsed",
    breaks=("read twice",),
)
def swapped_files(place, patch, broken):
    run = finished_run()
    if broken:
        patch.setattr(model_files, "checked", _read_twice)
    swaps = {run.folder / name: None for name in ("model.onnx", "vocabulary.json", layout.epoch_model(1))}
    swaps |= {run.folder / "checkpoints" / "epoch-003" / name: None for name in ("weights.npz", "state.npz")}
    right = [_used_while_swapping(run, path, patch, place) for path in swaps]
    return Found(f"{sum(right)} of {len(right)} files used as they were hashed, or refused", all(right))


def _used_while_swapping(run, path: Path, patch, place: Path) -> bool:
    """Whether what is loaded is what was hashed, though the file becomes another one as soon as it has been
    hashed.
    """
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
        return counting_worker.checkpoint_epochs(run.folder / "checkpoints")
    epoch = 1 if path.parent.name == "epochs" else None
    model = predictor.Predictor(run.folder, epoch)
    return model.vocabulary.words, model.score("a wonderful film with a superb story").probability


def _other(path: Path, content: bytes) -> bytes:
    """A sound file of the same kind with other contents."""
    if path.suffix == ".onnx":
        return (paths.PRETRAINED / "cnn_lstm" / "model.onnx").read_bytes()
    if path.suffix == ".npz":
        return arrays.packed({name: array + 6 for name, array in arrays.unpacked(content).items()})
    document = json.loads(content)
    return json.dumps({**document, "words": document["words"][::-1]}).encode()


def _read_twice(folder: Path, name: str, expected: str, most_bytes: int) -> bytes:
    if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
        raise ModelError(f"{name} is damaged.")
    return (folder / name).read_bytes()
