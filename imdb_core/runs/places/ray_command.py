"""The command and environment variables of a job: the same worker as here, with the folders as seen there.

Called by ray and checks.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from imdb_core import background
from imdb_core.runs import cards
from imdb_core.runs.places.settings import ClusterSettings

STOP_SECONDS = 3  # after its SIGTERM, Ray kills a worker that has not ended
# Settings that change what a worker does, and that name no folder of this machine.
PASSED_ON = (
    *("KERAS_BACKEND", "KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED"),
    *("IMDB_LANGUAGE", "IMDB_BASE_URL"),
)


def job(settings: ClusterSettings, module: str, *arguments: object, gpus: int) -> dict[str, Any]:
    """The fields of a job, as Ray's API wants them, that runs `python -m module arguments` for the app.

    `exec`: the worker takes the place of the shell, so that Ray's signals reach the worker.
    """
    command = shlex.join([settings.python, "-P", "-m", module, *map(str, arguments)])
    return {
        "entrypoint": f"cd {shlex.quote(settings.app)} && exec {command}",
        "entrypoint_num_cpus": settings.cpus,
        "entrypoint_num_gpus": gpus,
        "runtime_env": {"env_vars": environment(settings, gpus=gpus)},
    }


def run_folder(settings: ClusterSettings, id: str) -> str:
    """The folder of the run `id`, as it is seen on the cluster."""
    return str(PurePosixPath(settings.runs) / id)


def environment(settings: ClusterSettings, *, gpus: int) -> dict[str, str]:
    """The environment variables of a job, which its node adds to its own ones."""
    variables = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    variables |= {
        "IMDB_RUNS_DIR": settings.runs,
        "IMDB_CACHE_DIR": settings.data,
        "IMDB_DATA_DIR": settings.imdb or "",
    }
    variables |= background.FIXED_VARIABLES
    variables |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_JOB_STOP_WAIT_TIME_S": str(STOP_SECONDS)}
    if gpus:  # Ray numbers the cards of a node as the driver does
        variables[cards.ORDER] = "PCI_BUS_ID"
    return variables | _own(settings.environment, settings.app)


def _own(chosen: Mapping[str, str], app: str) -> dict[str, str]:
    """The variables of the settings file; the app's folder comes first in the search path for modules."""
    path = [app, *filter(None, [chosen.get("PYTHONPATH")])]
    return {**chosen, "PYTHONPATH": ":".join(path)}
