"""How much memory can be taken, on files like those of Linux and of container engines."""

from types import SimpleNamespace

import psutil
import pytest

from imdb_core.runs.available_memory import available_bytes
from tests.cgroups import v2, write

ALL = 10**15  # bytes that the machine has available


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """machine(files): the bytes that are available where the kernel shows these files."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=ALL))
    return lambda files: available_bytes(write(files, tmp_path))


def version_2(folder="", **files):
    """The files of a process in the group /a/b of version 2."""
    return v2("/a/b") | {f"sys/fs/cgroup/{folder}{name}": f"{text}\n" for name, text in files.items()}


def test_without_a_limit_the_machines_memory_counts(machine):
    assert machine({}) == ALL
    assert machine(version_2("a/b/", **{"memory.max": "max", "memory.current": 5})) == ALL


def test_a_containers_limit_counts_without_what_is_used(machine):
    assert machine(version_2("a/b/", **{"memory.max": 900, "memory.current": 500})) == 400
    assert machine(version_2("a/b/", **{"memory.max": 900, "memory.current": 1000})) == 0


def test_cached_files_can_be_dropped_so_they_count_as_available(machine):
    cached = {"memory.max": 900, "memory.current": 500, "memory.stat": "anon 300\ninactive_file 150"}
    assert machine(version_2("a/b/", **cached)) == 550


def test_the_smallest_limit_of_all_groups_above_counts(machine):
    inner = version_2("a/b/", **{"memory.max": 900, "memory.current": 500})
    assert machine(inner | version_2("a/", **{"memory.max": 950, "memory.current": 900})) == 50


def test_version_1_has_other_names(machine):
    mount = "30 20 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
    files = {"proc/self/cgroup": "7:memory:/a\n", "proc/self/mountinfo": f"{mount}\n"}
    names = {
        "memory.limit_in_bytes": 900,
        "memory.usage_in_bytes": 500,
        "memory.stat": "total_inactive_file 7",
    }
    files |= {f"sys/fs/cgroup/memory/a/{name}": f"{text}\n" for name, text in names.items()}
    assert machine(files) == 407


@pytest.mark.parametrize("written", ["", "-1", "lots", "9" * 30])
def test_a_limit_that_is_no_number_does_not_count(machine, written):
    assert machine(version_2("a/b/", **{"memory.max": written, "memory.current": 500})) == ALL
