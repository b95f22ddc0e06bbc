"""Tune a network by a sweep on the IMDB reviews, and choose on reviews of films that training has not seen.

    python -m bench.tuned FOLDER text_cnn --runs 14
    python -m bench.tuned FOLDER lstm+tuned

1. A sweep of the network varies what SPACES says, from the present values, and ends bad runs early. It is
   judged by the validation loss on random reviews, as every run is. FOLDER keeps it: a second call goes on.
2. The best settings of the sweep and the present values are trained with each seed. They are validated on
   whole films (bench.films), about a tenth of the training reviews. The lowest mean loss wins.
3. Only if a setting of the sweep wins, it is trained with the same seeds as a usual run, and tested.

The sweep itself does not validate on other films: which reviews are about the same film is guessed from
their rare words, which only suits these reviews, so it is no option of a run.
"""

import argparse
import os
import statistics
import time
from functools import partial
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer

from bench import films
from bench.accuracy import config_of as preset_of
from bench.accuracy import line, trained, variants
from bench.runs import machine
from imdb_core import architectures, data, keras_settings
from imdb_core.data import batches
from imdb_core.data.reading import prepared
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.runs.cores import cpu_cores
from imdb_core.training import device_setup, fit

SMOOTHING, WORDS = "label_smoothing=0..0.15:0.05", "word_dropout=0.05..0.3:0.05"
ADVERSARIAL = "adversarial_change=0.007..0.04:log"
# Network -> (values that do not vary but differ from the present values, what varies).
SPACES = {
    "text_cnn": (
        {"epochs": 4},
        f"learning_rate=0.002..0.005:log dropout=0.3..0.6:0.1 weight_averaging=0,0.99 {WORDS} {ADVERSARIAL}",
    ),
    "bilstm_max": (
        {"epochs": 4},
        "learning_rate=0.001..0.004:log dropout=0.3..0.6:0.1 units=48,64,96 weight_averaging=0.98,0.99,0.995 "
        f"word_dropout=0..0.2:0.05 {ADVERSARIAL}",
    ),
    "cnn_lstm+tuned": (
        {"epochs": 4},
        "learning_rate=0.001..0.006:log filters=32,64 units=64,100 embedding_size=32,64 "
        f"{WORDS} {SMOOTHING} {ADVERSARIAL}",
    ),
    "lstm+tuned": (
        {},
        "learning_rate=0.001..0.006:log embedding_size=64,96 units=64,100 weight_averaging=0,0.99 "
        f"word_dropout=0.1..0.4:0.1 label_smoothing=0..0.2:0.05 {ADVERSARIAL}",
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder that keeps the runs")
    parser.add_argument("network", choices=[name for name in variants() if name in SPACES])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--best", type=int, default=2, help="so many settings of the sweep are compared")
    options = parser.parse_args()
    os.environ["IMDB_RUNS_DIR"] = str(options.folder.absolute())
    present = preset_of(options.network, options.seeds[0])
    print(f"{machine()}; {options.network}, seeds {', '.join(map(str, options.seeds))}\n", flush=True)
    candidates = {"present values": present, **best_of_sweep(present, options)}
    print("| values | loss | accuracy | validated on other films, seeds |\n|---|---|---|---|", flush=True)
    groups = film_of_each_review()
    losses = {
        name: validated_on_films(name, config, groups, options.seeds) for name, config in candidates.items()
    }
    chosen = min(losses, key=losses.__getitem__)
    print(f"\nChosen: {chosen}")
    if chosen != "present values":
        tested = [named(candidates[chosen], options.network, seed) for seed in options.seeds]
        finished = trained(tested)
        print(line(options.network, [finished[config] for config in tested]))


def best_of_sweep(present, options):
    """Name -> config of the best settings of the sweep, which is made, continued or only read."""
    from imdb_core.runs import launcher
    from imdb_core.sweeps import starting
    from imdb_core.sweeps import store as sweep_store
    from imdb_core.sweeps.trials import settings

    [sweep] = [each for each in sweep_store.sweeps() if each.name == options.network] or [
        starting.start(sweep_config(present, options))
    ]
    while sweep_store.read(sweep.folder).state == "running":
        launcher.runs()
        time.sleep(2)
    tried = settings(sweep, sweep_store.runs(sweep))
    complete = sorted((e for e in tried if e.state == "complete"), key=lambda each: each.value(sweep.config))
    epochs = sum(len(run.epochs) for each in tried for run in each.runs)
    print(f"Sweep: {len(tried)} settings, {len(complete)} trained to the end, {epochs} epochs.", flush=True)
    for each in complete[: options.best]:
        print(f"- number {each.number}, loss {each.value(sweep.config):.4f}: {each.values}", flush=True)
    return {f"number {each.number}": each.runs[0].config for each in complete[: options.best]}


def sweep_config(present, options):
    """The sweep of the network's space, from its present values."""
    from imdb_core.sweeps import sweep
    from imdb_core.sweeps.space import parsed

    fixed, varied = SPACES[options.network]
    space = [parsed(text).model_dump() for text in varied.split()]
    base = present.changed(**fixed).model_dump()
    return sweep.checked({"name": options.network, "base": base, "space": space, "most_runs": options.runs})


def film_of_each_review():
    """int (reviews,): the number of the film of each training review, as films.py guesses it."""
    reviews = data.load("imdb").train
    vectorizer = TfidfVectorizer(analyzer=lambda words: words, min_df=2, sublinear_tf=True)
    words = (reviews[index][1:].tolist() for index in range(len(reviews)))
    return films.grouped_by_film(vectorizer.fit_transform(words))


def validated_on_films(name, config, groups, seeds):
    """Mean lowest validation loss over the seeds; each seed has other films and other first weights."""
    corpus = data.load(config.dataset)
    reviews = prepared(corpus.train, Vocabulary(corpus.words, corpus.tokenizer), config)
    best = []
    for seed in seeds:
        training, validation = map(reviews.select, films.by_film(groups, seed))
        best.append(_fitted(config.changed(seed=seed), training, validation))
    loss, accuracy = (statistics.fmean(column) for column in zip(*best, strict=True))
    each = ", ".join(f"{value:.4f}" for value, _ in best)
    print(f"| {name} | {loss:.4f} | {accuracy:.2%} | {each} |", flush=True)
    return loss


def _fitted(config, training, validation):
    """(loss, accuracy) of the epoch with the lowest loss, trained as the worker trains."""
    device_setup.prepare("cpu", cpu_cores())
    keras = keras_settings.load()
    from imdb_core.training.network import trainable_network  # imports Keras, so after its settings

    keras.utils.set_random_seed(config.seed)
    model = trainable_network(config, device="cpu", threads=cpu_cores())
    architectures.start(model, config, partial(batches.training_batches, training, config, 0))
    rows = []
    fit.fit(
        model,
        fit.LabelTask(training, validation, config),
        config,
        progress=fit.FitState(),
        on_batch=lambda row: None,
        on_epoch=lambda row, progress: rows.append((row["val_loss"], row["val_accuracy"])),
    )
    return min(rows)


def named(config, network, seed):
    return config.changed(seed=seed, name=f"{network}, tuned by a sweep, seed {seed}")


if __name__ == "__main__":
    main()
