"""The demo corpus: the same in each process, balanced, and not solved by counting words."""

import subprocess
import sys

import numpy as np

from imdb_core import data
from imdb_core.data import demo, sources
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.paths import PROJECT


def test_the_demo_corpus_is_labelled_synthetic_and_has_its_promised_shape():
    corpus = data.load("demo")
    assert corpus.name == "demo" and sources.get("demo").synthetic
    assert (len(corpus.train), len(corpus.test)) == (4000, 1000)
    for half in (corpus.train, corpus.test):
        assert half.labels.mean() == 0.5
        assert half.lengths.min() - 1 >= 8 and half.lengths.max() - 1 <= 60
    assert 200 <= len(corpus.words) <= 1000


def test_the_reviews_without_labels_are_new_ones():
    labelled = {*demo.texts("train"), *demo.texts("test")}
    assert not labelled & set(demo.unlabelled()) and sources.get("demo").unlabelled() == demo.unlabelled()
    assert 7500 < len(demo.unlabelled()) <= sources.get("demo").unlabelled_reviews == 8000


def test_two_processes_make_the_same_corpus():
    command = [sys.executable, "-c", "from imdb_core.data import demo; print(demo.load().fingerprint)"]
    prints = {
        subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT).stdout.strip()
        for _ in range(2)
    }
    assert prints == {demo.load().fingerprint}


def test_the_raw_texts_tokenise_to_the_corpus_ids():
    corpus = demo.load()
    vocabulary = Vocabulary(corpus.words)
    for split, half in (("train", corpus.train), ("test", corpus.test)):
        written = demo.texts(split)
        assert len(written) == len(half)
        assert all(vocabulary.encode(text) == half[i].tolist() for i, text in enumerate(written))
        assert any(text != text.lower() for text in written) and any("<br />" in text for text in written)


def test_words_are_ranked_by_frequency_in_the_training_half():
    corpus = demo.load()
    counts = np.bincount(corpus.train.ids, minlength=len(corpus.words) + 4)[4:]
    assert (np.diff(counts) <= 0).all() and counts[-1] > 0


def test_no_review_is_in_both_halves():
    assert not set(demo.texts("train")) & set(demo.texts("test"))


def test_a_changed_list_of_texts_leaves_the_corpus_alone():
    demo.texts("test").clear()
    assert len(demo.texts("test")) == 1000


def test_counting_words_beats_guessing_on_the_demo_reviews_but_is_often_wrong():
    corpus = demo.load()
    size = len(corpus.words) + 4
    counts = [
        np.stack([np.bincount(half[i], minlength=size) for i in range(len(half))])
        for half in (corpus.train, corpus.test)
    ]
    # Naive Bayes: how much more often each word stands in positive reviews
    positive, negative = (counts[0][corpus.train.labels == label].sum(0) + 1 for label in (1, 0))
    correct = ((counts[1] @ np.log(positive / negative) > 0) == corpus.test.labels).mean()
    assert 0.6 < correct < 0.85
