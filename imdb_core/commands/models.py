"""`python -m imdb_core models`: the networks that `score` can use."""

from argparse import Namespace
from typing import Any

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.commands import console
from imdb_core.commands.registry import command
from imdb_core.scoring import models


@command("models")
def list_models(options: Namespace) -> int:
    """List the models for `score`, pretrained ones first, with accuracy, epochs and training time."""
    rows = [_facts(model) for model in models.available()]
    console.show_result(options, rows, [_line(row) for row in rows] or ["No models yet."])
    return 0


def _facts(model: models.Model) -> dict[str, Any]:
    run = model.run
    return {
        "model": model.key,
        "network": run.network,
        "test_accuracy": run.test_accuracy,
        "published": architectures.get(run.network).published,
        "epochs": len(run.epochs),
        "best_epoch": run.best.get("epoch"),
        "seconds": round(run.training_seconds),
        "command": configs.command(model.config),
    }


def _line(row: dict[str, Any]) -> str:
    published = f"({row['published']:.2%} in the tutorial)  " if row["published"] else ""
    trained = f"epoch {row['best_epoch']} of {row['epochs']}, {row['seconds']} s"
    return f"{row['model']:36} {row['test_accuracy'] or 0:7.2%} test {published}{trained}"
