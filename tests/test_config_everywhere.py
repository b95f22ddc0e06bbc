"""Every hyperparameter of every network reaches config, form, command line, comparison and plain script.

Keras is not imported.
"""

import functools
import shlex

import pytest
from streamlit.testing.v1 import AppTest

from imdb_core import __main__ as command_line
from imdb_core import architectures, script
from imdb_core import config as configs
from imdb_core.errors import ConfigError
from imdb_core.evaluation import comparisons
from imdb_core.runs import launcher, store

OTHER_TEXTS = {
    "device": "cpu",
    "teacher": "pretrained/lstm",
    "start_from": "20260101-000000000-abcdefgh",
}  # only a person can tell which other text is allowed
NETWORKS = pytest.mark.parametrize("network", architectures.names())


@functools.cache
def base(network):
    """The network's preset, with the optimizer that uses all hyperparameters of optimizers."""
    return configs.preset(network, optimizer="adamw")


def with_other_value(config, name):
    """`config` with another allowed value of the hyperparameter `name`."""
    facts, value = configs.facts(name), getattr(config, name)
    if facts.choices:
        return config.changed(**{name: next(word for word in facts.choices if word != value)})
    if facts.low is None:
        return config.changed(**{name: OTHER_TEXTS[name]})
    try:
        changed = config.changed(**{name: value + facts.kind(facts.step)})
        configs.require_known_vocabulary(changed)
        return changed
    except ConfigError:  # above the largest value
        return config.changed(**{name: value - facts.kind(facts.step)})


def single_changes(network):
    """(name, the network's config with another value of this hyperparameter) for each hyperparameter."""
    return [(name, with_other_value(base(network), name)) for name in configs.hyperparameters(network)]


def all_changed(network):
    """A config with another value of every hyperparameter."""
    return functools.reduce(with_other_value, configs.hyperparameters(network), base(network))


@NETWORKS
def test_each_changed_hyperparameter_is_in_the_config_and_what_is_written_is_read_again(network):
    for name, changed in single_changes(network):
        assert changed.used()[name] == getattr(changed, name) != getattr(base(network), name)
        assert configs.read(changed.model_dump_json()) == changed


def form(network, config_text):
    """The script of a page with nothing but the form; Streamlit runs its source by itself."""
    import streamlit as st

    from imdb_core import config as configs
    from ui import forms

    st.session_state["values"] = forms.hyperparameters(network, configs.read(config_text))


@NETWORKS
def test_the_form_shows_and_returns_each_changed_hyperparameter(network):
    config = all_changed(network)
    app = AppTest.from_function(form, args=(network, config.model_dump_json()), default_timeout=60).run()
    assert not app.exception, app.exception
    expected = {name: getattr(config, name) for name in configs.hyperparameters(network)}
    assert app.session_state["values"] == expected
    shown = {widget.label for widget in (*app.number_input, *app.selectbox, *app.text_input)}
    assert shown == {configs.facts(name).label_with_unit for name in expected} | {"Generations"}


@NETWORKS
def test_the_command_line_names_each_changed_hyperparameter_and_no_other(network):
    start = configs.command(base(network))
    for name, changed in single_changes(network):
        value, preset_value = (getattr(config, name) for config in (changed, configs.preset(network)))
        option = f" --{name.replace('_', '-')} {value}"
        assert option in configs.command(changed) or value == preset_value, name
        words = len(configs.command(changed).split())
        assert words <= len(start.split()) + 2, name


@NETWORKS
def test_the_command_line_makes_the_same_config_again(network, monkeypatch):
    """The launcher only writes the run: nothing shall be trained."""
    monkeypatch.setattr(launcher, "submit", store.create)
    config = all_changed(network)
    program, arguments = configs.command(config).split(" train ")
    assert command_line.main(["train", *shlex.split(arguments)]) == 0 and program == "python -m imdb_core"
    [run] = store.runs()
    assert run.config == config


@NETWORKS
def test_a_comparison_of_two_runs_shows_exactly_the_hyperparameter_that_differs(network, tmp_path):
    for name, changed in single_changes(network):
        runs = [store.Run(tmp_path, config) for config in (base(network), changed)]
        values = [getattr(base(network), name), getattr(changed, name)]
        assert comparisons.config_differences(runs) == {name: values}


@NETWORKS
def test_the_plain_script_holds_each_changed_hyperparameter_or_its_field_says_why_not(network):
    before = script.plain_script(base(network))
    for name, changed in single_changes(network):
        facts, after = configs.facts(name), script.plain_script(changed)
        if facts.not_in_script:
            assert after == before and facts.not_in_script.endswith("."), name
            continue
        assert after != before, f"{name} changes nothing in the script"
        new_lines = set(after.splitlines()) - set(before.splitlines())
        assert facts.choices or any(repr(getattr(changed, name)) in line for line in new_lines), name
