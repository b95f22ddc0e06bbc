"""By how much a sweep overestimates its best setting: the objective in the sweep against fresh seeds.

The best of many noisy figures is better than the same setting will be again: a part of its lead is luck of
its seed, which also decides which texts are its validation texts. Called by the page of sweeps.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from imdb_core.runs.run import Run
from imdb_core.sweeps.sweep import SweepConfig
from imdb_core.sweeps.trials import Setting, best_value

# 97.5 % quantiles of Student's t by degrees of freedom (Student 1908, Biometrika 6, 1-25). Written out,
# because SciPy would double the server's memory; a test compares them with SciPy's.
T_QUANTILES = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


@dataclass(frozen=True)
class Optimism:
    """The objective that a choice went by (`seen`), and figures of the same settings that it did not see.

    `excess` is how much better `seen` is than the mean of the `unseen` figures; negative if it is worse.
    """

    seen: float
    unseen: tuple[float, ...]
    minimizes: bool

    @property
    def mean(self) -> float:
        return statistics.fmean(self.unseen)

    @property
    def excess(self) -> float:
        return (self.mean - self.seen) * (1 if self.minimizes else -1)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean by Student's t; None for one figure, or for more than ten."""
        count = len(self.unseen)
        if not 2 <= count <= len(T_QUANTILES) + 1:
            return None
        half = T_QUANTILES[count - 2] * statistics.stdev(self.unseen) / math.sqrt(count)
        return self.mean - half, self.mean + half


def by_fresh_seeds(config: SweepConfig, in_sweep: float, runs: Sequence[Run]) -> Optimism | None:
    """A setting's objective in the sweep against `runs` of the setting with fresh seeds.

    Runs that have not finished are left out; None without any finished run.
    """
    finished = [run for run in runs if run.state == "finished"]
    figures = [value for run in finished if (value := best_value(run.epochs, config)) is not None]
    return Optimism(in_sweep, tuple(figures), config.minimizes) if figures else None


def by_left_out_seeds(config: SweepConfig, tried: Sequence[Setting]) -> Optimism | None:
    """The same from the sweep alone if it has several seeds: each seed in turn is left out of the choice.

    The setting with the best mean of the other seeds is chosen; its figure with the left-out seed was not
    seen by the choice. Returns the means over all left-out seeds as `seen`; None with one seed, or with fewer
    than two complete settings. The choice by one seed less is a little luckier than the sweep's own.
    """
    rows = [_by_seed(config, each) for each in tried if each.state == "complete"]
    complete = [row for row in rows if row is not None and len(row) == config.seeds]
    if config.seeds < 2 or len(complete) < 2:
        return None
    seen, unseen = [], []
    better = min if config.minimizes else max
    for left_out in range(config.seeds):
        others = [statistics.fmean(row[:left_out] + row[left_out + 1 :]) for row in complete]
        place = others.index(better(others))
        seen.append(others[place])
        unseen.append(complete[place][left_out])
    return Optimism(statistics.fmean(seen), tuple(unseen), config.minimizes)


def _by_seed(config: SweepConfig, setting: Setting) -> list[float] | None:
    """The objective of each run, by its seed; None if a run has none."""
    runs = sorted(setting.runs, key=lambda run: run.config.seed if run.config else 0)
    figures = [best_value(run.epochs, config) for run in runs]
    return None if None in figures else [value for value in figures if value is not None]
