"""Every page under AppTest: with empty, small and full stores, odd links and odd input."""

import json
import re
import subprocess
import sys

import pytest
from apptest import opened, tables

from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.runs import launcher, store
from ui import charts as drawing

PAGES = ["classify", "learn", "train", "watch", "runs", "compare", "inspect", "data"]


def texts(app):
    """All that the page says, as one text."""
    kinds = ("title", "markdown", "caption", "text", "info", "error", "warning", "success", "subheader")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def charts(app):
    """The plotly figures of the page, as the browser gets them."""
    parts = [element.proto for element in app.get("bidi_component")]
    return [json.loads(json.loads(part.json)["figure"]) for part in parts if part.component_name == "chart"]


def typed(app, text):
    """The page after `text` was typed into its box."""
    app.session_state["review-kept"] = {"text": text, "characters": len(text), "revision": 1}
    assert not app.run().exception


def verdict(app):
    """What the meter shows."""
    [meter] = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "verdict_meter"]
    return json.loads(meter.json)


@pytest.mark.parametrize("script", PAGES)
def test_each_page_opens_with_any_store(script, any_store):
    assert opened(script).title


def test_an_empty_store_says_what_to_do_next():
    assert "No run yet" in texts(opened("runs"))


def test_pretrained_networks_open_in_the_same_view_but_cannot_be_changed():
    app = opened("watch", run="pretrained/cnn_lstm")
    assert len(charts(app)) == 2 and "88." in str([metric.value for metric in app.metric])
    assert not app.button


def test_damaged_runs_are_listed_beside_the_others_and_say_why(finished_run, damage):
    finished_run("healthy")
    damage()
    table = opened("runs").dataframe[0].value
    assert list(table["state"]).count("damaged") == 5 and "healthy" in list(table["name"])
    assert all(table[table["state"] == "damaged"]["remark"])


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


@pytest.mark.parametrize("network", architectures.names())
def test_the_form_shows_exactly_what_the_network_uses(network):
    app = opened("train")
    app.segmented_control(key="network").set_value(network).run()
    widgets = [*app.number_input, *app.selectbox, *app.text_input]
    shown = {
        widget.key.split(".")[1] for widget in widgets if widget.key and widget.key.startswith(f"{network}.")
    }
    assert shown == set(configs.hyperparameters(network))


def test_the_layer_table_follows_the_form_exactly():
    app = opened("train")
    app.segmented_control(key="network").set_value("lstm").run()
    assert app.metric[0].value == "213,301"
    app.number_input(key="lstm.units.100").set_value(64).run()
    assert app.metric[0].value == f"{5000 * 32 + 4 * 64 * (32 + 64 + 1) + 65:,}"


def test_contradictory_values_are_refused_with_a_sentence_and_no_run():
    app = opened("train")
    app.segmented_control(key="network").set_value("cnn_lstm").run()
    app.number_input(key="cnn_lstm.review_length.500").set_value(5).run()
    app.number_input(key="cnn_lstm.kernel_size.3").set_value(9).run()
    assert "only 5 words" in texts(app).replace("\\", "")
    assert app.button(key="start").disabled
    assert not store.runs()


def test_the_button_starts_a_run_and_leads_to_its_page(stub_worker):
    app = opened("train")
    app.segmented_control(key="dataset").set_value("demo").run()
    app.button(key="start").click().run()
    (run,) = store.runs()
    assert run.config.network == "cnn_lstm_dense" and run.name in texts(app).replace("\\", "")


def test_probe_reviews_of_the_form_are_drawn_beside_the_curves(stub_worker, wait_until):
    app = opened("train", network="lstm", dataset="demo")
    [box] = [box for box in app.text_area if box.label.startswith("Probe")]
    box.set_value("a superb film\n\nnot bad at all").run()
    app.button("start").click().run()
    [run] = launcher.runs()
    assert run.config.probe_reviews == ["a superb film", "not bad at all"]
    wait_until(lambda: store.read(run.folder).state == "finished")
    drawn = [figure for figure in charts(opened("watch", run=run.id)) if len(figure["data"]) == 2]
    assert [trace["name"] for trace in drawn[0]["data"]] == ["a superb film", "not bad at all"]


