"""Files with CPU quotas as the kernel of a machine or container shows them, below another root folder."""

from pathlib import Path

V1 = "30 20 0:26 {mounted} {at} rw,nosuid - cgroup cgroup rw,{controllers}"
V2 = "31 20 0:27 {mounted} {at} rw,nosuid shared:9 master:1 - cgroup2 cgroup2 rw,nsdelegate"
DISK = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw,cpu"


def v2(group="/", *, mounted="/", at="/sys/fs/cgroup", **quotas):
    """The files of a process in `group` of version 2.

    `quotas` are the contents of cpu.max by folder below the mount; "_" stands for "/".
    """
    files = {"proc/self/cgroup": f"0::{group}\n"}
    files["proc/self/mountinfo"] = (
        f"{DISK}\n{V2.format(mounted=mounted, at=at.replace(' ', chr(92) + '040'))}\n"
    )
    return files | {
        f"{at.lstrip('/')}/{name.replace('_', '/')}/cpu.max": text for name, text in quotas.items()
    }


def v1(group="/", *, mounted="/", at="/sys/fs/cgroup/cpu", controllers="cpu", **quotas):
    """The files of a process in `group` of version 1; `quotas` are (quota, period)."""
    files = {"proc/self/cgroup": f"7:memory:/elsewhere\n4:{controllers}:{group}\n1:name=systemd:/x\n"}
    files["proc/self/mountinfo"] = f"{DISK}\n{V1.format(mounted=mounted, at=at, controllers=controllers)}\n"
    for name, (quota, period) in quotas.items():
        folder = f"{at.lstrip('/')}/{name.replace('_', '/')}"
        files |= {f"{folder}/cpu.cfs_quota_us": f"{quota}\n", f"{folder}/cpu.cfs_period_us": f"{period}\n"}
    return files


def write(files: dict[str, str], root: Path) -> Path:
    """Write the files below `root`, which then stands for "/"."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
