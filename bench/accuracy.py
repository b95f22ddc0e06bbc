"""What each network really reaches: test accuracy over several seeds, beside two scikit-learn methods on the
same reviews.

    python -m bench.accuracy FOLDER [--networks nb_ngram lstm+tuned ...] [--seeds 7 8 9]

Every network is trained from its preset (NAME+tuned: from its tuned one) with each seed by the project's own
worker, two at a time on two cores with one thread each (only the first run of all has both), which makes the
seconds an upper bound for a machine with nothing else to do. They count from the worker's start to the last
test review. The epoch is chosen on a tenth of the training reviews; the test reviews are scored once a run.
The two scikit-learn methods learn from all training reviews in the end. FOLDER keeps the runs: called again,
only what is missing is trained. Prints a Markdown table.
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

TUNED = "+tuned"
STRENGTHS = (0.03, 0.1, 0.3, 1.0)  # of logistic regression's C for NB-SVM


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the runs are kept")
    parser.add_argument("--networks", nargs="+", default=variants(), choices=variants(), metavar="NETWORK")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    options = parser.parse_args()
    os.environ["IMDB_RUNS_DIR"] = str(options.folder.absolute())
    wanted = {name: [config_of(name, seed) for seed in options.seeds] for name in options.networks}
    finished = trained([config for chosen in wanted.values() for config in chosen])
    print(f"{machine()}, Python {platform.python_version()}; seeds {', '.join(map(str, options.seeds))}\n")
    print("| network | parameters | validation | test accuracy | lowest to highest | seconds, start to end |")
    print("|---|---|---|---|---|---|")
    for name, chosen in wanted.items():
        print(line(name, [finished[config] for config in chosen]), flush=True)
    for name, measure in (("TF-IDF + logistic regression", tf_idf), ("NB-SVM, 1 to 3 words", nb_svm)):
        accuracy, seconds = measure()
        print(f"| scikit-learn: {name} | | | {accuracy:.2%} | | {seconds:.0f} |", flush=True)


def variants():
    """Every network, and NAME+tuned for those with a tuned preset."""
    return [
        *architectures.names(),
        *(name + TUNED for name in architectures.names() if architectures.get(name).tuned),
    ]


def config_of(name, seed):
    return configs.preset(
        name.removesuffix(TUNED), tuned=name.endswith(TUNED), seed=seed, name=f"{name}, seed {seed}"
    )


def trained(wanted):
    """config -> its finished run; those that are not in the store are queued, and the launcher does the rest."""
    from imdb_core.runs import launcher

    known = {used(run.config) for run in launcher.runs() if run.config}
    for config in wanted:
        if used(config) not in known:
            launcher.submit(config)
    while True:
        found = {used(run.config): run for run in launcher.runs() if run.config}
        runs = {config: found[used(config)] for config in wanted}
        failed = [
            run for run in runs.values() if run.state in ("failed", "interrupted", "stopped", "damaged")
        ]
        if failed:
            raise SystemExit(f"{failed[0].folder}: {failed[0].state}. Resume or delete it, then start again.")
        if all(runs[config].state == "finished" for config in wanted):
            return runs
        time.sleep(1)


def used(config):
    """What identifies a run: the values its network looks at, whatever defaults the others had when it was
    trained.
    """
    return tuple(sorted(config.used().items()))


def line(name, runs):
    """One row of the table: means over the runs, sample standard deviation of the test accuracy."""
    tests = [run.test_accuracy for run in runs]
    spread = f" ± {100 * statistics.stdev(tests):.2f}" if len(tests) > 1 else ""
    validation = statistics.fmean(run.best["val_accuracy"] for run in runs)
    parameters = sum(row.parameters for row in architectures.layer_table(runs[0].config))
    seconds = statistics.fmean(map(duration, runs))
    measured = f"{statistics.fmean(tests):.2%}{spread} | {min(tests):.2%} to {max(tests):.2%}"
    return f"| {name} | {parameters:,} | {validation:.2%} | {measured} | {seconds:.0f} |"


def duration(run):
    """Seconds from the worker's start to the last test review."""
    started = next(
        event for event in run.events if event["event"] == "started"
    )  # the first, should it have been resumed
    first, last = (datetime.fromisoformat(event["time"]) for event in (started, run.event("finished")))
    return (last - first).total_seconds()


def tf_idf():
    """(test accuracy, seconds) of the baseline that the pages show; the seconds include choosing C, not the
    test reviews.
    """
    found = baselines.compute("imdb")
    return found.test_accuracy, found.fit_seconds


def nb_svm():
    """(test accuracy, seconds) of Wang & Manning 2012 with logistic regression: presence of a phrase times
    its log-count ratio.

    Phrases have one to three words; those that occur once are left out. C is chosen on the validation
    reviews.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    corpus, began = data.load("imdb"), time.monotonic()
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
    found = accuracy(model, counter.transform(_each(corpus.test)), corpus.test.labels)
    return found, time.monotonic() - began


def _each(reviews):
    return (reviews[i][1:].astype(np.int64) for i in range(len(reviews)))


def _phrases(ids):
    """One number for each word, pair and triple."""
    pairs = ids[:-1] * 2**17 + ids[1:]
    return np.concatenate([ids, pairs + 2**40, pairs[:-1] * 2**17 + ids[2:] + 2**60]).tolist()


if __name__ == "__main__":
    main()
