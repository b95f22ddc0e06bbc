"""What only some systems have stands in one module, and that module's portable way keeps what it promises."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from imdb_core import background, operating_system, paths
from imdb_core.runs import journal, locks
from tests.posix_names import posix_names

PROGRAM = [paths.PROJECT / "app.py"]
for folder in ("imdb_core", "ui", "pages", "bench"):
    PROGRAM += sorted((paths.PROJECT / folder).rglob("*.py"))
ALLOWED = {
    "imdb_core/operating_system.py": None,  # all of it
    "imdb_core/runs/cores.py": {"os.sched_getaffinity"},  # asked only where it exists
    "imdb_core/keras_settings.py": {"/tmp"},  # where Keras itself looks if there is no home
}


@pytest.mark.parametrize("path", PROGRAM, ids=lambda path: path.relative_to(paths.PROJECT).as_posix())
def test_only_one_module_names_what_some_systems_lack(path):
    name = path.relative_to(paths.PROJECT).as_posix()
    allowed = ALLOWED.get(name, set())
    if allowed is not None:
        assert posix_names(path.read_text("utf-8")) - allowed == set()


SAMPLES = {
    "import os\nos.killpg(1, 2)": "os.killpg",
    "import os\nos.kill(1, 0)": "os.kill",
    "import os\nos.waitpid(1, os.WNOHANG)": "os.WNOHANG",
    "import os\nos.open('x', os.O_RDONLY | os.O_NONBLOCK)": "os.O_NONBLOCK",
    "import os\nos.a_name_of_tomorrow()": "os.a_name_of_tomorrow",
    "import os as system\nsystem.setsid()": "os.setsid",
    "import os\nsystem = os\nsystem.getuid()": "os.getuid",
    "from os import killpg": "os.killpg",
    "from os import getuid as who": "os.getuid",
    "from os import *": "os.*",
    "def later():\n    import os\n    return os.sched_getaffinity(0)": "os.sched_getaffinity",
    "import os\nhasattr(os, 'fork') and getattr(os, 'fork')()": "os.fork",
    "import signal\nsignal.SIGKILL": "signal.SIGKILL",
    "import signal\nsignal.setitimer": "signal.setitimer",
    "from signal import SIGHUP": "signal.SIGHUP",
    "import fcntl": "fcntl",
    "import pwd, grp": "grp",
    "from resource import getrlimit": "resource",
    "import termios": "termios",
    "import pty": "pty",
    "try:\n    import msvcrt\nexcept ImportError:\n    pass": "msvcrt",
    "__import__('fcntl')": "fcntl",
    "import importlib\nimportlib.import_module('pwd')": "pwd",
    "import ctypes\nctypes.CDLL(None).prctl": "ctypes.CDLL(None)",
    "from ctypes import CDLL\nCDLL(None)": "ctypes.CDLL(None)",
    "import time\ntime.tzset()": "time.tzset",
    "import socket\nsocket.AF_UNIX": "socket.AF_UNIX",
    "import psutil\npsutil.Process().num_fds()": ".num_fds",
    "import psutil\npsutil.Process().send_signal(9)": ".send_signal",
    "import subprocess\nsubprocess.Popen(['x'], start_new_session=True)": "start_new_session",
    "from subprocess import run\nrun(['x'], preexec_fn=print)": "preexec_fn",
    "import subprocess\nsubprocess.run(['ps', 'aux'])": "the program ps",
    "import os\nos.system('rm x')": "the program rm",
    "open('/proc/self/stat', 'rb')": "/proc",
    "pid = 1\nopen(f'/proc/{pid}/stat', 'rb')": "/proc",
    "place = b'/dev/shm'": "/dev",
    "place = '/sys/fs/cgroup'": "/sys",
    "command = 'cat /proc/cpuinfo'": "/proc",
    "place = '/tmp'": "/tmp",
    "browser = '/usr/bin/chromium'": "/usr",
    "import time\ntime.strftime('%-d %B')": "strftime with a code that Windows lacks",
    "open('x')": "open without encoding",
    "open('x', 'a')": "open without encoding",
    "open('x', mode='w+')": "open without encoding",
    "path.open()": "open without encoding",
    "import gzip\ngzip.open('x', 'rt')": "open without encoding",
    "import os\nos.fdopen(3, 'w')": "fdopen without encoding",
    "from tempfile import NamedTemporaryFile\nNamedTemporaryFile('w')": "NamedTemporaryFile without encoding",
    "path.read_text()": "read_text without encoding",
    "path.write_text('x')": "write_text without encoding",
    "import subprocess\nsubprocess.run(['x'], text=True)": "a process's text without encoding",
    "PROGRAM = '''\nimport os\nos.fork()\n'''": "os.fork",
}


@pytest.mark.parametrize("source, name", SAMPLES.items())
def test_what_some_systems_lack_is_noticed(source, name):
    assert name in posix_names(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""Reads /proc/stat."""\nimport os\nos.replace("a", "b")',
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "import os\nopen(os.open('x', os.O_RDONLY), 'rb')",
        "open('x', encoding='utf-8')\npath.read_text('utf-8')\npath.write_text('x', 'utf-8')",
        "import tempfile, gzip\ntempfile.NamedTemporaryFile()\ngzip.open('x')",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'x'], encoding='utf-8')",
        "address = 'https://example.org/dev/run'\nmemory.ctypes.data\nfigure = f'{seconds}s / run'",
    ],
)
def test_what_every_system_has_is_left_alone(source):
    assert posix_names(source) == set()


