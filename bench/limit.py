"""How near the worker comes to the machine's rate of multiplication.

    python -m bench.limit [--networks lstm ...]

Counts the floating-point operations that the real, unpadded words need: the matrix products of LSTM and
convolution, once forward and twice as many backward. Divided by the time of a training epoch, this is shown
as a share of the rate of one large float32 matrix product.
"""

import argparse
import tempfile
import time

import numpy as np

from bench.runs import machine, surroundings, trained
from imdb_core import architectures
from imdb_core.config import preset


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--networks",
        nargs="+",
        default=architectures.tutorial_names(),
        choices=architectures.tutorial_names(),
    )
    options = parser.parse_args()
    columns = "network", "kFLOP a word", "words/s", "GFLOP/s", "matrix product, GFLOP/s", "share"
    print(f"{machine()}\n\n| {' | '.join(columns)} |\n{'|---' * 6}|")
    with tempfile.TemporaryDirectory() as folder:
        for network in options.networks:
            before = matrix_product_rate()
            run = trained({"network": network, "epochs": 2}, surroundings(folder))
            peak = (before + matrix_product_rate()) / 2
            words, operations = run.epochs[-1]["words_per_second"], operations_per_word(network)
            rate = words * operations
            work = f"{operations / 1e3:.0f} | {words:,.0f} | {rate / 1e9:.1f}"
            print(f"| {network} | {work} | {peak / 1e9:.0f} | {rate / peak:.2f} |", flush=True)


def operations_per_word(network):
    """Multiplications and additions to train on one word, with the sizes of the preset."""
    config, names = preset(network), architectures.hyperparameters(network)
    convolution = 2 * config.kernel_size * config.embedding_size * config.filters if "filters" in names else 0
    inputs, steps = (
        (config.filters, 1 / config.pool_size) if "filters" in names else (config.embedding_size, 1)
    )
    return 3 * (convolution + steps * 2 * (inputs + config.units) * 4 * config.units)


def matrix_product_rate(size=2048, repeats=10):
    """Operations a second of a float32 matrix product on all cores, the best of `repeats`."""
    left, right = (np.random.default_rng(seed).random((size, size), np.float32) for seed in (1, 2))
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        left @ right
        seconds.append(time.perf_counter() - started)
    return 2 * size**3 / min(seconds)


if __name__ == "__main__":
    main()
