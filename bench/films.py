"""Why validation promises more than the test keeps: python -m bench.films [--seeds 1 2 3]

A film has up to 30 reviews, and no film has reviews among both the training and the test reviews. A random
tenth of the training reviews, however, is about the same films as the rest, whose names a model may know by
heart. The files do not say which film a review is about; here reviews that share rare words (names, mostly)
count as reviews of one film. TF-IDF + logistic regression is then validated twice, on random reviews and on
those of films it has not seen, and tested on the test reviews.
"""

import argparse
import statistics

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from imdb_core import data
from imdb_core.data import batches

RARE = 40  # reviews at most that a rare word is in
ALIKE = 0.12  # cosine of two reviews' rare words from which they are joined
MOST = 60  # reviews joined at most: chains end somewhere
SHARE = 0.1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = parser.parse_args()
    corpus = data.load("imdb")
    vectorizer = TfidfVectorizer(analyzer=lambda words: words, min_df=2, sublinear_tf=True)
    train, test = vectorizer.fit_transform(_words(corpus.train)), vectorizer.transform(_words(corpus.test))
    films = alike(train)
    print("| kept aside | validation | test |\n|---|---|---|")
    for name, split in (
        ("random reviews", lambda seed: batches.split(corpus.train, SHARE, seed)),
        ("reviews of other films", lambda seed: by_film(films, seed)),
    ):
        found = []
        for inside, outside in map(split, options.seeds):
            model = LogisticRegression(C=4, max_iter=300).fit(train[inside], corpus.train.labels[inside])
            found.append(
                (
                    model.score(train[outside], corpus.train.labels[outside]),
                    model.score(test, corpus.test.labels),
                )
            )
        print(
            f"| {name} | {' | '.join(f'{statistics.fmean(column):.2%}' for column in zip(*found, strict=True))} |",
            flush=True,
        )


def alike(counts):
    """One number for each review, int (reviews,), the same for reviews that are joined; `counts` sparse
    (reviews, words).
    """
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    rare = counts[:, np.flatnonzero(frequency <= RARE)]
    rows = normalize(rare)
    pairs = sparse.triu(rows @ rows.T, 1).tocoo()
    order = np.argsort(-pairs.data)
    group = np.arange(counts.shape[0])
    members = [[review] for review in group]
    for pair in order[: np.count_nonzero(pairs.data > ALIKE)]:
        one, other = group[pairs.row[pair]], group[pairs.col[pair]]
        if one != other and len(members[one]) + len(members[other]) <= MOST:
            group[members[other]] = one
            members[one] += members[other]
    return group


def by_film(films, seed):
    """(training indices, validation indices): whole films, together about a share of SHARE."""
    numbers, sizes = np.unique(films, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(numbers))
    chosen = numbers[order[: np.searchsorted(np.cumsum(sizes[order]), SHARE * len(films))]]
    aside = np.isin(films, chosen)
    return np.flatnonzero(~aside), np.flatnonzero(aside)


def _words(reviews):
    return [reviews[review][1:].tolist() for review in range(len(reviews))]


if __name__ == "__main__":
    main()
