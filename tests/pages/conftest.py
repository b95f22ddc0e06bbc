"""Stores for pages: none, one run, many runs."""

import pytest

from imdb_core import architectures, paths
from imdb_core.runs import layout
from tests.faults.support import sample_runs


@pytest.fixture
def finished_run():
    """finished_run(name, network=..., epochs=..., ...): a run that ended well, without a model."""
    return lambda name="my run", **values: sample_runs.finished_run(name, **values)


@pytest.fixture(params=["empty", "one run", "many runs"])
def any_store(request, finished_run, damage):
    """Each of the three kinds of store, damaged folders among the many runs."""
    if request.param == "one run":
        finished_run()
    if request.param == "many runs":
        for number, network in enumerate(architectures.tutorial_names() * 2):
            finished_run(f"run {number}", network=network)
        damage()
    return request.param


@pytest.fixture
def damage():
    """damage(): five folders that are no runs any more, in several ways."""

    def make():
        root = paths.runs_folder()
        for number, content in enumerate(
            (b"", b"{", b"\xff\xfe", b'{"format": 1, "config": {"units": -1}}', None)
        ):
            folder = root / f"20200101-00000000{number}-aaaaaaaa"
            folder.mkdir()
            if content is not None:
                (folder / layout.CONFIG).write_bytes(content)

    return make
