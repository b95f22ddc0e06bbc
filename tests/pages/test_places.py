"""Where a run is trained, and runs that are unreachable, on the pages and in the command line."""

import json

import pytest
from apptest import components, metrics, opened

from imdb_core import __main__ as command_line
from imdb_core import config as configs
from imdb_core.runs import launcher, store
from tests.recorded_runs import STARTED, event_kinds
from tests.stub_place import NAME, use_stub_place
from ui import run_state

OTHER = {"host": "other-machine", "boot": "another"}


@pytest.fixture
def unreachable():
    """A run that another machine trains; it gives no sign of life."""
    run = store.create(configs.preset("cnn_lstm", dataset="demo", name="distant"), store.new_id())
    store.record(run.folder, "launching", attempt=1, **OTHER)
    store.record(run.folder, "started", **STARTED, **OTHER)
    return store.read(run.folder)


def status(app):
    [shown] = components(app, "live_run")
    return json.loads(shown["status"])


def test_every_state_has_a_sign():
    assert set(run_state.ICONS) == {"queued", "damaged", *store.ACTIVE, *store.ENDED}


def test_an_unreachable_run_says_where_it_is_and_since_when(unreachable):
    shown = status(opened("watch", run=unreachable.id))
    assert shown["state"] == "unreachable" and shown["moving"] and shown["figures"] == []
    assert "other-machine" in shown["activity"] and " s " in shown["activity"]
    assert "unreachable" in shown["announcement"] and shown["tab"] == "unreachable · distant"


def test_an_unreachable_run_can_be_stopped_once_and_given_up(unreachable):
    app = opened("watch", run=unreachable.id)
    assert metrics(app)["Place"] == "other-machine"
    keys = [button.key for button in app.button]
    assert not {f"resume-{unreachable.id}", f"delete-{unreachable.id}"} & set(keys)
    app.button(key=f"stop-{unreachable.id}").click().run()
    assert event_kinds(unreachable)[-1] == "stop-requested"
    assert app.button(key=f"stop-{unreachable.id}").disabled
    app.button(key=f"give-up-for-good-{unreachable.id}").click().run()
    changed = store.read(unreachable.folder)
    assert changed.state == "interrupted" and "other-machine" in changed.message
    assert opened("watch", run=unreachable.id).button(key=f"resume-{unreachable.id}")


def test_the_list_shows_place_and_state(unreachable, finished_run):
    finished_run("near")
    [table] = components(opened("runs"), "run_table")
    rows = {row["name"]: row for row in table["rows"]}
    assert (rows["distant"]["place"], rows["near"]["place"]) == ("other-machine", "")
    assert rows["distant"]["state"] == "unreachable" and "no sign of life" in rows["distant"]["remark"]
    assert "place" in [column["key"] for column in table["columns"]]


def test_without_another_place_or_machine_no_place_is_shown(finished_run):
    run = finished_run("near")
    [table] = components(opened("runs"), "run_table")
    assert "place" not in [column["key"] for column in table["columns"]]
    assert "Place" not in metrics(opened("watch", run=run.id))
    assert "place" not in [box.key for box in opened("train").selectbox]


def test_the_form_asks_for_the_place_if_there_is_another(monkeypatch):
    use_stub_place(monkeypatch)
    started = []
    monkeypatch.setattr(launcher, "submit", lambda config, id=None: started.append(config))
    app = opened("train")
    assert app.selectbox(key="place").options == ["this machine", "The lab"]
    app.selectbox(key="place").set_value(NAME).run()
    app.button(key="start").click().run()
    assert [config.place for config in started] == [NAME]


def test_the_form_names_a_fault_of_the_settings_file_and_offers_the_other_places(monkeypatch, tmp_path):
    file = tmp_path / "places.toml"
    file.write_text('[lab]\naddress = "http://127.0.0.1:9"\n["*wrong*"]\nx = 1\n')
    monkeypatch.setenv("IMDB_PLACES", str(file))
    app = opened("train")
    assert app.selectbox(key="place").options == ["this machine", "lab"]
    [warning] = [box.value for box in app.warning if "line 3" in box.value]
    assert "is no name for a cluster" in warning and "\\*wrong\\*" in warning


def test_a_run_that_waits_for_its_place_says_why(monkeypatch, capsys):
    use_stub_place(monkeypatch).is_reachable = False
    run = store.create(configs.preset("cnn_lstm", dataset="demo", place=NAME), store.new_id())
    assert command_line.main(["runs"]) == 0
    shown = status(opened("watch", run=run.id))
    assert shown["state"] == "queued" and "Start its head" in shown["activity"]


def test_the_command_line_names_the_place_and_gives_up(unreachable, capsys):
    assert command_line.main(["runs"]) == 0
    assert "unreachable" in (line := capsys.readouterr().out) and "(on other-machine)" in line
    assert command_line.main(["runs", "--json"]) == 0
    [document] = json.loads(capsys.readouterr().out)
    assert (document["place"], document["host"]) == ("here", "other-machine")
    assert command_line.main(["stop", unreachable.id]) == 0
    assert "no sign of life" in capsys.readouterr().err
    assert command_line.main(["stop", unreachable.id, "--gone"]) == 0
    assert store.read(unreachable.folder).state == "interrupted"
    assert command_line.main(["stop", unreachable.id, "--gone"]) == 2
    assert "only an unreachable run" in capsys.readouterr().err


def test_a_place_that_does_not_exist_is_refused_by_the_command_line(capsys):
    arguments = ["train", "--network", "cnn_lstm", "--dataset", "demo", "--place", "nowhere"]
    assert command_line.main(arguments) == 2
    assert "it must be one of here" in capsys.readouterr().err
    assert store.runs() == []
