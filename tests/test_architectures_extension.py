"""A network registered with one decorated function appears everywhere."""

import json

import pytest
from networks import registered
from streamlit.testing.v1 import AppTest

from imdb_core import __main__ as command_line
from imdb_core import architectures, script
from imdb_core import config as configs
from imdb_core.config.training_fields import STARTING, TEACHING


def thirteenth(x, layers, *, units, pool_size):
    x = layers.MaxPooling1D(pool_size)(x)
    return layers.GRU(units)(x)


@pytest.fixture
def network():
    with registered(thirteenth, title="Thirteenth", units=7) as name:
        yield name


def train_page():
    """The script of a page with form and layer table; Streamlit runs its source by itself."""
    from imdb_core import config as configs
    from ui import forms
    from ui.panels import training_cost

    config = configs.preset("thirteenth")
    forms.hyperparameters("thirteenth", config)
    training_cost.show_layers(config)


def test_the_network_is_listed_with_its_preset_and_the_hyperparameters_that_its_function_names(network):
    assert architectures.names()[-1] == network and network not in architectures.tutorial_names()
    config = configs.preset(network)
    assert config.units == 7
    unused = {"filters", "dropout", "heads", "ngram_buckets"}
    assert {"units", "pool_size", "embedding_size", "word_dropout"} <= set(config.used())
    assert not unused & set(config.used())


def test_its_layers_are_counted_without_keras(network):
    rows = architectures.layer_table(configs.preset(network))
    assert [row.type for row in rows] == ["Embedding", "MaxPooling1D", "GRU", "Dense"]
    assert rows[2].parameters == 3 * 7 * (32 + 7 + 2) and rows[1].output_shape == (None, 250, 32)


def test_the_form_and_the_layer_table_of_a_page_show_it(network):
    app = AppTest.from_function(train_page, default_timeout=60).run()
    assert not app.exception, app.exception
    shown = {widget.label for widget in (*app.number_input, *app.selectbox, *app.text_input)}
    # These reviews all have labels, and there is no language model.
    names = set(configs.hyperparameters(network)) - {*TEACHING, *STARTING}
    assert shown == {configs.facts(name).label_with_unit for name in names}
    [table] = [element.value for element in app.markdown if "| layer |" in element.value]
    assert [line.split(" | ")[2] for line in table.splitlines()[2:]] == ["160,000", "0", "861", "8"]


def test_the_command_line_lists_it_and_trains_it(network, capsys):
    assert command_line.main(["networks", "--json"]) == 0
    [listed] = [row for row in json.loads(capsys.readouterr().out) if row["name"] == network]
    assert listed["parameters"] == 5000 * 32 + 3 * 7 * 41 + 8
    command = configs.command(configs.preset(network, pool_size=4))
    assert command == "python -m imdb_core train --network thirteenth --pool-size 4"


def test_its_plain_script_builds_it(network):
    source = script.plain_script(configs.preset(network))
    compile(source, network, "exec")
    assert source.startswith('"""Thirteenth: a plain Keras script')
    assert "x = layers.MaxPooling1D(2)(x)\nx = layers.GRU(7)(x)\n" in source
