"""Which reviews are most wrong, most unsure, contain given words, or divide two runs."""

import numpy as np
import pytest

from imdb_core import answers, data
from imdb_core.data import demo
from imdb_core.data.reviews import TWO_CLASSES, Reviews
from imdb_core.data.sources import Source
from imdb_core.data.typography import tokens
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import DataError, ModelError
from imdb_core.evaluation import hard_reviews, predictions
from imdb_core.evaluation.predictions import ClassPredictions
from imdb_core.scoring import models

PROBABILITIES = np.array([0.9, 0.1, 0.6, 0.5, 0.45, 0.2])
SAID = ClassPredictions(answers.restored(PROBABILITIES), np.array([1, 1, 0, 0, 1, 1]), TWO_CLASSES)


@pytest.fixture
def small():
    """Four short reviews with the words of which the case or the alphabet is odd."""
    vocabulary = Vocabulary(["not", "good", "À", "à", "don't", "notable"])
    texts = ["not good", "notable good don't", "À", "good à not"]
    return hard_reviews.TestedReviews(
        Reviews.from_lists([vocabulary.encode(text) for text in texts], [1, 0, 1, 0]), vocabulary
    )


def test_the_most_wrong_are_only_wrong_ones_and_the_most_confident_come_first():
    assert hard_reviews.most_wrong(SAID).tolist() == [1, 5, 2, 4]


def test_the_most_unsure_are_nearest_one_half():
    assert hard_reviews.most_unsure(SAID).tolist() == [3, 4, 2, 5, 0, 1]
    assert hard_reviews.most_undecided(SAID).tolist() == [3, 4, 2, 5, 0, 1]


@pytest.mark.parametrize(
    ("asked", "reviews"),
    [
        ("", [0, 1, 2, 3]),
        ("not", [0, 3]),
        ("GOOD, not!", [0, 3]),
        ("à", [2, 3]),
        ("À good", [3]),
        ("don’t", [1]),
        ("“good” — don&#39;t", [1]),
        ("zzqx", []),
        ("zzqx good", []),
        ("... ", [0, 1, 2, 3]),
    ],
)
def test_a_review_matches_if_it_holds_all_words_whole_in_any_case(small, asked, reviews):
    assert np.flatnonzero(hard_reviews.containing(small, asked)).tolist() == reviews


def test_a_source_that_knows_the_texts_as_written_shows_them(tested_run, monkeypatch):
    monkeypatch.setattr(Source, "written", lambda self, part, index: f"{part} {index}: As Written!")
    run = tested_run()
    tested = hard_reviews.tested_reviews(run, predictions.read_classes(run))
    assert tested.text(np.int64(3)) == "test 3: As Written!"


def test_words_are_found_as_in_the_texts_themselves(tested_run):
    run = tested_run()
    tested = hard_reviews.tested_reviews(run, predictions.read_classes(run))
    expected = [{"never", "boring"} <= set(tokens(text)) for text in demo.texts("test")]
    assert 0 < sum(expected) and hard_reviews.containing(tested, "Never boring").tolist() == expected


def test_a_reviews_text_gives_the_same_ids_again(tested_run):
    run = tested_run()
    tested = hard_reviews.tested_reviews(run, predictions.read_classes(run))
    known = next(i for i in range(1000) if 2 not in tested.reviews[i])
    assert tested.vocabulary.encode(tested.text(known)) == tested.reviews[known].tolist()
    assert tested.word_counts[known] == len(tokens(demo.texts("test")[known]))


def test_two_runs_disagree_where_one_alone_is_right_and_the_widest_gap_comes_first(tested_run):
    labels = data.load("demo").test.labels
    right = np.where(labels == 1, 0.9, 0.1)
    one, other = right.copy(), right.copy()
    one[[3, 8]], other[[5, 6, 7]] = 1 - right[[3, 8]], 0.5 + (0.5 - right[[5, 6, 7]]) * [0.2, 1.2, 0.7]
    _, _, disagreements = hard_reviews.disagreements(tested_run(one), tested_run(other))
    assert disagreements.only_first.tolist() == [6, 7, 5] and disagreements.only_second.tolist() == [3, 8]


def test_the_counts_are_those_of_the_comparison(tested_run):
    first, second = tested_run(seed=1), tested_run(seed=2)
    _, _, disagreements = hard_reviews.disagreements(first, second)
    counted = hard_reviews.comparisons.pair(first, second)
    assert (len(disagreements.only_first), len(disagreements.only_second)) == (
        counted.only_first,
        counted.only_second,
    )


def test_runs_on_other_labels_or_fewer_reviews_are_not_compared(tested_run):
    labels = data.load("demo").test.labels
    for other in (1 - labels, labels[:-1]):
        with pytest.raises(ModelError, match="different reviews"):
            hard_reviews.disagreements(tested_run(), tested_run(labels=other))


def test_reviews_that_are_not_here_are_named_in_a_sentence_and_nothing_is_downloaded(monkeypatch, tmp_path):
    run = models.run("pretrained/lstm")
    monkeypatch.delenv("IMDB_DATA_DIR", raising=False)
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "none"))
    with pytest.raises(DataError, match="not on this machine"):
        hard_reviews.tested_reviews(run, predictions.read_classes(run))
    assert not (tmp_path / "none").exists()


def test_reviews_other_than_the_run_was_tested_on_are_refused(tested_run):
    run = tested_run(labels=1 - data.load("demo").test.labels)
    with pytest.raises(DataError, match="on this machine are different"):
        hard_reviews.tested_reviews(run, predictions.read_classes(run))


@pytest.mark.parametrize(
    ("probabilities", "labels"),
    [
        ([0.5, np.nan], [0, 1]),
        ([0.5, 1.5], [0, 1]),
        ([0.5], [0, 1]),
        ([0.5, 0.5], [0, 2]),
        ([], []),
        ([[0.5]], [[1]]),
    ],
)
def test_predictions_that_no_worker_wrote_are_refused_with_a_sentence(tested_run, probabilities, labels):
    run = tested_run()
    np.savez(
        run.folder / "predictions.npz",
        test=np.array(probabilities, np.float32),
        test_labels=np.array(labels, np.uint8),
    )
    with pytest.raises(ModelError, match="no usable predictions"):
        predictions.read_classes(run)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"text", b"\x93NUMPY"])
def test_a_torn_file_of_predictions_is_refused_with_a_sentence(tested_run, content):
    run = tested_run()
    (run.folder / "predictions.npz").write_bytes(content)
    with pytest.raises(ModelError, match="no usable predictions"):
        predictions.read_classes(run)


def test_no_flipped_byte_in_a_file_of_predictions_crashes(tested_run):
    run = tested_run()
    path = run.folder / "predictions.npz"
    whole = path.read_bytes()
    for place in np.random.default_rng(1).integers(0, len(whole), 150):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            predictions.read_classes(run)
        except ModelError as error:
            assert "no usable predictions" in str(error)