@pytest.fixture
def portable(monkeypatch):
    monkeypatch.setenv("IMDB_PORTABLE", "1")


FAMILY = """
import os, subprocess, sys, time
generations = int(sys.argv[1])
if generations:
    command = [sys.executable, "-c", os.environ["FAMILY"], str(generations - 1)]
    subprocess.Popen(command, start_new_session=True)
time.sleep(600)
"""


def test_a_process_is_ended_with_all_that_it_and_its_children_have_started(portable, wait_until):
    command = [sys.executable, "-c", FAMILY, "3"]
    parent = subprocess.Popen(command, env={**os.environ, "FAMILY": FAMILY})
    process = psutil.Process(parent.pid)
    try:
        wait_until(lambda: len(process.children(recursive=True)) == 3)
        family = process.children(recursive=True)
        operating_system.end_by_force(process)
        assert psutil.wait_procs([process, *family], timeout=10)[1] == []
    finally:
        parent.kill()
        parent.wait()
    with pytest.raises(ProcessLookupError):
        operating_system.end_by_force(process)


def test_a_process_of_another_user_is_not_ended_but_named(portable, monkeypatch):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        with monkeypatch.context() as only_here:
            only_here.setattr(os, "kill", refused)
            with pytest.raises(PermissionError):
                operating_system.end_by_force(psutil.Process(stranger.pid))
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize(
    "exit_code, words",
    [
        (None, None),
        (0, None),
        (1, None),
        (255, None),
        (-15, "signal 15 (Terminated)"),
        (-11, "signal 11 (Segmentation fault)"),
        (0xC0000005, "Windows with status 0xC0000005"),
    ],
)
def test_the_cause_of_an_end_is_told_from_the_exit_code(exit_code, words):
    assert operating_system.ended_by(exit_code) == words


@pytest.mark.parametrize("exit_code, killed", [(None, False), (9, False), (-9, True), (-15, False)])
def test_only_the_signal_that_cannot_be_ignored_counts_as_killed(exit_code, killed):
    assert operating_system.was_killed(exit_code) is killed


def test_a_lock_is_seen_by_every_other_opening_of_the_file_until_it_is_released(tmp_path, each_way):
    path = tmp_path / "run.lock"
    assert not locks.held(path)
    with locks.hold(path) as lock:
        assert locks.held(path)
        assert locks.held(path)
        lock.release()
        assert not locks.held(path)
        lock.release()
    assert not locks.held(path)


