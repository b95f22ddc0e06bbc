"""`python -m imdb_core publish`: copy a finished run to a folder in the form of pretrained/."""

import os
from argparse import Namespace
from pathlib import Path

from imdb_core.commands import console
from imdb_core.commands.registry import RUN_ID, argument, command
from imdb_core.runs import layout, store
from imdb_core.scoring import published


@command(
    "publish",
    RUN_ID,
    argument("folder", type=Path),
    argument(
        "--best-only",
        action="store_true",
        help=f"only the files that scoring needs: no models of other epochs, no {layout.WEIGHTS}",
    ),
)
def publish(options: Namespace) -> int:
    """Copy a finished run's models, config and curves to FOLDER, in the form of pretrained/.

    FOLDER must be new or empty, or hold a published run, which is then replaced.
    """
    run, folder = store.find(options.run), Path(os.path.abspath(os.path.expanduser(options.folder)))
    published.write(run, folder, best_only=options.best_only)
    console.show_result(options, {"folder": str(options.folder)}, [f"{run.name} is in {options.folder}."])
    return 0
