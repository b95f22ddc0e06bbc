"""Test accuracy of each network over several seeds, and of two scikit-learn methods on the same reviews.

    python -m bench.accuracy FOLDER [--networks nb_ngram lstm+tuned ...] [--seeds 7 8 9]

The project's worker trains every network from its preset (NAME+tuned: from its tuned preset) with each seed.
On two cores two trainings run at a time with one thread each; only the first one has both cores. So the
seconds, from the worker's start to the last test review, are an upper bound for a machine without other work.
The epoch is chosen on a tenth of the training reviews; the test reviews are scored once per run. The
scikit-learn methods finally learn from all training reviews. FOLDER keeps the runs: a second call trains only
the missing ones. Prints a Markdown table.
"""

import argparse
import os
import platform
import statistics
import time
from datetime import datetime
from pathlib import Path

import numpy as np

from bench.runs import machine
from imdb_core import architectures, data
from imdb_core import config as configs
from imdb_core.data import batches
from imdb_core.evaluation import baselines

HEAD = """\
| network | parameters | validation | test accuracy | lowest to highest | seconds, start to end |
|---|---|---|---|---|---|"""  # of the rows that line() makes
TUNED = "+tuned"
FAILED = "failed", "interrupted", "stopped", "damaged"  # states of a run without a result
STRENGTHS = (0.03, 0.1, 0.3, 1.0)  # candidates for C, the inverse regularization strength, in NB-SVM


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder that keeps the runs")
    parser.add_argument("--networks", nargs="+", default=variants(), choices=variants(), metavar="NETWORK")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    options = parser.parse_args()
    os.environ["IMDB_RUNS_DIR"] = str(options.folder.absolute())
    configs_of = {name: [config_of(name, seed) for seed in options.seeds] for name in options.networks}
    finished = trained([config for configs_of_name in configs_of.values() for config in configs_of_name])
    print(f"{machine()}, Python {platform.python_version()}; seeds {', '.join(map(str, options.seeds))}\n")
    print(HEAD)
    for name, configs_of_name in configs_of.items():
        print(line(name, [finished[config] for config in configs_of_name]), flush=True)
    for name, measure in (("TF-IDF + logistic regression", tf_idf), ("NB-SVM, 1 to 3 words", nb_svm)):
        accuracy, seconds = measure()
        print(f"| scikit-learn: {name} | | | {accuracy:.2%} | | {seconds:.0f} |", flush=True)


def variants():
    """Every network, and NAME+tuned for each network with a tuned preset."""
    return [
        *architectures.names(),
        *(name + TUNED for name in architectures.names() if architectures.get(name).tuned),
    ]


def config_of(name, seed, **changes):
    return configs.preset(
        name.removesuffix(TUNED),
        tuned=name.endswith(TUNED),
        seed=seed,
        name=f"{name}, seed {seed}",
        **changes,
    )


def trained(wanted_configs):
    """config -> its finished run, for each of `wanted_configs`. Missing runs are queued and trained."""
    from imdb_core.runs import launcher

    stored = {used(run.config) for run in launcher.runs() if run.config}
    for config in wanted_configs:
        if used(config) not in stored:
            launcher.submit(config)
    while True:
        by_values = {used(run.config): run for run in launcher.runs() if run.config}
        runs = {config: by_values[used(config)] for config in wanted_configs}
        failed = [run for run in runs.values() if run.state in FAILED]
        if failed:
            raise SystemExit(f"{failed[0].folder}: {failed[0].state}. Resume or delete it, then start again.")
        if all(runs[config].state == "finished" for config in wanted_configs):
            return runs
        time.sleep(1)


def used(config):
    """The values that the network of `config` uses; they identify a run. Its name does not."""
    return tuple(sorted((name, value) for name, value in config.used().items() if name != "name"))


def line(name, runs):
    """One row of the table: means over the runs, sample standard deviation of the test accuracy."""
    tests = [run.test_accuracy for run in runs]
    validation = statistics.fmean(run.best["val_accuracy"] for run in runs)
    parameters = sum(row.parameters for row in architectures.layer_table(runs[0].config))
    seconds = statistics.fmean(map(duration, runs))
    measured = f"{test_accuracy(runs)} | {min(tests):.2%} to {max(tests):.2%}"
    return f"| {name} | {parameters:,} | {validation:.2%} | {measured} | {seconds:.0f} |"


def test_accuracy(runs):
    """The mean over the runs, and the sample standard deviation of several ones."""
    tests = [run.test_accuracy for run in runs]
    spread = f" ± {100 * statistics.stdev(tests):.2f}" if len(tests) > 1 else ""
    return f"{statistics.fmean(tests):.2%}{spread}"


def duration(run):
    """Seconds from the worker's start to the last test review."""
    started = next(event for event in run.events if event["event"] == "started")  # a resume adds another
    first, last = (datetime.fromisoformat(event["time"]) for event in (started, run.event("finished")))
    return (last - first).total_seconds()


def tf_idf():
    """(test accuracy, seconds) of the baseline that the pages show; the seconds include the choice of C."""
    baseline = baselines.compute("imdb")
    return baseline.test_accuracy, baseline.fit_seconds


def nb_svm():
    """(test accuracy, seconds) of NB-SVM (Wang & Manning 2012) with logistic regression.

    A feature is the presence of a phrase, times the phrase's log-count ratio. Phrases have one to three words
    and occur in at least two reviews. C is chosen on the validation reviews.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    corpus, started = data.load("imdb"), time.monotonic()
    counter = CountVectorizer(analyzer=_phrases, binary=True, min_df=2, dtype=np.float32)
    counts, labels = counter.fit_transform(_each(corpus.train)), corpus.train.labels

    def fitted(c, rows):
        positive, negative = (1 + counts[rows][labels[rows] == label].sum(axis=0) for label in (1, 0))
        ratio = np.log((positive / positive.sum()) / (negative / negative.sum()))
        model = LogisticRegression(C=c, solver="liblinear", dual=True, max_iter=1000, random_state=7)
        return model.fit(counts[rows].multiply(ratio).tocsr(), labels[rows]), ratio

    def accuracy(model_and_ratio, counts, labels):
        model, ratio = model_and_ratio
        return model.score(counts.multiply(ratio).tocsr(), labels)

    training, validation = batches.split(corpus.train, 0.1, 7)
    best = max(STRENGTHS, key=lambda c: accuracy(fitted(c, training), counts[validation], labels[validation]))
    model = fitted(best, np.arange(len(labels)))
    test_accuracy = accuracy(model, counter.transform(_each(corpus.test)), corpus.test.labels)
    return test_accuracy, time.monotonic() - started


def _each(reviews):
    return (reviews[i][1:].astype(np.int64) for i in range(len(reviews)))


def _phrases(ids):
    """One number for each word, pair and triple of words."""
    pairs = ids[:-1] * 2**17 + ids[1:]
    return np.concatenate([ids, pairs + 2**40, pairs[:-1] * 2**17 + ids[2:] + 2**60]).tolist()


if __name__ == "__main__":
    main()
