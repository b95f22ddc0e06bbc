"""The page "Your texts": what is shown of a file, what the choices change, and what is stored."""

import csv
import os

import pytest
from apptest import components, errors, links, opened, tables, texts

from imdb_core.data.own import adding, store
from imdb_core.data.own.choices import Choices
from imdb_core.errors import DataError
from tests.faults.support.waiting import wait_until
from ui import server_reach, uploads

CLASSES = {"good": "lovely", "bad": "broken", "so so": "average"}


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """An empty cache folder."""
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def table(tmp_path):
    """A table whose labels stand in the last column, " good" apart from "good", and one text is empty."""
    path = tmp_path / "shop.csv"
    rows = [(f"the lamp {n} was {word}", n % 5, label) for n in range(20) for label, word in CLASSES.items()]
    rows += [(f"the chair {n} was lovely", 3, " good") for n in range(5)] + [("", 1, "bad")]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("remark", "stars", "opinion"), *rows])
    return path


def reading(path):
    """The page after this path was given."""
    app = opened("texts")
    app.segmented_control(key="own-path-way").set_value("Give its path").run()
    app.text_input(key="own-path").set_value(str(path)).run()
    assert not app.exception, app.exception
    return app


def added(app):
    """The page after the button to add was pressed and the data set was stored or refused."""
    app.button(key="own-add").click().run()
    wait_until(lambda: not adding.running())
    app.run()
    assert not app.exception, app.exception
    return app


def classes(app):
    """The shown table of classes: (name, training texts, test texts)."""
    (shown,) = (table for table in tables(app) if "example" in table)
    return list(zip(shown["class"], shown["training texts"], shown["test texts"], strict=True))


def test_a_table_is_understood_corrected_and_stored_then_renamed_and_deleted(table, cache):
    assert "You have no data sets yet" in texts(opened("texts"))
    app = reading(table)
    assert classes(app)[0] == ("“0”", "10", "2"), "the stars look like the label"
    app.selectbox(key="own-label-1").set_value("opinion").run()
    assert [name for name, *_ in classes(app)] == ["“bad”", "“ good”", "“good”", "“so so”"]
    assert "look alike" in texts(app) + "".join(warning.value for warning in app.warning)
    app.multiselect(key="own-merge-1").set_value([" good", "good"]).run()
    app.button(key="own-merge").click().run()
    app.slider(key="own-share-1").set_value(40).run()
    assert classes(app) == [("“bad”", "12", "8"), ("“good”", "15", "10"), ("“so so”", "12", "8")]
    assert tables(app)[-1] == {"rows": ["1"], "why": ["without a text"], "where": ["line 67"]}
    app.text_input(key="own-name-1").set_value("Lamps *and* chairs").run()
    app = added(app)
    assert "“Lamps *and* chairs” is stored: 39 training and 26 test texts in 3 classes." in texts(app)
    (name,) = store.names()
    assert store.facts(name).choices["merges"] == {" good": "good", "good": "good"}
    queries = {query for _, _, query in links(app)}
    assert {f"dataset={name}", f"corpus={name}"} <= queries and "| Lamps *and* chairs | 3 |" in texts(app)
    app.text_input(key=f"title-{name}").set_value("Lamps")
    next(button for button in app.button if button.key and f"save-name-{name}" in button.key).click().run()
    assert store.facts(name).title == "Lamps" and "Lamps" in [each.value for each in app.subheader]
    app.button(key=f"delete-for-good-{name}").click().run()
    assert store.names() == [] and not app.exception and os.listdir(cache) == []


def test_what_cannot_be_read_gives_a_sentence_and_another_layout_helps(tmp_path):
    path = tmp_path / "plain.csv"
    rows = [f'"lovely" lamp {n}~good' for n in range(5)] + [f'a "broken" one {n}~bad' for n in range(5)]
    path.write_text("\n".join(["text~label", *rows]))
    app = reading(path)
    assert "only one column" in errors(app)[0] and not [
        button for button in app.button if button.key == "own-add"
    ]
    path.write_bytes(
        "\n".join(["text;label", *(f"café {n};{'ab'[n % 2]}" for n in range(80))]).encode("cp1252")
    )
    app = reading(path)
    assert app.button(key="own-add").disabled and "choose another if the samples" in app.warning[0].value
    next(button for button in app.button if button.key.startswith("own-confirm-")).click().run()
    assert not app.button(key="own-add").disabled and not app.warning
    app.selectbox(key="own-header-1").set_value("no").run()
    assert tables(app)[0]["column"] == ["column 1", "column 2"]
    app.selectbox(key="own-separator-1").set_value(",").run()
    assert errors(app) and app.button(key="own-add").disabled, (
        "what was understood before stays, with the error"
    )
    app.selectbox(key="own-separator-1").set_value("").run()
    assert "“label”" in texts(app) and "needs" in errors(app)[0], "the first row is a text now"
    app.selectbox(key="own-header-1").set_value("").run()
    assert not errors(app) and not app.button(key="own-add").disabled


def test_a_file_from_the_browser_is_read_and_removed_once_it_is_stored(table, cache):
    app = opened("texts")
    (box,) = components(app, "upload")
    id = box["address"].rpartition("/")[2]
    uploads.require_ticket(id, box["ticket"])
    (cache / "uploads").mkdir(parents=True)
    uploads.begin(id).write_bytes(table.read_bytes())
    uploads.finish(id, "my shop.csv")
    app.run()
    (box,) = components(app, "upload")
    assert box["file"] == "my shop.csv" and id not in box["address"]
    added(app)
    assert store.facts(store.names()[0]).title == "my shop" and os.listdir(cache / "uploads") == []


def test_the_files_of_this_machine_are_read_only_for_visitors_on_this_machine(monkeypatch):
    options = {"server.address": "127.0.0.1", "server.allowedHosts": ["127.0.0.1", "localhost"]}
    monkeypatch.setattr(server_reach.st, "get_option", options.get)
    assert server_reach.is_for_this_machine_only()
    for changes in (
        {"server.address": "0.0.0.0"},
        {"server.address": None},
        {"server.allowedHosts": ["localhost", "lab.example.org"]},
        {"server.allowedHosts": []},
    ):
        monkeypatch.setattr(server_reach.st, "get_option", (options | changes).get)
        assert not server_reach.is_for_this_machine_only()


def test_adding_can_be_stopped_and_happens_twice_at_most(table, cache, monkeypatch):
    other = table.with_name("other.csv")
    other.write_bytes(table.read_bytes())
    first, second = adding.start(table, Choices(label="opinion")), adding.start(other, Choices())
    for path in (table, table.with_name("third.csv")):
        with pytest.raises(DataError, match="already"):
            adding.start(path, Choices())
    first.stop()
    wait_until(lambda: not adding.running())
    assert "stopped" in first.error and not first.name and not second.error
    assert store.names() == [second.name] and sorted(os.listdir(cache)) == [second.name]