def test_one_config_can_be_queued_with_several_seeds_and_compared_as_a_band(stub_worker, wait_until):
    app = opened("train", network="lstm", dataset="demo")
    [seeds] = [box for box in app.number_input if box.label == "Seeds"]
    seeds.set_value(3).run()
    app.button("start").click().run()
    assert sorted(run.config.seed for run in launcher.runs()) == [7, 8, 9]
    wait_until(lambda: all(run.state == "finished" for run in launcher.runs()))
    chosen = ",".join(run.id for run in launcher.runs())
    lines = charts(opened("compare", runs=chosen))[0]["data"]
    assert len(lines) == 3
    band, mean = charts(opened("compare", runs=chosen, bands="true"))[0]["data"]
    assert band["fill"] == "toself" and "and 2 more seeds" in mean["name"]
    assert len(charts(opened("compare", runs=chosen, smoothing="0.5"))[0]["data"]) == 6


def test_a_sixth_probe_review_is_refused_with_a_sentence():
    app = opened("train", network="lstm", dataset="demo")
    [box] = [box for box in app.text_area if box.label.startswith("Probe")]
    box.set_value("good\n" * 6).run()
    assert any("at most 5" in error.value for error in app.error)
    assert app.button("start").disabled


def test_a_started_run_can_be_watched_and_stopped(stub_worker, monkeypatch, wait_until):
    monkeypatch.setenv("STUB_EPOCHS", "1000")
    run = launcher.submit(configs.preset("cnn_lstm", dataset="demo", name="long"))
    wait_until(lambda: store.read(run.folder).epochs, 20)
    app = opened("watch", run=run.id)
    assert len(charts(app)) == 2
    app.button(key=f"stop-{run.id}").click().run()
    wait_until(lambda: store.read(run.folder).state == "stopped", 20)
    assert "stopped" in texts(opened("watch", run=run.id))


def test_an_interrupted_run_offers_to_resume(finished_run):
    run = finished_run()
    store.record(run.folder, "queued", resumed=True)
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    app = opened("watch", run=run.id)
    assert app.button(key=f"resume-{run.id}") and "ended without notice" in texts(app)


def test_a_run_can_be_renamed_and_deleted(finished_run):
    run = finished_run("old")
    app = opened("watch", run=run.id)
    app.text_input(key=f"name-{run.id}").set_value("new")
    app.button(key=f"save-name-{run.id}").click().run()
    assert store.find(run.id).name == "new"
    app.button(key=f"delete-for-good-{run.id}").click().run()
    assert not store.runs()


def test_the_curve_shows_training_and_validation_on_the_same_axes(finished_run):
    run = finished_run()
    for figure in charts(opened("watch", run=run.id)):
        *lines, best = figure["data"]
        assert [line["name"] for line in lines] == ["running", "training", "validation"]
        assert best["name"] == "best epoch" and set(best["x"]) == {run.best["epoch"]}
        low, high = figure["layout"]["yaxis"]["range"]
        assert all(low < value < high for line in lines for value in line["y"] if value is not None)


@pytest.mark.parametrize("measure", drawing.MEASURES)
def test_the_axes_of_the_curves_stay_while_points_are_added(measure, finished_run):
    before, after = (drawing.learning_curves(finished_run(epochs=epochs), measure) for epochs in (2, 3))
    assert before.data[1].y == after.data[1].y[:2] and before.layout.yaxis == after.layout.yaxis


def test_two_networks_are_compared_in_plain_words():
    app = opened("compare", runs="pretrained/cnn_lstm,pretrained/lstm")
    assert "alone is right on" in texts(app) and len(charts(app)) == 1
    assert "Convolution filters" in tables(app)[-1]["hyperparameter"]


