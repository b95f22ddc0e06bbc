"""Which runs are compared text by text, and what is said of the others; sources with several classes."""

import numpy as np
import pytest

from imdb_core import data
from imdb_core.data.blocks import blocks
from imdb_core.data.nouns import Nouns, nouns
from imdb_core.data.reviews import StoredReviews
from imdb_core.errors import DataError, ModelError
from imdb_core.evaluation import comparisons, corpus_facts, duplicates, hard_reviews, predictions
from imdb_core.runs import store
from tests import topic_runs


@pytest.fixture
def topics():
    with topic_runs.source(6) as name:
        yield name


def test_two_runs_on_several_classes_are_compared_by_right_and_wrong(topics):
    first, second = topic_runs.tested_run(topics, skill=3), topic_runs.tested_run(topics, skill=0.5, seed=1)
    rights = [predictions.read_classes(run).right for run in (first, second)]
    pair = comparisons.pair(first, second)
    assert pair.only_first == np.sum(rights[0] & ~rights[1]) and pair.only_second == np.sum(
        ~rights[0] & rights[1]
    )
    assert pair.differs and pair.lead > 0
    _, _, places = hard_reviews.disagreements(first, second)
    assert (len(places.only_first), len(places.only_second)) == (pair.only_first, pair.only_second)


def test_runs_on_different_data_sets_or_classes_are_named_and_not_compared(topics, tested_run):
    own = topic_runs.tested_run(topics, "own")
    with pytest.raises(ModelError, match=r"different texts \(Questions, 6 classes; Synthetic demo reviews\)"):
        comparisons.pair(own, tested_run())
    merged = store.create(own.config.changed(name="merged", classes=("a", "b", "c")), store.new_id())
    np.savez(merged.folder / "predictions.npz", test=np.full((9, 3), 1 / 3, np.float32), test_labels=[0] * 9)
    with pytest.raises(ModelError, match=r"different classes apart .*HYPERLINK.* 3 more; a, b, c\)"):
        comparisons.pair(own, store.read(merged.folder))
    pairs, problems = comparisons.all_pairs({"own": own, "demo": tested_run()})
    assert not pairs and "different texts" in problems[0]


def test_texts_of_a_deleted_data_set_are_refused_with_a_sentence():
    with topic_runs.source(3) as name:
        run = topic_runs.tested_run(name)
    tested = predictions.read_classes(run)
    with pytest.raises(DataError, match=r"data set of my run \(topics\) is not on this machine any more"):
        hard_reviews.tested_reviews(run, tested)
    assert comparisons.pair(run, run).p == 1 and nouns(name) == Nouns("text", "texts")


def test_a_source_is_called_by_its_noun(topics):
    assert nouns(topics) == Nouns("question", "questions") and nouns("demo") == Nouns("review", "reviews")


def test_words_speak_for_the_class_that_uses_them(topics):
    facts = corpus_facts.facts(topics)
    assert facts.uses.shape[0] == 6 and facts.uses.sum() == facts.train.word_count
    assert sum(facts.train.class_counts) == 600 == len(corpus_facts.places(facts, None))
    for label in range(5):
        telling = corpus_facts.most_telling(facts, topic_runs.WORDS_OF_CLASS, label=label)
        expected = {f"w{label}x{number}" for number in range(topic_runs.WORDS_OF_CLASS)}
        assert {use.word for use in telling if use.leaning > 0} == expected
        assert all(use.counts[label] == sum(use.counts) for use in telling if use.leaning > 0)
        assert len(corpus_facts.places(facts, label)) == facts.train.class_counts[label]


def test_duplicates_with_another_of_several_labels_are_those_of_a_slow_count():
    random = np.random.default_rng(3)
    make = data.reviews.Reviews.from_lists
    halves = [
        make(
            [[1, *random.integers(4, 7, random.integers(0, 3))] for _ in range(count)],
            random.integers(0, 5, count),
        )
        for count in (50, 40)
    ]
    counts = duplicates.of_corpus(data.reviews.Corpus("made", *halves, ("a",) * 9, "", tuple("abcde")))
    train, test = ([(half[at].tobytes(), int(half.labels[at])) for at in range(len(half))] for half in halves)
    labels = {text: {label for other, label in train if other == text} for text, _ in train}
    assert counts.train.texts_with_several_labels == sum(len(found) > 1 for found in labels.values()) > 0
    assert counts.in_training.tolist() == [text in labels for text, _ in test]
    assert counts.other_label == sum(bool(labels.get(text, set()) - {label}) for text, label in test) > 0


def test_blocks_of_stored_reviews_are_the_reviews_in_order_and_no_more_at_once(tmp_path, topics):
    train = data.load(topics).train
    np.save(tmp_path / "ids.npy", train.ids)
    stored = StoredReviews(tmp_path / "ids.npy", train.offsets, train.labels)
    for reviews in (train, stored):
        parts = list(blocks(reviews, most_ids=50))
        assert np.array_equal(np.concatenate([ids for _, ids in parts]), train.ids)
        assert [position for block, _ in parts for position in range(block.start, block.stop)] == list(
            range(600)
        )
        assert max(len(ids) for _, ids in parts) <= 50 and len(parts) < 300
    assert [block for block, _ in blocks(train, most_ids=1)] == [slice(at, at + 1) for at in range(600)]
