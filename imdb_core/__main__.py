"""The command line: python -m imdb_core networks | train | runs | stop | resume | score | models | data |
baseline | publish

The same config, checks and run folders as the pages. Exit code 0; 2 for what the user can mend; 1 for a
failed run.
"""

from imdb_core import import_path

if __name__ == "__main__":
    import_path.leave_out_start_folder()

# isort: split
from imdb_core.commands import console

if __name__ == "__main__":
    console.obey_ctrl_c()  # early: what follows takes almost half a second

# isort: split
import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path

from imdb_core import architectures, errors, paths
from imdb_core import config as configs
from imdb_core.commands.publish import publish
from imdb_core.commands.score import score
from imdb_core.data import DATASETS
from imdb_core.errors import RunError, UserError
from imdb_core.runs import launcher, layout, refusals, store

VANISHING_SECONDS = 2  # a folder that is being removed file by file looks damaged meanwhile


def networks(options) -> int:
    """List the networks with layers and parameters."""
    found = []
    for name in architectures.names():
        rows = architectures.layer_table(configs.preset(name))
        layers = [
            {"type": row.type, "output_shape": list(row.output_shape), "parameters": row.parameters}
            for row in rows
        ]
        found.append({"name": name, "parameters": sum(row.parameters for row in rows), "layers": layers})
    console.tell(
        options,
        found,
        [f"{row['name']:24} {row['parameters']:>9,} parameters  " + _chain(row["layers"]) for row in found],
    )
    return 0


def train(options) -> int:
    """Queue one run; with --wait, stay until it ends."""
    given = {name: getattr(options, name) for name in configs.RunConfig.model_fields}
    changes = {name: value for name, value in given.items() if value is not None}
    run = launcher.submit(configs.preset(changes.pop("network"), tuned=options.tuned, **changes))
    shown = 0
    while options.wait and (run := store.read(run.folder)).state not in store.ENDED and not run.damaged:
        for row in run.epochs[shown:]:
            shown += 1
            console.say(_epoch_line(run, row))
        launcher.runs()
        time.sleep(0.5)
    deadline = time.monotonic() + VANISHING_SECONDS
    while run.damaged and store.exists(run.id) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not store.exists(run.id):
        raise RunError(f"Run {run.id} was deleted before it had ended.")
    return _report(options, run)


def list_runs(options) -> int:
    """List all runs, newest first."""
    console.say(paths.moved_folders_notice())
    listed = launcher.runs()
    console.tell(
        options, [run.summary() for run in listed], [_line(run) for run in listed] or ["No runs yet."]
    )
    return 0


def stop(options) -> int:
    """Stop a run, or --all, and wait until its process is gone; the epoch of lowest validation loss so far is
    kept.
    """
    if options.all == bool(options.run):
        raise RunError(
            "stop needs either a run's id or --all, which stops every run that is training or queued."
        )
    if not options.all:
        return _report(options, _stopped(store.find(options.run)), failed_is_error=False)
    states = ("queued", *store.ACTIVE)  # the queue first, else a stop would start the next one
    ended, faults = [], []
    for state in states:
        for run in refusals.select(store.runs(), lambda run, state=state: run.state == state):
            try:
                ended.append(_stopped(run))
            except (UserError, OSError) as error:  # go on with the other runs
                faults.append(f"{run.id} could not be stopped: {errors.reason(error)}.")
    nothing = [] if faults else ["Nothing is training or queued."]
    console.tell(options, [run.summary() for run in ended], [_line(run) for run in ended] or nothing)
    for fault in faults:
        console.say(fault)
    return 2 if faults else 0


def _stopped(run):
    """The run when its process is gone."""
    if run.active:
        try:
            store.record(run.folder, "stop-requested")
        finally:  # also if that cannot be written
            launcher.end(run)
    else:
        launcher.stop(run)
    return store.read(run.folder)


def resume(options) -> int:
    """Go on with an interrupted, stopped or failed run after its last finished epoch."""
    return _report(options, launcher.resume(store.find(options.run)))


def list_models(options) -> int:
    """List the models that `score` can use: pretrained ones first, with accuracy, epochs and training time."""
    from imdb_core.scoring import models

    found = []
    for model in models.available():
        run = model.run
        measured = {"test_accuracy": run.test_accuracy, "published": architectures.get(run.network).published}
        trained = {
            "epochs": len(run.epochs),
            "best_epoch": run.best.get("epoch"),
            "seconds": round(run.training_seconds),
        }
        found.append(
            {
                "model": model.key,
                "network": run.network,
                **measured,
                **trained,
                "command": configs.command(run.config),
            }
        )
    lines = [
        f"{row['model']:36} {row['test_accuracy'] or 0:7.2%} test {_published(row)}"
        f"epoch {row['best_epoch']} of {row['epochs']}, {row['seconds']} s"
        for row in found
    ]
    console.tell(options, found, lines or ["No models yet."])
    return 0


def _published(row) -> str:
    return f"({row['published']:.2%} in the tutorial)  " if row["published"] else ""


