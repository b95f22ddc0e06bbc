"""Reviews and a small network for the tests of Keras's training loop and of checkpoints."""

import pytest

from tests.training.fitting import short_reviews


@pytest.fixture
def reviews():
    return short_reviews()


@pytest.fixture
def small_config(tiny):
    return tiny(
        network="lstm_dropout", units=4, embedding_size=4, batch_size=32, optimizer="sgd", learning_rate=1e-6
    )
