"""What all tests share: kinds, folders of their own, a run that was really trained, a worker without Keras.

No test sees the runs of another test, and no test leaves a process behind.
"""

import contextlib
import os
import shutil
import time

import hypothesis
import psutil
import pytest

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.runs import ahead, launcher, locks, store
from tests import kinds, windows_rules
from tests.stub_worker import use_stub

TINY = {
    "network": "cnn_lstm",
    "dataset": "demo",
    "vocabulary_size": 400,
    "review_length": 40,
    "embedding_size": 8,
    "units": 8,
    "filters": 8,
    "epochs": 2,
    "device": "cpu",
    "probes": "a superb film\nboring and not good",
}
PROCESSES = (
    "stub_worker",
    "no_such_module",
    "imdb_core.training.worker",
    "imdb_core.training.standby",
    "imdb_core.runs.stopper",
    "imdb_core.evaluation.robustness_job",
    "tests.faults.support.light_worker",
)
# They work in the folder of runs of their environment.
MOVERS = ("imdb_core.sweeps.proposer", "imdb_core.runs.keeper")

hypothesis.settings.register_profile("project", database=None, deadline=None)
hypothesis.settings.load_profile("project")


def pytest_itemcollected(item):
    """Each test gets its kind as a marker, unless its module says the kind itself.

    A browser test may fail once: a busy machine can be too slow for it.
    """
    if not any(item.get_closest_marker(name) for name in kinds.KINDS):
        item.add_marker(kinds.kind(item))
    if item.get_closest_marker("browser"):
        item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_ignore_collect(collection_path, config):
    """With `-m fast`, leave out modules that load a framework when they are imported."""
    is_module = collection_path.suffix == ".py" and config.option.markexpr == "fast"
    return True if is_module and kinds.loads_on_import(collection_path) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    """A test that is said to need no Keras must not load a framework."""
    kind = next(filter(item.get_closest_marker, kinds.WITHOUT_KERAS), None)
    with kinds.guard(item.nodeid, kind) if kind else contextlib.nullcontext():
        return (yield)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory):
    """A folder that all processes of pytest-xdist share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def cache_folder(shared_folder):
    """One place for converted reviews and compiled code: both take seconds to make."""
    folder = shared_folder / "shared-cache"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def own_folders(request, tmp_path, cache_folder, monkeypatch):
    """IMDB_RUNS_DIR is the test's own, empty folder; what the test started there is ended after it.

    Pages start no standby, except in tests of the standby.
    """
    monkeypatch.setenv("IMDB_STANDBY", ahead.OFF)
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("IMDB_CACHE_DIR", str(cache_folder))
    yield
    if not request.node.get_closest_marker("fast"):  # a fast test starts no process
        _end_processes_of(tmp_path)


@pytest.fixture(scope="session")
def wait_until():
    """wait_until(condition, seconds): the first true value of condition(); fails when none comes."""
    return _wait_until


@pytest.fixture(scope="session")
def tiny():
    """tiny(**changes): a checked config that trains in seconds."""
    return lambda **changes: configs.checked({**TINY, **changes})


@pytest.fixture(scope="session")
def tiny_run(shared_folder, cache_folder):
    """A small run on the demo corpus, trained by the real worker, once for all processes of pytest-xdist.

    Only to be read; tiny_copy is to be changed.
    """
    folder = shared_folder / "shared-tiny"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch, _lock(shared_folder / "shared-tiny.lock"):
        patch.setenv("IMDB_RUNS_DIR", str(folder))
        patch.setenv("IMDB_CACHE_DIR", str(cache_folder))
        [run] = store.runs() or [launcher.submit(configs.checked(TINY))]
        _wait_until(lambda: not store.read(run.folder).active)
    run = store.read(run.folder)
    assert run.state == "finished", f"{run.ending}\n{run.log_tail()}"
    yield run
    _end_processes_of(folder)


@pytest.fixture
def tiny_copy(tiny_run):
    """The trained run again, in the test's own runs folder."""
    folder = paths.runs_folder() / tiny_run.id
    shutil.copytree(tiny_run.folder, folder)
    return store.read(folder)


@pytest.fixture(params=["native", "portable"])
def each_way(request, monkeypatch):
    """Once with what this system can, once as on Windows: see imdb_core/operating_system/."""
    if request.param == "portable":
        monkeypatch.setenv("IMDB_PORTABLE", "1")
        monkeypatch.setenv("STUB_WINDOWS_RULES", "1")
        windows_rules.obey(monkeypatch.setattr)
    return request.param


@pytest.fixture
def stub_worker(monkeypatch):
    """The launcher starts stub_worker.py instead of the real worker, at most two at once on a machine of any
    size.
    """
    use_stub(monkeypatch)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:2])
    yield
    os.sched_setaffinity(0, cores)


@contextlib.contextmanager
def _lock(path):
    """A context in which no other process of this session is in this context."""
    deadline = time.monotonic() + 300
    while True:
        try:
            lock = locks.hold(path)
            break
        except locks.Held:
            assert time.monotonic() < deadline, f"{path} stays locked"
            time.sleep(0.1)
    try:
        yield
    finally:
        lock.release()


def _wait_until(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return value


def _end_processes_of(folder):
    """Kill this project's processes that work below `folder`, until none starts another."""
    while processes := [
        process for process in psutil.process_iter(["cmdline"]) if _works_below(process, folder)
    ]:
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=10)


def _works_below(process, folder):
    command = process.info["cmdline"] or []
    module, place = (command[command.index("-m") + 1 :] + ["", ""])[:2] if "-m" in command else ("", "")
    if module in MOVERS:
        place = _environment(process).get("IMDB_RUNS_DIR", "")
    return module in (*PROCESSES, *MOVERS) and place.startswith(f"{folder}{os.sep}")


def _environment(process):
    try:
        return process.environ()
    except psutil.Error:  # it has ended
        return {}
