"""End one run's worker: python -m imdb_core.runs.stopper RUN_FOLDER.

Started by launcher.stop as a process of its own, so that it outlives the page.
"""

import sys
from pathlib import Path

from imdb_core.errors import UserError
from imdb_core.runs import launcher, store

if __name__ == "__main__":
    try:
        launcher.end(store.read(Path(sys.argv[1])))
    except UserError as error:
        sys.exit(str(error))  # the run's log shows it
