"""Check the free disk space before the first file of a run is written. Called by the launcher."""

import shutil

from imdb_core import architectures, paths
from imdb_core.config import MOST_EPOCH_BYTES, RunConfig
from imdb_core.errors import RunError

OTHER_FILES = 12 * 2**20  # bytes: rows, log, vocabulary, predictions, and 200 maps of a memory of 100 units
BYTES_PER_WEIGHT = 4  # float32
CHECKPOINTS_AT_ONCE = 3  # the last, the best, and the checkpoint that is being written


def needed_bytes(config: RunConfig) -> int:
    """How many bytes the folder of a run with `config` takes at most, roughly.

    It holds the checkpoints with the optimizer's state, the model of each epoch, and at the end the weights
    and the model of the best epoch.
    """
    weights = BYTES_PER_WEIGHT * sum(row.parameters for row in architectures.layer_table(config))
    checkpoint = weights * (4 if config.weight_averaging else 3)  # Adam keeps two numbers a weight
    epoch_models = min(config.epochs * weights, MOST_EPOCH_BYTES + weights)
    return OTHER_FILES + CHECKPOINTS_AT_ONCE * checkpoint + epoch_models + 2 * weights


def require_space(config: RunConfig) -> None:
    """Raise RunError if the disk with the folder of runs has less free space than `config` needs."""
    root = paths.runs_folder()
    existing = next(folder for folder in (root, *root.parents) if folder.is_dir())
    needed, free = needed_bytes(config), shutil.disk_usage(existing).free
    if free < needed:
        raise RunError(
            f"This run needs about {needed:,} bytes on the disk, but only {free:,} are free in {root}. "
            "Make room there, or name another folder with IMDB_RUNS_DIR."
        )
