"""Networks that a test registers beside the project's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imdb_core import architectures


@contextmanager
def registered(function: Callable, **facts) -> Iterator[str]:
    """The name of `function`, which is a registered network inside the block; `facts` are Architecture's."""
    facts = {"title": "Made for a test", "in_plain_words": "", **facts}
    architectures.architecture(**facts)(function)
    try:
        yield function.__name__
    finally:
        architectures.unregister(function.__name__)
