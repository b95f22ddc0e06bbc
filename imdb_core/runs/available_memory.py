"""How much memory this process may still take: the free memory, or less within a container's limit.

Called by runs.standby and training.standby. `root` is "/" except in tests.
"""

import re
from pathlib import Path

import psutil

from imdb_core.runs import control_groups

# The names of a group's limit, its use, and, in memory.stat, of cached files that the kernel can drop.
FILES = {
    control_groups.UNIFIED: ("memory.max", "memory.current", "inactive_file"),
    control_groups.LEGACY: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}


def available_bytes(root: Path = Path("/")) -> int:
    """Bytes that can be taken without swapping and without reaching a limit of a control group."""
    groups = (_left_in_group(kind, group) for kind, group in control_groups.folders("memory", root))
    return min([psutil.virtual_memory().available, *(left for left in groups if left is not None)])


def _left_in_group(kind: str, group: Path) -> int | None:
    """Bytes up to the group's limit; None if it has no limit or cannot be read."""
    limit_name, used_name, cached_name = FILES[kind]
    limit, used = (
        _number(control_groups.lines(group / limit_name)),
        _number(control_groups.lines(group / used_name)),
    )
    if limit is None or used is None:
        return None
    statistics = dict(line.partition(" ")[::2] for line in control_groups.lines(group / "memory.stat"))
    return max(0, limit - used + (_number([statistics.get(cached_name, "")]) or 0))


def _number(lines: list[str]) -> int | None:
    """The whole number in a file of one line; None for "max" and anything else."""
    return int(lines[0]) if len(lines) == 1 and re.fullmatch("[0-9]{1,19}", lines[0]) else None
