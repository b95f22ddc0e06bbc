"""The last line of each page leads on, with the run, data set or network that the page is about."""

import pytest
from apptest import links, opened
from streamlit.runtime.pages_manager import PagesManager

from imdb_core import architectures
from imdb_core.data import sources
from imdb_core.scoring import models
from tests import class_sources
from tests.sweeps.test_study import sweep_of
from ui.pages import ABOUT, AFTER_OWN_NETWORK, PAGES, WAY, WHILE_TRAINING, WITHOUT_OWN_TEXTS, link_to

PRETRAINED = models.pretrained()[-1]


@pytest.fixture(autouse=True)
def app_runs_the_page(monkeypatch):
    """AppTest runs a script in pages/ by itself; a browser gets it from app.py, which adds the last line."""
    create = PagesManager.__init__

    def created(self, *args, **options):
        create(self, *args, **options)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", created)


def next_link(app):
    """(label, page, query) of the page's last link."""
    return links(app)[-1]


def test_the_way_from_training_leads_through_all_pages_about_a_run_and_back():
    scripts = {page.script for page in PAGES}
    assert set(WAY) <= scripts and set(ABOUT) <= scripts
    steps = [*WAY.values(), AFTER_OWN_NETWORK, WHILE_TRAINING, WITHOUT_OWN_TEXTS]
    assert {step.script for step in steps} <= scripts
    script, visited = "train", []
    while script not in visited:
        visited.append(script)
        script = (AFTER_OWN_NETWORK if script == "classify" else WAY[script]).script
    assert visited == ["train", "watch", "classify", "inspect", "compare"] and script == "train"


@pytest.mark.parametrize("script", WAY)
def test_every_page_ends_with_its_next_step(script, finished_run):
    finished_run()
    sweep_of()
    label, page, _ = next_link(opened(script))
    # the run has no model, and there are no own data sets
    step = {"watch": WHILE_TRAINING, "texts": WITHOUT_OWN_TEXTS}.get(script, WAY[script])
    assert (label, page) == (step.label, link_to(step.script).path)


@pytest.mark.parametrize("script", ["watch", "classify", "inspect", "compare"])
def test_the_next_step_carries_the_run(script):
    label, _, query = next_link(opened(script, **{ABOUT[script]["run"]: PRETRAINED.key}))
    parameter = ABOUT[WAY[script].script]["run"]
    assert query.startswith(f"{parameter}=pretrained%2F{PRETRAINED.folder.name}"), (label, query)


def test_look_into_leads_to_a_comparison_with_another_network_of_the_same_data_set():
    first = models.pretrained()[0]
    _, _, query = next_link(opened("inspect", run=PRETRAINED.key))
    assert query == f"runs={PRETRAINED.key},{first.key}".replace("/", "%2F").replace(",", "%2C")


def test_a_run_without_a_model_leads_to_the_page_about_its_network(finished_run):
    run = finished_run(network="gru_attention")
    assert next_link(opened("watch", run=run.id)) == (WHILE_TRAINING.label, "learn", "network=gru_attention")


@pytest.mark.parametrize("name", architectures.names())
def test_the_page_of_a_network_leads_to_the_form_with_this_network(name):
    assert next_link(opened("learn", network=name))[1:] == ("train", f"network={name}")
    assert opened("train", network=name).selectbox(key="network").value == name


def test_the_page_of_a_data_set_leads_to_the_form_with_this_data_set():
    with class_sources.registered() as name:
        link = sources.get(name).link
        assert next_link(opened("data", corpus=link))[1:] == ("train", f"dataset={name}")
        assert opened("train", dataset=name).selectbox(key="dataset").value == name


@pytest.mark.parametrize("script", [script for script, about in ABOUT.items() if "run" in about])
def test_a_link_to_a_run_that_does_not_exist_carries_nothing_on(script):
    app = opened(script, **{ABOUT[script]["run"]: "nonsense"})
    assert not any("nonsense" in query for _, _, query in links(app))
