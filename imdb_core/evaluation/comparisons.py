"""Is one run really better than another? Called by the Compare page; compares their predictions, needs no model.

The two formulas are short enough to write out, and SciPy would double the server's memory; tests compare them with SciPy.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from imdb_core.errors import ModelError
from imdb_core.evaluation import predictions
from imdb_core.evaluation.predictions import Predictions
from imdb_core.runs.store import Run


@dataclass(frozen=True)
class Pair:
    """Two runs on the same test reviews: on how many each alone is right, and the p-value that this is chance."""

    reviews: int
    only_first: int
    only_second: int
    p: float


def wilson_interval(right: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """(low, high) of a share, 0 to 1 (Wilson 1927, J. Am. Stat. Assoc. 22, 209-212); total must be positive."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, weight = right / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def accuracy_interval(run: Run) -> tuple[float, float] | None:
    """The 95 % Wilson interval of the run's test accuracy, or None if it was not tested."""
    reviews = run.event("finished").get("test_reviews")
    if run.test_accuracy is None or not reviews:
        return None
    return wilson_interval(round(run.test_accuracy * reviews), reviews)


def exact_mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided exact p-value (McNemar 1947, Psychometrika 12, 153-157): a fair coin decides each review only one got right."""
    total, fewer = only_first + only_second, min(only_first, only_second)
    if total == 0:
        return 1.0
    log_tail = [math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1) for k in range(fewer + 1)]
    return min(1.0, 2 * math.fsum(math.exp(term - total * math.log(2)) for term in log_tail))


def right_answers(run: Run) -> np.ndarray:
    """bool (test reviews,): where the run's best epoch was right. Raises ModelError if predictions.npz is missing or damaged."""
    return predictions.read(run).right()


def both(first: Run, second: Run) -> tuple[Predictions, Predictions]:
    """Both runs' predictions, review by review; raises ModelError if they were not tested on the same reviews."""
    one, other = predictions.read(first), predictions.read(second)
    if first.config.dataset != second.config.dataset or not np.array_equal(one.positive, other.positive):
        raise ModelError(f"{first.name} and {second.name} were tested on different reviews and cannot be compared one by one.")
    return one, other


def pair(first: Run, second: Run) -> Pair:
    """Both runs' verdicts on the same test reviews; raises ModelError if they were not tested on the same ones."""
    one, other = (tested.right() for tested in both(first, second))
    only_first, only_second = int(np.sum(one & ~other)), int(np.sum(other & ~one))
    return Pair(len(one), only_first, only_second, exact_mcnemar(only_first, only_second))


def by_seed(runs: dict[str, Run]) -> list[dict[str, Run]]:
    """The runs in groups that differ in nothing but the seed (and their names), in the order of each group's first run."""
    groups: dict[tuple, dict[str, Run]] = {}
    for title, run in runs.items():
        values = {name: value for name, value in run.config.used().items() if name not in ("seed", "name", "probes", "device")}
        groups.setdefault(tuple(values.items()), {})[title] = run
    return list(groups.values())


def smoothed(values: list[float], weight: float) -> np.ndarray:
    """Exponential moving average, `weight` (0 to below 1) for the past, unbiased at the start as in Kingma and Ba 2015 (Adam)."""
    found, mean = [], 0.0
    for number, value in enumerate(values, 1):
        mean = weight * mean + (1 - weight) * value
        found.append(mean / (1 - weight**number))
    return np.array(found)


def config_differences(runs: list[Run]) -> dict[str, list]:
    """Hyperparameter -> one value per run (None where a network does not use it), only those that differ; names are left out."""
    used = [run.config.used() for run in runs]
    names = dict.fromkeys(name for values in used for name in values if name not in ("name", "probes"))
    rows = {name: [values.get(name) for values in used] for name in names}
    return {name: values for name, values in rows.items() if len(set(values)) > 1}
