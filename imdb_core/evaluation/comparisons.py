"""Do two runs differ by more than chance? Called by the Compare and Learn pages; compares predictions, needs
no model.

The two formulas are short enough to write out, and SciPy would double the server's memory; tests compare them with SciPy.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from imdb_core.errors import ModelError
from imdb_core.evaluation import predictions
from imdb_core.evaluation.predictions import Predictions
from imdb_core.runs.store import Run

SIGNIFICANT = 0.05  # corrected p-values below it count as more than chance
FEWEST_SEEDS = 2  # of each side, before anything is said of two configs rather than of two networks
MOST_SEED_PAIRS = 0.75  # share of the pairs of seeds that must differ significantly for that


@dataclass(frozen=True)
class Pair:
    """Two runs on the same test reviews: on how many each alone is right, and the p-value that this is
    chance.

    `corrected` is that p-value for the number of `tests` that were made together; alone, both are equal.
    """

    reviews: int
    only_first: int
    only_second: int
    p: float
    tests: int = 1
    corrected: float | None = None

    @property
    def differs(self) -> bool:
        """Whether both differ on these reviews by more than chance."""
        return (self.p if self.corrected is None else self.corrected) < SIGNIFICANT

    @property
    def lead(self) -> int:
        """On how many reviews more the first is right than the second."""
        return self.only_first - self.only_second


@dataclass(frozen=True)
class SeedsAgree:
    """Two configs with several seeds each, keys of their runs, the better one first; `significant` of
    `pairs` pairs differ.
    """

    better: tuple[str, ...]
    worse: tuple[str, ...]
    pairs: int
    significant: int


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
    _demand_same_reviews(first, second, one, other)
    return one, other


def pair(first: Run, second: Run) -> Pair:
    """Both runs' verdicts on the same test reviews; raises ModelError if they were not tested on the same ones."""
    return _pair(*both(first, second))


def _demand_same_reviews(first: Run, second: Run, one: Predictions, other: Predictions) -> None:
    if first.config.dataset != second.config.dataset or not np.array_equal(one.positive, other.positive):
        raise ModelError(f"{first.name} and {second.name} were tested on different reviews and cannot be compared one by one.")


def _pair(one: Predictions, other: Predictions) -> Pair:
    right, other_right = one.right(), other.right()
    only_first, only_second = int(np.sum(right & ~other_right)), int(np.sum(other_right & ~right))
    return Pair(len(one), only_first, only_second, exact_mcnemar(only_first, only_second))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected for being made together (Holm 1979, Scandinavian Journal of Statistics 6,
    65-70), in their order.

    Ordered from the smallest, the k-th of m is multiplied by m - k + 1, is at least the one before, and at
    most 1. So the chance that any of m true null hypotheses is rejected stays below the level, whatever
    depends on whatever.
    """
    order, corrected, largest = sorted(range(len(p_values)), key=p_values.__getitem__), [1.0] * len(p_values), 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = largest
    return corrected


def corrected(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs with their p-values corrected for being tested together (Holm)."""
    values = holm([found.p for found in pairs])
    return [replace(found, tests=len(pairs), corrected=p) for found, p in zip(pairs, values, strict=True)]


def all_pairs(runs: dict[str, Run]) -> tuple[dict[tuple[str, str], Pair], list[str]]:
    """((first key, second key) -> Pair of all runs, corrected for their number; sentences on pairs that
    cannot be compared).

    Each run's predictions are read once.
    """
    read, pairs, problems, different = {}, {}, [], []
    for key, run in runs.items():
        try:
            read[key] = predictions.read(run)
        except ModelError as error:
            problems.append(str(error))
    for first, second in itertools.combinations(read, 2):
        try:
            _demand_same_reviews(runs[first], runs[second], read[first], read[second])
        except ModelError as error:
            different.append(str(error))
        else:
            pairs[first, second] = _pair(read[first], read[second])
    if different:
        more = f" The same holds for {len(different) - 1} more pairs." if len(different) > 1 else ""
        problems.append(different[0] + more)
    return dict(zip(pairs, corrected(list(pairs.values())), strict=True)), problems


def agreeing_seeds(runs: dict[str, Run], pairs: dict[tuple[str, str], Pair]) -> list[SeedsAgree]:
    """Configs of which one is better across seeds: a stronger claim than a difference of two trained
    networks.

    Both sides have FEWEST_SEEDS seeds or more; in each pair of seeds the same side is right on more reviews;
    and of these pairs at least MOST_SEED_PAIRS differ significantly, corrected for all pairs. This is a
    convention, not a further test: pairs that share a run depend on each other.
    """
    groups = [group for group in by_seed(runs) if len({run.config.seed for run in group.values()}) >= FEWEST_SEEDS]
    agreeing = []
    for one, other in itertools.combinations(groups, 2):
        crossed = [(pairs.get((a, b)), 1) if (a, b) in pairs else (pairs.get((b, a)), -1) for a in one for b in other]
        if any(found is None for found, _ in crossed):
            continue
        leads = [sign * found.lead for found, sign in crossed]
        significant = sum(found.differs for found, _ in crossed)
        if significant >= MOST_SEED_PAIRS * len(crossed) and (min(leads) > 0 or max(leads) < 0):
            better, worse = (one, other) if min(leads) > 0 else (other, one)
            agreeing.append(SeedsAgree(tuple(better), tuple(worse), len(crossed), significant))
    return agreeing


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
