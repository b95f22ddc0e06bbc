"""Where a run of a language model keeps its weights. Called by runs.awaited and scoring.language_models."""

import os
from pathlib import Path

from imdb_core.runs import layout
from imdb_core.runs.run import Run


def weights_file(run: Run) -> Path | None:
    """The weights of the best epoch so far; None before the first epoch, or for another kind of network.

    The best checkpoint comes first: after a resume it may be newer than the exported weights.
    """
    if run.damaged or not run.predicts_words:
        return None
    checkpoint = run.folder / layout.CHECKPOINTS / layout.epoch_folder(run.best.get("epoch", 0))
    files = checkpoint / layout.WEIGHTS, run.folder / layout.WEIGHTS
    return next(
        (path for path in files if os.path.isfile(path)), None
    )  # Path.is_file may raise PermissionError
