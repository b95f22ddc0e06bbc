"""Every page under AppTest with empty, small and full stores, and with odd links."""

import re
import subprocess
import sys

import pytest
from apptest import listed_runs, opened, texts

from imdb_core import paths
from ui.pages import PAGES

SCRIPTS = [page.script for page in PAGES]
VISITS = """
import sys
from tests.apptest import opened
for page in sys.argv[1:]:
    opened(page)
print("pandas" in sys.modules)
"""


def test_the_list_of_pages_names_every_script_once():
    scripts = sorted(path.stem for path in (paths.PROJECT / "pages").glob("*.py"))
    assert sorted(SCRIPTS) == scripts
    assert len({page.path for page in PAGES}) == len({page.title for page in PAGES}) == len(PAGES)


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_page_opens_with_any_store(script, any_store):
    assert opened(script).title


def test_an_empty_store_says_what_to_do_next():
    assert "No run yet" in texts(opened("runs"))


def test_damaged_runs_are_listed_beside_the_others_and_say_why(finished_run, damage):
    finished_run("healthy")
    damage()
    rows = listed_runs(opened("runs"))
    damaged = [row for row in rows if row["state"] == "damaged"]
    assert len(damaged) == 5 and all(row["remark"] for row in damaged)
    assert "healthy" in [row["name"] for row in rows]


@pytest.mark.parametrize(
    "id", ["nonsense", "../../etc/passwd", "20200101-000000000-zzzzzzzz", "<script>", "x" * 5000, "\0"]
)
def test_an_unknown_run_in_the_link_gives_a_sentence(id, finished_run):
    finished_run()
    assert opened("watch", run=id).error


@pytest.mark.parametrize("model", ["nonsense", "pretrained/../../x", "20200101-000000000-zzzzzzzz"])
def test_an_unknown_model_in_the_link_gives_a_sentence(model):
    assert "There is no model" in texts(opened("classify", model=model))


def test_a_runs_name_is_shown_as_text_never_as_markdown(finished_run):
    name = "**bold** <b>html</b> [link](http://e.test) $x$ :red[no] ![i](http://e.test/i)"
    run = finished_run(name)
    title = opened("watch", run=run.id).title[0].value
    assert not re.search(r"(?<!\\)[*<\[\]($:!]", title), "a mark that Markdown would obey is not escaped"
    assert title.replace("\\", "") == name


def test_without_reviews_the_pages_offer_ones_own_files_and_the_demo_reviews(monkeypatch, tmp_path):
    monkeypatch.delenv("IMDB_DATA_DIR", raising=False)
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "none"))
    app = opened("data")
    assert "IMDB_DATA_DIR" in texts(app) and "demo" in texts(app)
    assert opened("train").selectbox(key="dataset").value == "demo"


def test_no_page_loads_pandas(finished_run):
    finished_run()
    command = [sys.executable, "-c", VISITS, *SCRIPTS]
    visits = subprocess.run(command, cwd=paths.PROJECT, capture_output=True, text=True, check=True)
    assert visits.stdout.strip() == "False"
