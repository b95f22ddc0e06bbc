"""Which machine this is. Several machines may share a folder of runs. Called by background and runs."""

import functools
import hashlib
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HOST_VARIABLE = "IMDB_HOST"  # the variable with another name for this machine
LONGEST_NAME = 255  # characters


def name() -> str:
    """This machine's name among the machines that share its folders: IMDB_HOST, or else its host name."""
    return os.environ.get(HOST_VARIABLE) or _host_name()


def identity() -> dict[str, str | None]:
    """What events and heartbeats say about this machine, see is_this().

    `boot` is the kernel's id of this start of the system, None on systems other than Linux. If IMDB_HOST is
    set, the name alone decides, and `boot` is None.
    """
    return {"host": name(), "boot": None if os.environ.get(HOST_VARIABLE) else _boot()}


def digest(host: str | None = None) -> str:
    """Eight hexadecimal digits that follow from a machine's name, for the names of files.

    `host` is the machine's name(); None stands for this machine. With eight digits, two of 1,000 machines
    have the same digest with a probability of 0.01 %.
    """
    return hashlib.sha256((host or name()).encode("utf-8", "replace")).hexdigest()[:8]


def is_this(recorded: Mapping[str, Any]) -> bool:
    """Whether `recorded` is the identity() of this machine.

    True if it names no machine: an earlier version wrote it, or nothing is recorded yet.

    Two containers of one machine have different names, but one kernel, so they have the same `boot`. After a
    restart a machine has another `boot`, but the same name.
    """
    own = identity()
    host, boot = recorded.get("host"), recorded.get("boot")
    return host in (None, own["host"]) or (boot is not None and boot == own["boot"])


@functools.cache
def _host_name() -> str:
    return socket.gethostname()[:LONGEST_NAME] or "unnamed"


@functools.cache
def _boot() -> str | None:
    if sys.platform != "linux":
        return None
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return None
