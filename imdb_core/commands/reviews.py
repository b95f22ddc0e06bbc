"""`python -m imdb_core data`: download and convert the reviews."""

import sys
from argparse import Namespace

from imdb_core.commands import console
from imdb_core.commands.registry import command
from imdb_core.data import imdb


@command("data")
def prepare_reviews(options: Namespace) -> int:
    """Download and convert the IMDB reviews if that was not done yet, and count them."""
    corpus = imdb.load(_show_download)
    facts = {
        "train": len(corpus.train),
        "test": len(corpus.test),
        "words": len(corpus.words),
        "fingerprint": corpus.fingerprint,
    }
    counts = f"{len(corpus.train):,} training and {len(corpus.test):,} test reviews"
    console.show_result(options, facts, [f"{counts}, {len(corpus.words):,} words."])
    return 0


def _show_download(done: int, total: int) -> None:
    """Draw how many of the bytes have arrived."""
    print(f"\r{done / 2**20:6.1f} of {total / 2**20:.1f} MiB", end="", file=sys.stderr, flush=True)
