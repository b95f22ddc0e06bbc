"""The queue and the start of workers, with a worker that trains nothing: natively and as on Windows."""

import os
import subprocess
import sys

import psutil
import pytest

from imdb_core import paths
from imdb_core.runs import devices, launcher, locks, store
from tests.recorded_runs import event_kinds

pytestmark = pytest.mark.usefixtures("each_way", "stub_worker")


def run_states():
    """The states of all runs, oldest first, without moving the queue on."""
    return [run.state for run in reversed(store.runs())]


def test_a_submitted_run_is_trained_to_its_end(tiny, settled):
    run = settled(launcher.submit(tiny(epochs=2)))
    assert run.state == "finished"
    assert [row["epoch"] for row in run.epochs] == [1, 2]
    assert run.test_accuracy == 0.75


def test_a_worker_is_a_fresh_interpreter_in_a_session_of_its_own(tiny, endless, each_way):
    started = launcher.submit(tiny()).event("started")
    assert started["parent_pid"] == os.getpid()
    if each_way == "native":  # the portable way has a console of its own instead, which only Windows knows
        assert os.getsid(started["pid"]) == started["pid"] != os.getsid(0)
    command = psutil.Process(started["pid"]).cmdline()
    assert command[:4] == [sys.executable, "-P", "-m", "stub_worker"]


def test_a_run_that_starts_alone_uses_all_cores_and_the_next_run_a_single_thread(tiny, endless):
    assert launcher.submit(tiny()).event("started")["threads"] == devices.cpu_cores()
    if devices.cpu_cores() > 1:
        assert launcher.submit(tiny()).event("started")["threads"] == 1


def test_slots_are_never_exceeded_and_the_queue_is_first_in_first_out(tiny, settled):
    runs = [store.create(tiny(epochs=2), store.new_id()) for _ in range(5)]
    launcher.dispatch()
    ended = [settled(run) for run in runs]
    assert [run.state for run in ended] == ["finished"] * 5
    starts = [run.event("started")["time"] for run in ended]
    ends = [run.event("finished")["time"] for run in ended]
    assert starts == sorted(starts)
    for start in starts:
        alive = sum(begin <= start < end for begin, end in zip(starts, ends, strict=True))
        assert alive <= devices.cpu_cores()


def test_the_queue_moves_on_when_a_worker_ends_though_no_page_is_open(tiny, endless, wait_until):
    slots = devices.cpu_cores()
    runs = [store.create(tiny(), store.new_id()) for _ in range(slots + 2)]
    launcher.dispatch()
    assert run_states() == ["running"] * slots + ["queued"] * 2
    launcher.stop(store.read(runs[0].folder))
    wait_until(lambda: run_states() == ["stopped"] + ["running"] * slots + ["queued"])


def test_a_run_on_another_device_does_not_wait_for_the_full_device(tiny, endless):
    slots = devices.cpu_cores()
    for _ in range(slots + 1):
        launcher.submit(tiny())
    assert launcher.submit(tiny(device="gpu:7")).state == "running"
    assert launcher.submit(tiny(device="gpu:7")).state == "queued"
    assert run_states() == ["running"] * slots + ["queued", "running", "queued"]


def test_an_id_submitted_by_many_processes_at_once_gets_one_worker(tiny, endless):
    id = store.new_id()
    program = "import sys; from imdb_core import config; from imdb_core.runs import launcher\n"
    program += "sys.stdin.read(); launcher.submit(config.read(sys.argv[1]), sys.argv[2])"
    command = [sys.executable, "-c", program, tiny().model_dump_json(), id]
    clicks = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(8)]
    for click in clicks:  # all wait for the end of their input
        click.stdin.close()
    assert [click.wait() for click in clicks] == [0] * 8
    run = store.find(id)
    assert run.state == "running"
    assert event_kinds(run).count("started") == 1
    assert [entry.name for entry in paths.runs_folder().iterdir() if not entry.name.startswith(".")] == [id]


@pytest.mark.parametrize(
    "module, crash, code, log",
    [("no_such_module", "", 1, "No module named"), (None, "start", 3, "told to fail")],
)
def test_a_worker_that_cannot_start_is_a_failed_run_with_a_reason(
    tiny, monkeypatch, module, crash, code, log
):
    monkeypatch.setenv("STUB_CRASH", crash)
    monkeypatch.setattr(launcher.workers, "WORKER", module or launcher.workers.WORKER)
    run = launcher.submit(tiny())
    assert run.state == "failed"
    assert run.message == f"The training process failed to start (exit code {code}); its log says why."
    assert log in run.log_tail()
    assert run.can_resume


def test_the_next_run_gets_the_environment_from_before_the_last_run_chose_its_device(
    tiny, endless, monkeypatch, wait_until
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setenv(
        "IMDB_DATA_DIR", str(paths.runs_folder())
    )  # no reviews there: the first run ends at once
    run, following = (store.create(tiny(dataset=name), store.new_id()) for name in ("imdb", "demo"))
    subprocess.run([sys.executable, "-m", "imdb_core.training.worker", str(run.folder)])
    assert store.read(run.folder).state == "failed"
    assert "imdb.npz cannot be read" in store.read(run.folder).message
    wait_until(lambda: store.read(following.folder).state == "running")
    worker = psutil.Process(store.read(following.folder).event("started")["pid"])
    assert worker.environ()["CUDA_VISIBLE_DEVICES"] == "0,1"


def test_listing_runs_does_not_wait_for_another_process_that_moves_the_queue(tiny):
    run = store.create(tiny(), store.new_id())
    with locks.hold(paths.runs_folder() / launcher.QUEUE_LOCK):
        assert [listed.state for listed in launcher.runs()] == ["queued"]
    assert [listed.id for listed in launcher.runs()] == [run.id]
    assert "started" in event_kinds(run)


def test_a_second_worker_of_a_run_ends_at_once(tiny, endless):
    run = launcher.submit(tiny())
    second = subprocess.run(
        [sys.executable, "-m", "imdb_core.training.worker", str(run.folder)], capture_output=True, text=True
    )
    assert second.returncode == 0
    assert "trained by another process already" in second.stdout
    assert event_kinds(run).count("started") == 1
