"""What differs between runs: hyperparameters, texts, seed, version of the app, packages and processor.

Called by the pages Compare and Sweeps. Hyperparameters come from the config, everything else from the run's
events.
"""

from dataclasses import dataclass
from typing import Any

from imdb_core.config import RunConfig
from imdb_core.evaluation import comparisons
from imdb_core.runs import names, provenance
from imdb_core.runs.run import Run

# What a run recorded beside its config. `comparisons.config_differences` lists the hyperparameters.
RECORDED = ("texts", "app_version", "processor", "threads", "packages")


@dataclass(frozen=True)
class Difference:
    """One row: `name` is a hyperparameter, or one of RECORDED; one value per run, None where it has none."""

    name: str
    values: tuple[Any, ...]

    @property
    def is_recorded(self) -> bool:
        """Whether this is a fact of the training, not a hyperparameter."""
        return self.name in RECORDED

    def changed(self, place: int, baseline: int) -> bool:
        """Whether the run at `place` differs here from the run at `baseline`."""
        return bool(self.values[place] != self.values[baseline])


def differences(runs: list[Run]) -> list[Difference]:
    """The rows in which the runs differ: data set, seed and other hyperparameters, then recorded facts.

    A run of an older version may lack a recorded fact. Its value is then None, which does not count as a
    difference. Other data sets have other texts, so texts are compared only within one data set.
    """
    settings = comparisons.config_differences(runs)
    rows = [Difference(name, tuple(values)) for name, values in settings.items()]
    facts = [recorded_facts(run) for run in runs]
    for name in RECORDED:
        if name == "texts" and "dataset" in settings:
            continue
        values = tuple(fact[name] for fact in facts)
        if len(set(values) - {None}) > 1:
            rows.append(Difference(name, values))
    return rows


def from_preset(config: RunConfig) -> list[Difference]:
    """The rows in which a config differs from its network's nearest preset: (value of the preset, its value).

    Seed and device are left out.
    """
    preset = names.nearest_preset(config)
    changes = names.changed_settings(config)
    return [
        Difference(name, (preset[name], value))
        for name, value in changes.items()
        if name not in ("seed", "device")
    ]


def recorded_facts(run: Run) -> dict[str, str | None]:
    """What the run recorded of its training, by the names in RECORDED; None where it recorded nothing."""
    started = run.event("started")
    threads = started.get("threads")
    return {
        "texts": (provenance.fingerprint(run) or "")[: provenance.SHOWN_DIGITS] or None,
        "app_version": started.get("app_version"),
        "processor": started.get("device"),
        "threads": str(threads) if threads is not None and started.get("device") == "cpu" else None,
        "packages": _packages(run),
    }


def _packages(run: Run) -> str | None:
    """keras 3.15.1, numpy 2.4.6; without the checksum of the app's own code, which tells a reader nothing."""
    for event in reversed(run.events):
        versions = event.get("versions")
        if isinstance(versions, dict):
            return ", ".join(f"{name} {versions[name]}" for name in sorted(versions) if name != "app")
    return None
