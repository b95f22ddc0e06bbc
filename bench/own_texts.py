"""Own data sets: test accuracy of the app's networks beside TF-IDF + logistic regression on the same split.

    python -m bench.own_texts FOLDER TEXTS [--sets NSMC TREC aclImdb stars]

TEXTS is the folder with aclImdb_v1.tar.gz, nsmc_train.txt, nsmc_test.txt and trec_train_5500.label. Each data
set is added as `python -m imdb_core data add` does, and each network is trained by the project's worker, one
after the other. The hyperparameters below were chosen on validation texts, which are a tenth of the training
texts; the test texts are scored once. FOLDER keeps the data sets and the runs: a second call
trains only the runs that are missing. Each line of the Markdown table is printed as soon as it is measured.

The counting methods learn from all training texts, the networks from nine tenths of them. "Words" is the
app's baseline, on the data set's default tokenizer. "Characters" counts 1 to 4 characters in a row; it is
left out for the long texts of aclImdb.
"""

import argparse
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.accuracy import trained
from bench.runs import machine
from imdb_core import config as configs
from imdb_core.data.own import proposal, store
from imdb_core.data.own.choices import Choices
from imdb_core.evaluation import baselines
from imdb_core.evaluation.comparisons import accuracy_interval

SMALL = {"vocabulary_size": 8_000, "review_length": 40, "batch_size": 32, "learning_rate": 0.001}


@dataclass(frozen=True)
class Task:
    """One data set: its file, how it is added, and the networks with their changes of the preset."""

    file: str
    choices: Choices
    networks: dict[str, dict]
    counts_characters: bool = True
    test: str = ""  # the file of the test part
    changes: dict = field(default_factory=dict)  # of every network


TASKS = {
    "NSMC": Task(
        "nsmc_train.txt",
        Choices(name="NSMC", noun="Korean film reviews"),
        {"wide_deep": {}, "text_cnn": {}, "bilstm_max": {}},
        test="nsmc_test.txt",
        changes={"tokenizer": "subwords", "review_length": 80, "epochs": 6},
    ),
    "TREC": Task(
        "trec_train_5500.label",
        Choices(name="TREC, 6 classes", noun="questions", test_share=0.1),
        {
            "wide_deep": {
                "tokenizer": "subwords",
                "word_vectors": "random",
                "word_dropout": 0.2,
                "filters": 128,
                "vocabulary_size": 30_000,
                "review_length": 50,
                "epochs": 14,
            },
            "text_cnn": {"filters": 256, "dropout": 0.6, "word_dropout": 0.3, "word_vectors": "random"},
            "gru_attention": {"dropout": 0.5},
            "ngram_linear": {"embedding_size": 16},
        },
        changes=SMALL | {"weight_averaging": 0.99, "epochs": 8},
    ),
    "aclImdb": Task(
        "aclImdb_v1.tar.gz",
        Choices(name="aclImdb", noun="film reviews"),
        {"wide_deep": {}},
        counts_characters=False,
    ),
    "stars": Task(
        "aclImdb_v1.tar.gz",
        Choices(name="aclImdb stars", noun="film reviews", label="stars"),
        {"wide_deep": {}},
        counts_characters=False,
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="keeps the data sets and the runs")
    parser.add_argument("texts", type=Path, help="the folder with the downloaded files")
    parser.add_argument("--sets", nargs="+", default=list(TASKS), choices=list(TASKS))
    options = parser.parse_args()
    os.environ["IMDB_RUNS_DIR"] = str(options.folder.absolute() / "runs")
    os.environ["IMDB_CACHE_DIR"] = str(options.folder.absolute() / "data")
    print(f"{machine()}\n")
    print("| data set | classes | training, test | method | validation | test accuracy | 95 % interval |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name in options.sets:
        task = TASKS[name]
        added = data_set(task, options.texts)
        for network, changes in task.networks.items():
            config = configs.preset(network, dataset=added, **(task.changes | changes))
            [run] = trained([config]).values()
            low, high = accuracy_interval(run)
            figures = f"{run.best['val_accuracy']:.2%} | {run.test_accuracy:.2%} | {low:.2%} to {high:.2%}"
            print(f"| {facts_of(added)} | {network} | {figures} |", flush=True)
        words = baselines.compute(added).test_accuracy
        print(f"| {facts_of(added)} | TF-IDF, words and pairs | | {words:.2%} | |", flush=True)
        if task.counts_characters:
            print(f"| {facts_of(added)} | TF-IDF, characters | | {characters(added):.2%} | |", flush=True)


def data_set(task, folder):
    """The name of the task's data set, which is added if FOLDER does not have it yet."""
    for name in store.names():
        if store.facts(name).title == task.choices.name:
            return name
    test = {"test_path": str(folder / task.test)} if task.test else {}
    return proposal.add(folder / task.file, Choices(**(task.choices.as_json() | test)))


def facts_of(name):
    """The first columns of a row: title, classes, numbers of texts."""
    facts = store.facts(name)
    counts = f"{facts.counts['training']:,}, {facts.counts['test']:,}"
    return f"{facts.title} | {len(facts.classes)} | {counts}"


def characters(name):
    """The test accuracy of TF-IDF of 1 to 4 characters with logistic regression.

    C is chosen on a tenth of the training texts. Then the model is fitted on all training texts.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    training, test = store.texts(name, "training"), store.texts(name, "test")
    counter = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True, min_df=2)
    features = counter.fit_transform(training[i] for i in range(len(training)))
    labels = np.asarray(training.labels)
    fit_rows, chosen_rows = train_test_split(
        np.arange(len(labels)), test_size=0.1, random_state=7, stratify=labels
    )

    def fitted(c, rows):
        return LogisticRegression(C=c, max_iter=1000).fit(features[rows], labels[rows])

    best = max((1, 10), key=lambda c: fitted(c, fit_rows).score(features[chosen_rows], labels[chosen_rows]))
    model = fitted(best, np.arange(len(labels)))
    return model.score(counter.transform(test[i] for i in range(len(test))), np.asarray(test.labels))


if __name__ == "__main__":
    main()
