"""Runs as lines of text, and the exit code that follows from a run's state. Called by train and runs."""

from argparse import Namespace
from typing import Any

from imdb_core import config as configs
from imdb_core.commands import console
from imdb_core.data import sources
from imdb_core.plain_text import one_line
from imdb_core.runs import places, store, tags


def show_run(options: Namespace, run: store.Run, *, failed_is_error: bool = True) -> int:
    """Print a run; returns the exit code: 1 for a run that failed, if `failed_is_error`, else 0."""
    console.show_result(options, document(run), [run_line(run)])
    if run.state in ("failed", "interrupted", "damaged") and failed_is_error:
        console.say(run.damaged or run.message)
        return 1
    if sentence := run.unreachable or run.delay:
        console.say(sentence)
    return 0


def document(run: store.Run) -> dict[str, Any]:
    """A run as --json prints it."""
    where = {"place": run.place, "host": run.host or None}
    return run.summary() | where | {"tags": tags.tags(run)}


def run_line(run: store.Run, name: str = "") -> str:
    """A run in a list: id, state, network, accuracies, its `name` in the list, data set, place and tags."""
    accuracies = [(run.val_accuracy, "val"), (run.test_accuracy, "test")]
    validation, test = (f"{share:.2%} {kind}" if share is not None else "" for share, kind in accuracies)
    texts = f"  ({data_set})" if (data_set := other_data_set(run)) else ""
    texts += f"  (on {where})" if (where := places.where(run)) else ""
    marks = "".join(f"  [{tag}]" for tag in tags.tags(run))
    text = f"{run.damaged or name or run.name}{texts}{marks}"
    return f"{run.id}  {run.state:11} {run.network:24} {validation:11} {test:12} {text}"


def other_data_set(run: store.Run) -> str:
    """The title of the run's data set, also if it is deleted; "" for the default data set."""
    if run.config is None or run.config.dataset == configs.facts("dataset").default:
        return ""
    return one_line(sources.title(run.config.dataset))


def epoch_line(run: store.Run, row: dict[str, Any]) -> str:
    """A finished epoch, by its row of metrics.jsonl."""
    formats = {"loss": ".4f", "accuracy": ".2%", "val_loss": ".4f", "val_accuracy": ".2%"}
    loss, accuracy, val_loss, val_accuracy = (
        format(row[name], spec) if row[name] is not None else "not measured" for name, spec in formats.items()
    )
    figures = f"loss {loss}, accuracy {accuracy}, validation {val_loss}, {val_accuracy}"
    epochs = run.config.epochs if run.config else "?"
    return f"epoch {row['epoch']} of {epochs}: {figures}, {row['seconds']:.1f} s"
