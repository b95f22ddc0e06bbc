"""What may vary in a sweep: how it is written, and which ranges are refused, each with a sentence."""

import pytest

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.errors import ConfigError
from imdb_core.sweeps import sweep
from imdb_core.sweeps.space import FIXED, Dimension, grid_points, parsed, require_fits

BASE = configs.preset("lstm_dropout")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("units=8..32:8", (8, 16, 24, 32)),
        ("units=8..10", (8, 9, 10)),
        ("dropout=0..0.3:0.1", (0.0, 0.1, 0.2, 0.3)),
        ("optimizer=adam,sgd", ("adam", "sgd")),
        ("batch-size=32,64", (32, 64)),
        ("learning_rate=1e-4..1e-2:log", ()),
        ("dropout=0..0.5", ()),
    ],
)
def test_a_written_dimension_has_these_values_and_is_written_the_same_again(text, values):
    dimension = parsed(text)
    assert dimension.values == values
    assert parsed(f"{dimension.name}={dimension.text}") == dimension


@pytest.mark.parametrize(
    "text",
    [
        "",
        "units",
        "units=",
        "=3",
        "wings=1..2",
        "units=a..b",
        "units=1..2..3",
        "units=8,x",
        "units=1..9:quick",
    ],
)
def test_text_that_is_no_dimension_gets_a_sentence_with_the_form(text):
    with pytest.raises(ConfigError, match="NAME=LOW..HIGH"):
        parsed(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("units=64..8", "first number must be the smaller"),
        ("units=8..8", "first number must be the smaller"),
        ("batch_size=0..8", "batch_size is 0"),
        ("units=8.5..9.5", "whole"),
        ("dropout=0..0.5:log", "above 0"),
        ("dropout=0.1,1.5", "dropout is 1.5"),
        ("optimizer=adam,magic", "optimizer is 'magic'"),
        ("pool_size=2,3", "cannot vary"),
        *((f"{name}=1,2", "cannot vary") for name in ("seed", "name", "dataset")),
    ],
)
def test_a_range_that_the_network_cannot_have_is_refused(text, reason):
    with pytest.raises(ConfigError, match=reason):
        require_fits((parsed(text),), BASE)


def test_the_same_hyperparameter_twice_is_refused():
    with pytest.raises(ConfigError, match="named twice"):
        require_fits((parsed("units=8,16"), parsed("units=32,64")), BASE)


@pytest.mark.parametrize("network", architectures.names())
def test_every_hyperparameter_of_every_network_can_vary(network):
    base = configs.preset(network)
    for name in configs.hyperparameters(network):
        value = getattr(base, name)
        if name not in FIXED and isinstance(value, int | float | str):
            require_fits((Dimension(name=name, choices=(value,)),), base)


def test_a_grid_counts_its_points_and_an_endless_one_is_refused():
    assert grid_points((parsed("units=8..32:8"), parsed("dropout=0,0.5"))) == 8
    with pytest.raises(ConfigError, match="learning_rate"):
        grid_points((parsed("learning_rate=1e-4..1e-2:log"),))


def test_a_second_objective_with_a_pruner_is_refused():
    values = {"base": BASE.model_dump(), "space": [parsed("units=8,16").model_dump()]}
    with pytest.raises(ConfigError, match="pruner none"):
        sweep.checked({**values, "cost": "seconds"})
    assert sweep.checked({**values, "cost": "seconds", "pruner": "none"}).cost == "seconds"


@pytest.mark.parametrize(("name", "value"), [("most_runs", 0), ("seeds", 11), ("sampler", "luck"), ("x", 1)])
def test_a_wrong_value_of_a_sweep_is_named(name, value):
    values = {"base": BASE.model_dump(), "space": [parsed("units=8,16").model_dump()], name: value}
    with pytest.raises(ConfigError, match=name):
        sweep.checked(values)
