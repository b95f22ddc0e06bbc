"""Labels to look at by a network: python -m imdb_core.training.out_of_fold NAME NETWORK [--folds 3]

The texts are divided into folds. For each fold, the network is trained on the texts of all other folds, with
the app's own training loop. Then it judges the texts of this fold. A finished fold is kept in a file, so a
computation that was ended goes on with the next fold. Started by quality/check.
"""

import argparse
import hashlib
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core import architectures, keras_settings
from imdb_core import config as configs
from imdb_core.arrays import packed, unpacked
from imdb_core.background_job import exit_code
from imdb_core.config import RunConfig
from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.files import read_bounded, write_atomically
from imdb_core.quality import check, labels, reports
from imdb_core.quality.folds import folds
from imdb_core.quality.material import folder, made_folder, material, reviews_of
from imdb_core.runs.cores import cpu_cores
from imdb_core.training import checkpoints, device_setup, fit
from imdb_core.training.fit import FitState, Row

LARGEST_FOLD = 256 * 2**20  # bytes of a fold's file; 1,000,000 texts of 50 classes in 3 folds have 67 MB
Shares = NDArray[np.float32]
Share = Callable[[float], object]


def out_of_fold_shares(
    reviews: Reviews,
    config: RunConfig,
    *,
    identity: str,
    number: int,
    place: Path,
    device: str,
    progress: Share,
) -> Shares:
    """The shares of the classes for each of the `reviews`: float32 (reviews, classes).

    `reviews` are not prepared yet; `identity` changes with them and with their labels. `number` folds, whose
    files go to the folder `place`. Call device_setup.prepare() first.
    """
    prepared = reviews.prepared(config.vocabulary_size, config.review_length)
    fold = folds(reviews.labels, number, config.seed)
    key = _key(identity, config, number)
    parts = []
    for each in range(number):
        path = place / f"fold-{config.network}-{each + 1}-of-{number}.npz"
        shares = _stored(path, key)
        if shares is None:
            learned, judged = (
                prepared.select(np.flatnonzero(chosen)) for chosen in (fold != each, fold == each)
            )
            on_batch = partial(_report, progress, config, each, number)
            shares = judged_by_others(learned, judged, config, device=device, on_batch=on_batch)
            write_atomically(path, packed({"shares": shares, "key": key}))
        progress((each + 1) / number)
        parts.append(shares)
    everything = np.zeros((len(prepared), parts[0].shape[1]), np.float32)
    for each, shares in enumerate(parts):
        everything[fold == each] = shares
    return everything


def judged_by_others(
    learned: Reviews, judged: Reviews, config: RunConfig, *, device: str, on_batch: Callable[..., object]
) -> Shares:
    """What a network that is trained on `learned` says of `judged`: float32 (judged, classes).

    As in any run, a part of `learned` is set aside and chooses the epoch. Calls `on_batch(row)`.
    """
    keras = keras_settings.load()
    keras.utils.set_random_seed(config.seed)
    from imdb_core.training.network import trainable_network  # imports Keras, so after its settings

    model = trainable_network(config, device=device, threads=cpu_cores())
    training, validation = map(learned.select, batches.parts(learned, config))
    architectures.start(model, config, partial(batches.training_batches, training, config, 0))
    best: dict[str, Any] = {}

    def keep_best(row: Row, progress: FitState) -> None:
        if progress.best_epoch == progress.epoch:
            best.update({name: array.copy() for name, array in checkpoints.weights(model).items()})

    task = fit.LabelTask(training, validation, config)
    fit.fit(model, task, config, progress=FitState(), on_batch=on_batch, on_epoch=keep_best)
    checkpoints.load_weights(model, best)
    shares: Shares = fit.predict(model, judged, config)
    return shares


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report of a network on a data set; the output goes to the log."""
    options = _options(arguments)
    return exit_code(lambda: _compute(options.name, options.network, options.folds, options.device))


def _compute(name: str, network: str, number: int, device: str) -> None:
    config = configs.preset(network, dataset=name, device=device)
    made_folder(name)
    with check.job(name).exclusive("checks these texts", spawned=True):
        device_setup.prepare(device, cpu_cores())
        texts, began = material(name), time.monotonic()
        shares = out_of_fold_shares(
            reviews_of(texts, config.tokenizer),
            config,
            identity=texts.identity,
            number=number,
            place=folder(name),
            device=device,
            progress=check.job(name).reporter(network),
        )
        seconds = time.monotonic() - began
        report = labels.report(texts, shares, method=network, folds=number, seconds=seconds)
        reports.write(reports.labels_file(name, network), report)
        for path in folder(name).glob(f"fold-{network}-*-of-{number}.npz"):
            path.unlink(missing_ok=True)


def _report(progress: Share, config: RunConfig, fold: int, number: int, row: Row | None = None) -> None:
    """Turn a row of the training loop into the finished share of all folds."""
    if row is not None:
        epochs = row["epoch"] - 1 + row["step"] / row["steps"]
        progress((fold + epochs / config.epochs) / number)


def _key(identity: str, config: RunConfig, number: int) -> NDArray[np.uint8]:
    """sha256 of what decides a fold's shares: uint8 (32,)."""
    content = f"{identity} {number} {config.model_dump_json()}"
    return np.frombuffer(hashlib.sha256(content.encode()).digest(), np.uint8)


def _stored(path: Path, key: NDArray[np.uint8]) -> Shares | None:
    """The shares of a finished fold; None if there is none of these texts and this config."""
    try:
        arrays = unpacked(read_bounded(path, LARGEST_FOLD))
        shares: Shares = arrays["shares"]
        return shares if np.array_equal(arrays["key"], key) else None
    except (OSError, ValueError, LookupError):
        return None


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("network")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
