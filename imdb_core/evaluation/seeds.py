"""Is one config better than another with all seeds, not only in two networks? For the Compare page."""

import itertools
from dataclasses import dataclass

from imdb_core.evaluation import comparisons
from imdb_core.evaluation.comparisons import Pair
from imdb_core.evaluation.run_config import config_of
from imdb_core.runs.run import Run

FEWEST_SEEDS = 2  # a config with fewer seeds is not called better or worse
MOST_SEED_PAIRS = 0.75  # share of the pairs of seeds that must differ significantly


@dataclass(frozen=True)
class SeedsAgree:
    """One config is better than another across seeds. A config is named by the keys of its runs.

    `significant` of the `pairs` pairs of seeds differ by more than chance.
    """

    better: tuple[str, ...]
    worse: tuple[str, ...]
    pairs: int
    significant: int


def agreeing_seeds(runs: dict[str, Run], pairs: dict[tuple[str, str], Pair]) -> list[SeedsAgree]:
    """The pairs of configs in which one config is better with all seeds, not only in two trained networks.

    Each of the two configs has FEWEST_SEEDS seeds or more. In each pair of seeds, the same config is right on
    more reviews. At least MOST_SEED_PAIRS of these pairs differ significantly, corrected for all pairs. This
    is a convention, not a further test, because pairs that share a run depend on each other.
    """
    groups = [group for group in comparisons.by_seed(runs) if _seeds(group) >= FEWEST_SEEDS]
    agreeing = []
    for first, second in itertools.combinations(groups, 2):
        keys = list(itertools.product(first, second))
        seed_pairs = [pair for pair in (comparisons.pair_of(pairs, *both_keys) for both_keys in keys) if pair]
        if len(seed_pairs) < len(keys):
            continue
        leads, significant = [pair.lead for pair in seed_pairs], sum(pair.differs for pair in seed_pairs)
        if significant >= MOST_SEED_PAIRS * len(leads) and (min(leads) > 0 or max(leads) < 0):
            better, worse = (first, second) if min(leads) > 0 else (second, first)
            agreeing.append(SeedsAgree(tuple(better), tuple(worse), len(leads), significant))
    return agreeing


def _seeds(group: dict[str, Run]) -> int:
    return len({config_of(run).seed for run in group.values()})
