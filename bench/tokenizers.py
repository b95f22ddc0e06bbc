"""Validation accuracy of networks on the same labelled texts, cut by different tokenizers.

    python -m bench.tokenizers TEXTS [--networks bilstm_max text_cnn ngram_linear] [--tokenizers unicode_words
        subwords] [--texts 60000] [--epochs 5] [--seeds 7 8]

TEXTS is a TSV file with a header and the columns id, text and label (0 or 1), such as NSMC's training file.
Vocabularies learn from all texts, networks from nine tenths of them. The network's preset is used, with texts
of up to 150 tokens and with a vocabulary of at most 30,000. The last tenth chooses the epoch, and its
accuracy is printed. One thread. Prints Markdown lines as they are measured.
"""

import argparse
import time
from functools import partial
from pathlib import Path

from bench.runs import machine
from imdb_core import architectures, keras_settings
from imdb_core import config as configs
from imdb_core.data import batches
from imdb_core.data.written import corpus_of_texts
from imdb_core.training import device_setup

MOST_IDS = 30_000
LENGTH = 150  # tokens; a text of NSMC has at most 140 characters


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, metavar="TEXTS")
    parser.add_argument("--networks", nargs="+", default=["bilstm_max", "text_cnn", "ngram_linear"])
    parser.add_argument("--tokenizers", nargs="+", default=["unicode_words", "subwords"])
    parser.add_argument("--texts", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8])
    options = parser.parse_args()
    device_setup.prepare("cpu", 1)
    texts = labelled_texts(options.file)[: options.texts]
    corpora = {name: measured_corpus(texts, name) for name in options.tokenizers}
    print(f"{len(texts):,} texts, {machine()}\n", flush=True)
    print(table_head("tokenizer", "tokens", "tokens a text", "unknown", "seconds to learn and encode"))
    for name, (corpus, seconds) in corpora.items():
        print(corpus_line(name, corpus, seconds), flush=True)
    print()
    print(table_head("network", "tokenizer", "seed", "validation accuracy", "best epoch", "seconds"))
    for network in options.networks:
        for seed in options.seeds:
            for name, (corpus, _) in corpora.items():
                print(training_line(network, name, corpus, seed=seed, epochs=options.epochs), flush=True)


def table_head(*columns):
    """The first two lines of a Markdown table."""
    return f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|"


def labelled_texts(file):
    """(text, label) pairs of the lines that have a text."""
    rows = [line.split("\t") for line in file.read_text("utf-8").splitlines()[1:]]
    return [(text, int(label)) for _, text, label in rows if text.strip()]


def measured_corpus(texts, tokenizer):
    """(corpus, seconds to make it); all texts are training texts."""
    started = time.monotonic()
    corpus = corpus_of_texts("texts", train=texts, test=texts[:1], tokenizer=tokenizer)
    return corpus, time.monotonic() - started


def corpus_line(name, corpus, seconds):
    ids = corpus.train.prepared(min(MOST_IDS, len(corpus.words) + 4), LENGTH).ids
    unknown = (ids == 2).sum() / len(ids)
    length = len(ids) / len(corpus.train) - 1
    tokens = f"{len(corpus.words):,} | {length:.1f}"
    return f"| {name} | {tokens} | {unknown:.1%} | {seconds:.1f} |"


def training_line(network, name, corpus, *, seed, epochs):
    """One row of the table: the accuracy after the best epoch."""
    started, rows = time.monotonic(), []
    vocabulary_size = min(MOST_IDS, len(corpus.words) + 4)
    config = configs.preset(
        network, vocabulary_size=vocabulary_size, review_length=LENGTH, epochs=epochs, seed=seed
    )
    keras_settings.load().utils.set_random_seed(seed)
    from imdb_core.training import fit
    from imdb_core.training.network import trainable_network

    reviews = corpus.train.prepared(vocabulary_size, LENGTH)
    training, validation = map(reviews.select, batches.split(reviews, 0.1, 7))
    model = trainable_network(config, device="cpu", threads=1)
    architectures.start(model, config, partial(batches.training_batches, training, config, 0))
    fit.fit(
        model,
        fit.LabelTask(training, validation, config),
        config,
        progress=fit.FitState(),
        on_batch=lambda row: None,
        on_epoch=lambda row, progress: rows.append(row),
    )
    best = min(rows, key=lambda row: row["val_loss"])
    seconds = time.monotonic() - started
    return f"| {network} | {name} | {seed} | {best['val_accuracy']:.2%} | {best['epoch']} | {seconds:.0f} |"


if __name__ == "__main__":
    main()
