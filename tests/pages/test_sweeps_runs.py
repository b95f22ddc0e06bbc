"""Runs name their sweep, importances are shown with what they rest on, and a large sweep is drawn quickly."""

import shutil
import time

from apptest import charts, errors, figure, links, listed_runs, metrics, opened, texts

from imdb_core.background_job import Job
from imdb_core.files import write_json
from imdb_core.runs import launcher, layout, store
from imdb_core.sweeps import control
from imdb_core.sweeps import store as sweep_store
from tests.pages.test_sweeps_page import filled, nothing_starts  # noqa: F401 - nothing_starts is a fixture
from tests.sweeps.test_study import add_run, sweep_of

SECONDS = 0.5  # of a rerun with MANY settings
MANY = 1000


def plain_links(app):
    """The page's links, their labels without backslashes."""
    return [(label.replace("\\", ""), page, query) for label, page, query in links(app)]


def copies(sweep):
    """Give each missing run of the sweep the files of the run before it, with its own number."""
    for number, id in enumerate(sweep.run_ids):
        folder = sweep.folder.parent.parent / id
        if folder.exists():
            source, base = folder, number
            continue
        shutil.copytree(source, folder)
        events = (folder / layout.EVENTS).read_text()
        changed = events.replace(f'"number": {base}', f'"number": {number}')
        (folder / layout.EVENTS).write_text(changed)


def test_a_run_says_of_which_sweep_it_is():
    sweep = filled()
    [fresh, *_] = control.train_again(sweep, 5)
    app = opened("watch", run=sweep.run_id(3))
    assert ("Run 3 of the sweep “rates & units”", "sweeps", f"sweep={sweep.id}") in plain_links(app)
    labels = [label for label, *_ in plain_links(opened("watch", run=fresh.id))]
    assert "Setting 5 of the sweep “rates & units”, fresh seed" in labels
    rows = {row["id"]: row for row in listed_runs(opened("runs"))}
    assert rows[sweep.run_id(3)]["sweep"] == "Run 3 of the sweep “rates & units”"
    control.stop(sweep)
    for run in store.runs():
        if run.state == "queued":
            launcher.stop(run)
    control.delete(sweep)
    rows = {row["id"]: row for row in listed_runs(opened("runs"))}
    assert rows[sweep.run_id(3)]["sweep"] == "Run 3 of a deleted sweep"
    assert rows[sweep.run_id(3)]["sweep_link"] == ""


def test_the_list_of_runs_can_show_one_sweep():
    sweep, other = filled(), filled(2, early=())
    control.train_again(sweep, 5)
    shown = {row["id"] for row in listed_runs(opened("runs", sweep=sweep.id))}
    assert len(shown) == 6 + 3 and not shown & set(other.run_ids)


def test_a_sweep_of_a_thousand_settings_is_drawn_again_quickly():
    sweep = sweep_of(most_runs=MANY, sampler="random")
    for number in range(0, MANY, 100):
        add_run(sweep, number, {"units": 8 * (number // 100 % 8 + 1)}, [0.5 + number / 1e4])
    copies(sweep)
    sweep_store.record(sweep, "finished")
    app = opened("sweeps", sweep=sweep.id)
    assert metrics(app)["Settings tried"] == "1,000"
    durations = []
    for _ in range(3):
        begin = time.process_time()
        app.run()
        durations.append(time.process_time() - begin)
    assert min(durations) <= SECONDS


def test_importances_are_shown_with_the_number_of_settings_they_rest_on(monkeypatch):
    sweep = filled()
    assert "Known after 5 more complete settings." in texts(opened("sweeps", sweep=sweep.id))
    write_json(
        sweep.folder / sweep_store.IMPORTANCES,
        {"settings": 4, "shares": {"units": 0.2, "learning_rate": 0.8}},
    )
    failure = "The computation of the importances failed: no memory."
    monkeypatch.setattr(Job, "is_running", lambda job: True)
    monkeypatch.setattr(Job, "failure", lambda job: failure)
    app = opened("sweeps", sweep=sweep.id)
    assert "from 4 complete settings. New shares from 5 settings are being computed" in texts(app)
    bars = figure(app, "Importances: Learning rate 80%, Memory units 20%.")["data"][0]
    assert bars["x"] == [0.2, 0.8] and errors(app) == [failure]
    slices = [alt for _, alt in charts(app) if "of each setting over" in alt]
    assert slices[0].endswith("learning rate.")
