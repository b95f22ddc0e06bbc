"""Archives that unpack to much more than their size, or whose entries lead out or lie."""

import io
import os
import struct
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

from imdb_core.data import imdb, keras_files
from imdb_core.errors import DataError
from imdb_core.training import checkpoints
from tests import small_imdb
from tests.faults.rows import Outcome, row
from tests.faults.support.child_processes import fork_each, result_in_new_process
from tests.faults.support.figures import peak_memory_mib
from tests.faults.support.hostile_files import plant, read_as_the_app_does
from tests.faults.support.trained_runs import run_with_checkpoint


@row(
    "F4",
    "zip bombs, and archives whose entries lead out or lie",
    "0 files outside, memory <= +64 MiB",
    breaks=("numpy reads them",),
)
def growing_archives(place, patch, broken):
    result = result_in_new_process(_unpacked_bombs, place, broken or "")
    outside = sum(path.is_file() for path in place.iterdir())
    figure = f"{result['loaded']} of {result['archives']} archives loaded, "
    figure += f"{result['uncaught']} uncaught exceptions, {outside} files outside, "
    figure += f"{result['grown']} MiB more memory at most"
    return Outcome(figure, not result["loaded"] + result["uncaught"] + outside and result["grown"] <= 64)


def _unpacked_bombs(place: str, broken: str) -> dict:
    """Read each archive as a run's arrays and as imdb.npz."""
    os.environ["IMDB_DATA_DIR"] = str(Path(place) / "given")
    folder = Path(place) / "bombs"
    folder.mkdir()
    assert fork_each(1, lambda _: _write_bombs(folder)) == [
        0
    ]  # in another process, because writing them takes memory
    archives = [path.read_bytes() for path in sorted(folder.iterdir())][: 2 if broken else None]
    run, count = run_with_checkpoint(), Counter()
    read_as_the_app_does(run)
    _reviews_of(small_imdb.npz())
    if broken:
        checkpoints.unpacked = lambda content: dict(np.load(io.BytesIO(content), allow_pickle=False))
    before = peak_memory_mib()
    for content in archives:
        plant(run, content)
        count.update(read_as_the_app_does(run))
        count.update(_reviews_of(content))
    return {**count, "archives": len(archives), "grown": peak_memory_mib() - before}


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
    except Exception as error:  # noqa: BLE001 - every exception is counted
        print(repr(error))
        return {"uncaught": 1}
    return {"loaded": 1}


def _bombs() -> list[bytes]:
    """Compressed zeros, 100,000 entries, paths that lead out, links, double names, wrong sizes and shapes."""
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
    """An entry with a header that states 3 GiB."""
    content = _archive({name: array})
    return content.replace(
        struct.pack("<2L", len(array), len(array)), struct.pack("<2L", len(array), 3 * 2**30)
    )


def _huge_shape() -> bytes:
    """An array with a header that states 8 PiB."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": (2**50,)})
    return stream.getvalue() + bytes(64)
