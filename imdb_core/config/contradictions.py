"""Find values that are each allowed, but not together. Called by run_config.py."""

from collections.abc import Collection, Iterator

from imdb_core.config.fields import FACTS, memory_hyperparameters, unused
from imdb_core.config.memory import MOST_GIBIBYTES, excessive_gibibytes
from imdb_core.config.problems import Problem
from imdb_core.config.text_fields import MOST_PROBES
from imdb_core.config.training_fields import TrainingFields


def contradictions(config: TrainingFields, wrong: Collection[str] = ()) -> list[Problem]:
    """The values of `config` that do not fit together. Problems that name a field in `wrong` are left out."""
    problems = (*_many_probes(config), *_wide_windows(config), *_memory(config))
    return [problem for problem in problems if not set(problem.fields) & set(wrong)]


def probe_reviews(config: TrainingFields) -> list[str]:
    """The texts to score after each epoch, one from each line that is not empty."""
    return [line.strip() for line in config.probes.split("\n") if line.strip()]


def _many_probes(config: TrainingFields) -> Iterator[Problem]:
    count = len(probe_reviews(config))
    if count > MOST_PROBES:
        yield Problem("many_probes", ("probes",), {"count": count, "most": MOST_PROBES})


def _wide_windows(config: TrainingFields) -> Iterator[Problem]:
    """Windows of the network (kernel or pool) that are wider than a whole review."""
    not_used = unused(config.network)
    for name, field in FACTS.items():
        if not field.at_most or name in not_used:
            continue
        value, limit = getattr(config, name), getattr(config, field.at_most)
        if value > limit:
            yield Problem("wide_window", (name, field.at_most), {"value": value, "limit": limit})


def _memory(config: TrainingFields) -> Iterator[Problem]:
    if needed := excessive_gibibytes(config):
        values = {"needed": f"{needed:.0f}", "most": MOST_GIBIBYTES}
        yield Problem("memory", tuple(memory_hyperparameters(config.network)), values)
