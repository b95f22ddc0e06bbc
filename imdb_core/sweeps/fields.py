"""The fields of SweepConfig that say how a sweep judges, chooses and ends its runs.

Each is defined once, as a hyperparameter is: the checks, the form and its helps are made from it.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from imdb_core.config import Facts
from imdb_core.config.hyperparameter import hyperparameter

MOST_RUNS = 1000


class SweepFields(BaseModel):
    """The settings of a sweep, in the order of the form."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    objective: str = hyperparameter(
        "val_loss",
        "Objective",
        "What makes a run better than another run. The loss also tells how sure the network is of its "
        "errors.",
        choices={"val_loss": "lowest validation loss", "val_accuracy": "highest validation accuracy"},
    )
    cost: str = hyperparameter(
        "none",
        "Second objective",
        "With a second objective there is no single best setting: the sweep shows the settings that no other "
        "setting beats in both. It then ends no run early.",
        choices={
            "none": "no second objective",
            "seconds": "few seconds of training",
            "parameters": "few parameters",
        },
    )
    sampler: str = hyperparameter(
        "tpe",
        "Sampler",
        "How the next values are chosen. TPE learns from the runs so far where good values are. random does "
        "not. grid tries all combinations in order.",
        choices={"tpe": "TPE: learns from the runs", "random": "at random", "grid": "grid: all combinations"},
    )
    pruner: str = hyperparameter(
        "median",
        "Bad runs",
        "Whether a run ends early if most other runs were better at the same epoch. The first four settings "
        "always train to their end.",
        choices={
            "median": "end below the median",
            "best_third": "end below the best third",
            "none": "never end early",
        },
    )
    most_runs: int = hyperparameter(
        30,
        "Runs",
        "The sweep makes at most so many runs.",
        low=1,
        high=MOST_RUNS,
        step=10,
    )
    most_epochs: int = hyperparameter(
        0,
        "Epochs of all runs",
        "The sweep trains at most so many epochs, of all runs together. 0 means no limit.",
        low=0,
        high=1_000_000,
        step=10,
    )
    most_hours: float = hyperparameter(
        0.0,
        "Hours of training",
        "When the finished epochs of all runs together took so many hours, the sweep ends. Two runs at the "
        "same time use two hours in an hour. 0 means no limit.",
        low=0,
        high=10_000,
        step=0.5,
        unit="h",
    )
    seeds: int = hyperparameter(
        1,
        "Seeds for each setting",
        "Each setting is trained with so many seeds and judged by their mean. So chance matters less, but "
        "fewer settings are tried.",
        low=1,
        high=10,
    )
    seed: int = hyperparameter(
        7,
        "Seed of the sampler",
        "Start of the sampler's random numbers.",
        low=0,
        high=2**31 - 1,
    )


def _facts_of(field: Any) -> Facts:
    facts: Facts = field.json_schema_extra["facts"]
    return facts


FACTS = {name: _facts_of(field) for name, field in SweepFields.model_fields.items()}
SHOWN = tuple(name for name in FACTS if name != "seed")  # in the form
