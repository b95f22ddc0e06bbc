"""Several networks side by side on the page "The networks": their layers, figures and hyperparameters."""

from apptest import diagrams, opened, tables, texts

from imdb_core import architectures
from imdb_core.evaluation import comparisons, tutorial_figures
from imdb_core.scoring import models
from ui.panels.network_choice import MOST

NAMES = architectures.names()
PRETRAINED = {model.run.network: model for model in models.pretrained()}


def test_two_networks_side_by_side_mark_what_differs():
    app = opened("learn", network="lstm,cnn_lstm_dense")
    first, second = diagrams(app)
    assert not any(box.startswith(("<b>+", "<b>≠")) for box in first[0])
    signs = [box[3] for box in second[0][1:]]
    assert signs == list("≠++≠++≠")  # only embedding, LSTM and answer have counterparts
    assert second[2].count("(only here)") == 4 and second[2].count("(other size)") == 3
    [table, training] = [table for table in tables(app) if "what differs" in table]
    rows = dict(
        zip(
            table["what differs"],
            zip(table["LSTM"], table["CNN \\+ LSTM \\+ Dense"], strict=True),
            strict=True,
        )
    )
    studied = {each.network.name: each for each in tutorial_figures.networks(["lstm", "cnn_lstm_dense"])}
    lstm, small = studied["lstm"], studied["cnn_lstm_dense"]
    assert rows["Parameters"] == (f"{lstm.parameters:,}", f"{small.parameters:,}")
    assert rows["Vocabulary size"] == ("5,000", "500") and rows["Pool size"] == ("not used", "2")
    assert rows["Steps of the LSTM"] == ("500", "50")
    assert "Embedding size" not in rows and "Embedding size 32" in texts(app)
    [p] = comparisons.holm([comparisons.pair(small.run, lstm.run).p])
    assert (
        rows["Difference to LSTM"][1]
        .replace("\\", "")
        .startswith("p < 0.001" if p < 0.001 else f"p = {p:.3f}")
    )
    differing = comparisons.config_differences([lstm.run, small.run])
    assert len(training["what differs"]) + len(rows) > len(differing)


def test_a_network_without_the_layers_of_the_first_says_which():
    [table, *_] = [
        each for each in tables(opened("learn", network="cnn_lstm,text_cnn")) if "what differs" in each
    ]
    rows = dict(zip(table["what differs"], table["Text CNN"], strict=True))
    assert rows["Layers of CNN \\+ LSTM it lacks"] == "MaxPooling1D, LSTM"


def test_p_values_of_several_networks_are_corrected_together():
    chosen = [name for name in NAMES if name in PRETRAINED][:MOST]
    app = opened("learn", network=",".join(chosen))
    first, *others = tutorial_figures.networks(chosen)
    for p in comparisons.holm([comparisons.pair(other.run, first.run).p for other in others]):
        shown = f"p {'<' if p < 0.001 else '='} {max(p, 0.001):.3f}, corrected for {len(others)} comparisons"
        assert shown in texts(app)


def test_a_fifth_network_replaces_the_one_that_was_chosen_first():
    app = opened("learn", network=",".join(NAMES[:MOST]))
    assert len(diagrams(app)) == MOST
    group = app.get("button_group")[0]
    group.set_value([*NAMES[:MOST], NAMES[MOST]]).run()
    assert app.query_params["network"] == ",".join(NAMES[1 : MOST + 1]) and not app.exception
