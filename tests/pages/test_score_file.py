"""The section "Score a file": what a table was understood to be, a job that runs, a result."""

import pytest
from apptest import errors, metrics, opened, tables, texts

from imdb_core import files
from imdb_core.runs import locks
from imdb_core.scoring import predictor, table_jobs
from imdb_core.scoring.models import find
from imdb_core.scoring.table_folder import DONE, LOCK, REQUEST, STATUS, Order, folder_of
from imdb_core.scoring.tables import Request, score_table

MODEL, ID = "pretrained/cnn_lstm", "a" * 32
TABLE = "id,review,sentiment\n1,a superb *film*,positive\n2,,negative\n3,dull and bad,mixed\n4,bad,positive\n"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def job(tmp_path):
    """job(**status): a job whose process has written this status."""

    def make(**status):
        folder = folder_of(ID)
        folder.mkdir(parents=True)
        files.write_json(folder / REQUEST, vars(Order(MODEL, str(tmp_path / "in.csv"), "my [table].csv")))
        files.write_json(folder / STATUS, status)
        (folder / LOCK).touch()
        return folder

    return make


def test_a_table_is_shown_before_it_is_scored(tmp_path, monkeypatch):
    path = tmp_path / "in.csv"
    path.write_text(TABLE, "utf-8")
    looked = []
    layout = {"encoding": "cp1252", "encoding_is_certain": False, "other_encodings": ["cp1250"]}
    answer = {"columns": ["id", "review", "sentiment"], "rows": 4, "text": "review", "label": "sentiment"}
    answer |= {"samples": {"id": ["1"], "review": ["a *film*"], "sentiment": ["positive"]}, "layout": layout}
    monkeypatch.setattr(table_jobs, "look", lambda order: looked.append(order) or answer)
    started = []
    monkeypatch.setattr(table_jobs, "start", lambda order, is_upload: started.append(order) or ID)
    app = opened("classify", model=MODEL)
    app.segmented_control(key="score-file-way").set_value("Give its path").run()
    app.text_input(key="score-file-path").set_value(str(path)).run()
    assert not app.exception and "a *film*" in texts(app) and "It was read as cp1252" in texts(app)
    app.selectbox(key="score-file-label-in.csv-review").set_value(0).run()
    assert len(looked) == 1  # another column needs no second look
    app.button(key="score-file-start").click().run()
    [order] = started
    assert (order.column, order.label, order.suffix, order.model) == ("review", None, ".csv", MODEL)
    assert app.query_params["scored"] in (ID, [ID])


def test_a_result_shows_counts_accuracy_confusion_and_rows_as_text(tmp_path, job):
    (tmp_path / "in.csv").write_text(TABLE, "utf-8")
    folder = job()
    request = Request(tmp_path / "in.csv", folder / "scored.csv", label="sentiment")
    figures = score_table(predictor.load(find(MODEL).folder), request)
    files.write_json(folder / STATUS, {"phase": DONE, "figures": figures})
    app = opened("classify", scored=ID)
    assert metrics(app)["Rows"] == "4" and metrics(app)["Accuracy"] == "50.00 %"
    page = texts(app)
    assert "my [table].csv" in page and "1 row with no text" in page and "mixed (1)" in page
    confusion = next(table for table in tables(app) if "labelled" in table)
    assert confusion["scored as positive"] == ["0", "1"] and "a superb *film*" in page
    [link] = app.get("link_button")
    assert link.proto.url == f"/scored/{ID}"
    app.button(key="score-delete").click().run()
    assert not folder.exists() and "scored" not in app.query_params


def test_a_running_job_shows_its_progress_and_can_be_stopped(job):
    folder = job(phase="scoring", done=500, total=2000, seconds=10.0)
    with locks.hold(folder / LOCK):
        app = opened("classify", scored=ID)
        [bar] = app.get("progress")
        assert bar.proto.text == "500 of 2,000 rows scored, 30 s left"
        app.button(key="score-stop").click().run()
        assert "Stopping" in texts(app)
    app.run()
    assert "there is no result" in texts(app) and not app.exception


def test_a_failed_job_and_an_unknown_one_get_a_sentence(job):
    assert "This result was deleted" in texts(opened("classify", scored=ID))
    job(phase="failed", error="in.csv, line 3 has 2 columns")
    assert errors(opened("classify", scored=ID)) == ["in.csv, line 3 has 2 columns"]
