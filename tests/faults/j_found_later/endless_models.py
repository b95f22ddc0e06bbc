"""Models that read or compute without end are refused quickly and do not delay other visitors."""

import hashlib
import json
import os
import resource
import threading
import time
from pathlib import Path

from imdb_core import paths
from imdb_core.errors import ModelError
from imdb_core.runs import layout
from imdb_core.scoring import explanations, model_files, onnx_models, predictor
from tests import hostile_models
from tests.faults.rows import Outcome, row
from tests.faults.support.child_processes import result_in_new_process
from tests.faults.support.figures import percentile
from tests.faults.support.sample_runs import trained_copy
from tests.faults.support.scored_texts import MODEL, pretrained

REVIEW = (
    "a wonderful film with a superb story and then the worst ending of all " * 8
)  # more words than are read
MOST_ADDRESSES = (
    8 * 2**30
)  # bytes; far more than the row needs, so that a mistake cannot use up the machine's memory
SLOW_SECONDS = 0.6  # of a slow disk, for each file
MOST_GROWTH, MOST_SECONDS, MOST_WAIT = 128, 2.0, 0.3  # MiB and seconds


@row(
    "J4",
    "models that read or compute without end, or whose answer is no probability, beside a visitor who scores",
    f"all refused, each within {MOST_SECONDS:g} s, memory <= +{MOST_GROWTH} MiB, "
    f"the visitor's p95 <= {MOST_WAIT} s",
    alone=True,
    breaks=("no allow-list", "global lock held", "output unchecked", "links are followed"),
)
def endless_models(place, patch, broken):
    result = result_in_new_process(_refusals, broken or "", seconds=60)
    scored, uncaught = result["scored"], result["uncaught"]
    figure = f"{len(scored)} of {result['models']} scored {scored[:2] or ''}, {len(uncaught)} exceptions "
    figure += f"{uncaught[:1] or ''}; slowest {result['slowest']:.2f} s, memory {result['grown']:+.0f} MiB; "
    figure += f"meanwhile {result['visits']} reviews of a visitor, p95 {1000 * result['p95']:.0f} ms"
    quick = result["slowest"] <= MOST_SECONDS and result["p95"] <= MOST_WAIT
    return Outcome(figure, not scored and not uncaught and quick and result["grown"] <= MOST_GROWTH)


def _refusals(broken: str) -> dict:
    """Load and score every hostile model, in a process with limited memory; returns counts and figures."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    _break(broken)
    pretrained().score(REVIEW)
    models = {name: _with_onnx(content()) for name, content in _contents(broken).items()}
    files = {name: put for name, put in FILES.items() if not broken or name.startswith("a link as")}
    models |= {name: _with_file(put) for name, put in files.items()}
    visits, stop, before = [], threading.Event(), _resident()
    threads = [threading.Thread(target=_visit, args=(visits, stop)), threading.Thread(target=_load_slowly)]
    for thread in threads:
        thread.start()
    scored, uncaught, slowest, peak = [], [], 0.0, before
    for name, folder in models.items():
        started = time.monotonic()
        try:
            scored.append(f"{name}: {_answers(predictor.load(folder))}")
        except ModelError as error:
            assert str(error).endswith(".")
        except Exception as error:  # noqa: BLE001 - every exception is counted
            uncaught.append(f"{name}: {error!r}")
        slowest, peak = max(slowest, time.monotonic() - started), max(peak, _resident())
    threads[1].join()
    stop.set()
    threads[0].join()
    counts = {"models": len(models), "visits": len(visits), "p95": percentile(visits, 0.95)}
    return {
        **counts,
        "scored": scored,
        "uncaught": uncaught,
        "slowest": slowest,
        "grown": (peak - before) / 2**20,
    }


def _answers(network) -> list[float]:
    """The numbers that the text box shows: the probability and the contribution of the first word."""
    return [
        network.score(REVIEW).probability,
        *explanations.word_effects(network, REVIEW).tolist(),
    ][:2]


def _break(broken: str) -> None:
    if broken == "no allow-list":
        onnx_models.SafeGraph = _AllowsAll
    if broken == "output unchecked":
        onnx_models.output_fault = lambda outputs, shape, classes: None
    if broken == "links are followed":
        model_files.read_bounded = lambda path, most_bytes, *, below: path.read_bytes()
    if broken == "global lock held":
        lock, load = threading.Lock(), predictor.load

        def one_at_a_time(folder):
            with lock:
                return load(folder)

        predictor.load = one_at_a_time


class _AllowsAll:
    raw_answer = None

    def __init__(self, content, *, outputs):
        pass

    def require_bounded(self, rows, width):
        pass


def _contents(broken: str) -> dict:
    """Name -> content of hostile models; for a broken variant only models that are harmless when they run."""
    answers = {
        name: hostile_models.constant(float(name)).SerializeToString for name in ("7.5", "-1", "nan", "inf")
    }
    if broken:
        structures = {name: hostile_models.STRUCTURES[name] for name in ("a loop", "a branch")}
        return answers | structures
    return {**answers, **hostile_models.STRUCTURES, **hostile_models.SIZES}


def _with_onnx(content: bytes) -> Path:
    """The folder of a run with this content as model.onnx, and its checksum in model.json."""
    folder = trained_copy(MODEL).folder
    (folder / layout.MODEL).write_bytes(content)
    model = json.loads((folder / layout.MODEL_FACTS).read_bytes())
    model["sha256"][layout.MODEL] = hashlib.sha256(content).hexdigest()
    (folder / layout.MODEL_FACTS).write_text(json.dumps(model))
    return folder


def _with_file(put) -> Path:
    folder = trained_copy(MODEL).folder
    put(folder)
    return folder


def _instead(name: str, put):
    """A function that replaces the file `name` of a folder by calling `put` with its path."""

    def change(folder: Path) -> None:
        (folder / name).unlink()
        put(folder / name)

    return change


def _terabyte(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**40)


ODD_FILES = {
    "a pipe": os.mkfifo,
    "a link": lambda path: path.symlink_to(paths.PRETRAINED / MODEL / path.name),
    "a link to an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a terabyte": _terabyte,
    "a folder": Path.mkdir,
}
NAMES = (layout.MODEL_FACTS, layout.VOCABULARY, layout.MODEL)
FILES = {f"{kind} as {name}": _instead(name, put) for name in NAMES for kind, put in ODD_FILES.items()}


def _visit(seconds: list, stop: threading.Event) -> None:
    """Score repeatedly, as the text box does; append the seconds of each score."""
    while not stop.is_set():
        started = time.monotonic()
        pretrained().score(REVIEW)
        seconds.append(time.monotonic() - started)
        time.sleep(0.01)


def _load_slowly() -> None:
    """Load a model from a slow disk."""
    folder, read = trained_copy(MODEL).folder, model_files.checked

    def slowly(place, *more):
        if place == folder:
            time.sleep(SLOW_SECONDS)
        return read(place, *more)

    model_files.checked = slowly
    predictor.load(folder)


def _resident() -> int:
    """The memory of this process in bytes (resident set size)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
