"""The config of a run that is not damaged. Called by evaluation and training."""

from imdb_core.config import RunConfig
from imdb_core.data.nouns import nouns
from imdb_core.errors import ModelError
from imdb_core.runs.run import Run


def config_of(run: Run) -> RunConfig:
    """The run's config. Raises ModelError if the run is damaged, because it then has none."""
    if run.config is None:
        raise ModelError(f"{run.name} cannot be evaluated: {run.damaged or 'it has no config'}")
    return run.config


def texts_of(run: Run) -> str:
    """What the run's data set calls its texts: "reviews", "questions"."""
    return nouns(config_of(run).dataset).many