def data(options) -> int:
    """Download and convert the IMDB reviews, or say where they are."""
    from imdb_core import data as corpora

    def show(done, total):
        print(f"\r{done / 2**20:6.1f} of {total / 2**20:.1f} MiB", end="", file=sys.stderr, flush=True)

    corpus = corpora.load("imdb", progress=show)
    facts = {
        "train": len(corpus.train),
        "test": len(corpus.test),
        "words": len(corpus.words),
        "fingerprint": corpus.fingerprint,
    }
    console.tell(
        options,
        facts,
        [f"{facts['train']:,} training and {facts['test']:,} test reviews, {facts['words']:,} words."],
    )
    return 0


def baseline(options) -> int:
    """What TF-IDF with logistic regression, no neural network, gets right on the test reviews; computed once."""
    from imdb_core.evaluation import baselines

    if not baselines.baseline(options.dataset):
        console.say("Computing the baseline; this takes about a minute, once.")
    found = baselines.compute(options.dataset)
    line = f"{found.test_accuracy:.2%} of {found.test_reviews:,} test reviews right, fitted in {found.fit_seconds:.0f} s"
    console.tell(
        options, asdict(found), [f"{line} ({found.dataset}, TF-IDF + logistic regression, C = {found.c:g})."]
    )
    return 0


def main(arguments=None) -> int:
    """Run one command; returns the exit code."""

    def command() -> int:
        options = _parser().parse_args(arguments)
        return options.command(options)

    return console.exit_code(command, lambda: "" if launcher.workers.training_children() else console.INTERRUPTED)


def _parser():
    parser = _Parser(
        prog="python -m imdb_core", description="Train and score small networks on film reviews."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name, function, *arguments):
        about = function.__doc__ or "Python's option -OO has removed this text; start without it."
        one = commands.add_parser(name, help=about.splitlines()[0], description=about)
        one.set_defaults(command=function)
        one.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
        for names, keywords in arguments:
            one.add_argument(*names, **keywords)
        return one

    run = (["run"], {"help": "the run's id"})
    command("networks", networks)
    wait = (["--wait"], {"action": "store_true", "help": "stay until the run ends"})
    tuned = (
        ["--tuned"],
        {"action": "store_true", "help": "start from better values for the same layers"},
    )
    _add_hyperparameters(command("train", train, wait, tuned))
    command("runs", list_runs)
    all_runs = (["--all"], {"action": "store_true", "help": "every run that is training or queued"})
    command("stop", stop, (["run"], {"help": "the run's id", "nargs": "?"}), all_runs)
    command("resume", resume, run)
    text = (["text"], {"nargs": "*", "help": "reviews; without any, one a line from standard input"})
    command("score", score, (["--model"], {"required": True, "help": "pretrained/NAME or a run's id"}), text)
    command("models", list_models)
    command("data", data)
    command(
        "baseline",
        baseline,
        (["dataset"], {"nargs": "?", "default": "imdb", "choices": DATASETS, "help": "default: imdb"}),
    )
    best_only = (
        ["--best-only"],
        {"action": "store_true", "help": f"only what scores: no models of other epochs, no {layout.WEIGHTS}"},
    )
    command("publish", publish, run, (["folder"], {"type": Path}), best_only)
    return parser


class _Parser(argparse.ArgumentParser):
    """An error is one sentence; --help says the rest."""

    def error(self, message):
        console.say(f"{message[0].upper()}{message[1:]}; {self.prog} --help lists what is allowed.")
        sys.exit(2)


def _add_hyperparameters(parser):
    """One option per field of RunConfig; the config itself checks the values."""
    for name, field in configs.RunConfig.model_fields.items():
        kind = field.annotation if field.annotation in (int, float) else str
        low, high = configs.bounds(name)
        limits = (
            f" {low:,} to {high:,}."
            if low is not None
            else f" {', '.join(configs.choices(name))}."
            if configs.choices(name)
            else ""
        )
        help = (field.description + limits).replace("%", "%%")
        parser.add_argument("--" + name.replace("_", "-"), type=kind, required=name == "network", help=help)


def _report(options, run, failed_is_error=True) -> int:
    """Print a run; a failed one is exit code 1."""
    console.tell(options, run.summary(), [_line(run)])
    if run.state in ("failed", "interrupted", "damaged") and failed_is_error:
        console.say(run.damaged or run.message)
        return 1
    return 0


def _line(run) -> str:
    validated, tested = run.best.get("val_accuracy"), run.test_accuracy
    accuracy = f"{validated:.2%} val" if validated is not None else ""
    tested = f"{tested:.2%} test" if tested is not None else ""
    return f"{run.id}  {run.state:11} {run.network:24} {accuracy:11} {tested:12} {run.damaged or run.name}"


def _epoch_line(run, row) -> str:
    forms = {"loss": ".4f", "accuracy": ".2%", "val_loss": ".4f", "val_accuracy": ".2%"}
    loss, accuracy, val_loss, val_accuracy = (
        format(row[name], form) if row[name] is not None else "not measured" for name, form in forms.items()
    )
    figures = (
        f"loss {loss}, accuracy {accuracy}, validation {val_loss}, {val_accuracy}, {row['seconds']:.1f} s"
    )
    return f"epoch {row['epoch']} of {run.config.epochs}: {figures}"


def _chain(layers) -> str:
    return " > ".join(layer["type"] for layer in layers)


if __name__ == "__main__":
    sys.exit(main())
