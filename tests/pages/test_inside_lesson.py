"""The lesson "inside the memory": its steps open their views, and what it says about the LSTM is true."""

import numpy as np
import pytest
from apptest import opened, texts, typed

from imdb_core import paths
from imdb_core.inside import word_map, word_stages
from imdb_core.inside.trace import trace
from imdb_core.inside.walk import map_of, walk, words_of
from imdb_core.runs import store
from imdb_core.scoring import predictor
from ui.example_reviews import FILM_REVIEWS
from ui.panels.inside import VIEWS
from ui.panels.inside_lesson import MODEL, STEPS

MIXED, NOT_BAD = FILM_REVIEWS["Mixed"], FILM_REVIEWS["Not bad at all"]
SECOND_HALF_FIRST = (
    "The script is a mess and after an hour I was bored, but the photography is beautiful and the music is "
    "great."
)


@pytest.fixture(scope="module")
def lstm():
    return predictor.load(paths.PROJECT / MODEL)


def test_each_step_opens_its_view():
    app = typed(opened("classify", model=MODEL, inside="true"), MIXED)
    for number, step in enumerate(STEPS, start=1):
        assert VIEWS[step.view].is_for(predictor.load(paths.PROJECT / MODEL).config)
        app.button(key=f"lesson-{number}").click().run()
        assert not app.exception and not app.error
        assert app.query_params["view"] == [step.view] or app.selectbox(key="view-option").value == step.view
        assert step.question in texts(app)


def test_a_network_without_memory_has_no_lesson():
    app = typed(opened("classify", model="pretrained/transformer", inside="true"), MIXED)
    assert STEPS[0].question not in texts(app)


def test_mess_turns_the_verdict_and_it_stays(lstm):
    traced = trace(lstm, lstm.read(MIXED))
    words = words_of(traced, lstm.read(MIXED).words)
    crossings = walk(traced, map_of(lstm)).crossings
    assert words[crossings[-1] - 1] == "mess" and lstm.score(MIXED).shares[1] < 0.5


def test_the_same_words_in_another_order_get_another_verdict(lstm):
    assert sorted(lstm.read(MIXED).words) == sorted(lstm.read(SECOND_HALF_FIRST).words)
    assert SECOND_HALF_FIRST in STEPS[0].text and lstm.score(SECOND_HALF_FIRST).shares[1] > 0.5


def test_training_pulls_the_memories_apart_and_lengthens_the_path(lstm):
    first = predictor.load(lstm.folder, lstm.epochs[0])
    lengths, distances = [], []
    for network in (first, lstm):
        memory_map = map_of(network)
        points = walk(trace(network, network.read(MIXED)), memory_map).points
        lengths.append(np.hypot(*np.diff(points, axis=0).T).sum())
        means = [memory_map.points[memory_map.labels == label].mean(axis=0) for label in (0, 1)]
        distances.append(np.hypot(*(means[1] - means[0])) / memory_map.points.std())
    assert lengths[0] < lengths[1] and distances[0] < distances[1]


def test_the_best_unit_alone_is_nearly_as_often_right_as_the_network(lstm):
    alone = map_of(lstm).alone.accuracy
    assert 0 < store.read(lstm.folder).best["val_accuracy"] - alone.max() < 0.03
    assert np.mean(alone > 0.8) == pytest.approx(0.25, abs=0.01)


def test_words_lie_on_their_side_of_the_map(lstm):
    ids = lstm.vocabulary.encode_words("beautiful great mess bored".split())[1:]
    points = word_map.places(lstm, ids).points[:, 0]
    assert points[:2].min() > 0 > points[2:].max()
    random, trained = word_stages.stages(lstm, word_map.word_map(lstm))
    assert random.same_side < 0.6 and trained.same_side > 0.9


def test_each_epoch_is_more_sure_that_not_bad_is_bad(lstm):
    shares = [predictor.load(lstm.folder, epoch).score(NOT_BAD).shares[1] for epoch in lstm.epochs]
    assert shares == sorted(shares, reverse=True) and shares[0] < 0.5 and shares[-1] < 0.1
    words = lstm.read(NOT_BAD).words
    heights = walk(trace(lstm, lstm.read(NOT_BAD)), map_of(lstm)).heights
    place = words.index("not")
    assert words[place + 1] == "bad" and heights[place] > heights[place + 1] > heights[place + 2]
