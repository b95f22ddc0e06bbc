"""python -m imdb_core.runs.stopper RUN_FOLDER: end one run's worker. Started by launcher.stop, so that it
outlives the page.
"""

import sys
from pathlib import Path

from imdb_core.errors import UserError
from imdb_core.runs import launcher, store

if __name__ == "__main__":
    try:
        launcher.end(store.read(Path(sys.argv[1])))
    except UserError as error:  # for the run's log
        sys.exit(str(error))
