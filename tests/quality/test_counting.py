"""Out-of-fold shares by counting, with the real scikit-learn, on short and long texts."""

import numpy as np

from imdb_core.quality import counting


def test_shares_are_of_the_right_class_also_in_portions_and_for_a_class_of_one_text(monkeypatch):
    random = np.random.default_rng(2)
    labels = np.append(np.arange(120) % 3, 3)
    telling = ("alpha", "beta", "gamma", "delta")
    texts = [f"{telling[label]} {' '.join(random.choice(['a', 'b', 'c'], 5))}" for label in labels]
    monkeypatch.setattr(counting, "COLUMNS", 2**12)  # each fit costs time for each column
    for long in (False, True):  # without and with runs of characters
        if long:
            texts = [f"{text} {'x y z ' * 100}" for text in texts]
        monkeypatch.setattr(counting, "PORTION", 40_000)
        monkeypatch.setattr(counting, "PORTION_WITH_RUNS", 1_000)
        done: list[float] = []
        shares = counting.out_of_fold_shares(texts, labels, 4, done.append)
        assert shares.shape == (121, 4) and np.allclose(shares.sum(axis=1), 1, atol=1e-5)
        assert (shares.argmax(axis=1) == labels)[:120].mean() > 0.95
        assert done == sorted(done) and done[-1] == 1.0 and len(done) == 2 * counting.FOLDS * 4
