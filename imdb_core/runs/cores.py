"""Counts the CPU cores that this process may use, by its affinity and by the quotas of its container.

No other module counts cores. Linux keeps quotas in control groups (cgroups), in two versions that may be
mounted side by side. A group's time counts against the quotas of all groups above it, so the smallest quota
is the limit. `root` is "/" except in tests.
"""

import os
import re
from pathlib import Path, PurePosixPath

UNIFIED, LEGACY = "cgroup2", "cgroup"  # the file system types of version 2 and version 1
# Used where /proc/self/mountinfo cannot be read.
DEFAULT_MOUNTS = {UNIFIED: "sys/fs/cgroup", LEGACY: "sys/fs/cgroup/cpu"}
Mount = tuple[str, str, Path]  # file system type, the mounted group's path, folder


def cpu_cores(root: Path = Path("/")) -> int:
    """Whole cores that this process may use: a quota is rounded down, but never below one core."""
    return max(1, int(min([_scheduled(), *_quotas(root)])))


def _scheduled() -> int:
    """Cores that the scheduler may give to this process. Since Python 3.13, PYTHON_CPU_COUNT can set them."""
    if hasattr(os, "process_cpu_count"):
        return os.process_cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _quotas(root: Path) -> list[float]:
    """The quotas, in cores, of this process's groups and of all groups above them that can be read."""
    groups, mounts = _groups(root), _mounts(root) or _default_mounts(root)
    quotas = []
    for kind, quota in ((UNIFIED, _unified_quota), (LEGACY, _legacy_quota)):
        group = PurePosixPath(groups.get(kind, "/"))
        mounted = [(path, folder) for mounted_kind, path, folder in mounts if mounted_kind == kind]
        for folder, inner in _mounts_of_group(group, mounted):
            quotas += [quota(folder / path) for path in (inner, *inner.parents)]
    return [quota for quota in quotas if quota]


def _mounts_of_group(
    group: PurePosixPath, mounts: list[tuple[str, Path]]
) -> list[tuple[Path, PurePosixPath]]:
    """(mounted folder, the group's path below that folder) for each mount that contains the group.

    Inside a container, the kernel may give the group's path as seen from outside. Then no mount contains that
    path, and the mounted folder itself is the container's own group.
    """
    containing = [(folder, group.relative_to(path)) for path, folder in mounts if group.is_relative_to(path)]
    inside = [(folder, inner) for folder, inner in containing if ".." not in inner.parts]
    return inside or [(folder, PurePosixPath()) for _, folder in mounts]


def _groups(root: Path) -> dict[str, str]:
    """{file system type: path of this process's group}, from lines such as "4:cpu,cpuacct:/a" and "0::/a"."""
    groups = {}
    for line in _lines(root / "proc/self/cgroup"):
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            groups[UNIFIED] = path
        elif "cpu" in controllers.split(","):
            groups[LEGACY] = path
    return groups


def _mounts(root: Path) -> list[Mount]:
    """Each mount that may hold CPU quotas.

    A line of mountinfo: id, parent, device, mounted group, mount point, options, any fields, "-", type,
    source, super options.
    """
    mounts = []
    for line in _lines(root / "proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        fields, kind, options = before.split(" "), after.split(" ")[0], after.split(" ")[-1].split(",")
        if len(fields) > 4 and (kind == UNIFIED or kind == LEGACY and "cpu" in options):
            mounts.append((kind, _unescaped(fields[3]), root / _unescaped(fields[4]).lstrip("/")))
    return mounts


def _default_mounts(root: Path) -> list[Mount]:
    return [(kind, "/", root / folder) for kind, folder in DEFAULT_MOUNTS.items()]


def _unified_quota(group: Path) -> float | None:
    """cpu.max holds "QUOTA PERIOD" in microseconds; QUOTA is "max" where there is no limit."""
    return _cores(" ".join(_lines(group / "cpu.max")).split())


def _legacy_quota(group: Path) -> float | None:
    """One file each for quota and period, in microseconds; a quota of -1 is no limit."""
    return _cores([*_lines(group / "cpu.cfs_quota_us"), *_lines(group / "cpu.cfs_period_us")])


def _cores(numbers: list[str]) -> float | None:
    """Quota divided by period; None for "max", -1 and anything else that is not two whole numbers."""
    if len(numbers) != 2 or not all(re.fullmatch("[0-9]{1,18}", text) for text in numbers):
        return None
    quota, period = map(int, numbers)
    return quota / period if period else None


def _lines(path: Path) -> list[str]:
    """The lines of one of the kernel's files; [] if it cannot be read, as on systems other than Linux."""
    try:
        return path.read_text("utf-8", "surrogateescape").removesuffix("\n").split("\n")
    except OSError:
        return []


def _unescaped(text: str) -> str:
    """`text` with mountinfo's escapes decoded: a space is written as a backslash and octal number, 040."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
