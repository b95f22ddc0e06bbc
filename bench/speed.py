"""Seconds and test accuracy of every network, trained by the plain script and by the worker in turns.

    python -m bench.speed [--quick] [--epochs 1] [--seeds 7 8 9] [--networks lstm ...] [--json FILE]

--quick trains on a fifth of the reviews for one epoch, so starting takes a large part of the time. The first
seed is timed, one process after the other. Further seeds only add accuracies and run two at a time. The
worker gets the preset and OPTIONS.

The worker's "fit" is the time from the first batch to the evaluation: batches, validation, checkpoints
and the export of the model. The plain script does no validation. "without stall" counts the plain script
only to its last batch (see plain.py). Ratios are plain / worker of fit + evaluate. A first run on the
demo reviews is not counted: on a new machine it compiles the code that Numba then keeps on the disk.
"""

import argparse
import itertools
import json
import math
import statistics
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from bench.runs import ROOT, machine, surroundings, trained
from imdb_core import architectures, background
from imdb_core.config import preset

# The worker's options beyond the preset. Without clipping, an epoch of an LSTM may diverge. In the small
# network a step on 64 reviews is mostly overhead. With 192 reviews and this learning rate, both chosen on the
# validation reviews, it learns as much in the same number of epochs.
OPTIONS = dict.fromkeys(architectures.tutorial_names(), {"gradient_clipping": 1.0})
OPTIONS["cnn_lstm_dense"] = {"gradient_clipping": 1.0, "batch_size": 192, "learning_rate": 0.003}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--epochs", type=int, help="instead of the epochs of the preset")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7])
    names = architectures.tutorial_names()
    parser.add_argument("--networks", nargs="+", default=names, choices=names)
    parser.add_argument("--json", type=Path, help="a file for all measurements")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        environment = surroundings(folder, every=5 if options.quick else 1)
        trained({"network": "cnn_lstm", "dataset": "demo", "epochs": 1}, environment)

        def measured(network, seed, timed):
            epochs = options.epochs or (1 if options.quick else preset(network).epochs)
            threads = {} if timed else {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
            plain_figures = plain(network, seed, epochs, environment | threads)
            figures = worker(network, seed, epochs, environment)
            row = {
                "network": network,
                "seed": seed,
                "timed": timed,
                "plain": plain_figures,
                "worker": figures,
            }
            rows.append(row)
            print(line(row), flush=True)
            if options.json:
                options.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")

        first, *others = options.seeds
        for network in options.networks:
            measured(network, first, True)
        with ThreadPoolExecutor(2) as pairs:
            list(pairs.map(lambda pair: measured(*pair, False), itertools.product(options.networks, others)))
    print("\n".join([machine(), *table(rows)]))


def plain(network, seed, epochs, environment):
    """The figures that plain.py prints."""
    command = background.command("-m", "bench.plain", network, "--seed", seed, "--epochs", epochs)
    process = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    return json.loads(process.stdout.splitlines()[-1])


def worker(network, seed, epochs, environment):
    """The same figures of one run through the project's own worker."""
    run = trained({"network": network, "seed": seed, "epochs": epochs, **OPTIONS[network]}, environment)
    times = {
        event["phase"]: datetime.fromisoformat(event["time"])
        for event in run.events
        if event["event"] == "phase"
    }
    fit = (times["evaluating"] - times["training"]).total_seconds()
    ending = run.ending
    return {
        "fit": fit,
        "evaluate": ending["evaluation_seconds"],
        "accuracy": ending["test_accuracy"],
        "epochs": epochs,
    }


def line(row):
    """One measurement as text."""
    plain, worker = row["plain"], row["worker"]
    return (
        f"{row['network']:24} seed {row['seed']}: plain {plain['fit']:6.1f} + {plain['evaluate']:5.1f} s "
        f"(to the last batch {plain['fit_to_last_batch']:6.1f} + {plain['evaluate_to_last_batch']:5.1f}), "
        f"worker {worker['fit']:5.1f} + {worker['evaluate']:4.1f} s; "
        f"accuracy {plain['accuracy']:.2%} and {worker['accuracy']:.2%}"
    )


def table(rows):
    """Markdown lines: each network's seconds and mean accuracies; then the geometric means of the ratios."""
    sides = "plain fit + evaluate, s", "without stall", "worker", "ratio", "without stall"
    head = " | ".join(["network", *sides, "plain accuracy", "worker"])
    lines, ratios = ["", f"| {head} |", "|---" * 8 + "|"], []
    for timed in (row for row in rows if row["timed"]):
        network, plain, ours = timed["network"], timed["plain"], timed["worker"]
        seconds, batches = (
            (plain["fit"], plain["evaluate"]),
            (plain["fit_to_last_batch"], plain["evaluate_to_last_batch"]),
        )
        total = ours["fit"] + ours["evaluate"]
        ratios.append((sum(seconds) / total, sum(batches) / total))
        times = (
            f"{fit:.1f} + {evaluate:.1f}"
            for fit, evaluate in (seconds, batches, (ours["fit"], ours["evaluate"]))
        )
        accuracies = [
            f"{statistics.fmean(row[side]['accuracy'] for row in rows if row['network'] == network):.2%}"
            for side in ("plain", "worker")
        ]
        lines.append(
            f"| {' | '.join([network, *times, *(f'{ratio:.2f}' for ratio in ratios[-1]), *accuracies])} |"
        )
    means = [math.exp(statistics.fmean(map(math.log, column))) for column in zip(*ratios, strict=True)]
    return [*lines, "", f"Geometric mean of the ratios: {means[0]:.2f}; without the stall: {means[1]:.2f}."]


if __name__ == "__main__":
    main()
