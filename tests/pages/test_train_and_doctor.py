"""The Train page's link and cost, and the Watch page's doctor and script."""

import sys
import urllib.parse
from datetime import datetime, timedelta

import pytest
from apptest import opened
from nvidia import Card, Driver, MigDevice

from imdb_core import config as configs
from imdb_core import paths, script
from imdb_core.runs import devices, journal, store
from imdb_core.training import worker


def texts(app):
    """All that the page says, without the marks that keep Markdown from obeying."""
    kinds = ("title", "markdown", "caption", "text", "info", "error", "warning", "success", "subheader")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind)).replace("\\", "")


def links(app):
    """(label, query) of the page's links."""
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def number(app, name):
    """The value of the form's field."""
    [field] = [field for field in app.number_input if field.key.split(".")[1:2] == [name]]
    return field.value


# The doctor on the Watch page


def test_an_overfitted_network_gets_its_finding_and_a_link_that_changes_one_setting():
    run = store.create(configs.preset("lstm_dropout", epochs=8), store.new_id())
    row = {
        "kind": "epoch",
        "step": 9,
        "steps": 9,
        "accuracy": 0.9,
        "val_accuracy": 0.8,
        "seconds": 1.0,
        "validation_seconds": 0.1,
    }
    for epoch, val_loss in enumerate((0.5, 0.4, 0.35, 0.308, 0.33, 0.36, 0.39, 0.403), 1):
        journal.append(
            run.folder / "metrics.jsonl", row | {"epoch": epoch, "loss": 0.6 / epoch, "val_loss": val_loss}
        )
    store.record(run.folder, "finished", test_accuracy=0.8, test_reviews=1000)
    app = opened("watch", run=run.id)
    assert "Run doctor" in texts(app)
    assert "Overfitting. Since epoch 4 validation loss rose from 0.308 to 0.403" in texts(app).replace(
        "*", ""
    )
    assert "Try next: Dropout 0.4 instead of 0.2." in texts(app)
    assert links(app)["Try this"] == f"from={run.id}&change=dropout%3D0.4"


def test_a_run_about_which_there_is_nothing_to_say_gets_a_sentence_and_no_link(tiny):
    run = store.create(tiny(epochs=2), store.new_id())
    row = {
        "kind": "epoch",
        "step": 9,
        "steps": 9,
        "loss": 0.4,
        "accuracy": 0.8,
        "val_loss": 0.41,
        "val_accuracy": 0.8,
    }
    for epoch in (1, 2):
        journal.append(
            run.folder / "metrics.jsonl", row | {"epoch": epoch, "seconds": 1.0, "validation_seconds": 0.1}
        )
    store.record(run.folder, "finished", test_accuracy=0.8, test_reviews=1000)
    app = opened("watch", run=run.id)
    assert "Nothing stands out: training loss went from 0.400 to 0.400" in texts(
        app
    ) and "Try this" not in links(app)


def test_a_queued_run_is_not_examined(tiny, stub_worker, monkeypatch):
    monkeypatch.setattr(devices, "cpu_cores", lambda: 0)
    assert "Run doctor" not in texts(opened("watch", run=store.create(tiny(), store.new_id()).id))


def test_a_failed_runs_message_is_shown_as_text(finished_run):
    run = finished_run()
    store.record(run.folder, "failed", cause="diverged", message="<b>*diverged*</b> [x](http://e.test)")
    shown = [
        element.value
        for element in opened("watch", run=run.id).markdown
        if "Training diverged" in element.value
    ]
    assert shown and "\\<b\\>\\*diverged" in shown[0]


# What helps after a failure


@pytest.mark.parametrize(
    ("cause", "resume", "link", "query"),
    [
        (
            "reviews",
            "secondary",
            "Train the same on the synthetic demo reviews",
            "from={}&change=dataset%3Ddemo",
        ),
        ("disk", "primary", "Delete runs to make room", ""),
        ("memory", "secondary", "Train with smaller values", "from={}"),
        ("diverged", "secondary", "Try this", "from={}&change=gradient_clipping%3D1.0"),
        ("a cause of a later version", "primary", "Train a variant", "from={}"),
        (None, "primary", "Train a variant", "from={}"),
    ],
)
def test_a_failed_run_offers_what_helps_and_resume_is_the_main_button_only_where_it_can_help(
    cause, resume, link, query, finished_run
):
    run = finished_run()
    store.record(run.folder, "failed", message="Training has diverged.", **{"cause": cause} if cause else {})
    app = opened("watch", run=run.id)
    assert app.button(key=f"resume-{run.id}").proto.type == resume
    assert links(app)[link] == query.format(run.id)


