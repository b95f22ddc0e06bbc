"""Labels to look at by counting words: the quick way, without a network. Called by check."""

import time
from datetime import UTC, datetime

import numpy as np

from imdb_core.quality import confident, counting, reports
from imdb_core.quality.material import Material
from imdb_core.quality.reading import Progress
from imdb_core.quality.reports import LabelReport


def by_counting(material: Material, progress: Progress) -> LabelReport:
    """The report by TF-IDF and logistic regression, see counting."""
    began, train = time.monotonic(), material.train
    shares = counting.out_of_fold_shares(train.texts, train.labels, len(material.classes), progress)
    seconds = time.monotonic() - began
    return report(material, shares, method=reports.COUNTING, folds=counting.FOLDS, seconds=seconds)


def report(
    material: Material, shares: confident.Shares, *, method: str, folds: int, seconds: float
) -> LabelReport:
    """The report on out-of-fold `shares` (training texts, classes) of a method."""
    labels = material.train.labels
    count, doubts = reports.doubts(shares, labels, material.train.numbers)
    return LabelReport(
        format=1,
        fingerprint=material.fingerprint,
        method=method,
        folds=folds,
        texts=len(labels),
        agreement=float(np.mean(shares.argmax(axis=1) == labels)) if len(labels) else 0.0,
        wrong=confident.wrong_labels(shares, labels),
        doubted=count,
        doubts=doubts,
        seconds=round(seconds, 2),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )
