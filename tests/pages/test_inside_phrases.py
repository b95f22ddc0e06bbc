"""See inside: the sum of phrases of a network that tells three classes apart."""

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
