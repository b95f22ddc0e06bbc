"""The estimate of the memory that training needs, and its limit."""

import pytest

from imdb_core import architectures, config
from imdb_core.config.memory import MEMORY_LIMIT_BYTES
from imdb_core.errors import ConfigError

NUMBERS = [name for name in config.RunConfig.model_fields if config.bounds(name)[0] is not None]


def test_values_that_need_too_much_memory_are_refused():
    large = {"network": "lstm", "units": 512, "review_length": 2000}
    fitting = max(
        size
        for size in range(1, 2049)
        if config.memory_bytes(_unchecked(**large, batch_size=size)) <= MEMORY_LIMIT_BYTES
    )
    assert 1 < fitting < 2048
    assert config.checked({**large, "batch_size": fitting}).batch_size == fitting
    with pytest.raises(ConfigError, match="GiB of memory; 6 GiB are allowed. Make .* or batch_size smaller"):
        config.checked({**large, "batch_size": fitting + 1})


def test_memory_grows_with_each_size():
    base = config.memory_bytes(config.RunConfig())
    for name in ("vocabulary_size", "embedding_size", "units", "filters", "batch_size", "review_length"):
        assert config.memory_bytes(_unchecked(**{name: config.bounds(name)[1]})) > base


# nb_ngram keeps one number an entry, so that even its largest values fit.
@pytest.mark.parametrize("network", [name for name in architectures.names() if name != "nb_ngram"])
def test_memory_is_estimated_for_the_largest_values_without_allocating_them(network):
    largest = {name: config.bounds(name)[1] for name in NUMBERS}
    assert config.memory_bytes(_unchecked(network=network, **largest)) > MEMORY_LIMIT_BYTES


def _unchecked(**values):
    return config.RunConfig.model_construct(**values)
