"""Python modules in the folder where the app was started, and foreign caches of compiled code."""

import hashlib
import os
import pickle
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from imdb_core import background, config, paths
from imdb_core.data import imdb
from imdb_core.evaluation import baselines
from imdb_core.runs import launcher, store
from imdb_core.training import compiled_caches
from tests.conftest import TINY
from tests.faults.rows import Outcome, row
from tests.faults.support.child_processes import NO_SUPERUSER, result_in_new_process
from tests.faults.support.waiting import wait_until

# Modules that the app, Python or a library imports in one of the app's processes.
CANARIES = """numba numpy keras tensorflow json imdb_core psutil onnxruntime onnx sitecustomize
usercustomize filelock sklearn scipy h5py yaml jax torch tf2onnx pydantic platformdirs random argparse
canary_locator""".split()
CANARY = "import os\nopen(os.environ['CANARY_RAN'], 'a').write(__name__ + chr(10))\n"
# A settings file of Numba that names a module to import; Numba looks for it in the current folder.
NUMBA_SETTINGS = "cache_locator_classes: canary_locator.Locator\n"


def start_folder(place: Path) -> Path:
    """A folder with a module for each of CANARIES, also in src; a module writes its name when imported."""
    for folder in (place / "start", place / "start" / "src"):
        folder.mkdir()
        for name in CANARIES:
            (folder / f"{name}.py").write_text(CANARY)
        (folder / ".numba_config.yaml").write_text(NUMBA_SETTINGS)
    return place / "start"


@row(
    "J10",
    "modules lie in the start folder; caches of compiled code are damaged, foreign or read-only",
    "0 foreign code executed, all caches rebuilt, trains without HOME",
    tensorflow=True,
    breaks=("no -P", "relative entries stay", "caches are not checked", "caches of anybody"),
)
def foreign_code(place, patch, broken):
    ran = place / "ran"
    patch.setenv("CANARY_RAN", str(ran))
    caches, state = {}, "not trained"
    with ThreadPoolExecutor() as threads:
        if not broken or "caches" in broken:
            numba = threads.submit(
                result_in_new_process, _caches, place / "caches", broken or "", prefix=NO_SUPERUSER
            )
        if not broken or "caches" not in broken:
            start_folder(place)
            home = {"HOME": str(_locked(place / "home")), "TMPDIR": str(_locked(place / "temporary"))}
            state = result_in_new_process(_all_processes, place, broken or "", prefix=NO_SUPERUSER, **home)
        if not broken or "caches" in broken:
            caches = numba.result()
    canaries = sorted(set(ran.read_text().split())) if ran.exists() else []
    wrong = [name for name, right in caches.items() if not right]
    figure = f"{len(canaries)} foreign modules executed {canaries[:5] or ''}, "
    figure += f"{len(wrong)} of {len(caches)} bad caches used or fatal"
    trained = state == "finished"
    return Outcome(
        f"{figure} {wrong or ''}, without HOME: {state}",
        not canaries and not wrong and trained and bool(caches),
    )


def _locked(folder: Path) -> Path:
    folder.mkdir()
    folder.chmod(0o500)
    return folder


def _all_processes(place: str, broken: str) -> str:
    """Start every kind of process from the folder with the canaries; returns the state of a trained run.

    Reads the private _living, because the test must wait for all processes that the app started.
    """
    os.environ.pop("IMDB_DATA_DIR", None)
    run = store.create(config.checked({**TINY, "epochs": 1, "probes": ""}), store.new_id())
    os.chdir(Path(place) / "start")
    os.environ["PYTHONPATH"] = os.pathsep.join(["", ".", "src", str(Path(place) / "absolute")])
    _break(broken)
    log = Path(place) / "log"
    ended = store.create(run.config, store.new_id())
    store.record(ended.folder, "stopped")
    stopper = background.spawn("imdb_core.runs.stopper", ended.folder, log=log)
    if broken:  # one process is enough
        stopper.wait(60)
        return "not trained"
    launcher.dispatch()
    paths.cache_folder().mkdir(exist_ok=True)
    baselines.start("demo")
    os.environ["IMDB_DATA_DIR"] = str(Path(place) / "nothing")  # so that the command ends without a download
    imdb.start_download()
    started = list(background._living)
    wait_until(lambda: store.read(run.folder).state in store.ENDED, 120)
    for process in started:
        process.wait(60)
    return store.read(run.folder).state


