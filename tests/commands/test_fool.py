"""`python -m imdb_core fool`: the figure, computed once."""

import json

import pytest

from imdb_core.evaluation import robustness
from tests import class_runs
from tests.meaning_runs import demo_run


@pytest.fixture(autouse=True)
def few(monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(robustness, "TEXTS", 8)


def test_the_figure_is_printed_and_kept(answered):
    run = demo_run()
    code, output, errors = answered("fool", run.id)
    figure = robustness.of(run)
    assert (code, errors) == (0, "")
    assert f"Turned with at most 3 swapped words: {figure.turned} of 8 test texts" in output
    code, output, _ = answered("fool", run.id, "--json")
    stored = json.loads(output)
    assert code == 0 and robustness.of(run) == figure  # not computed again
    assert (stored["turned"], stored["texts"], stored["share"]) == (figure.turned, 8, figure.turned / 8)
    assert stored["by_swaps"] == list(figure.by_swaps) and stored["interval"] == list(figure.interval)


def test_again_computes_anew(answered, monkeypatch):
    run = demo_run()
    answered("fool", run.id)
    monkeypatch.setattr(robustness, "TEXTS", 9)
    answered("fool", run.id)
    assert robustness.of(run).texts == 8
    answered("fool", run.id, "--again")
    assert robustness.of(run).texts == 9


def test_a_network_without_an_embedding_is_one_sentence(answered):
    run = class_runs.finished_run(network="ngram_linear")
    code, output, errors = answered("fool", run.id)
    assert (code, output) == (2, "") and "no embedding" in errors and errors.count("\n") == 1


def test_an_unknown_model_is_one_sentence(answered):
    code, _, errors = answered("fool", "nothing")
    assert code == 2 and "There is no model 'nothing'" in errors
