"""Rows about the reviews: no network, bad servers, many processes at once, and tampered files."""

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
    found = result_in_new_process(_first_use, broken or "", prefix=NO_NETWORK)
    figure = f"{'a sentence' if found['sentence'] else 'no sentence'} after {found['seconds']:.1f} s, {found['tracebacks']} tracebacks"
    figure += f", the demo run is {found['state']}"
    return Outcome(
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
    wait_until(lambda: store.read(run.folder).state in store.ENDED)
    return {**found, "state": store.read(run.folder).state}


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
        found = result_in_new_process(_download_badly, place, server.url, broken or "")
    finally:
        server.close()
    seconds = max(one["seconds"] for one in found)
    accepted, kept = (sum(one[name] for one in found) for name in ("accepted", "kept"))
    recovered = sum(one["recovered"] for one in found)
    figure = f"{accepted} of {len(found)} accepted, {kept} left a file, at most {seconds:.1f} s; {recovered} right at the next try"
    return Outcome(figure, accepted == kept == 0 and recovered == len(found) and seconds <= 30)


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

    assert not any(fork_each(len(modes), act))
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
    wait_until(lambda: (imdb.download_status() or {}).get("state") == "downloading")
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

        imdb._alone = lambda: nullcontext(paths.cache_folder().mkdir(parents=True, exist_ok=True))
    return fork_each(8, lambda number: small_imdb.check(imdb.load())).count(0)
