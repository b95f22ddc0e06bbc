"""How much each hyperparameter of a sweep matters, kept in the sweep's folder. Needs no Optuna.

Optuna's fANOVA loads pandas and scikit-learn for seconds, so a process of its own computes the shares
(importance_job.py). Pages start it and read its file. Called by the page of sweeps and the command line.
"""

import json
from dataclasses import dataclass

from imdb_core.background_job import Job
from imdb_core.files import read_bounded
from imdb_core.sweeps.overview import Overview
from imdb_core.sweeps.store import IMPORTANCES
from imdb_core.sweeps.sweep import Sweep

FEWEST = 10  # complete settings; the shares of fewer settings change with each further setting
GROWTH = 1.25  # while a sweep goes on, the shares are computed again after so many times the settings
LARGEST = 2**16  # bytes
_MODULE = "imdb_core.sweeps.importance_job"


@dataclass(frozen=True)
class Importances:
    """Hyperparameter -> share of the objective's variance, 0 to 1, from so many complete `settings`."""

    settings: int
    shares: dict[str, float]


def read(sweep: Sweep) -> Importances | None:
    """The newest shares, the largest first; None before the first computation."""
    try:
        stored = json.loads(read_bounded(sweep.folder / IMPORTANCES, LARGEST))
        shares = {str(name): float(share) for name, share in stored["shares"].items()}
        ordered = sorted(shares.items(), key=lambda item: -item[1])
        return Importances(int(stored["settings"]), dict(ordered))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def job(sweep: Sweep) -> Job:
    """The job that computes the shares of `sweep`."""
    return Job((sweep.folder / IMPORTANCES).with_suffix(""), "computation of the importances", advice="")


def keep_current(now: Overview) -> None:
    """Start the computation if the stored shares are out of date and no process computes them.

    It is not tried again for the same number of settings after a failure. Raises OSError.
    """
    count, sweep = now.count("complete"), now.sweep
    if count < FEWEST or sweep.config is None or len(sweep.config.space) < 2 or job(sweep).is_running():
        return
    stored = read(sweep)
    known = max(stored.settings if stored else 0, _tried.get(sweep.id, 0))
    if count > known and (count >= GROWTH * known or not now.is_moving):
        if job(sweep).start(_MODULE, sweep.id):
            _tried[sweep.id] = count


# Id of a sweep -> number of complete settings at the newest computation that this process started.
_tried: dict[str, int] = {}
