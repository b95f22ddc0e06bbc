"""Titles of pages about one data set speak of its texts, for every source and for own nouns."""

import dataclasses

import pytest
from apptest import errors, opened

from imdb_core.data import sources
from imdb_core.data.nouns import nouns
from tests import class_sources
from tests.faults.support import sample_runs
from ui.pages import link_to

NOUNS = {
    "questions": "question",
    "customer complaints": "customer complaint",
    "opinions": "opinion",
    "*Fragen* <b>": "text",
    "feedback": "text",
}


@pytest.fixture(params=[*sources.names(), *NOUNS])
def dataset(request):
    """Each source of the app, and a source for each noun, as data sets of the user's own have them."""
    if request.param not in NOUNS:
        if not sources.get(request.param).is_available():
            pytest.skip("these texts are not on this machine")
        yield request.param
        return
    with class_sources.registered(noun=request.param, synthetic=False) as name:
        yield name


def title(app):
    return app.title[0].value.replace("\\", "")


def test_the_page_of_the_texts_is_called_by_their_noun(dataset):
    app = opened("data", corpus=sources.get(dataset).link)
    assert title(app) == f"The {nouns(dataset).many}" and not errors(app)
    if dataset in sources.names() and nouns(dataset).many not in ("reviews",):
        assert "review" not in title(app)


def test_the_first_page_is_called_by_one_text_of_the_models_data_set(dataset, monkeypatch):
    from imdb_core.scoring import models

    run = sample_runs.finished_run()
    run = dataclasses.replace(run, config=run.config.model_copy(update={"dataset": dataset}))
    monkeypatch.setattr(models, "available", lambda _=None: [models.Model(run.id, run)])
    expected = NOUNS.get(sources.get(dataset).noun, "review")
    article = "an" if expected == "opinion" else "a"
    assert title(opened("classify", model=run.id)) == f"Type {article} {expected}, see the score"


def test_the_menu_keeps_its_titles(dataset):
    assert link_to("data").title == "The reviews" and link_to("classify").title == "Type a review"
