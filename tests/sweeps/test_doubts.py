"""Values of a range that are allowed but probably mistakes."""

import pytest

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.config.doubts import ABOUT_TEXTS
from imdb_core.sweeps.doubts import doubts
from imdb_core.sweeps.space import FIXED, usual

BASE = configs.preset("lstm", dataset="demo")
RATES = {"name": "learning_rate", "scale": "log"}
DECAYS = {"name": "weight_decay", "low": 0.0, "high": 0.01}


def codes(*space, base=BASE):
    """(code, fields) of each doubt."""
    return [(problem.code, *problem.fields) for problem in doubts(space, base)]


def test_each_end_of_a_range_is_doubted_at_its_own_field():
    assert codes({**RATES, "low": 0.001, "high": 5}) == [("range_very_high", "learning_rate-high")]
    assert codes({**RATES, "low": 2e-6, "high": 0.1}) == [("range_low", "learning_rate-low")]


def test_a_listed_value_is_doubted_at_the_list():
    doubted = doubts([{"name": "learning_rate", "choices": (0.001, 0.01, 5.0)}], BASE)
    assert [(problem.code, problem.fields) for problem in doubted] == [
        ("range_very_high", ("learning_rate-choices",))
    ]
    sentence = doubted[0].sentence(str, "preset", **BASE.model_dump())
    assert sentence.startswith("learning_rate goes up to 5, 5,000 times the preset's 0.001: ")


def test_a_doubt_that_another_varying_word_removes_is_not_told():
    assert codes(DECAYS) == [("range_no_decay", "weight_decay-low")]
    assert codes(DECAYS, {"name": "optimizer", "choices": ("adam", "adamw")}) == []
    assert codes(DECAYS, {"name": "optimizer", "choices": ("adam", "sgd")}) == codes(DECAYS)
    slow = {**RATES, "low": 0.002, "high": 0.1}
    assert codes(slow, base=BASE.changed(optimizer="sgd")) == [("slow_sgd", "learning_rate-low", "optimizer")]
    assert codes(slow, {"name": "optimizer", "choices": ("adam", "sgd")}) == []


def test_what_is_wrong_with_a_value_is_no_doubt():
    assert codes({**RATES, "low": "a", "high": 1e9}) == []


@pytest.mark.parametrize("network", architectures.names())
def test_the_range_to_begin_with_is_not_doubted(network):
    base = configs.preset(network, dataset="demo", optimizer="adamw", teacher="pretrained/lstm")
    names = [name for name in configs.hyperparameters(network) if name not in FIXED]
    space = [usual(name, base).model_dump() for name in names]
    assert [code for code, *_ in codes(*space, base=base) if code not in ABOUT_TEXTS] == []
