"""The standby takes runs as an ordinary worker would, loses none, trains none twice, and ends by itself."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from imdb_core import paths
from imdb_core.runs import devices, launcher, layout, locks, standby, standby_folder, store
from tests.recorded_runs import event_kinds
from tests.standbys import announced, is_over


def starts(run):
    return event_kinds(run).count("launching")


def test_a_run_is_trained_by_the_standby_as_by_any_worker(tiny, ready, settled):
    facts = ready()
    started = launcher.submit(tiny(epochs=2))
    assert started.state == "running"
    assert started.event("started")["pid"] == facts["pid"]
    assert started.event("started")["parent_pid"] == os.getpid()
    assert locks.held(started.folder / layout.LOCK)
    run = settled(started)
    assert run.state == "finished" and [row["epoch"] for row in run.epochs] == [1, 2]
    assert event_kinds(run)[:3] == ["queued", "launching", "started"]
    assert starts(run) == 1
    assert run.log_tail() == "trained by a standby"
    assert announced() is None


def test_a_run_is_taken_from_the_first_moment_on(tiny, ready):
    facts = ready(STANDBY_WARM_SECONDS=2)
    assert launcher.submit(tiny()).event("started")["pid"] == facts["pid"]


def test_there_is_one_standby_however_often_the_page_asks(tiny, ready):
    facts = ready()
    for _ in range(20):
        standby.keep_ready(tiny())
    assert announced()["token"] == facts["token"]
    assert len(standby.started_here.children) == 1


def test_two_sessions_of_a_server_start_one_standby(tiny, stub_standby, wait_until, monkeypatch, each_way):
    stub_standby()
    monkeypatch.setattr(standby, "is_free", lambda: time.sleep(0.2) or True)  # the others come meanwhile
    sessions = [threading.Thread(target=standby.keep_ready, args=(tiny(),)) for _ in range(4)]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    assert wait_until(announced, 120) and len(standby.started_here.children) == 1


def test_a_server_that_saw_no_standby_leaves_one_that_has_begun_meanwhile(tiny, ready, monkeypatch):
    facts = ready()
    monkeypatch.setattr(standby, "started_here", standby.StartedHere())
    with monkeypatch.context() as patch:
        patch.setattr(locks, "held", lambda path: False)
        standby.keep_ready(tiny())
    assert announced() == facts and not standby.started_here.children


def test_two_servers_have_one_standby(tiny, stub_standby, wait_until, each_way):
    stub_standby()
    program = "import sys, time\nfrom imdb_core import config\nfrom imdb_core.runs import standby\n"
    program += "standby.NEEDED_BYTES = 0\nsys.stdin.readline()\n"
    program += "standby.keep_ready(config.read(sys.argv[1]))\nsys.stdin.readline()"
    command = [sys.executable, "-c", program, tiny().model_dump_json()]
    options = {"stdin": subprocess.PIPE, "cwd": paths.PROJECT, "text": True}
    servers = [subprocess.Popen(command, **options) for _ in range(2)]
    for server in servers:
        server.stdin.write("\n")
        server.stdin.flush()

    def standbys():
        return [child for server in servers for child in psutil.Process(server.pid).children()]

    wait_until(lambda: announced() and sum(not is_over({"pid": child.pid}) for child in standbys()) == 1, 120)
    facts = announced()
    started = launcher.submit(tiny())
    assert started.event("started")["pid"] == facts["pid"]
    for server in servers:
        server.communicate("\n")


@pytest.mark.parametrize("moment", ["asked", "taken"])
def test_a_standby_that_is_killed_after_its_assignment_loses_no_run(tiny, ready, settled, moment):
    ready(STANDBY_DIES=moment)
    run = settled(launcher.submit(tiny(epochs=1)))
    assert run.state == "finished"
    assert event_kinds(run).count("started") == 1
    assert starts(run) == (1 if moment == "asked" else 2)
    assert "standby" not in run.log_tail()


def test_a_standby_that_does_not_answer_is_ended_and_the_run_started_otherwise(
    tiny, ready, settled, monkeypatch
):
    monkeypatch.setattr(standby, "CLAIM_SECONDS", 0.2)
    facts = ready()
    os.kill(facts["pid"], signal.SIGSTOP)
    run = settled(launcher.submit(tiny(epochs=1)))
    assert run.state == "finished" and run.event("started")["pid"] != facts["pid"]
    assert is_over(facts)
    assert not (standby_folder.folder() / standby_folder.ASSIGNMENT).exists()


@pytest.mark.parametrize(
    "name", ["KERAS_BACKEND", "TF_ENABLE_ONEDNN_OPTS", "OMP_NUM_THREADS", "IMDB_LANGUAGE"]
)
def test_a_standby_with_another_environment_is_not_used(tiny, ready, monkeypatch, name):
    facts = ready()
    monkeypatch.setenv(name, {"KERAS_BACKEND": "tensorflow", "IMDB_LANGUAGE": "en"}.get(name, "1"))
    assert launcher.submit(tiny()).event("started")["pid"] != facts["pid"]
    assert is_over(facts)


@pytest.mark.parametrize("changed", ["device", "threads", "code", "keras.json"])
def test_a_standby_for_something_else_is_not_used(tiny, ready, monkeypatch, tmp_path, changed):
    facts = ready()
    if changed == "threads":
        monkeypatch.setattr(devices, "cpu_cores", lambda: facts["threads"] + 1)
    if changed == "code":
        monkeypatch.setattr(standby_folder, "CODE", paths.PROJECT / "bench")
    if changed == "keras.json":
        monkeypatch.setattr(standby_folder.keras_settings, "text", lambda: '{"floatx": "float32"} ')
    device = "gpu:5" if changed == "device" else "cpu"
    assert launcher.submit(tiny(device=device)).event("started")["pid"] != facts["pid"]
    assert is_over(facts)


def test_a_double_click_with_a_standby_trains_one_run(tiny, ready, settled):
    ready()
    id = store.new_id()
    clicks = [threading.Thread(target=launcher.submit, args=(tiny(epochs=1), id)) for _ in range(4)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    run = settled(store.find(id))
    assert run.state == "finished"
    assert starts(run) == event_kinds(run).count("started") == 1


def test_a_run_that_was_assigned_by_a_launcher_that_died_is_trained_once(tiny, ready, settled, wait_until):
    facts = ready()
    run = store.create(tiny(epochs=1), store.new_id())
    store.record(run.folder, "launching", attempt=1)
    standby_folder.assign(standby_folder.folder(), facts["token"], run=run.id, attempt=1)
    wait_until(lambda: store.read(run.folder).event("started"), 120)
    launcher.dispatch()
    assert settled(run).event("started")["pid"] == facts["pid"]
    assert event_kinds(run).count("started") == 1


def test_an_assignment_that_came_too_late_is_not_obeyed(tiny, ready, wait_until):
    facts = ready()
    run = store.create(tiny(), store.new_id())
    for attempt in (1, 2):  # the second start is that of an ordinary worker
        store.record(run.folder, "launching", attempt=attempt)
    standby_folder.assign(standby_folder.folder(), facts["token"], run=run.id, attempt=1)
    wait_until(lambda: is_over(facts), 30)
    assert "started" not in event_kinds(run)
    wait_until(lambda: not locks.held(run.folder / layout.LOCK), 30)


def test_a_run_of_a_standby_can_be_stopped_and_resumed(tiny, ready, endless, settled):
    ready()
    run = launcher.submit(tiny())
    launcher.stop(run)
    assert settled(run).state == "stopped"
    launcher.resume(store.read(run.folder))
    launcher.stop(store.read(run.folder))
    assert settled(run).state == "stopped"


def test_a_killed_standby_is_reported_like_a_killed_worker(tiny, ready, endless, settled):
    facts = ready()
    run = launcher.submit(tiny())
    os.kill(facts["pid"], signal.SIGKILL)
    settled(run)
    [ended] = launcher.runs()
    assert ended.message.startswith("The training process was killed by signal 9")
