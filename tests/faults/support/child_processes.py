"""Calls functions in new processes: on a small disk, without a network, or without root's permissions."""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from imdb_core import paths

NO_NETWORK = ("unshare", "-rn")
# Put before a command, this makes root obey file permissions.
NO_SUPERUSER = (
    ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--") if os.geteuid() == 0 else ()
)


def small_disk(folder: Path, size: str) -> tuple[str, ...]:
    """The start of a command for which `folder` is a separate disk of that size, such as "1m"."""
    folder.mkdir(parents=True)
    return (
        "unshare",
        "-Urm",
        "sh",
        "-c",
        f'mount -t tmpfs -o size={size} tmpfs "$0" && exec "$@"',
        str(folder),
    )


def result_in_new_process(function: Callable, *arguments, prefix=(), seconds: float = 120, **environment):
    """Call `function(*arguments)` in a new interpreter; arguments arrive as text, the result must be JSON."""
    program = f"import json, sys; from {function.__module__} import {function.__name__} as function\n"
    program += "result = function(*sys.argv[1:]); print(); print(json.dumps(result))"
    command = [*prefix, sys.executable, "-c", program, *map(str, arguments)]
    variables = {**os.environ, **environment}
    ended = subprocess.run(
        command, cwd=paths.PROJECT, env=variables, capture_output=True, text=True, timeout=seconds
    )
    if ended.returncode:
        raise RuntimeError(
            f"{function.__name__} ended with {ended.returncode}: {ended.stderr.strip()[-1500:]}"
        )
    return json.loads(ended.stdout.splitlines()[-1])


def fork_each(count: int, act: Callable[[int], None]) -> list[int]:
    """Call act(0) ... act(count - 1) at once, each in a forked process; returns the exit codes.

    A negative code is the signal that killed the process. The calling interpreter must have no threads.
    """
    sys.stdout.flush()
    children = []
    for number in range(count):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                act(number)
                code = 0
            except BaseException:  # noqa: BLE001 - a forked child must not return into its parent's code
                traceback.print_exc()
            os._exit(code)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
