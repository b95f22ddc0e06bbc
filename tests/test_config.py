"""The bounds, the sentences and the contradictions of RunConfig."""

import math
from typing import get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imdb_core import architectures, config
from imdb_core.config import typed
from imdb_core.errors import ConfigError
from tests import class_sources

NUMBERS = [name for name in config.RunConfig.model_fields if config.bounds(name)[0] is not None]
WHOLE = [name for name in NUMBERS if config.facts(name).kind is int]
CHOICES = [name for name in config.RunConfig.model_fields if config.choices(name)]


def neighbours(name):
    """(just below the smallest, just above the largest) allowed value."""
    low, high = config.bounds(name)
    if name in WHOLE:
        return low - 1, high + 1
    return math.nextafter(low, -math.inf), math.nextafter(high, math.inf)


def sentence(values):
    with pytest.raises(ConfigError) as caught:
        config.checked(values)
    return str(caught.value)


def test_every_number_has_bounds():
    fields = config.RunConfig.model_fields
    assert [name for name, field in fields.items() if field.annotation in (int, float)] == NUMBERS


@pytest.mark.parametrize("name", NUMBERS)
def test_the_smallest_and_the_largest_value_are_allowed(name):
    for value in config.bounds(name):
        assert getattr(config.checked({name: value}), name) == value


@pytest.mark.parametrize("name", NUMBERS)
def test_one_beyond_the_bounds_is_refused_with_value_range_and_default(name):
    low, high = config.bounds(name)
    for value in neighbours(name):
        message = sentence({name: value})
        assert message.startswith(f"{name} is {value!r};")
        assert f"between {low:,} and {high:,}" in message
        assert f"default is {typed.text(config.facts(name).default)}" in message


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "7", None, [7]])
def test_a_value_that_is_no_number_in_range_is_refused(name, value):
    assert sentence({name: value}).startswith(f"{name} is ")


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_too_long_to_write_out_is_refused_shortly(name):
    for value in (10**400, -(10**5000)):  # Python itself refuses to write out the second
        message = sentence({name: value})
        assert message.startswith(f"{name} is ")
        assert len(message) < 250


@pytest.mark.parametrize("name", WHOLE)
def test_a_fraction_is_no_whole_number(name):
    assert "a whole number between" in sentence({name: float(config.bounds(name)[1])})


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_allows_only_its_listed_words(name):
    for word in config.choices(name):
        assert getattr(config.checked({name: word}), name) == word
        assert ", ".join(config.choices(name)) in sentence({name: word.upper()})


def test_a_name_may_have_80_characters_and_not_81():
    assert config.checked({"name": "ä" * 80}).name == "ä" * 80
    message = sentence({"name": "ä" * 81})
    assert "at most 80 characters" in message
    assert len(message) < 200
    assert "at most 80" in sentence({"name": "\ud800"})


@pytest.mark.parametrize("device", ["auto", "cpu", "gpu:0", "gpu:99", "gpu:0:6"])
def test_a_device_is_auto_cpu_or_a_gpu_or_a_part_of_one_by_number(device):
    assert config.checked({"device": device}).device == device


@pytest.mark.parametrize(
    "device",
    [
        "gpu",
        "gpu:",
        "gpu:100",
        "gpu:-1",
        "CPU",
        "cpu\n",
        "gpu:\u0663",
        "",
        "gpu:0,1",
        "gpu:0:",
        "gpu:0:100",
        "gpu:0:1:2",
    ],
)
def test_another_device_is_refused(device):
    assert "auto, cpu or gpu:N" in sentence({"device": device})


def test_an_unknown_network_is_refused_with_the_known_ones():
    assert all(name in sentence({"network": "perceptron"}) for name in architectures.names())


@pytest.mark.parametrize("key", ["learningrate", "", "__class__", 7, None])
def test_an_unknown_hyperparameter_is_refused_with_the_known_ones(key):
    assert "is not a hyperparameter; the hyperparameters are network" in sentence({key: 1})


@pytest.mark.parametrize("name", ["kernel_size", "pool_size"])
def test_a_window_wider_than_the_review_is_a_contradiction(name):
    assert config.checked({name: 5, "review_length": 5})
    assert sentence({name: 6, "review_length": 5}).startswith(f"{name} is 6, but a text has only 5 words")
    assert config.checked({"network": "lstm", name: 6, "review_length": 5})  # the LSTM has no such window


