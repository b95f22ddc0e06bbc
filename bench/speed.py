"""Every network twice, in turns: the tutorial's plain script and this project's worker. Seconds, ratios, test accuracies.

    python -m bench.speed [--quick] [--epochs 1] [--seeds 7 8 9] [--networks lstm ...] [--json FILE]

--quick takes a fifth of the reviews and one epoch, of which start-up is a large part. "fit" of the worker is all from the
first batch to the evaluation: batches, validation, checkpoints and the export of the model; the plain script does no validation.
"without stall" counts the plain script only to its last batch (see plain.py). Ratios are plain / worker of fit + evaluate. A
first run on the demo reviews, not counted, compiles what Numba then keeps on the disk, once on every machine.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from bench.runs import ROOT, surroundings, trained
from imdb_core import architectures
from imdb_core.config import preset

OPTIONS = {}  # what the worker is told beyond the preset, by network


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--epochs", type=int, help="instead of the preset's")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7])
    parser.add_argument("--networks", nargs="+", default=architectures.tutorial_names(), choices=architectures.tutorial_names())
    parser.add_argument("--json", type=Path, help="also write every measurement there")
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        environment = surroundings(folder, every=5 if options.quick else 1)
        trained({"network": "cnn_lstm", "dataset": "demo", "epochs": 1}, environment)
        for seed in options.seeds:
            for network in options.networks:
                epochs = options.epochs or (1 if options.quick else preset(network).epochs)
                measured = {"plain": plain(network, seed, epochs, environment)}
                measured["worker"] = worker(network, seed, epochs, environment)
                found.append({"network": network, "seed": seed, **measured})
                print(line(found[-1]), flush=True)
                if options.json:
                    options.json.write_text(json.dumps(found, indent=1) + "\n")
    print("\n".join(table(found)))


def plain(network, seed, epochs, environment):
    """What plain.py prints."""
    command = [sys.executable, "-m", "bench.plain", network, "--seed", str(seed), "--epochs", str(epochs)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def worker(network, seed, epochs, environment):
    """The same figures of one run through the project's own worker."""
    run = trained({"network": network, "seed": seed, "epochs": epochs, **OPTIONS.get(network, {})}, environment)
    times = {event["phase"]: datetime.fromisoformat(event["time"]) for event in run.events if event["event"] == "phase"}
    fit = (times["evaluating on the test reviews"] - times["training"]).total_seconds()
    ending = run.ending
    return {"fit": fit, "evaluate": ending["evaluation_seconds"], "accuracy": ending["test_accuracy"], "epochs": epochs}


def line(row):
    """One measurement as text."""
    plain, worker = row["plain"], row["worker"]
    return (
        f"{row['network']:24} seed {row['seed']}: plain {plain['fit']:6.1f} + {plain['evaluate']:5.1f} s "
        f"(to the last batch {plain['fit_to_last_batch']:6.1f} + {plain['evaluate_to_last_batch']:5.1f}), "
        f"worker {worker['fit']:5.1f} + {worker['evaluate']:4.1f} s; "
        f"accuracy {plain['accuracy']:.2%} and {worker['accuracy']:.2%}"
    )


def table(found):
    """Markdown: means over the seeds for each network, then the geometric means of the ratios."""
    head = "| network | plain fit + evaluate, s | without stall | worker | ratio | without stall | plain accuracy | worker |"
    rows, ratios = ["", head, "|---" * 8 + "|"], []
    for network in dict.fromkeys(row["network"] for row in found):
        rows_here = [row for row in found if row["network"] == network]
        mean = {
            (side, name): statistics.fmean(row[side][name] for row in rows_here)
            for side in ("plain", "worker")
            for name in rows_here[0][side]
        }
        fit, evaluate = mean["plain", "fit"], mean["plain", "evaluate"]
        fit_batches, evaluate_batches = mean["plain", "fit_to_last_batch"], mean["plain", "evaluate_to_last_batch"]
        ours = mean["worker", "fit"] + mean["worker", "evaluate"]
        ratios.append(((fit + evaluate) / ours, (fit_batches + evaluate_batches) / ours))
        rows.append(
            f"| {network} | {fit:.1f} + {evaluate:.1f} | {fit_batches:.1f} + {evaluate_batches:.1f} "
            f"| {mean['worker', 'fit']:.1f} + {mean['worker', 'evaluate']:.1f} | {ratios[-1][0]:.2f} | {ratios[-1][1]:.2f} "
            f"| {mean['plain', 'accuracy']:.2%} | {mean['worker', 'accuracy']:.2%} |"
        )
    means = [math.exp(statistics.fmean(map(math.log, column))) for column in zip(*ratios, strict=True)]
    return [*rows, "", f"Geometric mean of the ratios: {means[0]:.2f}; without the stall: {means[1]:.2f}."]


if __name__ == "__main__":
    main()
