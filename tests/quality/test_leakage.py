"""Words that give a class away, on texts whose words were put there on purpose."""

import numpy as np

from imdb_core.quality import leakage

CLASSES = 3


def texts_and_labels(*, texts=900):
    """Texts of common words; a third of class 2 has "sent from billing", half of class 0 a star sign."""
    random = np.random.default_rng(11)
    labels = np.arange(texts) % CLASSES
    everyone = [" ".join(random.choice(["the", "day", "was", "long", "and", "short"], 12)) for _ in labels]
    for number, label in enumerate(labels):
        if label == 2 and number % 9 == 2:
            everyone[number] += " Sent from BILLING"
        if label == 0 and number % 6 == 0:
            everyone[number] += " ***"
        if number < 30:
            everyone[number] += " rare"
    return everyone, labels


def test_a_word_put_into_one_class_is_reported_with_its_figures():
    texts, labels = texts_and_labels()
    words = leakage.telling_words(texts, labels, CLASSES)
    figures = {
        (word.phrase, word.label, word.precision, round(word.coverage, 3), word.texts) for word in words
    }
    sent = {(word, 2, 1.0, 0.333, 100) for word in ("sent", "from", "billing")}
    assert figures == {("***", 0, 1.0, 0.5, 150), *sent}, "phrases of these words are left out"
    assert words[0].phrase == "***" and {word.elsewhere for word in words} == {0.0}


def test_a_word_of_two_classes_or_of_few_texts_is_not_reported():
    texts, labels = texts_and_labels()
    texts = [text + " both" if label != 1 else text for text, label in zip(texts, labels, strict=True)]
    texts[0] += " single"
    phrases = {word.phrase for word in leakage.telling_words(texts, labels, CLASSES)}
    assert not {"both", "single", "rare", "the"} & phrases


def test_a_large_class_does_not_make_every_word_telling():
    labels = np.array([0] * 990 + [1] * 10)
    texts = ["a usual word"] * 980 + ["another thing"] * 10 + ["a usual word"] * 10
    assert leakage.telling_words(texts, labels, 2) == []


def test_progress_goes_from_nothing_to_all_and_one_class_tells_nothing():
    texts, labels = texts_and_labels()
    shares: list[float] = []
    leakage.telling_words(texts, labels, CLASSES, shares.append)
    assert shares == sorted(shares) and shares[-1] > 0.9
    assert leakage.telling_words(texts, np.zeros(len(texts), int), 1) == []
    assert leakage.telling_words([], np.zeros(0, int), 2) == []
