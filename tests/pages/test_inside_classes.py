"""See inside with any number of classes: a cloud in the classes' colours and no line, or one line of two."""

import json

import numpy as np
import pytest
from apptest import components, opened, texts, typed

from imdb_core.data.reviews import Reviews
from imdb_core.inside import map_files, memory_map, recurrent
from imdb_core.scoring import predictor
from tests.class_runs import finished_run, write_network
from tests.random_lstm import lstm
from tests.topic_runs import class_names
from ui.colors import CLASSES

SIGNS = ("goal", "rain", "vote")


@pytest.fixture
def run_of():
    """run_of(classes): a run whose network has an LSTM, and the map of its epoch."""

    def written(classes):
        run = finished_run(classes, SIGNS, vocabulary=None)
        content = lstm(classes)
        write_network(run.folder, content)
        network, random = predictor.load(run.folder), np.random.default_rng(0)
        labels = np.arange(60) % len(classes)
        reviews = Reviews.from_lists([[1, *random.integers(2, 9, 12)] for _ in labels], labels)
        made = memory_map.make(recurrent.find(content), reviews, network.config, training=10**4)
        map_files.write(run.folder, network.epoch, made)
        return run, made

    return written


@pytest.mark.parametrize("count", [2, 3, 9])
def test_the_cloud_has_the_colours_of_the_classes(run_of, count):
    run, made = run_of(class_names(count))
    assert (made.line is not None) == made.exact == (count == 2) and made.texts == 60
    app = opened("classify", model=run.id, inside="true")
    typed(app, "goal rain the vote goal")
    charts = [json.loads(part["figure"]) for part in components(app, "chart")]
    [figure] = [each for each in charts if each["layout"].get("uirevision") == "memory-path"]
    clouds = [trace for trace in figure["data"] if str(trace.get("name")).endswith(", final")]
    assert len(clouds) == count and sum(len(cloud["x"]) for cloud in clouds) == 60
    assert len({cloud["marker"]["color"] for cloud in clouds}) == min(count, len(CLASSES) + 1)
    lines = [trace for trace in figure["data"] if trace.get("name") == "verdict turns"]
    assert len(lines) <= (count == 2)
    if count > 2:
        assert "no single line where the verdict turns" in texts(app)


@pytest.mark.parametrize("count", [2, 3, 9])
def test_the_units_tell_one_class_against_the_rest(run_of, count):
    run, _ = run_of(class_names(count))
    app = opened("classify", model=run.id, inside="true", view="units")
    typed(app, "goal rain the vote goal")
    assert ("against the rest" in texts(app)) == (count > 2) and not app.error
