"""The run doctor's rules on verdicts: no better than guessing, and one class judged better."""

import numpy as np
import pytest
from ended_runs import ended, judged, judged_classes

from imdb_core.evaluation import class_rules, doctor
from imdb_core.runs import store

ALL_NEGATIVE = {"positive": 0.0, "negative": 1.0, "each": (20, 380)}


def titles(run):
    return [finding.title for finding in doctor.findings(run)]


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_network_that_answers_one_class_only_gets_this_as_its_first_finding(part):
    run = with_predictions_on(judged(ended(), **ALL_NEGATIVE), part)
    first = doctor.findings(run)[0]
    assert first.title == "It says one class only" and f"each of the 400 {part} reviews" in first.explanation
    assert "“negative”, and so is right on 95.0%" in first.explanation
    assert "balanced accuracy, 50.0%" in first.explanation
    assert (first.try_next is None) == (part == "test"), "nothing is tuned by the test reviews"


@pytest.mark.parametrize("part", ["validation", "test"])
def test_accuracy_below_the_share_of_the_larger_class_is_the_first_finding(part):
    run = with_predictions_on(judged(ended(), 0.1, 0.97, each=(20, 380)), part)
    first = doctor.findings(run)[0]
    assert first.title == class_rules.NO_BETTER
    assert "Calling all of them “negative” is right on 95.0%" in first.explanation
    assert "area under the ROC curve, 0.54 (guessing: 50 % and 0.5)" in first.explanation


def with_predictions_on(run, part):
    """The run with its validation predictions renamed to predictions on `part`."""
    arrays = np.load(run.folder / "predictions.npz").items()
    renamed = {name.replace("validation", part): array for name, array in arrays}
    np.savez(run.folder / "predictions.npz", **renamed)
    return store.read(run.folder)


@pytest.mark.parametrize(
    "positive, negative, fires",
    [(0.5, 0.99, False), (0.05, 0.99, True), (0.21, 0.99, False), (0.2, 0.99, True)],
)
def test_on_uneven_reviews_a_network_must_beat_the_larger_class(positive, negative, fires):
    run = judged(ended(), positive, negative, each=(100, 2000))  # 1 % of 2,000 is 20 of 100
    assert (doctor.findings(run)[0].title == class_rules.NO_BETTER) == fires


@pytest.mark.parametrize("accuracy, fires", [(0.5, True), (0.519, True), (0.521, False)])
def test_on_even_reviews_luck_is_no_skill(accuracy, fires):
    run = judged(ended(), accuracy, accuracy)  # two standard errors of 2,500 coin tosses are 0.02
    assert (class_rules.NO_BETTER in [finding.title for finding in doctor.findings(run)]) == fires


@pytest.mark.parametrize(
    "positive, negative, fires", [(0.9, 0.8, False), (0.904, 0.8, True), (0.5, 0.95, True)]
)
def test_more_than_ten_points_between_the_classes_are_lopsided(positive, negative, fires):
    run = judged(ended(), positive, negative)
    assert ("One class is judged better" in titles(run)) == fires


def test_the_lopsided_finding_says_which_way_and_how_much():
    [finding] = doctor.findings(judged(ended(), 0.72, 0.96))
    assert "72.0% of the positive and 96.0% of the negative" in finding.explanation
    assert "24.0 points apart" in finding.explanation and "leans to “negative”" in finding.explanation
    assert finding.try_next == {"learning_rate": 0.0005}


def test_with_few_reviews_of_a_class_a_difference_may_be_luck():
    assert titles(judged(ended(), 0.8, 0.95, each=20)) == []


@pytest.mark.parametrize("content", [None, b"", b"not a zip", b"PK\x03\x04 cut"])
def test_without_usable_predictions_the_classes_are_not_judged(content):
    run = ended()
    if content is not None:
        (run.folder / "predictions.npz").write_bytes(content)
    assert class_rules.class_accuracies(run) is None and titles(run) == []


CLASSES = {"classes": ("spam", "news", "mail")}
LABELS = np.repeat([0, 1, 2], [800, 150, 50])


def of_three(verdicts, **values):
    """A run on three classes with these verdicts on 1,000 validation reviews."""
    run = ended(values={**CLASSES, **values}, class_counts=np.bincount(LABELS).tolist())
    return judged_classes(run, np.array(verdicts), LABELS)


def test_a_class_that_is_never_predicted_is_named_and_class_weights_are_proposed():
    verdicts = np.where(LABELS == 2, 0, LABELS)
    [finding] = doctor.findings(of_three(verdicts))
    assert finding.title == "One class is never predicted"
    assert "“mail” (50 of the 1,000) is never its answer" in finding.explanation
    assert "balanced accuracy, 66.7%, and macro F1" in finding.explanation
    assert finding.try_next == {"class_weights": "balanced"}
    [finding] = doctor.findings(of_three(verdicts, class_weights="balanced"))
    assert finding.try_next and "class_weights" not in finding.try_next


def test_of_three_classes_one_answer_for_all_is_no_better_than_guessing():
    first = doctor.findings(of_three(np.zeros(1000, int)))[0]
    assert first.title == class_rules.ONE_CLASS and "“spam”, and so is right on 80.0%" in first.explanation
    assert "guessing: a balanced accuracy of 33 %" in first.explanation
    assert first.try_next == {"class_weights": "balanced"}


def test_the_worst_of_three_classes_is_named_if_it_is_far_behind():
    verdicts = np.where((LABELS == 2) & (np.arange(1000) % 2 == 0), 1, LABELS)
    [finding] = doctor.findings(of_three(verdicts))
    assert (
        finding.title == "One class is judged worse"
        and "“mail”, 50.0% are judged right" in finding.explanation
    )
    assert doctor.findings(of_three(LABELS)) == []
