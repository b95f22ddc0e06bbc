"""Processes are ended with their descendants, and their exit codes are put into words."""

import os
import subprocess
import sys

import psutil
import pytest

from imdb_core.operating_system import processes


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


def test_a_process_is_ended_with_all_its_descendants(portable, wait_until):
    command = [sys.executable, "-c", FAMILY, "3"]
    parent = subprocess.Popen(command, env={**os.environ, "FAMILY": FAMILY})
    process = psutil.Process(parent.pid)
    try:
        wait_until(lambda: len(process.children(recursive=True)) == 3)
        family = process.children(recursive=True)
        processes.end_by_force(process)
        assert psutil.wait_procs([process, *family], timeout=10)[1] == []
    finally:
        parent.kill()
        parent.wait()
    with pytest.raises(ProcessLookupError):
        processes.end_by_force(process)


def test_a_process_of_another_user_is_not_ended_but_a_permission_error(portable, monkeypatch):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        with monkeypatch.context() as only_here:
            only_here.setattr(os, "kill", refused)
            with pytest.raises(PermissionError, match="Operation not permitted"):
                processes.end_by_force(psutil.Process(other.pid))
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize(
    "exit_code, cause",
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
def test_the_exit_code_tells_what_ended_a_process(exit_code, cause):
    assert processes.ended_by(exit_code) == cause


@pytest.mark.parametrize("exit_code, killed", [(None, False), (9, False), (-9, True), (-15, False)])
def test_only_sigkill_counts_as_killed(exit_code, killed):
    assert processes.was_killed(exit_code) is killed
