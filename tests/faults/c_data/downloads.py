"""Rows about the reviews: no network, bad servers, many processes at once, and tampered files."""

import hashlib
import io
import json
import os
import pickle
import signal
import time
from pathlib import Path

import numpy as np

from imdb_core import paths
from imdb_core.data import download, imdb, keras_files
from imdb_core.errors import DataError
from imdb_core.runs import store
from tests import small_imdb
from tests.faults.rows import Found, row, until
from tests.faults.support.child_processes import NO_NETWORK, forked, outcome
from tests.stub_worker import use_stub

SMALL = {keras_files.NPZ: small_imdb.npz(), keras_files.INDEX: small_imdb.index()}
MODES = ("truncated", "garbage", "404", "stalled", "dripping")


@row(
    "C1",
    "no network on first use",
    "a sentence within 10 s, 0 tracebacks, the demo reviews train",
    breaks=("errors pass on",),
)
def no_network(place, patch, broken):
    patch.delenv("IMDB_DATA_DIR", raising=False)
    patch.delenv("IMDB_BASE_URL", raising=False)
    use_stub(patch, STUB_EPOCHS="1")
    found = outcome(_first_use, broken or "", prefix=NO_NETWORK)
    figure = f"{'a sentence' if found['sentence'] else 'no sentence'} after {found['seconds']:.1f} s, {found['tracebacks']} tracebacks"
    figure += f", the demo run is {found['state']}"
    return Found(
        figure,
        found["sentence"]
        and found["seconds"] <= 10
        and not found["tracebacks"]
        and found["state"] == "finished",
    )


def _first_use(broken: str) -> dict:
    """Load the reviews, train on the demo ones and open the Train page, without a network."""
    from imdb_core import config as configs
    from imdb_core.runs import launcher

    if broken:
        download._answer = download.urllib.request.urlopen
    found, started = {"sentence": False, "tracebacks": 0, "state": ""}, time.monotonic()
    try:
        imdb.load()
    except DataError as error:
        found["sentence"] = "IMDB_DATA_DIR" in str(error) and "demo corpus" in str(error)
    except Exception:  # noqa: BLE001 - counted, whatever it is
        found["tracebacks"] += 1
    found["seconds"] = time.monotonic() - started
    if broken:
        return found
    run = launcher.submit(configs.preset("cnn_lstm_dense", dataset="demo", device="cpu"))
    found["tracebacks"] += not _train_page_opens()
    until(lambda: store.read(run.folder).state in store.ENDED)
    return {**found, "state": store.read(run.folder).state}


def _train_page_opens() -> bool:
    from tests.apptest import opened

    try:
        return bool(opened("train").title)
    except AssertionError:
        return False


@row(
    "C2",
    "the download is cut, garbage, missing, stalled, dripping or killed",
    "0 bad files accepted, <= 30 s",
    breaks=("no checksum",),
)
def bad_downloads(place, patch, broken):
    patch.delenv("IMDB_DATA_DIR", raising=False)
    server = small_imdb.Server(SMALL)
    try:
        found = outcome(_download_badly, place, server.url, broken or "")
    finally:
        server.close()
    seconds = max(one["seconds"] for one in found)
    accepted, kept = (sum(one[name] for one in found) for name in ("accepted", "kept"))
    recovered = sum(one["recovered"] for one in found)
    figure = f"{accepted} of {len(found)} accepted, {kept} left a file, at most {seconds:.1f} s; {recovered} right at the next try"
    return Found(figure, accepted == kept == 0 and recovered == len(found) and seconds <= 30)


def _download_badly(place: str, url: str, broken: str) -> list[dict]:
    """Each mode in a process and with a cache of its own, all at once; the last one is killed in the middle
    of a transfer.
    """
    imdb.PUBLISHED.update(_hashes())
    modes = ("truncated", "garbage") if broken else (*MODES, "killed")

    def act(number):
        if broken:
            _without_checksums()
        (Path(place) / f"found-{number}").write_text(json.dumps(_one_mode(Path(place), url, modes[number])))

    assert not any(forked(len(modes), act))
    return [json.loads((Path(place) / f"found-{number}").read_text()) for number in range(len(modes))]


def _hashes() -> dict:
    return {name: hashlib.sha256(content).hexdigest() for name, content in SMALL.items()}


def _one_mode(place: Path, url: str, mode: str) -> dict:
    cache, started = place / mode, time.monotonic()
    os.environ |= {
        "IMDB_CACHE_DIR": str(cache),
        "IMDB_BASE_URL": url + ("stalled" if mode == "killed" else mode),
    }
    accepted = _killed_download() if mode == "killed" else _is_accepted()
    kept = [path.name for path in cache.glob("keras/*")] + [path.name for path in cache.glob("imdb-*")]
    found = {"seconds": time.monotonic() - started, "accepted": accepted, "kept": bool(kept)}
    os.environ["IMDB_BASE_URL"] = url + "good"
    small_imdb.check(imdb.load())
    files = sorted(path.name for path in cache.glob("keras/*")) == sorted(SMALL) and not list(
        cache.rglob("*.tmp")
    )
    return {**found, "recovered": files and imdb.download_status()["state"] == "done"}


def _is_accepted() -> bool:
    """Whether load() takes what comes; a refusal must be told to other processes as well."""
    try:
        imdb.load()
    except DataError as error:
        return imdb.download_status() | {"message": str(error)} != imdb.download_status()
    except Exception:  # noqa: BLE001 - no sentence is as bad as a bad file
        return True
    return True


def _killed_download() -> bool:
    """Kill a process that waits for the rest of a file; everybody else must see that it failed."""
    pid = os.fork()
    if pid == 0:
        imdb.load()
        os._exit(0)
    until(lambda: (imdb.download_status() or {}).get("state") == "downloading")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return imdb.download_status()["state"] != "failed"


def _without_checksums() -> None:
    """A downloader that takes what comes."""
    download.fetch = lambda name, sha256, progress: b"".join(
        chunk for _, chunk in download._chunks(f"{_base()}/{name}")
    )


def _base() -> str:
    return os.environ["IMDB_BASE_URL"].rstrip("/")


@row("C3", "8 processes need the download at once", "8 of 8 right, one download", breaks=("no lock",))
def one_download(place, patch, broken):
    patch.delenv("IMDB_DATA_DIR", raising=False)
    server = small_imdb.Server(SMALL)
    server.mode = "slow"
    patch.setenv("IMDB_BASE_URL", server.url)
    try:
        right = outcome(_load_in_eight, broken or "")
    finally:
        server.close()
    return Found(
        f"{right} of 8 right, {len(server.requests)} requests for 2 files",
        right == 8 and len(server.requests) == 2,
    )


def _load_in_eight(broken: str) -> int:
    imdb.PUBLISHED.update(_hashes())
    if broken:
        from contextlib import nullcontext

        imdb._alone = lambda: nullcontext(paths.cache_folder().mkdir(parents=True, exist_ok=True))
    return forked(8, lambda number: small_imdb.check(imdb.load())).count(0)


class Canary:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@row(
    "C4", "imdb.npz in a shared cache is tampered with", "0 canaries touched", breaks=("pickles are loaded",)
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
    return Found(figure, fired == 0 and refused == len(archives) and "0 parsed" in figure)


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