def test_a_preset_takes_the_tutorials_values_and_changes():
    preset = config.preset("cnn_lstm_dense", epochs=9)
    names = ("vocabulary_size", "review_length", "kernel_size", "units", "epochs")
    assert [getattr(preset, name) for name in names] == [500, 100, 5, 50, 9]
    assert config.preset("lstm") == config.RunConfig(network="lstm")


@pytest.mark.parametrize(
    "network, name",
    [("lstm", "filters"), ("lstm", "dropout"), ("cnn_lstm", "dense_units"), ("lstm", "momentum")],
)
def test_a_preset_refuses_what_its_network_does_not_have(network, name):
    with pytest.raises(ConfigError, match=f"{network} has no {name}; it uses .*units"):
        config.preset(network, **{name: 1})


@pytest.mark.parametrize("network", architectures.names())
def test_only_the_values_that_a_network_uses_are_shown_and_compared(network):
    used = set(config.preset(network).used())
    unused = set(config.RunConfig.model_fields) - used
    assert all(config.facts(name).of_layers for name in unused)
    of_layers = {name for name in used if config.facts(name).of_layers}
    of_function = set(architectures.hyperparameters(network)) - {"vocabulary_size"}
    assert of_layers == of_function, "vocabulary_size belongs to the reviews of every network"
    assert set(config.hyperparameters(network)) == {name for name in used if not config.facts(name).names_run}


@pytest.mark.parametrize("name", config.RunConfig.model_fields)
def test_the_facts_of_a_field_fit_together(name):
    facts = config.facts(name)
    annotation = config.RunConfig.model_fields[name].annotation
    assert facts.kind is (get_origin(annotation) or annotation)
    assert facts.help.endswith(".") and facts.label[0].isupper()
    assert facts.low is None or facts.low <= facts.default <= facts.high and facts.step > 0
    assert not facts.choices or facts.default in facts.choices and all(facts.choices.values())
    assert not facts.at_most or facts.at_most in config.RunConfig.model_fields


def test_each_field_has_a_label_of_its_own():
    labels = [config.facts(name).label for name in config.RunConfig.model_fields]
    assert len(set(labels)) == len(labels)


def test_a_changed_copy_is_checked_and_the_first_stays():
    first = config.RunConfig()
    assert first.changed(epochs=4).epochs == 4
    assert first.epochs == 3
    with pytest.raises(ConfigError, match="epochs is 0"):
        first.changed(epochs=0)


def test_a_config_written_as_json_is_read_back_unchanged():
    first = config.checked({"name": '"quotes" \u2028 é', "learning_rate": 0.1 + 0.2, "seed": 2**31 - 1})
    assert config.read(first.model_dump_json()) == first


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "3",
        '{"units": NaN}',
        '{"units": 1e999}',
        '{"units": 9.5}',
        "[" * 10**5,
        '{"x": 1}',
    ],
)
def test_json_that_is_no_config_is_refused_with_a_sentence(text):
    with pytest.raises(ConfigError, match=r"\w.*\."):
        config.read(text)


word = st.text(max_size=5) | st.sampled_from(["cpu", "lstm", "sgd", "demo"])
plain = st.none() | st.booleans() | st.integers() | st.floats() | word
anything = plain | st.lists(plain, max_size=2) | st.dictionaries(word, plain, max_size=2)
fields = st.dictionaries(
    st.sampled_from(list(config.RunConfig.model_fields)), anything | st.integers(-1, 600), max_size=4
)


@settings(max_examples=300)
@given(fields | st.dictionaries(plain, anything, max_size=2))
def test_any_json_is_a_config_or_is_refused_with_a_sentence(values):
    try:
        accepted = config.checked(values)
    except ConfigError as error:
        assert str(error).endswith(".")
    else:
        assert config.read(accepted.model_dump_json()) == accepted


def test_the_tokenizer_is_part_of_the_command():
    with class_sources.registered() as name:
        pieces = config.preset("lstm", dataset=name).changed(tokenizer="subwords")
    assert config.command(pieces).endswith(f"--network lstm --dataset {name} --tokenizer subwords")