def test_a_run_whose_reviews_cannot_be_had_fails_for_that_cause_and_leads_to_the_demo_reviews(
    tiny, monkeypatch, tmp_path
):
    monkeypatch.setenv("IMDB_DATA_DIR", str(tmp_path / "nothing"))
    run = store.create(tiny(dataset="imdb", units=9), store.new_id())
    assert worker.main([str(run.folder)]) == 1
    assert store.read(run.folder).failure == "reviews_unusable"
    query = dict(
        urllib.parse.parse_qsl(
            links(opened("watch", run=run.id))["Train the same on the synthetic demo reviews"]
        )
    )
    app = opened("train", **query)
    assert "Reviews, changed from IMDB film reviews to Synthetic demo reviews" in texts(app) and not app.error
    assert app.segmented_control(key="dataset").value == "demo" and number(app, "units") == 9


# The link that changes one setting


def test_the_form_opens_with_the_one_setting_changed_and_says_which():
    app = opened("train", **{"from": "pretrained/lstm_dropout", "change": "dropout=0.4"})
    assert number(app, "dropout") == 0.4 and number(app, "units") == 100 and number(app, "epochs") == 5
    assert "One hyperparameter differs from the run: Dropout, changed from 0.2 to 0.4." in texts(app)
    assert not app.error


def test_a_choice_can_be_changed_by_the_link_as_well():
    app = opened("train", **{"from": "pretrained/lstm", "change": "optimizer=sgd"})
    assert "sgd" in [box.value for box in app.selectbox] and "changed from Adam to SGD" in texts(app)


def test_the_line_about_the_change_goes_when_another_network_is_chosen():
    app = opened("train", **{"from": "pretrained/lstm", "change": "units=50"})
    app.segmented_control(key="network").set_value("cnn_lstm").run()
    assert "One hyperparameter differs" not in texts(app) and number(app, "units") == 100


@pytest.mark.parametrize(
    "change, said",
    [
        ("units=0", "units is 0; it must be a whole number between 1 and 512"),
        ("units=many", "units is 'many'; it must be a whole number"),
        ("units=1.5", "units is '1.5'"),
        ("units=", "units is ''"),
        ("learning_rate=nan", "learning_rate is nan"),
        ("optimizer=magic", "optimizer is 'magic'; it must be one of adam"),
        ("units=100", "units to 100, which is its value already"),
        ("units", "units is ''"),
        ("dropout=0.4", "changes 'dropout=0.4'; it must be name=value with one of vocabulary_size"),
        ("network=cnn_lstm", "must be name=value"),
        ("<script>", "must be name=value"),
        ("x" * 5000, "must be name=value"),
        ("units=" + "9" * 5000, "units is "),
    ],
)
def test_a_link_that_changes_what_cannot_be_changed_gets_a_sentence_and_the_runs_own_values(change, said):
    app = opened("train", **{"from": "pretrained/lstm", "change": change})
    [error] = app.error
    assert said in error.value.replace("\\", "") and len(error.value) < 900
    assert number(app, "units") == 100 and "One hyperparameter differs" not in texts(app)


def test_a_link_that_changes_a_setting_of_no_run_gets_a_sentence():
    assert "names no run that can be read" in texts(opened("train", change="units=50"))


# The cost before the start


def test_without_past_runs_the_time_is_not_known_and_the_gpu_kernel_is_explained(monkeypatch):
    monkeypatch.setattr(devices, "gpus", lambda: [])
    app = opened("train")
    assert metrics(app)["Time per epoch"] == "not known yet" and "Done at" not in metrics(app)
    assert "it shows after the first epoch" in texts(app) and "there is no NVIDIA GPU here" in texts(app)


