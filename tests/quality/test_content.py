"""The reports on a data set: what they count, and that a file gives back the report that was written."""

import numpy as np
import pytest

from imdb_core.quality import content, labels, reports
from imdb_core.quality.folds import folds
from imdb_core.quality.material import Material, Part

CLASSES = ("ham", "spam")
TRAIN = ["Buy now", "hello you", "buy NOW!", "Hello you.", "see you soon", "win a prize"]
TRAIN_LABELS = [1, 0, 1, 1, 0, 1]
TEST = ["buy now", "something else"]


def made(train=TRAIN, train_labels=TRAIN_LABELS, test=TEST, test_labels=(1, 0), *, first=10):
    """A data set whose training texts have the numbers from `first` on, the test texts those from 0 on."""
    numbers = np.arange(first, first + len(train))
    return Material(
        "made",
        CLASSES,
        Part(train, np.array(train_labels, np.uint8), numbers),
        Part(test, np.array(test_labels, np.uint8), np.arange(len(test))),
        "f" * 64,
    )


def test_duplicates_are_counted_by_part_and_by_label():
    report = content.report(made(), lambda share: None)
    assert (report.repeated, report.in_training, report.groups, report.with_other_labels) == (2, 1, 2, 1)
    different, across = report.copies  # different labels come first
    assert different.members == (("training", 11, 0), ("training", 13, 1)) and different.has_other_labels
    assert across.members == (("training", 10, 1), ("training", 12, 1), ("test", 0, 1)) and across.across
    assert report.train_counts == (2, 4) and report.test_counts == (1, 1)
    assert report.rare == (0, 1) and report.classes == CLASSES


def test_a_report_that_was_written_is_read_back(tmp_path):
    path = tmp_path / "texts.json"
    report = content.report(made(), lambda share: None)
    reports.write(path, report)
    assert reports.read_texts(path, "f" * 64) == report
    assert reports.read_texts(path, "0" * 64) is None, "a report on other texts"
    path.write_text(path.read_text("utf-8").replace('"similarity": 1.0', '"similarity": 2.0'), "utf-8")
    assert reports.read_texts(path, "f" * 64) is None, "a share above 1"
    path.write_text("{", "utf-8")
    assert reports.read_texts(path, "f" * 64) is None


def test_a_label_report_lists_the_numbers_of_the_data_set():
    shares = np.array([[0.1, 0.9], [0.9, 0.1], [0.1, 0.9], [0.95, 0.05], [0.9, 0.1], [0.1, 0.9]], np.float32)
    report = labels.report(made(), shares, method="counting", folds=5, seconds=1.234)
    (doubt,) = report.doubts
    assert (doubt.index, doubt.label, doubt.suggested) == (13, 1, 0)
    assert (doubt.given_share, doubt.suggested_share) == pytest.approx((0.05, 0.95))
    assert report.doubted == 1 and report.agreement == pytest.approx(5 / 6) and report.wrong == 1


@pytest.mark.parametrize("number", [2, 3, 5])
def test_folds_hold_each_class_evenly_and_are_the_same_for_the_same_seed(number):
    given = np.array([0] * 50 + [1] * 31 + [2] * 4)
    fold = folds(given, number, 7)
    assert np.array_equal(fold, folds(given, number, 7)) and not np.array_equal(fold, folds(given, number, 8))
    for label in range(3):
        counts = np.bincount(fold[given == label], minlength=number)
        assert counts.max() - counts.min() <= 1
    sizes = np.bincount(fold, minlength=number)
    assert sizes.max() - sizes.min() <= 1
