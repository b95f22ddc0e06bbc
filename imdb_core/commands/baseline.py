"""`python -m imdb_core baseline`: TF-IDF + logistic regression on the same reviews."""

from argparse import Namespace
from dataclasses import asdict

from imdb_core import config as configs
from imdb_core.commands import console
from imdb_core.commands.registry import argument, command
from imdb_core.data import sources
from imdb_core.data.nouns import nouns

DEFAULT = configs.facts("dataset").default


@command(
    "baseline",
    argument("dataset", nargs="?", default=DEFAULT, choices=sources.TITLES, help=f"default: {DEFAULT}"),
)
def baseline(options: Namespace) -> int:
    """Print the test accuracy of TF-IDF + logistic regression, without a neural network; computed once."""
    from imdb_core.evaluation import baselines  # no other command needs it, and each command imports this

    if not baselines.baseline(options.dataset):
        console.say("Computing the baseline; this takes about a minute, once.")
    result = baselines.compute(options.dataset)
    many = nouns(result.dataset).many
    accuracy = f"{result.test_accuracy:.2%} of {result.test_reviews:,} test {many} right"
    method = f"({result.dataset}, TF-IDF + logistic regression, C = {result.c:g})"
    console.show_result(
        options, asdict(result), [f"{accuracy}, fitted in {result.fit_seconds:.0f} s {method}."]
    )
    return 0
