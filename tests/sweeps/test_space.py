"""What may vary in a sweep: how it is written, and which ranges are refused, each with a sentence."""

import pytest

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.data import sources
from imdb_core.errors import ConfigError
from imdb_core.sweeps import problems, sweep
from imdb_core.sweeps.space import FIXED, MOST_CHOICES, grid_points, parsed, usual

BASE = configs.preset("lstm_dropout")


def checked(*space, **values):
    """The sweep of BASE with this space. Raises ConfigError."""
    space = [dimension.model_dump() for dimension in space]
    return sweep.checked({"base": BASE.model_dump(), "space": space, **values})


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
    ("text", "sampled", "proposed"),
    [
        ("learning_rate=0.001..0.01:log", 0.00820914713531, 0.008209),
        (
            "learning_rate=0.00123446..0.01:log",
            0.00123447,
            0.00123446,
        ),  # rounded, it would lie below the range
        ("dropout=0..0.29999", 0.299987, 0.29999),
        ("dropout=0..0.3:0.1", 0.30000000000000004, 0.3),
        ("units=8..64:log", 23, 23),
        ("dropout=0.123456,0.2", 0.123456, 0.123456),
        ("optimizer=adam,sgd", "sgd", "sgd"),
    ],
)
def test_a_proposed_value_has_four_digits_and_lies_in_the_range(text, sampled, proposed):
    assert parsed(text).proposed(sampled) == proposed


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
        checked(parsed(text))


def test_the_same_hyperparameter_twice_is_refused():
    with pytest.raises(ConfigError, match="named twice"):
        checked(parsed("units=8,16"), parsed("units=32,64"))


@pytest.mark.parametrize("network", architectures.names())
def test_every_hyperparameter_of_every_network_can_vary(network):
    base = configs.preset(network)
    for name in configs.hyperparameters(network):
        value = getattr(base, name)
        if name not in FIXED and isinstance(value, int | float | str):
            assert not problems.of_dimension({"name": name, "choices": (value,)}, base)


@pytest.mark.parametrize("network", architectures.names())
def test_the_usual_range_of_every_hyperparameter_may_vary_on_every_data_set(network):
    for dataset in sources.names():
        base = configs.preset(network, dataset=dataset)
        space = [usual(name, base) for name in configs.hyperparameters(network) if name not in FIXED]
        for dimension in space:
            assert not problems.of_dimension(dimension.model_dump(), base), dimension.name
            assert dimension.choices or dimension.low < dimension.high


@pytest.mark.parametrize(
    ("raw", "code", "better"),
    [
        ({"low": "abc", "high": 0.1}, ["range_not_allowed"], {}),
        ({"low": "", "high": 0.1}, ["range_empty"], {}),
        ({"low": "0,001", "high": 0.1}, ["range_comma"], {"learning_rate-low": 0.001}),
        ({"low": "x", "high": "y"}, ["range_not_allowed"] * 2, {}),
        ({"choices": (0.1, "z", 99)}, ["range_not_allowed"] * 2, {}),
        ({"choices": ()}, ["no_choices"], {}),
        ({"choices": (0.1,) * (MOST_CHOICES + 1)}, ["many_choices"], {}),
    ],
)
def test_typed_ends_and_values_that_are_wrong_are_all_named_at_their_field(raw, code, better):
    found = problems.of_dimension({"name": "learning_rate", **raw}, BASE)
    assert [problem.code for problem in found] == code
    assert found[0].better == better
    for problem in found:
        assert problem.fields[0].startswith("learning_rate-")
        assert problem.sentence().startswith("learning_rate") and "{" not in problem.sentence()


def test_a_vocabulary_that_the_data_set_does_not_have_cannot_vary():
    with pytest.raises(ConfigError, match="88,587"):
        checked(parsed("vocabulary_size=1000..100000"))


def test_all_problems_of_a_sweep_come_at_once():
    values = {"most_runs": 2, "seeds": 3, "most_epochs": 1, "cost": "seconds", "seed": -1}
    with pytest.raises(ConfigError) as failure:
        checked(parsed("units=64..8"), parsed("dropout=0.1,1.5"), **values)
    codes = [problem.code for problem in failure.value.problems]
    assert codes == [
        "range_reversed",
        "range_not_allowed",
        "of_sweep",
        "cost_and_pruner",
        "few_epochs",
        "few_runs",
    ]


def test_a_grid_counts_its_points_and_an_endless_one_is_refused():
    assert grid_points((parsed("units=8..32:8"), parsed("dropout=0,0.5"))) == 8
    with pytest.raises(ConfigError, match="learning_rate"):
        checked(parsed("units=8,16"), parsed("learning_rate=1e-4..1e-2:log"), sampler="grid")
    with pytest.raises(ConfigError, match="settings; at most 100,000"):
        checked(parsed("units=1..500"), parsed("batch_size=1..500"), sampler="grid")


def test_a_second_objective_with_a_pruner_is_refused():
    with pytest.raises(ConfigError, match="pruner none"):
        checked(parsed("units=8,16"), cost="seconds")
    assert checked(parsed("units=8,16"), cost="seconds", pruner="none").cost == "seconds"


@pytest.mark.parametrize(
    ("name", "value"),
    [("most_runs", 0), ("most_runs", 2.5), ("most_hours", -1), ("seeds", 11), ("sampler", "luck"), ("x", 1)],
)
def test_a_wrong_value_of_a_sweep_is_named(name, value):
    with pytest.raises(ConfigError, match=name):
        checked(parsed("units=8,16"), **{name: value})
