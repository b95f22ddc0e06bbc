"""Every network twice, in turns: the tutorial's plain script and this project's worker. Seconds, ratios, test
accuracies.

    python -m bench.speed [--quick] [--epochs 1] [--seeds 7 8 9] [--networks lstm ...] [--json FILE]

--quick takes a fifth of the reviews and one epoch, of which start-up is a large part. The first seed is timed, one process after
the other; further seeds only add accuracies and run two at a time. The worker gets the preset and OPTIONS.
Its "fit" is all from the first batch to the evaluation: batches, validation, checkpoints and the export of
the model; the plain script does no validation. "without stall" counts the plain script only to its last batch
(see plain.py). Ratios are plain / worker of fit + evaluate. A first run on the demo reviews, not counted,
compiles what Numba then keeps on the disk, once on every machine.
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

# What the worker is told beyond the preset. Without clipping, an LSTM's epoch may go wrong. A step of the
# small network on 64 reviews is largely overhead; 192 with this learning rate, chosen on the validation
# reviews, learn as much in as many epochs.
OPTIONS = dict.fromkeys(architectures.tutorial_names(), {"gradient_clipping": 1.0})
OPTIONS["cnn_lstm_dense"] = {"gradient_clipping": 1.0, "batch_size": 192, "learning_rate": 0.003}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--epochs", type=int, help="instead of the preset's")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7])
    parser.add_argument(
        "--networks",
        nargs="+",
        default=architectures.tutorial_names(),
        choices=architectures.tutorial_names(),
    )
    parser.add_argument("--json", type=Path, help="also write every measurement there")
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        environment = surroundings(folder, every=5 if options.quick else 1)
        trained({"network": "cnn_lstm", "dataset": "demo", "epochs": 1}, environment)

        def measured(network, seed, timed):
            epochs = options.epochs or (1 if options.quick else preset(network).epochs)
            threads = {} if timed else {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
            plainly = plain(network, seed, epochs, environment | threads)
            ours = worker(network, seed, epochs, environment)
            found.append({"network": network, "seed": seed, "timed": timed, "plain": plainly, "worker": ours})
            print(line(found[-1]), flush=True)
            if options.json:
                options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")

        first, *others = options.seeds
        for network in options.networks:
            measured(network, first, True)
        with ThreadPoolExecutor(2) as pairs:
            list(pairs.map(lambda both: measured(*both, False), itertools.product(options.networks, others)))
    print("\n".join([machine(), *table(found)]))


def plain(network, seed, epochs, environment):
    """What plain.py prints."""
    command = background.command("-m", "bench.plain", network, "--seed", seed, "--epochs", epochs)
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    return json.loads(done.stdout.splitlines()[-1])


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


def table(found):
    """Markdown: seconds of the timed seed and mean accuracy of all for each network, then the geometric means
    of the ratios.
    """
    head = "| network | plain fit + evaluate, s | without stall | worker | ratio | without stall | plain accuracy | worker |"
    rows, ratios = ["", head, "|---" * 8 + "|"], []
    for timed in (row for row in found if row["timed"]):
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
            f"{statistics.fmean(row[side]['accuracy'] for row in found if row['network'] == network):.2%}"
            for side in ("plain", "worker")
        ]
        rows.append(
            f"| {' | '.join([network, *times, *(f'{ratio:.2f}' for ratio in ratios[-1]), *accuracies])} |"
        )
    means = [math.exp(statistics.fmean(map(math.log, column))) for column in zip(*ratios, strict=True)]
    return [*rows, "", f"Geometric mean of the ratios: {means[0]:.2f}; without the stall: {means[1]:.2f}."]


if __name__ == "__main__":
    main()
