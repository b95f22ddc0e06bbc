"""Queue, start, stop and resume, with a worker that trains nothing: natively, and as on Windows."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from imdb_core import paths
from imdb_core.errors import RunError
from imdb_core.runs import devices, launcher, locks, store

pytestmark = pytest.mark.usefixtures("each_way", "stub_worker")
FOREVER = "1000000"


@pytest.fixture
def endless(monkeypatch):
    monkeypatch.setenv("STUB_EPOCHS", FOREVER)


@pytest.fixture
def settled(wait_until):
    """settled(run): the run once it has ended and its worker is gone."""

    def settled(run):
        wait_until(
            lambda: store.read(run.folder).state in store.ENDED and not locks.held(run.folder / "run.lock")
        )
        return store.read(run.folder)

    return settled


def states():
    """Oldest first, as the folders show them; looking does not move the queue on."""
    return [run.state for run in reversed(store.runs())]


def kinds(run):
    return [event["event"] for event in store.read(run.folder).events]


def kill(run):
    """End the worker as a power failure would."""
    worker = launcher.process(store.read(run.folder))
    worker.kill()
    psutil.wait_procs([worker], timeout=10)


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


def test_a_run_that_starts_alone_uses_all_cores_and_the_next_one_a_single_thread(tiny, endless):
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
        alive = sum(one <= start < end for one, end in zip(starts, ends, strict=True))
        assert alive <= devices.cpu_cores()


def test_the_queue_moves_on_when_a_worker_ends_though_nobody_looks(tiny, endless, wait_until):
    slots = devices.cpu_cores()
    runs = [store.create(tiny(), store.new_id()) for _ in range(slots + 2)]
    launcher.dispatch()
    assert states() == ["running"] * slots + ["queued"] * 2
    launcher.stop(store.read(runs[0].folder))
    wait_until(lambda: states() == ["stopped"] + ["running"] * slots + ["queued"])


def test_a_run_on_another_device_does_not_wait_for_the_full_one(tiny, endless):
    slots = devices.cpu_cores()
    for _ in range(slots + 1):
        launcher.submit(tiny())
    assert launcher.submit(tiny(device="gpu:7")).state == "running"
    assert launcher.submit(tiny(device="gpu:7")).state == "queued"
    assert states() == ["running"] * slots + ["queued", "running", "queued"]


def test_the_same_id_submitted_by_many_processes_at_once_is_one_worker(tiny, endless):
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
    assert kinds(run).count("started") == 1
    assert [entry.name for entry in paths.runs_folder().iterdir() if not entry.name.startswith(".")] == [id]


def test_stop_ends_the_worker_and_keeps_what_it_has_done(tiny, endless, settled, wait_until):
    run = launcher.submit(tiny())
    wait_until(lambda: store.read(run.folder).epochs)
    launcher.stop(store.read(run.folder))
    ended = settled(run)
    assert ended.state == "stopped"
    assert ended.epochs
    assert ended.message.startswith("Stopped by the user")
    assert kinds(run).count("stopped") == 1
    launcher.stop(ended)
    assert store.read(run.folder).state == "stopped"


def test_stopped_is_shown_only_when_the_worker_is_gone(tiny):
    run = store.create(tiny(), store.new_id())
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    store.record(run.folder, "stopped")
    lock = locks.hold(run.folder / "run.lock")
    assert store.read(run.folder).state == "stopping"
    lock.release()
    assert store.read(run.folder).state == "stopped"


def test_a_worker_that_ignores_the_polite_signal_is_killed_and_the_run_is_stopped(tiny, endless, monkeypatch):
    monkeypatch.setenv("STUB_IGNORE_TERM", "1")
    monkeypatch.setattr(launcher, "STOP_SECONDS", 0.3)
    run = launcher.submit(tiny())
    worker = launcher.process(run)
    launcher.end(run)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    ended = store.read(run.folder)
    assert ended.state == "stopped"
    assert "by force" in ended.message
    assert ended.can_resume


def test_a_queued_run_is_taken_from_the_queue(tiny, endless):
    for _ in range(devices.cpu_cores()):
        launcher.submit(tiny())
    run = launcher.submit(tiny())
    launcher.stop(run)
    launcher.dispatch()
    assert store.read(run.folder).state == "stopped"
    assert kinds(run) == ["queued", "stopped"]


def test_a_stop_asked_with_an_old_look_at_the_run_still_reaches_the_worker(tiny, endless, settled):
    run = store.create(tiny(), store.new_id())
    assert run.state == "queued"  # what the page saw before the run was started
    launcher.dispatch()
    launcher.stop(run)
    assert settled(run).state == "stopped"


@pytest.mark.parametrize("wish", ["stopped", "stop-requested"])
@pytest.mark.parametrize("worker", ["stub_worker", "imdb_core.training.worker"])
def test_a_stop_that_comes_while_the_worker_is_being_started_is_obeyed(tiny, worker, wish):
    run = store.create(tiny(), store.new_id())
    store.record(run.folder, wish)
    subprocess.run([sys.executable, "-m", worker, str(run.folder)], check=True)
    assert store.read(run.folder).state == "stopped"
    assert kinds(run) == ["queued", wish, "started", "stopped"]


def test_resuming_with_an_old_look_at_the_run_does_not_queue_it_again(tiny, endless):
    run = store.create(tiny(), store.new_id())
    launcher.stop(run)
    seen = store.read(run.folder)
    assert seen.can_resume
    assert launcher.resume(seen).state == "running"
    with pytest.raises(RunError, match="is running; only interrupted, stopped or failed"):
        launcher.resume(seen)
    assert kinds(run).count("started") == 1


def test_a_killed_run_is_interrupted_and_goes_on_after_its_last_epoch(tiny, monkeypatch, settled, wait_until):
    monkeypatch.setenv("STUB_EPOCHS", FOREVER)
    run = launcher.submit(tiny())
    wait_until(lambda: len(store.read(run.folder).epochs) >= 2)
    kill(run)
    assert store.read(run.folder).state == "interrupted"
    for _ in range(2):  # noticing it twice does no harm
        [found] = launcher.runs()
        assert found.state == "interrupted"
    assert kinds(run).count("interrupted") == 1
    assert "resume" in found.message
    assert found.can_resume
    done = found.epochs[-1]["epoch"]
    monkeypatch.setenv("STUB_EPOCHS", str(done + 2))
    ended = settled(launcher.resume(found))
    assert ended.state == "finished"
    assert [row["epoch"] for row in ended.epochs] == list(range(1, done + 3))
    assert ended.event("resumed")["epoch"] == done


def test_a_second_interruption_is_written_down_as_well(tiny, endless):
    run = launcher.submit(tiny())
    kill(run)
    launcher.resume(launcher.runs()[0])
    kill(run)
    assert launcher.runs()[0].state == "interrupted"
    assert kinds(run).count("interrupted") == 2


def test_a_worker_that_ends_without_notice_leaves_an_interrupted_run_and_the_queue_moves_on(
    tiny, monkeypatch, wait_until
):
    monkeypatch.setenv("STUB_CRASH", "epoch")
    for _ in range(3):
        launcher.submit(tiny())
    wait_until(lambda: [run.state for run in launcher.runs()] == ["interrupted"] * 3)


def test_a_finished_or_queued_run_is_not_resumed(tiny, settled, endless, monkeypatch):
    monkeypatch.setenv("STUB_EPOCHS", "1")
    run = settled(launcher.submit(tiny()))
    with pytest.raises(RunError, match="is finished; only interrupted, stopped or failed"):
        launcher.resume(run)
    with pytest.raises(RunError, match="is queued; only"):
        launcher.resume(store.create(tiny(), store.new_id()))


@pytest.mark.parametrize(
    "module, crash, code, log",
    [("no_such_module", "", 1, "No module named"), (None, "start", 3, "told to fail")],
)
def test_a_worker_that_cannot_start_is_a_failed_run_with_a_reason(
    tiny, monkeypatch, module, crash, code, log
):
    monkeypatch.setenv("STUB_CRASH", crash)
    monkeypatch.setattr(launcher, "WORKER", module or launcher.WORKER)
    run = launcher.submit(tiny())
    assert run.state == "failed"
    assert (
        run.message == f"The training process failed to start (exit code {code}); its log says why."
    )
    assert log in run.log_tail()
    assert run.can_resume


def test_a_stranger_with_the_old_workers_number_is_never_signalled(tiny):
    stranger = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True
    )
    try:
        born = psutil.Process(stranger.pid).create_time()
        run = store.create(tiny(), store.new_id())
        store.record(
            run.folder, "started", pid=stranger.pid, process_started=born - 60, device="cpu", threads=1
        )
        lock = locks.hold(run.folder / "run.lock")
        assert launcher.process(store.read(run.folder)) is None
        launcher.end(store.read(run.folder))
        lock.release()
        launcher.end(store.read(run.folder))  # and neither when nobody holds the lock
        store.record(run.folder, "started", pid=stranger.pid, process_started=born, device="cpu", threads=1)
        launcher.end(store.read(run.folder))
        time.sleep(0.1)
        assert stranger.poll() is None
    finally:
        os.kill(stranger.pid, signal.SIGKILL)
        stranger.wait()


def test_the_next_run_is_started_with_the_environment_from_before_the_last_run_chose_its_device(
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


def test_who_only_looks_does_not_wait_for_another_process_that_moves_the_queue(tiny):
    run = store.create(tiny(), store.new_id())
    with locks.hold(paths.runs_folder() / launcher.QUEUE_LOCK):
        assert [found.state for found in launcher.runs()] == ["queued"]
    assert [found.id for found in launcher.runs()] == [run.id]
    assert "started" in kinds(run)


def test_two_workers_of_one_run_are_one(tiny, endless):
    run = launcher.submit(tiny())
    second = subprocess.run(
        [sys.executable, "-m", "imdb_core.training.worker", str(run.folder)], capture_output=True, text=True
    )
    assert second.returncode == 0
    assert "trained by another process already" in second.stdout
    assert kinds(run).count("started") == 1


def test_a_run_is_deleted_only_when_its_worker_is_gone(tiny, endless, settled):
    run = launcher.submit(tiny())
    with pytest.raises(RunError, match="still training"):
        store.delete(run)
    launcher.stop(run)
    store.delete(settled(run))
    assert store.runs() == []
