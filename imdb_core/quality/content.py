"""The report on a data set's texts: duplicates, telling words, sizes of the classes. Called by check."""

import time
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np

from imdb_core.quality import reports
from imdb_core.quality.duplicates import Group, groups
from imdb_core.quality.leakage import telling_words
from imdb_core.quality.material import Joined, Material
from imdb_core.quality.reading import Progress
from imdb_core.quality.reports import MOST_GROUPS, MOST_MEMBERS, Copies, Telling, TextReport


def report(material: Material, progress: Progress) -> TextReport:
    """Everything but the labels. Reads each text four times: for digests, shingles, a sample and counts."""
    began, train, test, classes = time.monotonic(), material.train, material.test, len(material.classes)
    duplicates = groups(Joined(train.texts, test.texts), lambda share: progress(share * 2 / 3))
    copies = [_copies(material, group) for group in duplicates.groups]
    telling = telling_words(train.texts, train.labels, classes, lambda share: progress((2 + share) / 3))
    texts_of_train = [sum(number < len(train) for number in group.texts) for group in duplicates.groups]
    return TextReport(
        format=1,
        fingerprint=material.fingerprint,
        classes=material.classes,
        train_counts=_counts(train.labels, classes),
        test_counts=_counts(test.labels, classes),
        repeated=sum(max(0, count - 1) for count in texts_of_train),
        in_training=sum(
            len(group.texts) - count
            for group, count in zip(duplicates.groups, texts_of_train, strict=True)
            if count
        ),
        groups=len(copies),
        with_other_labels=sum(each.has_other_labels for each in copies),
        all_compared=duplicates.complete,
        # Different labels first, then training and test, then the most copies.
        copies=tuple(
            sorted(copies, key=lambda each: (not each.has_other_labels, not each.across, -each.texts))
        )[:MOST_GROUPS],
        telling=tuple(Telling(**asdict(word)) for word in telling),
        seconds=round(time.monotonic() - began, 2),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _copies(material: Material, group: Group) -> Copies:
    members = [_member(material, number) for number in group.texts]
    return Copies(
        members=tuple(members[:MOST_MEMBERS]),
        similarity=round(group.similarity, 4),
        texts=len(members),
        has_other_labels=len({label for _, _, label in members}) > 1,
        across=len({part for part, _, _ in members}) > 1,
    )


def _member(material: Material, number: int) -> tuple[reports.Part, int, int]:
    count = len(material.train)
    name: reports.Part = "training" if number < count else "test"
    part, position = (material.train, number) if number < count else (material.test, number - count)
    return name, int(part.numbers[position]), int(part.labels[position])


def _counts(labels: np.typing.NDArray[np.uint8], classes: int) -> tuple[int, ...]:
    return tuple(np.bincount(labels, minlength=classes).tolist())
