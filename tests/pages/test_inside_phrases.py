"""See inside networks that tell three classes apart: the sum of phrases, and the answers to "why"."""

import json

import pytest
from apptest import components, opened, texts, typed

from tests.class_runs import THREE
from tests.random_networks import random_run


def test_each_class_has_a_sum_of_phrases():
    network, _ = random_run("nb_ngram", THREE)
    sums = []
    for name in THREE[:2]:
        app = opened("classify", model=network.folder.name, inside="true", of=name)
        typed(app, "goal rain the vote goal")
        [chart] = [
            json.loads(part["figure"]) for part in components(app, "chart") if "phrases" in part["alt"]
        ]
        [bars] = chart["data"]
        assert sum(bars["x"][:-1]) == pytest.approx(bars["x"][-1], abs=1e-4)
        assert f"points for “{name}”" in chart["layout"]["xaxis"]["title"]["text"]
        assert "Each class has a sum of its own" in texts(app)
        sums.append(bars["x"][-1])
    assert sums[0] != sums[1]


def test_each_class_has_its_answers_to_why():
    network, _ = random_run("transformer", THREE)
    shares = []
    for name in THREE[:2]:
        app = opened("classify", model=network.folder.name, inside="true", view="why", of=name)
        typed(app, "goal rain the vote goal")
        assert not app.exception and not app.error
        [chart] = [
            json.loads(part["figure"]) for part in components(app, "chart") if "answers to" in part["alt"]
        ]
        effects = chart["data"][0]["z"]
        assert len(effects) == 2 and len(effects[0]) == 5
        assert f"the log-odds of “{name}”" in texts(app)
        shares.append(effects)
    assert shares[0] != shares[1]