def _break(broken: str) -> None:
    start, environment, command = subprocess.Popen, background.environment, background.command

    def started_here(arguments, *, cwd, **options):
        return start(arguments, **options)

    def with_relative_entries(**changes):
        entries = os.pathsep.join([str(paths.PROJECT), os.environ["PYTHONPATH"]])
        return {**environment(**changes), "PYTHONPATH": entries}

    def without_safe_path(**changes):
        return {name: value for name, value in environment(**changes).items() if name != "PYTHONSAFEPATH"}

    if broken:
        background.subprocess.Popen = started_here
    if broken == "relative entries stay":
        background.environment = with_relative_entries
    if broken == "no -P":
        background.environment = without_safe_path
        background.command = lambda *arguments: [part for part in command(*arguments) if part != "-P"]


# Caches of compiled code: each time a function is decorated, Numba looks for it in its cache.


def doubled(x):
    """The function that is compiled."""
    return 2 * x


class Payload:
    """Writes a line to a file when it is unpickled."""

    def __reduce__(self):
        return exec, (CANARY.replace("__name__", "'pickle'"),)


def _caches(place: str, broken: str) -> dict[str, bool]:
    """Case -> whether the function was compiled again, gave the right result and was cached afterwards."""
    folder = Path(place)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if broken == "caches are not checked":
        compiled_caches._is_sound = lambda path: path.exists()
    if broken == "caches of anybody":
        compiled_caches.belongs_to_me_alone = lambda about: True
    results = {"kept": _is_rebuilt()}
    files = {kind: next(folder.rglob(f"*doubled*.{kind}")) for kind in ("nbi", "nbc")}
    for kind, file in files.items():
        sound = file.read_bytes()
        for damage, change in DAMAGES.items():
            file.write_bytes(change(sound))
            results[f"{damage} {kind}"] = _is_rebuilt()
        results[f"{kind} that others can write"] = _others_write(file)
    return results | _foreign_folders(folder, files["nbi"])


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGES = {
    "empty": lambda content: b"",
    "truncated": lambda content: content[:-20],
    "short": lambda content: content[:10],
    "flipped": _flipped,
    "foreign": lambda content: pickle.dumps("0.1.0") + pickle.dumps(Payload()),
    "longer": lambda content: content + b"more",
}


def _is_rebuilt() -> bool:
    """Whether the function is compiled again and then loaded from the cache."""
    try:
        return _compiles() and not _compiles()
    except Exception:  # noqa: BLE001 - a damaged cache must not be fatal
        return False


def _compiles() -> bool:
    """Whether the function had to be compiled; raises for a wrong result."""
    function = compiled_caches.compiled(doubled)
    assert function(3.5) == 7.0
    return not sum(function.stats.cache_hits.values())


def _others_write(file: Path) -> bool:
    """Whether a foreign cache file with a right checksum is ignored because other users can write to it."""
    content = pickle.dumps(Payload())
    file.write_bytes(content + hashlib.sha256(content).digest())
    file.chmod(0o666)
    right = _compiles()
    file.chmod(0o600)
    return right


def _foreign_folders(folder: Path, index: Path) -> dict[str, bool]:
    """Case -> whether a cache folder that other users can write to is ignored."""
    results, root = {}, folder / "compiled"
    compiled_caches.FAST = _locked(folder / "fast")
    os.environ["IMDB_CACHE_DIR"] = str(folder / "cache")
    content = pickle.dumps(Payload())
    index.write_bytes(content + hashlib.sha256(content).digest())
    for name, change in {
        "0777": lambda: root.chmod(0o777),
        "0770": lambda: root.chmod(0o770),
        "a link": None,
    }.items():
        if change:
            change()
        else:
            root.chmod(0o700)
            root.rename(folder / "elsewhere")
            root.symlink_to(folder / "elsewhere")
        _forget()
        results[f"folder that is {name}"] = (
            _compiles() and compiled_caches.root() == folder / "cache" / "compiled"
        )
        root.is_symlink() or root.chmod(0o700)
        shutil.rmtree(folder / "cache", ignore_errors=True)
    os.environ["IMDB_CACHE_DIR"] = "/proc/1"
    _forget()
    return results | {"no folder at all": _compiles() and compiled_caches.root() is None}


def _forget() -> None:
    """Forget the chosen folders, also the private one, because the process is to choose them again."""
    compiled_caches.root.cache_clear()
    compiled_caches.numba_folder.cache_clear()
