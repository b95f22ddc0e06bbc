"""What is compiled ahead is what trainings need, so that no training compiles anything itself."""

import os
import subprocess
import sys

import pytest

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.runs import store
from imdb_core.training import compile_ahead

TRAIN = """
import sys
import numpy as np
from imdb_core import answers, architectures, keras_settings
from imdb_core.config import preset
keras_settings.load()
from imdb_core.training.network import trainable_network

words = np.random.default_rng(0).integers(1, 100, (8, 12), np.int32)
for name in architectures.names():
    used = architectures.hyperparameters(name)
    sizes = {"vocabulary_size": 100, "embedding_size": 8, "review_length": 20}
    config = preset(name, **{size: value for size, value in sizes.items() if size in used})
    model = trainable_network(config, device="cpu", threads=1)
    model.train_on_batch(words, answers.targets(np.arange(8) % 2, config.classes))
    model.predict_on_batch(words)
"""

COMPILE = """
from imdb_core.training import compile_ahead
compile_ahead.LOWEST = 0  # at the lowest priority, the test would wait for all other tests
compile_ahead.main()
"""


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """A function that names the files of compiled code in a cache of this test's own."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    return lambda: {path.name for path in tmp_path.rglob("*.nb?")}


def compiled(*arguments):
    """Run a program of the app to its end."""
    subprocess.run([sys.executable, *arguments], env=dict(os.environ), check=True)


def test_after_compiling_ahead_no_network_compiles_anything(own_cache, tmp_path):
    compiled("-c", COMPILE)
    ahead = own_cache()
    assert [path.name for path in tmp_path.rglob(compile_ahead.DONE)] == [compile_ahead.DONE]
    compiled("-c", TRAIN)
    assert ahead
    assert own_cache() - ahead == set()


def test_what_is_compiled_is_not_compiled_again(own_cache):
    compiled(
        "-c",
        "from imdb_core.training import compile_ahead as ahead\n"
        "(ahead.compiled_caches.numba_folder() / ahead.DONE).touch()",
    )
    compiled("-c", COMPILE)
    assert not own_cache()


def test_nothing_is_compiled_ahead_while_a_run_waits_or_is_trained(own_cache, tmp_path):
    store.create(configs.preset(architectures.names()[0]), store.new_id())
    compiled("-m", "imdb_core.training.compile_ahead", str(tmp_path))
    assert not own_cache()
    assert not list(tmp_path.rglob(compile_ahead.DONE))
