"""Functions of the rows in processes of their own: on a small disk, without a network, without root's rights,
or to be killed.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from imdb_core import paths

NO_NETWORK = ("unshare", "-rn")
# Permissions count for root as well, once it has lost the rights to overlook them.
NO_SUPERUSER = (
    ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--") if os.geteuid() == 0 else ()
)


def small_disk(folder: Path, size: str) -> tuple[str, ...]:
    """What to write before a command so that `folder` is a disk of its own, of that size, for it alone."""
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
    """What `function(*arguments)` of a module returns in a fresh interpreter; arguments arrive as text, the
    result is JSON.
    """
    program = f"import json, sys; from {function.__module__} import {function.__name__} as wanted\n"
    program += "result = wanted(*sys.argv[1:]); print(); print(json.dumps(result))"
    command = [*prefix, sys.executable, "-c", program, *map(str, arguments)]
    surroundings = {**os.environ, **environment}
    done = subprocess.run(
        command, cwd=paths.PROJECT, env=surroundings, capture_output=True, text=True, timeout=seconds
    )
    if done.returncode:
        raise RuntimeError(f"{function.__name__} ended with {done.returncode}: {done.stderr.strip()[-1500:]}")
    return json.loads(done.stdout.splitlines()[-1])


def fork_each(count: int, act: Callable[[int], None]) -> list[int]:
    """Exit codes of `act(0)` to `act(count - 1)`, each in a process of its own, all at once; negative: killed
    by that signal.

    Only for interpreters that outcome() has started and that have no threads.
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
            except BaseException:  # noqa: BLE001 - whatever it is, a forked child must not return into its parent's code
                traceback.print_exc()
            os._exit(code)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
