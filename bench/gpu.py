"""Seconds of an epoch on a GPU, the tutorial's plain script beside the worker: KERAS_BACKEND=jax python -m
bench.gpu

    [--networks lstm cnn_lstm] [--epochs 4]

Both sides in turns on the same card with the same backend. The plain script's epoch trains on 25,000 reviews,
the worker's on 22,500, and then it scores the other 2,500, which counts. The first epoch compiles; of the
others the median is compared. The worker runs twice: what JAX has compiled the first time, the second run
finds. Then once more with LARGER, since the time of a step hardly grows with the batch. A machine without
TensorFlow is enough.
"""

import argparse
import os
import statistics
import tempfile

from bench.runs import machine, surroundings, trained
from bench.speed import plain
from imdb_core import architectures
from imdb_core.runs import devices

LARGER = {"batch_size": 256, "learning_rate": 0.002}  # four times the reviews: twice the learning rate


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
    head = "| network | side | first epoch, s | others | epochs of the plain script in one | accuracy after the last |"
    print(f"{head}\n{'|---' * 6}|")
    with tempfile.TemporaryDirectory() as folder:
        environment = surroundings(folder) | {"IMDB_CACHE_DIR": f"{folder}/cache"}
        for network in options.networks:
            plainly = plain(network, options.seed, options.epochs, environment)
            theirs = row(
                network, "plain script", plainly["seconds_of_each"], f"{plainly['accuracy']:.2%} (test)"
            )
            values = {
                "network": network,
                "seed": options.seed,
                "epochs": options.epochs,
                "device": cards[0].device,
            }
            numbers = []
            for side, others in (("worker", {}), ("worker, again", {}), ("worker, larger batch", LARGER)):
                epochs = trained(values | others, environment).epochs
                seconds = [epoch["seconds"] + epoch["validation_seconds"] for epoch in epochs]
                row(network, side, seconds, f"{epochs[-1]['val_accuracy']:.2%} (validation)", theirs)
                numbers.append([epoch["loss"] for epoch in epochs])
            print(
                f"The worker's two runs gave {'the same' if numbers[0] == numbers[1] else 'different'} losses.",
                flush=True,
            )


def row(network, side, seconds, accuracy, plain_others=None):
    """Print a row of the table; returns the median seconds of the epochs after the first."""
    first, *others = seconds
    other = statistics.median(others)
    print(
        f"| {network} | {side} | {first:.1f} | {other:.2f} | {(plain_others or other) / other:.2f} | {accuracy} |",
        flush=True,
    )
    return other


if __name__ == "__main__":
    main()
