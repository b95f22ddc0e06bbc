"""Compare validation on random reviews with validation on reviews of other films.

    python -m bench.films [--seeds 1 2 3]

It shows why a network's test accuracy is below its validation accuracy. A film has up to 30 reviews, and
no film has reviews among both the training and the test reviews. A random tenth of the training reviews,
however, is about the same films as the rest, and a model may know the names in a film by heart. The files
do not say which film a review is about. Here reviews that share rare words (mostly names) count as
reviews of one film. TF-IDF + logistic regression is validated twice, on random reviews and on reviews of
films it has not seen, and tested on the test reviews.
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

RARE = 40  # a rare word occurs in at most this many reviews
SIMILARITY = 0.12  # two reviews with a larger cosine of their rare words are joined
LARGEST_GROUP = 60  # reviews; without a limit, chains of similar reviews join everything
SHARE = 0.1  # of the training reviews that validate


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = parser.parse_args()
    corpus = data.load("imdb")
    vectorizer = TfidfVectorizer(analyzer=lambda words: words, min_df=2, sublinear_tf=True)
    train, test = vectorizer.fit_transform(_words(corpus.train)), vectorizer.transform(_words(corpus.test))
    films = grouped_by_film(train)
    print("| validated on | validation | test |\n|---|---|---|")
    for name, split in (
        ("random reviews", lambda seed: batches.split(corpus.train, SHARE, seed)),
        ("reviews of other films", lambda seed: by_film(films, seed)),
    ):
        accuracies = []
        for training, validation in map(split, options.seeds):
            model = LogisticRegression(C=4, max_iter=300).fit(train[training], corpus.train.labels[training])
            validated = model.score(train[validation], corpus.train.labels[validation])
            accuracies.append((validated, model.score(test, corpus.test.labels)))
        means = (f"{statistics.fmean(column):.2%}" for column in zip(*accuracies, strict=True))
        print(f"| {name} | {' | '.join(means)} |", flush=True)


def grouped_by_film(counts):
    """int (reviews,): the number of each review's group. `counts` is sparse (reviews, words)."""
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    rare = counts[:, np.flatnonzero(frequency <= RARE)]
    rows = normalize(rare)
    pairs = sparse.triu(rows @ rows.T, 1).tocoo()
    order = np.argsort(-pairs.data)
    group = np.arange(counts.shape[0])
    members = [[review] for review in group]
    for pair in order[: np.count_nonzero(pairs.data > SIMILARITY)]:
        left, right = group[pairs.row[pair]], group[pairs.col[pair]]
        if left != right and len(members[left]) + len(members[right]) <= LARGEST_GROUP:
            group[members[right]] = left
            members[left] += members[right]
    return group


def by_film(films, seed):
    """(training indices, validation indices): whole films validate, about a SHARE of the reviews."""
    numbers, sizes = np.unique(films, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(numbers))
    chosen = numbers[order[: np.searchsorted(np.cumsum(sizes[order]), SHARE * len(films))]]
    validates = np.isin(films, chosen)
    return np.flatnonzero(~validates), np.flatnonzero(validates)


def _words(reviews):
    return [reviews[review][1:].tolist() for review in range(len(reviews))]


if __name__ == "__main__":
    main()