GIGABYTE = 10**9
MACHINES = [
    (1, [], "no NVIDIA GPU found; cpu — 1 core, so 1 run at a time."),
    (
        2,
        [Card("GPU-a", "NVIDIA T4", 16 * GIGABYTE)],
        "gpu:0 — NVIDIA T4, 16 GB; cpu — 2 cores, so 2 runs at a time.",
    ),
    (
        2,
        [Card("GPU-a", "GB10", refused=("nvmlDeviceGetMemoryInfo",))],
        "gpu:0 — GB10, memory unknown; cpu — 2",
    ),
    (
        2,
        [Card("GPU-a", parts={1: MigDevice("MIG-a", 1, 0)})],
        "gpu:0:1 — NVIDIA A100 MIG 1g.5gb, 5 GB; cpu — 2 cores",
    ),
]


@pytest.mark.parametrize("cores, cards, sentence", MACHINES)
def test_the_machines_devices_are_listed_with_what_is_known_of_them(cores, cards, sentence, monkeypatch):
    monkeypatch.setattr(devices, "cpu_cores", lambda: cores)
    monkeypatch.setitem(sys.modules, "pynvml", Driver(*cards))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert f"Devices: {sentence}" in texts(opened("train"))


def test_past_runs_tell_time_per_epoch_total_and_when_it_would_be_done(finished_run, monkeypatch):
    monkeypatch.setattr(devices, "gpus", lambda: [])
    monkeypatch.setattr(devices, "cpu_cores", lambda: 1)
    for _ in range(3):
        run = finished_run()  # 2.1 seconds an epoch, 3 epochs, on one thread
    app = opened("train", **{"from": run.id})
    assert metrics(app)["Time per epoch"] == "2.1 s" and metrics(app)["Time for all 3 epochs"] == "6 s"
    then = datetime.strptime(metrics(app)["Done at"][-5:], "%H:%M")
    now = datetime.now()
    assert (60 * (then.hour - now.hour) + then.minute - now.minute) % (24 * 60) in (0, 1, 24 * 60 - 1)
    assert "on the CPU with 1 thread, if started now: from 3 runs of this shape" in texts(app)
    app.number_input(key="cnn_lstm.units.100").set_value(50).run()
    assert "roughly, scaled from 3 runs of this network" in texts(app)


def test_a_time_beyond_today_names_the_day(tiny, monkeypatch):
    monkeypatch.setattr(devices, "gpus", lambda: [])
    run = store.create(tiny(epochs=48), store.new_id())
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=devices.cpu_cores())
    row = {"kind": "epoch", "epoch": 1, "step": 9, "steps": 9, "loss": 0.4, "accuracy": 0.8, "val_loss": 0.41}
    row |= {"val_accuracy": 0.8, "seconds": 3500.0, "validation_seconds": 100.0}
    journal.append(run.folder / "metrics.jsonl", row)
    store.record(run.folder, "stopped")
    app = opened("train", **{"from": run.id})
    assert metrics(app)["Time for all 48 epochs"] == "48 h 0 min"
    assert metrics(app)["Done at"].startswith(f"{datetime.now() + timedelta(days=2):%a %d}")


def test_a_tuned_preset_is_one_click_where_there_is_one():
    app = opened("train")
    assert "values" not in [control.key for control in app.segmented_control], "the smallest network has none"
    app.segmented_control(key="network").set_value("lstm").run()
    assert number(app, "vocabulary_size") == configs.preset("lstm").vocabulary_size
    app.segmented_control(key="values").set_value("tuned").run()
    assert (
        not app.exception
        and number(app, "vocabulary_size") == configs.preset("lstm", tuned=True).vocabulary_size
    )


# The script


def test_the_plain_script_of_the_run_can_be_read_and_downloaded():
    app = opened("watch", run="pretrained/cnn_lstm")
    run = store.read(paths.PRETRAINED / "cnn_lstm")
    assert script.plain_script(run.config).strip() in [code.value for code in app.code]
    assert [button.proto.label for button in app.get("download_button")][-1:] == ["Download the script"]
