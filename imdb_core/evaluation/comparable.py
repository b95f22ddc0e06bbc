"""Choose which runs the Compare page offers together, and which of these runs it shows first.

Only runs on one data set are offered together. Runs of different data sets were tested on different texts, so
their accuracies and verdicts say nothing about each other. Called by the Compare page and
ui/panels/run_links.py.
"""

from imdb_core.evaluation.run_config import config_of
from imdb_core.runs.run import Run

SHOWN_FIRST = 3  # runs


def by_data_set(runs: dict[str, Run]) -> dict[str, list[str]]:
    """Data set -> the keys of its runs, both in the order of `runs`. Each run must have a config."""
    groups: dict[str, list[str]] = {}
    for key, run in runs.items():
        groups.setdefault(config_of(run).dataset, []).append(key)
    return groups


def shown_first(keys: list[str], runs: dict[str, Run]) -> list[str]:
    """The first SHOWN_FIRST of `keys`: the user's own runs, or pretrained runs if there are no own runs.

    All `keys` belong to runs on one data set.
    """
    own = [key for key in keys if key == runs[key].id]
    return (own or keys)[:SHOWN_FIRST]
