"""The bounds, the sentences and the contradictions of RunConfig."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imdb_core import architectures, config
from imdb_core.errors import ConfigError

NUMBERS = [name for name in config.RunConfig.model_fields if config.bounds(name)[0] is not None]
WHOLE = [name for name in NUMBERS if config.RunConfig.model_fields[name].annotation is int]
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
    assert len(NUMBERS) == 24


@pytest.mark.parametrize("name", NUMBERS)
def test_the_smallest_and_the_largest_value_are_allowed(name):
    for value in config.bounds(name):
        assert getattr(config.checked({name: value}), name) == value


@pytest.mark.parametrize("name", NUMBERS)
def test_one_beyond_the_bounds_is_refused_with_value_range_and_default(name):
    low, high = config.bounds(name)
    for value in neighbours(name):
        said = sentence({name: value})
        assert said.startswith(f"{name} is {value!r};")
        assert f"between {low:,} and {high:,}" in said
        assert f"default is {config.RunConfig.model_fields[name].default!r}" in said


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "7", None, [7]])
def test_what_is_no_number_in_range_is_refused(name, value):
    assert sentence({name: value}).startswith(f"{name} is ")


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_too_long_to_write_out_is_refused_shortly(name):
    for value in (10**400, -(10**5000)):  # Python itself refuses to write out the second
        said = sentence({name: value})
        assert said.startswith(f"{name} is ")
        assert len(said) < 250


@pytest.mark.parametrize("name", WHOLE)
def test_a_fraction_is_no_whole_number(name):
    assert "a whole number between" in sentence({name: float(config.bounds(name)[1])})


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_takes_its_words_only(name):
    for word in config.choices(name):
        assert getattr(config.checked({name: word}), name) == word
        assert ", ".join(config.choices(name)) in sentence({name: word.upper()})


def test_a_name_may_have_80_characters_and_not_81():
    assert config.checked({"name": "ä" * 80}).name == "ä" * 80
    said = sentence({"name": "ä" * 81})
    assert "at most 80 characters" in said
    assert len(said) < 200
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
    assert "is not a hyperparameter; known are network" in sentence({key: 1})


@pytest.mark.parametrize("knob", ["kernel_size", "pool_size"])
def test_a_window_wider_than_the_review_is_a_contradiction(knob):
    assert config.checked({knob: 5, "review_length": 5})
    assert sentence({knob: 6, "review_length": 5}).startswith(f"{knob} is 6, but a review has only 5 words")
    assert config.checked({"network": "lstm", knob: 6, "review_length": 5})  # this network has no such window


def test_values_that_need_too_much_memory_are_refused():
    large = {"network": "lstm", "units": 512, "review_length": 2000}
    fitting = max(
        size
        for size in range(1, 2049)
        if config.memory_bytes(_unchecked(**large, batch_size=size)) <= 6 * 2**30
    )
    assert 1 < fitting < 2048
    assert config.checked({**large, "batch_size": fitting}).batch_size == fitting
    assert "GiB of memory; 6 GiB are allowed" in sentence({**large, "batch_size": fitting + 1})


def test_memory_grows_with_each_size():
    base = config.memory_bytes(config.RunConfig())
    for name in ("vocabulary_size", "embedding_size", "units", "filters", "batch_size", "review_length"):
        assert config.memory_bytes(_unchecked(**{name: config.bounds(name)[1]})) > base


# nb_ngram keeps one number an entry, so that even its largest values fit.
@pytest.mark.parametrize("network", [name for name in architectures.names() if name != "nb_ngram"])
def test_memory_is_estimated_for_the_largest_values_without_allocating_them(network):
    largest = {name: config.bounds(name)[1] for name in NUMBERS}
    assert config.memory_bytes(_unchecked(network=network, **largest)) > config.MEMORY_LIMIT_BYTES


def _unchecked(**values):
    return config.RunConfig.model_construct(**values)


def test_a_preset_takes_the_tutorials_values_and_changes():
    preset = config.preset("cnn_lstm_dense", epochs=9)
    found = [
        getattr(preset, name)
        for name in ("vocabulary_size", "review_length", "kernel_size", "units", "epochs")
    ]
    assert found == [500, 100, 5, 50, 9]
    assert config.preset("lstm") == config.RunConfig(network="lstm")


@pytest.mark.parametrize(
    "network, knob",
    [("lstm", "filters"), ("lstm", "dropout"), ("cnn_lstm", "dense_units"), ("lstm", "momentum")],
)
def test_a_preset_refuses_what_its_network_does_not_have(network, knob):
    with pytest.raises(ConfigError, match=f"{network} has no {knob}; it uses .*units"):
        config.preset(network, **{knob: 1})


@pytest.mark.parametrize("network", architectures.names())
def test_only_the_values_a_network_looks_at_are_shown_and_compared(network):
    unused = set(config.NETWORK_KNOBS) - set(architectures.knobs(network))
    everything = set(config.RunConfig.model_fields)
    assert set(config.preset(network).used()) == everything - unused
    assert set(config.settings(network)) == everything - unused - set(config.IDENTITY)


def test_a_changed_copy_is_checked_and_the_first_stays():
    first = config.RunConfig()
    assert first.changed(epochs=4).epochs == 4
    assert first.epochs == 3
    with pytest.raises(ConfigError, match="epochs is 0"):
        first.changed(epochs=0)


def test_what_is_written_as_json_is_read_again():
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
def test_whatever_comes_is_a_config_or_a_sentence(values):
    try:
        accepted = config.checked(values)
    except ConfigError as error:
        assert str(error).endswith(".")
    else:
        assert config.read(accepted.model_dump_json()) == accepted