def test_probers_are_not_taken_for_a_holder_and_do_not_keep_a_worker_from_its_lock(tmp_path, each_way):
    path, over, mistaken = tmp_path / "run.lock", threading.Event(), []
    path.touch()

    def probe():
        while not over.is_set():
            mistaken.append(locks.held(path))
            over.wait(0.005)

    probers = [threading.Thread(target=probe) for _ in range(8)]
    for prober in probers:
        prober.start()
    while len(mistaken) < 2000:
        time.sleep(0.05)
    seen = list(mistaken)
    locks.hold(path).release()
    over.set()
    for prober in probers:
        prober.join()
    assert not any(seen)


APPENDER = """
import builtins, io, os, sys, time
from pathlib import Path

class Raw(io.FileIO):  # as Windows' C library appends: it looks for the end, and then it writes
    def write(self, data):
        self.seek(0, os.SEEK_END)
        time.sleep(0.001)
        return super().write(data)

def opened(path, mode="r", *, plain=builtins.open, **options):
    return Raw(path, "rb+") if mode == "ab+" else plain(path, mode, **options)

builtins.open = opened
from imdb_core.runs import journal
sys.stdin.read()
for number in range(50):
    journal.append(Path(sys.argv[1]), {"writer": sys.argv[2], "number": number})
"""


def test_no_row_is_lost_where_appending_is_two_steps(tmp_path, portable):
    path = tmp_path / "events.jsonl"
    path.touch()
    command = [sys.executable, "-c", APPENDER, str(path)]
    options = {"stdin": subprocess.PIPE, "cwd": paths.PROJECT}
    writers = [subprocess.Popen([*command, str(number)], **options) for number in range(4)]
    for writer in writers:  # all wait for the end of their input
        writer.stdin.close()
    assert [writer.wait() for writer in writers] == [0] * 4
    rows = journal.rows(path)
    expected = {(str(writer), number) for writer in range(4) for number in range(50)}
    assert {(row["writer"], row["number"]) for row in rows} == expected


def test_a_rename_waits_for_readers_as_long_as_a_reader_may_take(tmp_path, monkeypatch, each_way):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tmp_path))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_bytes(b"{}")
    reader = open(tmp_path / "run" / "config.json", "rb")
    threading.Timer(0.3, reader.close).start()
    operating_system.move_folder(tmp_path / "run", tmp_path / "trash")
    assert [path.name for path in tmp_path.iterdir()] == ["trash"]


def test_a_file_that_stays_open_is_not_replaced_but_refused(tmp_path, monkeypatch, each_way):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tmp_path))
    monkeypatch.setattr(operating_system, "OPEN_SECONDS", 0.1)
    for name in ("old", "new"):
        (tmp_path / name).write_text(name)
    with open(tmp_path / "old", "rb"):
        if each_way == "native":
            operating_system.replace_file(tmp_path / "new", tmp_path / "old")
        else:
            with pytest.raises(PermissionError):
                operating_system.replace_file(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old").read_text() == ("new" if each_way == "native" else "old")


LOGGER = """
import sys
from pathlib import Path
from imdb_core import background
print("early " * 1_000_000, "\\nmiddle", flush=True)
background.shorten_log(Path(sys.argv[1]))
print("late", flush=True)
"""


def test_a_shortened_log_goes_on_at_its_new_end_though_its_writer_does_not_append(tmp_path):
    log = tmp_path / "worker.log"
    with open(log, "wb") as output:  # the child gets a handle with a position, as on Windows
        subprocess.run([sys.executable, "-c", LOGGER, str(log)], stdout=output, check=True, cwd=paths.PROJECT)
    assert b"\0" not in log.read_bytes()
    assert log.read_bytes().endswith(b"middle\nlate\n")
    assert log.stat().st_size < background.LARGEST_LOG


def test_what_a_spawned_process_prints_is_utf8_whatever_the_machine_prefers(tmp_path, monkeypatch):
    words = "電影 é \ud800"
    (tmp_path / "strange.py").write_text(f"print({json.dumps(words)})")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for name, value in {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}.items():
        monkeypatch.setenv(name, value)
    child = background.spawn("strange", log=tmp_path / "log")
    assert child.wait() == 0, (tmp_path / "log").read_bytes()
    assert Path(tmp_path / "log").read_text("utf-8") == "電影 é \\ud800\n"
