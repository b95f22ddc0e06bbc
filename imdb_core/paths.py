"""Where things lie. Each place can be moved with an environment variable; the defaults are beside app.py."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PRETRAINED = PROJECT / "pretrained"


def runs_folder() -> Path:
    """The folder of runs: IMDB_RUNS_DIR, or runs/ beside app.py."""
    return Path(os.environ.get("IMDB_RUNS_DIR") or PROJECT / "runs").absolute()


def cache_folder() -> Path:
    """Downloaded and converted reviews: IMDB_CACHE_DIR, or data/ beside app.py."""
    return Path(os.environ.get("IMDB_CACHE_DIR") or PROJECT / "data").absolute()


def given_data_folder() -> Path | None:
    """The folder that already holds Keras's two IMDB files (IMDB_DATA_DIR), or None."""
    named = os.environ.get("IMDB_DATA_DIR")
    return Path(named).absolute() if named else None
