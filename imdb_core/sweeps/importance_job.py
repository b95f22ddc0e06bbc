"""Compute how much each hyperparameter of a sweep matters: python -m imdb_core.sweeps.importance_job SWEEP

A process of its own: fANOVA (Hutter, Hoos and Leyton-Brown, ICML 2014) needs scikit-learn, and Optuna loads
pandas. With a second objective, the shares are those of the first. Started by importances.keep_current.
"""

import sys

from imdb_core.background_job import exit_code
from imdb_core.errors import DataError
from imdb_core.files import write_json
from imdb_core.sweeps import importances
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.sweep import Sweep
from imdb_core.sweeps.trials import settings


def main(arguments: list[str] | None = None) -> int:
    """Write the file of the sweep that is named; 2 after an error, whose sentence goes to the log."""
    (id,) = arguments or sys.argv[1:]

    def work() -> None:
        sweep = sweep_store.find(id)
        with importances.job(sweep).exclusive():
            count, shares = compute(sweep)
            stored = {"format": 1, "settings": count, "shares": shares}
            write_json(sweep.folder / sweep_store.IMPORTANCES, stored)

    return exit_code(work)


def compute(sweep: Sweep) -> tuple[int, dict[str, float]]:
    """(number of complete settings, hyperparameter -> share of the objective's variance).

    Raises DataError if all settings have the same objective: then nothing can be said.
    """
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    from imdb_core.sweeps import study

    if sweep.config is None:
        raise DataError(f"The sweep cannot be read: {sweep.damaged}")
    tried = settings(sweep, sweep_store.runs(sweep))
    values = {each.value(sweep.config) for each in tried if each.state == "complete"} - {None}
    if len(values) < 2:
        raise DataError("All complete settings have the same objective, so no hyperparameter stands out.")
    shares = get_param_importances(
        study.study_of(sweep.config, tried, number=0),
        evaluator=FanovaImportanceEvaluator(seed=sweep.config.seed),
        target=lambda trial: trial.values[0],
    )
    count = sum(each.state == "complete" for each in tried)
    return count, {name: round(float(share), 6) for name, share in shares.items()}


if __name__ == "__main__":
    sys.exit(main())
