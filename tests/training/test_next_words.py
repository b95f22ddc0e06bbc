"""What a language model learns from: windows of the right texts, and candidates that stand for all words."""

from dataclasses import replace

import numpy as np
import pytest

from imdb_core import data
from imdb_core.data.reviews import START, Reviews
from imdb_core.data.windows import Windows
from imdb_core.errors import DataError
from imdb_core.training import word_material
from imdb_core.training.candidates import DRAWN, FREQUENT, Candidates
from imdb_core.training.next_words import NextWordTask
from imdb_core.training.word_material import WordMaterial
from tests import language_runs

TEXTS = Reviews.from_lists([[START, *range(10 * text, 10 * text + 7)] for text in range(1, 8)], [0] * 7)


def windows_of_epoch(width, size, epoch=1):
    return list(Windows(TEXTS, width).batches(size, np.random.default_rng([7, epoch])))


def test_each_word_is_followed_by_the_next_word_of_its_text_or_by_the_next_text():
    for words, following in windows_of_epoch(5, 3):
        assert words.shape == following.shape == (3, 5)
        assert (words[:, 1:] == following[:, :-1]).all()
        for word, after in zip(words.ravel(), following.ravel(), strict=True):
            assert after == (START if word % 10 == 6 else word + 1) or word == START and after % 10 == 0


@pytest.mark.parametrize(("width", "size", "count"), [(5, 3, 3), (5, 1, 11), (55, 4, 1), (56, 4, 0)])
def test_only_whole_windows_and_whole_batches_are_used(width, size, count):
    assert len(windows_of_epoch(width, size)) == count
    assert len(Windows(TEXTS, width)) == 55 // width


def test_epochs_differ_and_the_same_seed_gives_the_same_windows():
    first, again, second = (windows_of_epoch(5, 3, epoch) for epoch in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, second)


def test_on_average_the_candidates_stand_for_all_words():
    random = np.random.default_rng(3)
    counts = (1e6 / np.arange(1, 5001)).astype(np.int64)
    scores = random.normal(0, 1.5, 5000)
    candidates = Candidates(counts)
    sums = []
    for _ in range(400):
        ids, corrections = candidates.draw(random)
        assert len(ids) == len(candidates) == FREQUENT - 1 + DRAWN and ids.min() == 1
        sums.append(np.exp(scores[ids] + corrections).sum())
    assert np.mean(sums) == pytest.approx(np.exp(scores[1:]).sum(), rel=0.01)


def test_a_small_vocabulary_is_compared_as_a_whole():
    ids, corrections = Candidates(np.ones(300, np.int64)).draw(np.random.default_rng(1))
    assert ids.tolist() == list(range(1, 300)) and not corrections.any()


def test_the_test_texts_are_never_read(monkeypatch):
    corpus = data.load("demo")
    seen = []

    class Untouchable:
        def __getattr__(self, name):
            seen.append(name)
            raise AssertionError("the test texts were read")

    without_test = replace(corpus, test=Untouchable())
    monkeypatch.setattr(word_material.data, "load", lambda *_, **__: without_test)
    material = WordMaterial.load(language_runs.config(vocabulary_size=2000))
    assert not seen
    learned = {material.train[index].tobytes() for index in range(len(material.train))}
    judged = {material.validation[index].tobytes() for index in range(len(material.validation))}
    tested = corpus.test.prepared(2000, 10_000)
    assert not learned & {tested[index].tobytes() for index in range(len(tested))}
    assert not learned & judged and len(material.train) == 3600 + 8000


def test_the_validation_texts_are_those_of_a_network_that_starts_from_the_model(tiny):
    from imdb_core.training.material import Material

    words = WordMaterial.load(language_runs.config(vocabulary_size=400))
    labels = Material.load(tiny(review_length=2000))
    assert words.validation.ids.tolist() == labels.validation.ids.tolist()


def test_too_few_words_get_a_sentence():
    with pytest.raises(DataError, match="too few for a language model with a text length of 2000"):
        WordMaterial.load(language_runs.config(review_length=2000, validation_share=0.01))


def test_the_validation_stops_after_enough_words(monkeypatch):
    class Even:
        class embedding:
            embeddings = np.zeros((100, 4), np.float32)

        class scores:
            biases = np.zeros(100, np.float32)

        def predict_on_batch(self, words):
            return np.zeros((*words.shape, 4), np.float32)

    config = language_runs.config(vocabulary_size=100, review_length=5, batch_size=2)
    task, asked = NextWordTask(TEXTS, TEXTS, config), []
    loss, accuracy = task.validate(Even(), lambda: asked.append(1))
    assert loss == pytest.approx(np.log(99)) and 0 <= accuracy <= 1  # padding is no word
    assert len(asked) == len(list(task.batches(1))) == task.steps == 5
    monkeypatch.setattr("imdb_core.training.next_words.MOST_VALIDATION_WORDS", 15)
    asked.clear()
    task.validate(Even(), lambda: asked.append(1))
    assert len(asked) == 2
