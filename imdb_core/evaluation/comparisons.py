"""Do two runs differ by more than chance? Compares their predictions, so it needs no model.

Called by the Compare and Learn pages. The formulas are written out here, because SciPy would double the
server's memory; tests compare the results with SciPy's.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core.errors import ModelError
from imdb_core.evaluation import predictions
from imdb_core.evaluation.predictions import ClassPredictions
from imdb_core.evaluation.run_config import config_of
from imdb_core.evaluation.same_texts import require_same_texts
from imdb_core.runs import provenance
from imdb_core.runs.run import Run

SIGNIFICANT = 0.05  # corrected p-values below this level count as more than chance
NEGLIGIBLE = 1e-17  # share of a sum below which further, ever smaller terms do not change it


@dataclass(frozen=True)
class Pair:
    """Two runs on the same test reviews: how many reviews only one run judges right, and McNemar's p-value.

    `tests` is the number of tests that are corrected together; `corrected` is the corrected p-value, or None.
    """

    reviews: int
    only_first: int
    only_second: int
    p: float
    tests: int = 1
    corrected: float | None = None

    @property
    def differs(self) -> bool:
        """Whether the two runs differ on these reviews by more than chance."""
        return (self.p if self.corrected is None else self.corrected) < SIGNIFICANT

    @property
    def lead(self) -> int:
        """How many more reviews the first run judges right than the second; negative if fewer."""
        return self.only_first - self.only_second


def wilson_interval(right: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """(low, high) of the share right / total, total > 0 (Wilson 1927, J. Am. Stat. Assoc. 22, 209-212)."""
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
    """The two-sided exact p-value of McNemar's test (1947, Psychometrika 12, 153-157).

    Null hypothesis: a fair coin decides which run is right on a review that only one run judges right.
    """
    total, fewer = only_first + only_second, min(only_first, only_second)
    # The binomial probabilities of 0 to `fewer`, from the largest down, each from the one before it.
    term = math.exp(
        math.lgamma(total + 1) - math.lgamma(fewer + 1) - math.lgamma(total - fewer + 1) - total * math.log(2)
    )
    tail = 0.0
    while term > NEGLIGIBLE * tail:
        tail += term
        term *= fewer / (total - fewer + 1)
        fewer -= 1
    return min(1.0, 2 * tail)


def both(first: Run, second: Run) -> tuple[ClassPredictions, ClassPredictions]:
    """Both runs' predictions on the same test reviews.

    Raises ModelError if the runs were tested on different reviews or tell different classes apart.
    """
    first_predictions, second_predictions = predictions.read_classes(first), predictions.read_classes(second)
    require_same_texts(first, second, first_predictions.labels, second_predictions.labels)
    return first_predictions, second_predictions


def pair(first: Run, second: Run) -> Pair:
    """Compares two runs review by review; raises ModelError if they were tested on different reviews."""
    first_predictions, second_predictions = both(first, second)
    return _pair(first_predictions.right, second_predictions.right)


def _pair(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> Pair:
    """The Pair of two runs, each given by which of the reviews it judges right."""
    only_first = int(np.sum(first_right & ~second_right))
    only_second = int(np.sum(second_right & ~first_right))
    return Pair(len(first_right), only_first, only_second, exact_mcnemar(only_first, only_second))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values of several tests, in the same order, corrected for the number of tests.

    Holm 1979, Scandinavian Journal of Statistics 6, 65-70: the k-th smallest of m p-values is multiplied by
    m - k + 1 and cut at 1. No corrected p-value is smaller than the one before it. So the probability of
    rejecting any true null hypothesis stays below the level, even if the tests depend on each other.
    """
    from_smallest = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected, largest = [1.0] * len(p_values), 0.0
    for rank, index in enumerate(from_smallest):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def corrected(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs with p-values corrected for the number of pairs (Holm)."""
    p_values = holm([pair.p for pair in pairs])
    return [replace(pair, tests=len(pairs), corrected=p) for pair, p in zip(pairs, p_values, strict=True)]


def all_pairs(runs: dict[str, Run]) -> tuple[dict[tuple[str, str], Pair], list[str]]:
    """({(first key, second key): corrected Pair}, sentences on runs that cannot be read or compared).

    The predictions of each run are read once.
    """
    tested, problems = read_tested(runs)
    pairs, different = pairs_of(runs, tested)
    return pairs, problems + different


def read_tested(runs: dict[str, Run]) -> tuple[dict[str, ClassPredictions], list[str]]:
    """(key -> the run's predictions on the test reviews, sentences on runs whose file cannot be read)."""
    tested: dict[str, ClassPredictions] = {}
    problems: list[str] = []
    for key, run in runs.items():
        try:
            tested[key] = predictions.read_classes(run)
        except ModelError as error:
            problems.append(str(error))
    return tested, problems


def pairs_of(
    runs: dict[str, Run], tested: dict[str, ClassPredictions]
) -> tuple[dict[tuple[str, str], Pair], list[str]]:
    """As all_pairs(), for predictions that were read before, in the order of `tested`."""
    pairs: dict[tuple[str, str], Pair] = {}
    different: list[str] = []
    right = {key: judged.right for key, judged in tested.items()}
    for first, second in itertools.combinations(tested, 2):
        try:
            require_same_texts(runs[first], runs[second], tested[first].labels, tested[second].labels)
        except ModelError as error:
            different.append(str(error))
        else:
            pairs[first, second] = _pair(right[first], right[second])
    problems = different[:1]
    if len(different) > 1:
        more = len(different) - 1
        problems = [f"{different[0]} The same holds for {more} more pair{'s' if more > 1 else ''}."]
    return dict(zip(pairs, corrected(list(pairs.values())), strict=True)), problems


def pair_of(pairs: dict[tuple[str, str], Pair], first: str, second: str) -> Pair | None:
    """The Pair of these two runs, in this order; None if the runs were not compared."""
    if (first, second) in pairs:
        return pairs[first, second]
    reverse = pairs.get((second, first))
    return reverse and replace(reverse, only_first=reverse.only_second, only_second=reverse.only_first)


def by_seed(runs: dict[str, Run]) -> list[dict[str, Run]]:
    """The runs in groups whose configs differ only in the seed, in the order of each group's first run.

    Name, probes, device and place do not count. Runs that learned from different reviews are in different
    groups.
    """
    groups: dict[tuple[Any, ...], dict[str, Run]] = {}
    ignored = ("seed", "name", "probes", "device", "place")
    for title, run in runs.items():
        used = config_of(run).used().items()
        settings = [(name, value) for name, value in used if name not in ignored]
        groups.setdefault((provenance.fingerprint(run), *settings), {})[title] = run
    return list(groups.values())


def smoothed(values: list[float], weight: float) -> NDArray[np.float64]:
    """The exponential moving average; `weight` (0 to below 1) is the weight of the past.

    The bias at the start is corrected as in Adam (Kingma and Ba 2015).
    """
    averages, mean = [], 0.0
    for number, value in enumerate(values, 1):
        mean = weight * mean + (1 - weight) * value
        averages.append(mean / (1 - weight**number))
    return np.array(averages)


def config_differences(runs: list[Run]) -> dict[str, list[Any]]:
    """The hyperparameters that differ -> one value per run, None where a network does not use it.

    Names, probes and places are left out.
    """
    used = [config_of(run).used() for run in runs]
    left_out = ("name", "probes", "place")
    names = dict.fromkeys(name for values in used for name in values if name not in left_out)
    rows = {name: [values.get(name) for values in used] for name in names}
    return {name: values for name, values in rows.items() if len(set(values)) > 1}
