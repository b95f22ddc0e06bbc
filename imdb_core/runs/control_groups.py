"""The control groups (cgroups) of this process: the folders in which Linux shows a container's limits.

There are two versions, which may be mounted side by side. A group's use counts against the limits of all
groups above it, so the smallest limit holds. `root` is "/" except in tests. Called by cores and
available_memory.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

UNIFIED, LEGACY = "cgroup2", "cgroup"  # the file system types of version 2 and version 1
Mount = tuple[str, str, Path]  # file system type, the mounted group's path, folder


def folders(controller: str, root: Path = Path("/")) -> Iterator[tuple[str, Path]]:
    """(version, folder) of this process's groups and of all groups above them; `controller`: "cpu", "memory".

    Yields the folders of both versions. A folder need not exist.
    """
    groups = _groups(controller, root)
    mounts = _mounts(controller, root) or _default_mounts(controller, root)
    for kind in (UNIFIED, LEGACY):
        group = PurePosixPath(groups.get(kind, "/"))
        mounted = [(path, folder) for mounted_kind, path, folder in mounts if mounted_kind == kind]
        for folder, inner in _mounts_of_group(group, mounted):
            yield from ((kind, folder / path) for path in (inner, *inner.parents))


def lines(path: Path) -> list[str]:
    """The lines of one of the kernel's files; [] if it cannot be read, as on systems other than Linux."""
    try:
        return path.read_text("utf-8", "surrogateescape").removesuffix("\n").split("\n")
    except OSError:
        return []


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


def _groups(controller: str, root: Path) -> dict[str, str]:
    """{file system type: path of this process's group}, from lines such as "4:cpu,cpuacct:/a" and "0::/a"."""
    groups = {}
    for line in lines(root / "proc/self/cgroup"):
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            groups[UNIFIED] = path
        elif controller in controllers.split(","):
            groups[LEGACY] = path
    return groups


def _mounts(controller: str, root: Path) -> list[Mount]:
    """Each mount that may hold limits of the controller.

    A line of mountinfo: id, parent, device, mounted group, mount point, options, any fields, "-", type,
    source, super options.
    """
    mounts = []
    for line in lines(root / "proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        fields, kind, options = before.split(" "), after.split(" ")[0], after.split(" ")[-1].split(",")
        if len(fields) > 4 and (kind == UNIFIED or kind == LEGACY and controller in options):
            mounts.append((kind, _unescaped(fields[3]), root / _unescaped(fields[4]).lstrip("/")))
    return mounts


def _default_mounts(controller: str, root: Path) -> list[Mount]:
    """The usual mounts, used where /proc/self/mountinfo cannot be read."""
    usual = {UNIFIED: "sys/fs/cgroup", LEGACY: f"sys/fs/cgroup/{controller}"}
    return [(kind, "/", root / folder) for kind, folder in usual.items()]


def _unescaped(text: str) -> str:
    """`text` with mountinfo's escapes decoded: a space is written as a backslash and octal number, 040."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
