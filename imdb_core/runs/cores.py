"""Counts the CPU cores that this process may use, by its affinity and by the quotas of its container.

No other module counts cores. `root` is "/" except in tests.
"""

import os
import re
from pathlib import Path

from imdb_core.runs import control_groups


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
    quota = {control_groups.UNIFIED: _unified_quota, control_groups.LEGACY: _legacy_quota}
    quotas = (quota[kind](group) for kind, group in control_groups.folders("cpu", root))
    return [cores for cores in quotas if cores]


def _unified_quota(group: Path) -> float | None:
    """cpu.max holds "QUOTA PERIOD" in microseconds; QUOTA is "max" where there is no limit."""
    return _cores(" ".join(control_groups.lines(group / "cpu.max")).split())


def _legacy_quota(group: Path) -> float | None:
    """One file each for quota and period, in microseconds; a quota of -1 is no limit."""
    files = (group / "cpu.cfs_quota_us", group / "cpu.cfs_period_us")
    return _cores([line for file in files for line in control_groups.lines(file)])


def _cores(numbers: list[str]) -> float | None:
    """Quota divided by period; None for "max", -1 and anything else that is not two whole numbers."""
    if len(numbers) != 2 or not all(re.fullmatch("[0-9]{1,18}", text) for text in numbers):
        return None
    quota, period = map(int, numbers)
    return quota / period if period else None
