"""Values that are allowed but doubted, and the errors of a config as data."""

import pytest

from imdb_core import architectures, config
from imdb_core.config import typed
from imdb_core.config.doubts import doubts
from imdb_core.errors import ConfigError
from tests import class_sources

FIELDS = config.RunConfig.model_fields
WITH_USUAL = [name for name in FIELDS if config.facts(name).usual]
PRESETS = [
    (name, tuned)
    for name in architectures.names()
    for tuned in (False, True)[: 2 if architectures.get(name).tuned else 1]
]


def network_with(name: str) -> str:
    """A network that uses this hyperparameter."""
    return next(each for each in architectures.names() if name in config.hyperparameters(each))


def codes(start: config.RunConfig, seconds: float | None = None, **changes) -> dict[str, tuple[str, ...]]:
    """Code -> fields of the doubts about `start` with these changes."""
    return {doubt.code: doubt.fields for doubt in doubts(start.changed(**changes), start, seconds)}


def test_every_number_but_the_seed_has_a_usual_range_within_its_bounds():
    numbers = {name for name in FIELDS if config.bounds(name)[0] is not None}
    assert numbers - set(WITH_USUAL) == {"seed"}
    for name in WITH_USUAL:
        facts = config.facts(name)
        low, high = facts.usual
        assert facts.low <= low < high <= facts.high
        below = facts.low < low if facts.kind is float else set(range(facts.low, low)) - {facts.default}
        assert bool(facts.if_low) == bool(below), name
        assert bool(facts.if_high) == (high < facts.high), name


@pytest.mark.parametrize("name", WITH_USUAL)
def test_a_value_outside_the_usual_range_is_doubted_with_its_consequence(name):
    facts, start = config.facts(name), config.preset(network_with(name), optimizer="adamw")
    for value, consequence in ((facts.low, facts.if_low), (facts.high, facts.if_high)):
        if not consequence or value == facts.default:
            continue
        changed = config.RunConfig.model_construct(**{**dict(start), name: facts.kind(value)})
        found = [doubt for doubt in doubts(changed, start) if doubt.code in ("low", "high", "very_high")]
        [sentence] = [doubt.sentence(lambda _: facts.label, "preset", **dict(start)) for doubt in found]
        assert sentence.startswith(f"{facts.label} is {typed.text(facts.kind(value))}, ")
        assert sentence.endswith(f": {consequence}.")


@pytest.mark.parametrize("network, tuned", PRESETS)
def test_a_preset_is_not_doubted_not_even_against_the_other_preset(network, tuned):
    preset = config.preset(network, tuned=tuned)
    assert doubts(preset, preset) == [] == doubts(preset, config.preset(network))


def test_values_that_do_not_suit_each_other_are_doubted():
    start = config.preset("lstm")
    assert codes(start, patience=3) == {"idle_patience": ("patience", "epochs")}
    assert codes(start, weight_decay=0.1) == {"no_decay": ("weight_decay",)}
    assert codes(start, weight_decay=0.1, optimizer="adamw") == {}
    assert codes(start, precision="mixed_bfloat16", device="cpu") == {"no_mixed_precision": ("precision",)}
    assert codes(start, optimizer="sgd") == {"slow_sgd": ("learning_rate", "optimizer")}
    assert codes(start, optimizer="sgd", learning_rate=0.5) == {}
    assert codes(start, optimizer="sgd", learning_rate=5.0) == {"very_high": ("learning_rate",)}
    assert codes(start, 600, epochs=4) == {} and codes(start, 600, epochs=7) == {"long_training": ("epochs",)}


def test_values_that_do_not_suit_the_number_of_texts_are_doubted():
    with class_sources.registered() as name:
        start = config.preset("lstm", dataset=name)
        assert codes(start) == {"few_validation_texts": ("validation_share",)}, "24 of 240"
        assert codes(start, validation_share=0.5) == {"high": ("validation_share",)}
        found = codes(start, validation_share=0.5, batch_size=120, weight_averaging=0.99)
        assert found["one_batch"] == ("batch_size",) and found["long_average"] == ("weight_averaging",)


def problems(network="cnn_lstm", **changes):
    with pytest.raises(ConfigError) as caught:
        config.preset(network, **changes)
    return [(problem.code, problem.fields) for problem in caught.value.problems], str(caught.value)


def test_all_wrong_values_are_named_at_once_with_the_presets_values():
    found, message = problems("cnn_lstm_dense", epochs=999, units=0, learning_rate="0,002", heads=2)
    assert found == [
        ("not_used", ("heads",)),
        ("not_allowed", ("units",)),
        ("not_allowed", ("epochs",)),
        ("comma", ("learning_rate",)),
    ]
    assert "cnn_lstm_dense has no heads; it uses" in message
    assert "epochs is 999; it must be a whole number between 1 and 200. The preset has 5." in message
    assert "learning_rate is '0,002'; a number is written with a point: 0.002." in message


def test_contradictions_are_named_beside_wrong_values_unless_they_depend_on_them():
    window = ("wide_window", ("pool_size", "review_length"))
    assert problems(epochs=0, pool_size=9, review_length=8)[0] == [("not_allowed", ("epochs",)), window]
    assert problems(pool_size=99, review_length=8)[0] == [("not_allowed", ("pool_size",))]
    probes = ("many_probes", ("probes",))
    assert problems(probes="a\n" * 6, pool_size=9, review_length=8)[0] == [probes, window]


def test_memory_is_a_problem_of_the_values_above_the_preset():
    large = {"units": 512, "review_length": 2000, "batch_size": 2048, "epochs": 9}
    assert problems("lstm", **large)[0] == [("memory", ("review_length", "units", "batch_size"))]


def test_a_message_about_many_wrong_values_ends_with_their_number():
    wrong = dict.fromkeys((name for name in FIELDS if config.bounds(name)[0] is not None), -1.0)
    with pytest.raises(ConfigError, match=r" \d+ more values are wrong\.$") as caught:
        config.checked(wrong)
    assert [problem.fields[0] for problem in caught.value.problems] == list(wrong)


@pytest.mark.parametrize("name", [name for name in FIELDS if config.bounds(name)[0] is not None])
def test_a_number_is_read_back_exactly_as_it_is_shown(name):
    facts = config.facts(name)
    for value in (facts.low, facts.high, facts.default, facts.low + facts.step, (facts.low + facts.high) / 3):
        number = facts.kind(value)
        assert typed.value(name, typed.text(number)) == number
        assert typed.value(name, f" {number:,} ") == number or facts.kind is float


@pytest.mark.parametrize("text", ["five", "", " ", "5.000", "1,5", "1e999", "-", "0x10", "9" * 5000])
def test_a_text_that_is_no_whole_number_stays_as_it_is(text):
    assert typed.value("epochs", text) == text
