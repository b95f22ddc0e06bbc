"""Seconds of an epoch on a GPU: the tutorial's plain script and the project's worker.

    KERAS_BACKEND=jax python -m bench.gpu [--networks lstm cnn_lstm] [--epochs 4]

Both sides train in turns on the same card with the same backend. An epoch of the plain script trains on
25,000 reviews. An epoch of the worker trains on 22,500 reviews and then scores the other 2,500; the time
contains both. The first epoch compiles, so the median of the other epochs is compared. The worker runs
twice: the second run finds what JAX compiled in the first. A third run has the larger batch of LARGER,
since the time of a step hardly grows with the batch. A machine without TensorFlow is enough.
"""

import argparse
import os
import statistics
import tempfile

from bench.runs import machine, surroundings, trained
from bench.speed import plain
from imdb_core import architectures
from imdb_core.runs import devices

LARGER = {"batch_size": 256, "learning_rate": 0.002}  # four times the batch, twice the learning rate


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--networks", nargs="+", default=["lstm", "cnn_lstm"], choices=architectures.tutorial_names()
    )
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    cards = devices.gpus()
    if not cards:
        raise SystemExit("The driver shows no NVIDIA GPU.")
    print(f"{cards[0].name}, {machine()}, Keras on {os.environ.get('KERAS_BACKEND', 'tensorflow')}\n")
    columns = "network", "side", "first epoch, s", "others", "epochs of the plain script in one"
    print(f"| {' | '.join(columns)} | accuracy after the last |\n{'|---' * 6}|")
    with tempfile.TemporaryDirectory() as folder:
        environment = surroundings(folder) | {"IMDB_CACHE_DIR": f"{folder}/cache"}
        for network in options.networks:
            values = {"network": network, "seed": options.seed, "epochs": options.epochs}
            compare(values | {"device": cards[0].device}, environment)


def compare(values, environment):
    """Print the rows of one network; `values` are options of the command `train`."""
    network = values["network"]
    script = plain(network, values["seed"], values["epochs"], environment)
    accuracy = f"{script['accuracy']:.2%} (test)"
    plain_seconds = print_row(network, "plain script", script["seconds_of_each"], accuracy)
    losses = []
    for side, changes in (("worker", {}), ("worker, again", {}), ("worker, larger batch", LARGER)):
        epochs = trained(values | changes, environment).epochs
        seconds = [epoch["seconds"] + epoch["validation_seconds"] for epoch in epochs]
        print_row(network, side, seconds, f"{epochs[-1]['val_accuracy']:.2%} (validation)", plain_seconds)
        losses.append([epoch["loss"] for epoch in epochs])
    same = "the same" if losses[0] == losses[1] else "different"
    print(f"The worker's two runs gave {same} losses.", flush=True)


def print_row(network, side, seconds, accuracy, plain_seconds=None):
    """Print a row of the table; returns the median seconds of the epochs after the first."""
    first, *others = seconds
    median = statistics.median(others)
    ratio = (plain_seconds or median) / median
    print(f"| {network} | {side} | {first:.1f} | {median:.2f} | {ratio:.2f} | {accuracy} |", flush=True)
    return median


if __name__ == "__main__":
    main()