def test_own_runs_are_compared_before_the_pretrained(finished_run):
    assert all(chosen.startswith("pretrained/") for chosen in opened("compare").multiselect[0].value)
    older, newer = finished_run("older"), finished_run("newer")
    assert opened("compare").multiselect[0].value[:2] == [newer.id, older.id]


def test_an_unknown_run_in_a_comparison_gives_a_sentence():
    assert opened("compare", runs="nonsense,pretrained/lstm").error


def test_a_typed_review_is_scored_and_shows_unknown_words(tiny_run, monkeypatch):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    app = opened("classify", model=tiny_run.id)
    typed(app, "A superb film, zzqx never boring")
    assert "1 unknown to this network" in texts(app)


@pytest.mark.parametrize("length", [8, 700])
def test_a_network_with_attention_shows_where_it_looked(length):
    app = opened("classify", model="pretrained/gru_attention")
    typed(
        app,
        " ".join(["a", "superb", "film,", "never", "boring", "at", "all", "indeed"] * length)[: 8 * length],
    )
    shown = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "seen_words"]
    assert not app.exception and len(shown) == 2 and "Its attention: " in shown[1].json


@pytest.mark.parametrize("text", ["...", "zzqx qqzz", "\0", "ا ب ت", "😀 😀"])
def test_text_that_cannot_be_scored_gets_a_sentence(text, tiny_run, monkeypatch):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    app = opened("classify", model=tiny_run.id)
    typed(app, text)
    assert app.error


def test_no_reviews_and_no_network_is_said_in_one_sentence(monkeypatch, tmp_path):
    monkeypatch.delenv("IMDB_DATA_DIR", raising=False)
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "none"))
    app = opened("data")
    assert "IMDB_DATA_DIR" in texts(app) and "demo" in texts(app)
    assert opened("train").segmented_control(key="dataset").value == "demo"


def test_the_time_machine_scores_with_the_network_as_it_was_after_each_epoch(tiny_copy):
    app = opened("classify", model=tiny_copy.id)
    typed(app, tiny_copy.config.probe_reviews[0])
    slider = app.select_slider(key="epoch-slider")
    assert slider.value == tiny_copy.best["epoch"] and "epoch" not in app.query_params
    for row in tiny_copy.epochs:
        app.select_slider(key="epoch-slider").set_value(row["epoch"]).run()
        assert not app.exception
        assert verdict(app)["share"] == pytest.approx(row["probes"][0], abs=1e-4)
        best = row["epoch"] == tiny_copy.best["epoch"]
        assert app.query_params.get("epoch") == (None if best else str(row["epoch"]))
        assert (f"Right on {row['val_accuracy']:.1%} of the validation reviews then" in texts(app)) != best


@pytest.mark.parametrize("epoch", ["9", "-1", "x", "١", "1" * 5000])
def test_an_epoch_that_was_not_kept_gives_a_sentence_and_the_best_one_scores(tiny_copy, epoch):
    app = opened("classify", model=tiny_copy.id, epoch=epoch)
    typed(app, "a superb film")
    assert not app.exception and "was not kept" in texts(app)
    assert app.select_slider(key="epoch-slider").value == tiny_copy.best["epoch"]


def test_a_run_without_models_of_its_epochs_has_no_slider(tiny_copy):
    facts = json.loads((tiny_copy.folder / "model.json").read_text())
    (tiny_copy.folder / "model.json").write_text(json.dumps({**facts, "epochs": {}}))
    app = opened("classify", model=tiny_copy.id)
    typed(app, "a superb film")
    assert verdict(app)["share"] and not app.select_slider


def test_no_page_loads_pandas(finished_run):
    finished_run()
    visits = "import sys; from tests.apptest import opened; [opened(page) for page in sys.argv[1:]]; print('pandas' in sys.modules)"
    pages = [path.stem for path in sorted((paths.PROJECT / "pages").glob("*.py"))]
    done = subprocess.run(
        [sys.executable, "-c", visits, *pages], cwd=paths.PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
