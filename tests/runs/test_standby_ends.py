"""When a standby ends by itself, and when there is none."""

import subprocess
import sys
import time

import psutil
import pytest

from imdb_core import paths
from imdb_core.runs import available_memory, launcher, standby, standby_folder, store
from tests.standbys import announced, is_over


def test_an_idle_standby_ends_by_itself(ready, wait_until):
    facts = ready(STANDBY_IDLE_SECONDS=0.5)
    wait_until(lambda: is_over(facts), 30)
    assert standby_folder.ready(standby_folder.folder()) is None


def test_a_page_that_is_shown_keeps_the_standby(tiny, ready, wait_until):
    facts, started = ready(STANDBY_IDLE_SECONDS=1), time.monotonic()

    def ask():
        standby.keep_ready(tiny())
        return time.monotonic() > started + 2.5

    wait_until(ask, 60)
    assert announced()["token"] == facts["token"]


def test_an_idle_standby_ends_when_it_is_asked_to(ready, wait_until, each_way):
    facts = ready()
    psutil.Process(facts["pid"]).terminate()
    wait_until(lambda: is_over(facts), 30)


def test_an_idle_standby_ends_when_its_folder_is_removed(ready, wait_until, each_way):
    facts = ready()
    if each_way == "native":
        paths.runs_folder().rename(paths.runs_folder().with_name("moved"))
    else:  # Windows removes no folder with an open lock, but the other files in it
        (standby_folder.folder() / standby_folder.WANTED).unlink()
    wait_until(lambda: is_over(facts), 30)


def test_an_idle_standby_ends_after_its_server(tiny, stub_standby, wait_until, each_way):
    stub_standby()
    program = "import sys\nfrom imdb_core import config\nfrom imdb_core.runs import standby\n"
    program += "standby.NEEDED_BYTES = 0\nstandby.keep_ready(config.read(sys.argv[1]))\nsys.stdin.readline()"
    command = [sys.executable, "-c", program, tiny().model_dump_json()]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=paths.PROJECT)
    facts = wait_until(announced, 120)
    server.communicate(b"\n")
    wait_until(lambda: is_over(facts), 30)


def test_when_memory_is_short_there_is_no_standby(tiny, stub_standby, monkeypatch):
    stub_standby()
    monkeypatch.setattr(standby, "NEEDED_BYTES", 2**31)
    monkeypatch.setattr(available_memory, "available_bytes", lambda: 2**31 - 1)
    standby.keep_ready(tiny())
    assert not standby.started_here.children


def test_while_a_run_is_trained_there_is_no_standby(tiny, stub_standby, endless):
    stub_standby()
    launcher.submit(tiny())
    standby.keep_ready(tiny())
    assert not standby.started_here.children


def test_a_standby_that_failed_is_not_started_again_and_again(tiny, stub_standby, wait_until, each_way):
    stub_standby(STANDBY_DIES="warm")
    standby.keep_ready(tiny())
    [child] = standby.started_here.children.values()
    wait_until(lambda: child.poll() is not None, 30)
    for _ in range(5):
        standby.keep_ready(tiny())
    assert len(standby.started_here.children) == 1
    log = (standby_folder.folder() / standby_folder.LOG).read_text()
    assert "told to fail while it gets ready" in log


@pytest.mark.parametrize("fault", ["runs is a file", "cannot start", "a link"])
def test_a_page_is_not_disturbed_if_no_standby_can_be_kept(tiny, stub_standby, monkeypatch, tmp_path, fault):
    stub_standby()
    if fault == "runs is a file":
        paths.runs_folder().write_text("")
    if fault == "a link":
        paths.runs_folder().mkdir()
        standby_folder.folder().symlink_to(tmp_path)
    if fault == "cannot start":
        monkeypatch.setattr(standby.background, "spawn", lambda *_, **__: 1 / 0)
    standby.keep_ready(tiny())
    assert not standby.started_here.children


def test_the_standbys_folder_is_no_run(ready):
    ready()
    assert store.runs() == []
