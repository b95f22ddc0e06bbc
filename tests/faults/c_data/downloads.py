"""The reviews are downloaded without a network, from bad servers, or by many processes at once."""

import hashlib
import json
import os
import signal
import time
from pathlib import Path

from imdb_core import paths
from imdb_core.data import download, imdb, keras_files
from imdb_core.errors import DataError
from imdb_core.runs import store
from tests import small_imdb
from tests.faults.rows import Outcome, row
from tests.faults.support.child_processes import NO_NETWORK, fork_each, result_in_new_process
from tests.faults.support.waiting import wait_until
from tests.stub_worker import use_stub

SMALL = {keras_files.NPZ: small_imdb.npz(), keras_files.INDEX: small_imdb.index()}
MODES = ("truncated", "garbage", "404", "stalled", "dripping")


@row(
    "C1",
    "there is no network on first use",
    "a sentence within 10 s, 0 tracebacks, the demo reviews train",
    breaks=("errors pass on",),
)
def no_network(place, patch, broken):
    patch.delenv("IMDB_DATA_DIR", raising=False)
    patch.delenv("IMDB_BASE_URL", raising=False)
    use_stub(patch, STUB_EPOCHS="1")
    result = result_in_new_process(_first_use, broken or "", prefix=NO_NETWORK)
    figure = f"{'a' if result['sentence'] else 'NO'} sentence after {result['seconds']:.1f} s, "
    figure += f"{result['tracebacks']} tracebacks, the demo run is {result['state']}"
    sound = result["sentence"] and not result["tracebacks"] and result["state"] == "finished"
    return Outcome(figure, sound and result["seconds"] <= 10)


def _first_use(broken: str) -> dict:
    """Without a network: load the reviews, train on the demo reviews, open the Train page."""
    from imdb_core import config as configs
    from imdb_core.runs import launcher

    if broken:
        download._answer = download.urllib.request.urlopen
    result, started = {"sentence": False, "tracebacks": 0, "state": ""}, time.monotonic()
    try:
        imdb.load()
    except DataError as error:
        result["sentence"] = "IMDB_DATA_DIR" in str(error) and "demo corpus" in str(error)
    except Exception:  # noqa: BLE001 - every exception is counted
        result["tracebacks"] += 1
    result["seconds"] = time.monotonic() - started
    if broken:
        return result
    run = launcher.submit(configs.preset("cnn_lstm_dense", dataset="demo", device="cpu"))
    result["tracebacks"] += not _train_page_opens()
    wait_until(lambda: store.read(run.folder).state in store.ENDED)
    return {**result, "state": store.read(run.folder).state}


def _train_page_opens() -> bool:
    from tests.apptest import opened

    try:
        return bool(opened("train").title)
    except AssertionError:
        return False


@row(
    "C2",
    "the download is cut off, garbage, missing, stalled, slow or killed",
    "0 bad files accepted, at most 30 s",
    breaks=("no checksum",),
)
def bad_downloads(place, patch, broken):
    patch.delenv("IMDB_DATA_DIR", raising=False)
    server = small_imdb.Server(SMALL)
    try:
        results = result_in_new_process(_download_badly, place, server.url, broken or "")
    finally:
        server.close()
    seconds = max(result["seconds"] for result in results)
    accepted, kept = (sum(result[name] for result in results) for name in ("accepted", "kept"))
    recovered = sum(result["recovered"] for result in results)
    figure = f"{accepted} of {len(results)} accepted, {kept} left a file, at most {seconds:.1f} s; "
    figure += f"{recovered} right at the next try"
    return Outcome(figure, accepted == kept == 0 and recovered == len(results) and seconds <= 30)


def _download_badly(place: str, url: str, broken: str) -> list[dict]:
    """Download in all modes at once, each in its own process and cache; "killed" ends during a transfer."""
    imdb.PUBLISHED.update(_hashes())
    modes = ("truncated", "garbage") if broken else (*MODES, "killed")

    def act(number):
        if broken:
            _without_checksums()
        (Path(place) / f"result-{number}").write_text(json.dumps(_one_mode(Path(place), url, modes[number])))

    assert not any(fork_each(len(modes), act))
    return [json.loads((Path(place) / f"result-{number}").read_text()) for number in range(len(modes))]


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
    result = {"seconds": time.monotonic() - started, "accepted": accepted, "kept": bool(kept)}
    os.environ["IMDB_BASE_URL"] = url + "good"
    small_imdb.check(imdb.load())
    files = sorted(path.name for path in cache.glob("keras/*")) == sorted(SMALL) and not list(
        cache.rglob("*.tmp")
    )
    return {**result, "recovered": files and imdb.download_status()["state"] == "done"}


def _is_accepted() -> bool:
    """Whether load() accepts the download; a refusal must also be in the status that other processes read."""
    try:
        imdb.load()
    except DataError as error:
        return imdb.download_status() | {"message": str(error)} != imdb.download_status()
    except Exception:  # noqa: BLE001 - a traceback counts like an accepted file
        return True
    return True


def _killed_download() -> bool:
    """Kill a process that waits for the rest of a file; True if the status does not say that it failed."""
    pid = os.fork()
    if pid == 0:
        imdb.load()
        os._exit(0)
    wait_until(lambda: (imdb.download_status() or {}).get("state") == "downloading")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return imdb.download_status()["state"] != "failed"


def _without_checksums() -> None:
    """The broken variant: accept each file. Calls the private _chunks, which reads one address."""
    download.fetch = lambda name, sha256, progress: b"".join(
        chunk for _, chunk in download._chunks(f"{_base()}/{name}")
    )


def _base() -> str:
    return os.environ["IMDB_BASE_URL"].rstrip("/")


@row(
    "C3",
    "8 processes need the download at once",
    "8 of 8 get the right reviews, one download",
    breaks=("no lock",),
)
def one_download(place, patch, broken):
    patch.delenv("IMDB_DATA_DIR", raising=False)
    server = small_imdb.Server(SMALL)
    server.mode = "slow"
    patch.setenv("IMDB_BASE_URL", server.url)
    try:
        right = result_in_new_process(_load_in_eight, broken or "")
    finally:
        server.close()
    return Outcome(
        f"{right} of 8 right, {len(server.requests)} requests for 2 files",
        right == 8 and len(server.requests) == 2,
    )


def _load_in_eight(broken: str) -> int:
    imdb.PUBLISHED.update(_hashes())
    if broken:
        from contextlib import nullcontext

        imdb._locked = lambda: nullcontext(paths.cache_folder().mkdir(parents=True, exist_ok=True))
    return fork_each(8, lambda number: small_imdb.check(imdb.load())).count(0)
