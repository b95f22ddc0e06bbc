"""`python -m imdb_core train`: queue one run. Each field of RunConfig is an option."""

import time
from argparse import ArgumentParser, Namespace

from imdb_core import config as configs
from imdb_core.commands import console, report
from imdb_core.commands.registry import argument, command
from imdb_core.errors import RunError
from imdb_core.runs import launcher, store
from imdb_core.scoring import teachers

WAIT_SECONDS = 0.5  # between two looks at the run's folder
REMOVAL_SECONDS = 2  # how long a folder that is being deleted, file by file, may look damaged


def _add_hyperparameters(parser: ArgumentParser) -> None:
    """One option per field of RunConfig; the config itself checks the values."""
    for name, field in configs.RunConfig.model_fields.items():
        if configs.facts(name).of_source and not configs.choices(name):
            continue  # the classes of the data set
        kind = int if field.annotation is int else float if field.annotation is float else str
        help = f"{field.description}{_allowed(name)}".replace("%", "%%")
        parser.add_argument("--" + name.replace("_", "-"), type=kind, required=name == "network", help=help)


def _allowed(name: str) -> str:
    """The allowed values of a field, as a sentence after its description; "" if any text is allowed."""
    low, high = configs.bounds(name)
    if low is not None:
        return f" {low:,} to {high:,}."
    choices = configs.choices(name)
    return f" {', '.join(choices)}." if choices else ""


@command(
    "train",
    argument("--wait", action="store_true", help="stay until the run ends"),
    argument(
        "--generations",
        type=int,
        default=1,
        help="train this many runs, one after another; each is the teacher of the next one",
    ),
    argument("--tuned", action="store_true", help="start from better values for the same layers"),
    _add_hyperparameters,
)
def train(options: Namespace) -> int:
    """Queue one run; with --wait, stay until it ends."""
    values = {name: getattr(options, name, None) for name in configs.RunConfig.model_fields}
    changes = {name: value for name, value in values.items() if value is not None}
    config = configs.preset(changes.pop("network"), tuned=options.tuned, **changes)
    ids = [store.new_id() for _ in range(options.generations)]
    runs = [
        launcher.submit(each, id) for each, id in zip(teachers.generations(config, ids), ids, strict=True)
    ]
    for run in runs:
        shown = report.show_run(options, _follow(run) if options.wait else run)
    return shown


def _follow(run: store.Run) -> store.Run:
    """Print each epoch until the run ends; returns the ended run. Raises RunError if the run is deleted."""
    shown = 0
    while (run := store.read(run.folder)).state not in store.ENDED and not run.damaged:
        for row in run.epochs[shown:]:
            shown += 1
            console.say(report.epoch_line(run, row))
        launcher.runs()
        time.sleep(WAIT_SECONDS)
    deadline = time.monotonic() + REMOVAL_SECONDS
    while run.damaged and store.exists(run.id) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not store.exists(run.id):
        raise RunError(f"Run {run.id} was deleted before it ended.")
    return run
