"""`python -m imdb_core models`: the networks that `score` can use."""

from argparse import Namespace
from typing import Any

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.commands import console, report
from imdb_core.commands.registry import command
from imdb_core.scoring import models


@command("models")
def list_models(options: Namespace) -> int:
    """List the models for `score`, pretrained ones first, with accuracy, epochs and training time."""
    available = models.available()
    rows = [_facts(model) for model in available]
    lines = [_line(model, row) for model, row in zip(available, rows, strict=True)]
    console.show_result(options, rows, lines or ["No models yet."])
    return 0


def _facts(model: models.Model) -> dict[str, Any]:
    run = model.run
    return {
        "model": model.key,
        "network": run.network,
        "dataset": model.config.dataset,
        "classes": list(model.config.classes),
        "test_accuracy": run.test_accuracy,
        "published": None if report.other_data_set(run) else architectures.get(run.network).published,
        "epochs": len(run.epochs),
        "best_epoch": run.best.get("epoch"),
        "seconds": round(run.training_seconds),
        "command": configs.command(model.config),
    }


def _line(model: models.Model, row: dict[str, Any]) -> str:
    published = f"({row['published']:.2%} in the tutorial)  " if row["published"] else ""
    trained = f"epoch {row['best_epoch']} of {row['epochs']}, {row['seconds']} s"
    texts = f"  ({data_set})" if (data_set := report.other_data_set(model.run)) else ""
    return f"{row['model']:36} {row['test_accuracy'] or 0:7.2%} test {published}{trained}{texts}"
