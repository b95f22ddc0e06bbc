"""Whether the disk has room for a run, judged before anything of it is written. Called by the launcher."""

import shutil

from imdb_core import architectures, paths
from imdb_core.config import MOST_EPOCH_BYTES, RunConfig
from imdb_core.errors import RunError

REST_BYTES = 4 * 2**20  # rows, log, vocabulary, predictions


def needed_bytes(config: RunConfig) -> int:
    """What the folder of a run with `config` takes at most, roughly.

    Three checkpoints with the optimizer's state (the last, the best, and the one that is being written), the
    model of each epoch, and the best one's weights and model at the end.
    """
    weights = 4 * sum(row.parameters for row in architectures.layer_table(config))
    checkpoint = weights * (4 if config.weight_averaging else 3)  # Adam keeps two numbers a weight
    return (
        REST_BYTES + 3 * checkpoint + min(config.epochs * weights, MOST_EPOCH_BYTES + weights) + 2 * weights
    )


def demand(config: RunConfig) -> None:
    """Raises RunError if the disk of the runs has less room than `config` needs."""
    root = paths.runs_folder()
    existing = next(folder for folder in (root, *root.parents) if folder.is_dir())
    needed, free = needed_bytes(config), shutil.disk_usage(existing).free
    if free < needed:
        raise RunError(
            f"This run needs about {needed:,} bytes on the disk, but only {free:,} are free in {root}. "
            "Make room there, or name another folder with IMDB_RUNS_DIR."
        )
