"""The corpora a run can be trained on, by name."""

from imdb_core.data.reviews import Corpus

DATASETS = ("imdb", "demo")


def load(name: str, progress=None) -> Corpus:
    """The corpus `name`: "imdb" (downloaded once if need be) or "demo" (synthetic, always there).

    `progress(done_bytes, total_bytes)` is called while a download runs. Raises DataError.
    """
    if name == "demo":
        from imdb_core.data import demo

        return demo.load()
    from imdb_core.data import imdb

    return imdb.load(progress)
