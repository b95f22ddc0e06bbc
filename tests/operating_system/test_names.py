"""Only the package operating_system uses names that some systems lack, such as os.killpg."""

import pytest

from imdb_core import paths
from tests.posix_names import posix_names

PROGRAM = [paths.PROJECT / "app.py"]
for folder in ("imdb_core", "ui", "pages", "bench"):
    PROGRAM += sorted((paths.PROJECT / folder).rglob("*.py"))
PACKAGE = paths.PROJECT / "imdb_core" / "operating_system"
ALLOWED = {
    "imdb_core/runs/cores.py": {"os.sched_getaffinity"},  # called only where it exists
    "imdb_core/keras_settings.py": {"/tmp"},  # where Keras itself looks if there is no home
}
OUTSIDE = [path for path in PROGRAM if not path.is_relative_to(PACKAGE)]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path.relative_to(paths.PROJECT).as_posix())
def test_only_one_package_uses_names_that_some_systems_lack(path):
    allowed = ALLOWED.get(path.relative_to(paths.PROJECT).as_posix(), set())
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
def test_a_name_that_some_systems_lack_is_noticed(source, name):
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
def test_a_name_that_every_system_has_is_left_alone(source):
    assert posix_names(source) == set()
