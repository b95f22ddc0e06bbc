"""The corpora that a run can be trained on, by name. Called by the worker, pages and the command line.

A module that registers a source is imported here, one line a module.
"""

from imdb_core.data import demo as demo
from imdb_core.data import imdb as imdb
from imdb_core.data import sources
from imdb_core.data.own import source as own_source
from imdb_core.data.reviews import Corpus, Progress

sources.register_collection(own_source.OwnSources())


def load(name: str, progress: Progress | None = None, *, tokenizer: str | None = None) -> Corpus:
    """The corpus of the source `name`; missing files are downloaded.

    `progress(done_bytes, total_bytes)` is called while a download runs. `tokenizer` is one of the
    source's, by default its first. Raises DataError.
    """
    source = sources.get(name)
    return source.load_with(tokenizer, progress) if tokenizer else source.load(progress)
