"""The config of a run that is not damaged. Called by evaluation and training."""

from imdb_core.config import RunConfig
from imdb_core.errors import ModelError
from imdb_core.runs.run import Run


def config_of(run: Run) -> RunConfig:
    """The run's config. Raises ModelError if the run is damaged, because it then has none."""
    if run.config is None:
        raise ModelError(f"{run.name} cannot be evaluated: {run.damaged or 'it has no config'}")
    return run.config
