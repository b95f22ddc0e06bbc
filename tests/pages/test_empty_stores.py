"""Every page while something is missing: one sentence says what and what to do, and one link leads there."""

import pytest
from apptest import errors, links, opened

from imdb_core import paths
from tests.faults.support import sample_runs
from ui.pages import PAGES, link_to

BUTTON = ""  # the page itself has the button
FORM = "train"
WITHOUT_NETWORKS = {page: FORM for page in ("classify", "inspect", "learn")}
# What the page's one sentence leads to, for each page that lacks something in this store.
STORES = {
    "nothing at all": {
        **WITHOUT_NETWORKS,
        **dict.fromkeys(("watch", "runs", "sweeps", "compare"), FORM),
        "texts": "data",
        "data": BUTTON,
    },
    "only the pretrained networks": {
        "runs": FORM,
        "sweeps": FORM,
        "texts": "data",
        "data": BUTTON,
        "compare": "data",
        "inspect": "data",
    },
    "one run without a model": {**WITHOUT_NETWORKS, "sweeps": FORM, "texts": "data", "data": BUTTON},
}


@pytest.fixture(params=STORES)
def store(request, monkeypatch, tmp_path):
    """The name of a store without the IMDB reviews and without own data sets."""
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("IMDB_DATA_DIR", raising=False)
    if "pretrained" not in request.param:
        monkeypatch.setattr(paths, "PRETRAINED", tmp_path / "none")
    if "run" in request.param:
        sample_runs.finished_run()
    return request.param


@pytest.mark.parametrize("script", [page.script for page in PAGES])
def test_a_page_that_lacks_something_says_so_once_and_leads_on(script, store):
    app, expected = opened(script), STORES[store]
    assert app.title and not errors(app)
    missing = [info for info in app.info if info.icon == ":material/info:"]
    assert len(missing) == (script in expected), [info.value for info in missing]
    if target := expected.get(script):
        sentence = missing[0].value
        assert sentence.count(".") >= 1 and link_to(target).title in [label for label, *_ in links(app)]
    elif script in expected:
        assert app.button
