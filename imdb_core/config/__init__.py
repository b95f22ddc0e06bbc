"""RunConfig: the description of one training, with every hyperparameter defined once. Called everywhere.

A hyperparameter is one field in text_fields.py, network_fields.py or training_fields.py. The form, the
command line, the checks, the estimates and the names on the pages are made from the field. A layer's
hyperparameter is used by the networks whose function names it as an argument (imdb_core/architectures/).
"""

from imdb_core.config.fields import (
    bounds,
    choice_label,
    choices,
    facts,
    hyperparameters,
    memory_hyperparameters,
)
from imdb_core.config.hyperparameter import Facts
from imdb_core.config.memory import memory_bytes
from imdb_core.config.presets import command, preset, require_known_vocabulary
from imdb_core.config.problems import Problem
from imdb_core.config.run_config import RunConfig, checked, read

MOST_EPOCH_BYTES = 256 * 2**20  # on the disk, for the models of all epochs of a run

__all__ = [
    "Facts",
    "Problem",
    "RunConfig",
    "bounds",
    "checked",
    "choice_label",
    "choices",
    "command",
    "facts",
    "hyperparameters",
    "memory_bytes",
    "memory_hyperparameters",
    "preset",
    "read",
    "require_known_vocabulary",
]
