"""The behaviour sentences: the file is sound, and a test passes only if its expectation holds."""

import hashlib
import json
import shutil
from collections import Counter

import numpy as np
import pytest

from imdb_core.data.typography import tokens
from imdb_core.errors import ModelError
from imdb_core.evaluation import behaviour
from imdb_core.evaluation.behaviour import Case, passes
from imdb_core.scoring import models, predictor


@pytest.fixture
def own_model(tmp_path):
    """A trained model's folder that may be changed."""
    return shutil.copytree(models.find("pretrained/cnn_lstm").folder, tmp_path / "model")


def test_the_file_holds_about_sixty_different_sentences_of_known_kinds_with_both_labels():
    cases = behaviour.cases()
    assert 55 <= len(cases) <= 70
    assert len({case.text for case in cases}) == len(cases), "a sentence comes twice"
    assert set(Counter(case.kind for case in cases)) == set(behaviour.KINDS)
    assert min(Counter(case.kind for case in cases).values()) >= 8
    labels = Counter(case.expected for case in cases)
    assert labels["positive"] >= 15 and labels["negative"] >= 15 and set(labels) <= set(behaviour.EXPECTED)


def test_relations_name_another_sentence_and_labels_name_none():
    for case in behaviour.cases():
        assert bool(case.other) == (case.expected in ("higher", "lower", "alike")), case
        assert case.text.strip() == case.text and case.text[-1] in ".!?" and case.text != case.other, case
        assert case.other == "" or case.other in case.expectation
        assert case.text.isascii(), "the sentences are typed in plain characters"


def test_swapped_names_leave_all_other_words_as_they_are():
    for case in (case for case in behaviour.cases() if case.kind == "names"):
        one, other = tokens(case.text), tokens(case.other)
        assert case.expected == "alike" and len(one) == len(other)
        assert 1 <= sum(a != b for a, b in zip(one, other, strict=True)) <= 2, case


@pytest.mark.parametrize(
    ("expected", "probability", "other", "passed"),
    [
        ("positive", 0.51, None, True),
        ("positive", 0.5, None, False),
        ("negative", 0.5, None, True),
        ("negative", 0.51, None, False),
        ("negative", None, None, False),
        ("higher", 0.31, 0.3, True),
        ("higher", 0.3, 0.3, False),
        ("lower", 0.29, 0.3, True),
        ("lower", 0.3, 0.3, False),
        ("lower", 0.3, None, False),
        ("alike", 0.3, 0.399, True),
        ("alike", 0.399, 0.3, True),
        ("alike", 0.25, 0.375, False),
    ],
)
def test_passing_means_what_the_expectation_says(expected, probability, other, passed):
    case = Case("kind", expected, "one", "other" if expected in ("higher", "lower", "alike") else "")
    assert passes(case, probability, other) is passed


def test_results_are_the_text_boxs_probabilities_and_are_counted_per_kind():
    folder = models.find("pretrained/cnn_lstm").folder
    results = behaviour.results(folder)
    assert [result.case for result in results] == list(behaviour.cases())
    for result in results[::7]:
        assert result.probability == predictor.load(folder).score(result.case.text).probability
    counted = behaviour.counts(results)
    assert list(counted) == list(behaviour.KINDS)
    assert (
        sum(passed for passed, _ in counted.values())
        == sum(result.passed for result in results)
        > len(results) / 2
    )
    assert sum(tests for _, tests in counted.values()) == len(results)


def test_a_network_that_knows_no_word_fails_without_an_error(own_model):
    vocabulary = own_model / "vocabulary.json"
    kept = json.loads(vocabulary.read_text())
    vocabulary.write_text(
        json.dumps(kept | {"words": [f"qqq{number}" for number in range(len(kept["words"]))]})
    )
    model = json.loads((own_model / "model.json").read_text())
    model["sha256"]["vocabulary.json"] = hashlib.sha256(vocabulary.read_bytes()).hexdigest()
    (own_model / "model.json").write_text(json.dumps(model))
    results = behaviour.results(own_model)
    assert all(result.probability is None and not result.passed for result in results)


def test_results_follow_a_model_that_was_trained_anew(own_model):
    before = behaviour.results(own_model)
    assert behaviour.results(own_model) is before, "computed again although nothing changed"
    other = models.find("pretrained/cnn_lstm_dense").folder
    for name in ("config.json", "model.onnx", "vocabulary.json", "model.json"):
        (own_model / name).write_bytes((other / name).read_bytes())
    after = behaviour.results(own_model)
    probabilities = [
        [result.probability for result in results] for results in (before, after, behaviour.results(other))
    ]
    assert probabilities[1] == probabilities[2] and not np.allclose(probabilities[0], probabilities[1])


def test_a_folder_without_a_model_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(ModelError, match="no trained model"):
        behaviour.results(tmp_path)
