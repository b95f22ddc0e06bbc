"""The losses of every network after one epoch on the demo reviews: a refactoring must not change them.

    python -m bench.losses > /tmp/before.json              in the old checkout
    python -m bench.losses --against /tmp/before.json      in the new one: exits with 1 if any figure differs

Every network is trained with its preset, with `--batching padded`, and with its tuned preset if it has one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.runs import ROOT
from imdb_core import architectures, background

FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


def main() -> int:
    """Print the figures as JSON; with --against, print only the figures that have changed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, help="the output of an earlier run of this command")
    options = parser.parse_args()
    losses = measured()
    if not options.against:
        print(json.dumps(losses, indent=1))
        return 0
    before = json.loads(options.against.read_text("utf-8"))
    differing = [name for name in before | losses if before.get(name) != losses.get(name)]
    for name in differing:
        print(f"{name}: before {before.get(name)}, now {losses.get(name)}")
    print(f"{len(losses) - len(differing)} of {len(losses)} trainings are the same to the last digit.")
    return bool(differing)


def measured() -> dict[str, dict[str, float]]:
    """Name of a training -> its figures after one epoch."""
    trainings = {}
    for network in architectures.names():
        trainings[network] = []
        trainings[f"{network} padded"] = ["--batching", "padded"]
        if architectures.get(network).tuned:
            trainings[f"{network} tuned"] = ["--tuned"]
    return {name: _train(name.split()[0], options) for name, options in trainings.items()}


def _train(network: str, options: list[str]) -> dict[str, float]:
    small = ["--dataset", "demo", "--epochs", "1", "--review-length", "100", "--device", "cpu"]
    with tempfile.TemporaryDirectory() as folder:
        _command("train", "--network", network, *small, *options, "--wait", runs=folder)
        lines = next(Path(folder).glob("*/metrics.jsonl")).read_text("utf-8").splitlines()
    epoch = next(row for row in map(json.loads, lines) if row["kind"] == "epoch")
    return {figure: epoch[figure] for figure in FIGURES}


def _command(*arguments: str, runs: str) -> None:
    command = background.command("-m", "imdb_core", *arguments)
    environment = background.environment(IMDB_RUNS_DIR=runs)
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
