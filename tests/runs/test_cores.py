"""How many cores count, on trees of files like those of Linux and of container engines."""

import os
import re

import pytest

from imdb_core import paths
from imdb_core.runs import cores
from tests.cgroups import V1, V2, v1, v2, write


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """machine(files): the cores that count where the kernel shows these files; the machine has 64 cores."""

    def counted(files, scheduled=64):
        monkeypatch.setattr(os, "process_cpu_count", lambda: scheduled, raising=False)
        return cores.cpu_cores(write(files, tmp_path))

    return counted


AMOUNTS = [
    ("50000 100000", 1),
    ("1000 100000", 1),
    ("100000 100000", 1),
    ("150000 100000", 1),
    ("199999 100000", 1),
]
AMOUNTS += [("200000 100000", 2), ("250000 50000", 5), ("90000000 100000", 64)]
NO_QUOTA = ["max 100000", "max", "-1 100000", "0 100000", "100000 0", "", "\n", "lots", "100000", "1 2 3"]


@pytest.mark.parametrize("written, expected", AMOUNTS)
def test_a_quota_is_rounded_down_to_whole_cores_but_not_to_none(machine, written, expected):
    assert machine(v2("/", _=f"{written}\n")) == expected
    assert machine(v1("/", _=written.split())) == expected


@pytest.mark.parametrize("written", NO_QUOTA)
def test_a_text_that_is_no_quota_does_not_count(machine, written):
    assert machine(v2("/", _=written)) == 64


@pytest.mark.parametrize(
    "quota, period", [(-1, 100000), (0, 100000), (100000, 0), ("", ""), ("max", 100000), (100000, "")]
)
def test_a_text_that_is_no_quota_does_not_count_in_version_1_either(machine, quota, period):
    assert machine(v1("/", _=(quota, period))) == 64


@pytest.mark.parametrize(
    "files, expected",
    [
        (v2("/a/b", a="200000 100000", a_b="max 100000"), 2),
        (v2("/a/b", a="200000 100000", a_b="300000 100000"), 2),
        (v2("/a/b", a="max 100000", a_b="300000 100000"), 3),
        (v2("/a/b", _="100000 100000", a_b="300000 100000"), 1),
        (v2("/a/b", a_c="100000 100000", c="100000 100000"), 64),
        (v1("/a/b", a=(200000, 100000), a_b=(-1, 100000)), 2),
        (v1("/a/b", a=(400000, 100000), a_b=(150000, 50000)), 3),
        (v1("/a/b", a_c=(100000, 100000)), 64),
    ],
)
def test_the_smallest_quota_of_the_group_and_of_all_above_it_counts(machine, files, expected):
    assert machine(files) == expected


@pytest.mark.parametrize(
    "files",
    [
        v2("/", _="300000 100000"),
        v2("/docker/x", _="300000 100000"),
        v2("/docker/x", mounted="/docker/x", _="300000 100000"),
        v2("/docker/x/in", mounted="/docker/x", _="max", **{"in": "300000 100000"}),
        v2("/outside", mounted="/docker/x", _="300000 100000"),
        v2("/../../outside", _="300000 100000"),
        v2("/", mounted="/../..", _="300000 100000"),
        v2("/a", at="/mnt/control groups", a="300000 100000"),
        v1("/a", controllers="cpu,cpuacct", at="/sys/fs/cgroup/cpu,cpuacct", a=(300000, 100000)),
        v1("/a", controllers="cpuacct,cpu", at="/sys/fs/cgroup/cpuacct,cpu", a=(300000, 100000)),
        v1("/a", at="/cgroup/all", controllers="cpuset,cpu,memory", a=(300000, 100000)),
        v1("/docker/x", mounted="/docker/x", _=(300000, 100000)),
        v1("/", mounted="/../..", _=(300000, 100000)),
    ],
)
def test_quotas_are_read_wherever_containers_show_them(machine, files):
    assert machine(files) == 3


def test_both_versions_count_where_they_are_mounted_side_by_side(machine):
    old = v1("/old", old=(500000, 100000))
    new = v2("/new", at="/sys/fs/cgroup/unified", new="300000 100000")
    both = {name: old.get(name, "") + new.get(name, "") for name in old | new}
    assert machine(both) == 3
    assert machine({"sys/fs/cgroup/cpu/old/cpu.cfs_quota_us": "200000"}) == 2


def test_another_groups_mount_does_not_count(machine):
    files = v2("/mine", mine="300000 100000")
    files["proc/self/mountinfo"] += V2.format(mounted="/others", at="/mnt/others") + "\n"
    assert machine(files | {"mnt/others/cpu.max": "100000 100000"}) == 3


def test_nothing_outside_the_mount_is_read(machine):
    decoy = {"sys/outside/cpu.max": "100000 100000"}
    assert machine(v2("/../../outside", _="300000 100000") | decoy) == 3


def test_mounts_of_other_controllers_do_not_hide_the_containers_own_group(machine):
    files = v1("/docker/x", mounted="/kubepods/x", _=(300000, 100000))
    files["proc/self/mountinfo"] += (
        V1.format(mounted="/", at="/sys/fs/cgroup/memory", controllers="memory") + "\n"
    )
    assert machine(files) == 3


@pytest.mark.parametrize("missing", ["proc/self/cgroup", "proc/self/mountinfo"])
@pytest.mark.parametrize("files", [v2("/", _="300000 100000"), v1("/", _=(300000, 100000))])
def test_quotas_are_read_from_the_default_mounts_if_the_kernel_does_not_name_them(machine, files, missing):
    assert machine({name: text for name, text in files.items() if name != missing}) == 3


def test_without_control_groups_the_cores_that_may_be_scheduled_count(machine):
    assert machine({}) == 64
    assert machine(v2("/", _="300000 100000"), scheduled=2) == 2


def test_a_file_that_cannot_be_read_is_no_quota(machine, tmp_path):
    (tmp_path / "sys/fs/cgroup/cpu.max").mkdir(parents=True)
    assert machine(v2("/a", a="300000 100000")) == 3
    (tmp_path / "sys/fs/cgroup/a/cpu.max").write_bytes(b"\xff\xfe 100000")
    assert cores.cpu_cores(tmp_path) == 64


def test_no_other_file_counts_cores():
    folders = ("imdb_core", "pages", "ui", "bench", "docs")
    sources = {
        path: path.read_text("utf-8") for folder in folders for path in (paths.PROJECT / folder).rglob("*.py")
    }
    counting = re.compile(r"cpu_count|sched_getaffinity|cpu_affinity")
    assert [path.name for path, source in sources.items() if counting.search(source)] == ["cores.py"]
