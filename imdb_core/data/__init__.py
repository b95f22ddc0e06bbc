"""The corpora that a run can be trained on, by name. Called by the worker, pages and the command line."""

from imdb_core.data.reviews import Corpus, Progress

DATASETS = ("imdb", "demo")


def load(name: str, progress: Progress | None = None) -> Corpus:
    """The corpus "imdb", which is downloaded if it is missing, or "demo", which needs no files.

    `progress(done_bytes, total_bytes)` is called while a download runs. Raises DataError.
    """
    if name == "demo":
        from imdb_core.data import demo

        return demo.load()
    from imdb_core.data import imdb

    return imdb.load(progress)
