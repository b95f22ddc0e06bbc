"""An odd folder or value affects no other run: all kinds of `odd_runs` at once."""

import json
import random
import shutil
import time

import pytest

from imdb_core import paths
from imdb_core.commands import report
from imdb_core.evaluation import balance, doctor
from imdb_core.runs import launcher, layout, notes, rows, store
from imdb_core.runs.progress import progress
from tests import odd_runs
from tests.odd_values import EPOCH, ODD_VALUES
from ui import run_sentences
from ui.charts import curves, probes


@pytest.fixture(scope="module")
def odd_root(tmp_path_factory):
    """(the folder of runs, kind of oddity -> the run's folder); the run "good" is sound."""
    root = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMDB_RUNS_DIR", str(root))
        return root, odd_runs.put_all(root)


@pytest.fixture
def odd(odd_root, monkeypatch):
    """Kind of oddity -> the run's folder; these runs are in the app's folder of runs."""
    monkeypatch.setenv("IMDB_RUNS_DIR", str(odd_root[0]))
    return odd_root[1]


def test_all_odd_runs_are_listed_and_the_good_run_is_as_before(odd):
    started = time.monotonic()
    listed = {run.id: run for run in store.runs()}
    assert set(listed) >= {folder.name for folder in odd.values()}
    good = listed[odd["good"].name]
    assert (good.state, good.test_accuracy, len(good.epochs)) == ("finished", 0.8125, 3)
    assert time.monotonic() - started < 60  # nothing waits for a pipe's writer or reads without end


@pytest.mark.parametrize("kind", odd_runs.KINDS)
def test_an_odd_file_or_value_is_harmless_or_damages_its_run_with_a_reason(odd, kind):
    run = store.read(odd[kind])
    assert run.damaged is None or (
        run.state == "damaged" and run.damaged.endswith(".") and len(run.damaged) < 800
    )
    shown = [run.summary(), run.name, run.log_tail(), run.metrics, run.training_seconds, run.epoch_seconds]
    json.dumps(shown, allow_nan=False, ensure_ascii=False).encode("utf-8")
    assert run.damaged is None or run.damaged.isprintable()
    lines = [run_sentences.tab(run), report.run_line(run)]
    if not run.damaged:
        progress(run), doctor.ready(run) and doctor.findings(run), balance.beside_accuracy(run)
        lines += [
            run_sentences.kept_epoch(run),
            probes.probes_text(run),
            *(report.epoch_line(run, row) for row in run.epochs),
        ]
        lines += [curves.curves_text(run, measure) for measure in curves.MEASURES]
    assert not any("None" in line for line in lines)


BEGINNINGS = tuple(f"{name} is" for name in (layout.CONFIG, layout.EVENTS, layout.LOCK))
ALWAYS_DAMAGED = [kind for kind in odd_runs.KINDS if kind.startswith(BEGINNINGS)]
ALWAYS_DAMAGED += [f"finished: test_accuracy is {value}" for value in ODD_VALUES if value != "null"]
ALWAYS_DAMAGED += [f"queued: time is {value}" for value in ODD_VALUES]
ALWAYS_DAMAGED += [f"epoch: seconds is {value}" for value in ODD_VALUES]
ALWAYS_DAMAGED += [f"renamed: name is {value}" for value in ODD_VALUES if value not in ("null", "a text")]
ALWAYS_DAMAGED += [kind for kind in odd_runs.KINDS if " times " in kind]
HARMLESS = {"run.lock is nothing but zeros", "run.lock is a terabyte"}


@pytest.mark.parametrize("kind", sorted(set(ALWAYS_DAMAGED) - HARMLESS))
def test_a_value_that_no_worker_writes_damages_its_run(odd, kind):
    assert store.read(odd[kind]).damaged, kind


def test_the_queue_moves_on_beside_odd_runs(odd, monkeypatch):
    started = []
    monkeypatch.setattr(launcher.workers, "start", lambda run, device, threads: started.append(run.id))
    queued = store.create(store.read(odd["good"]).config, store.new_id())
    try:
        launcher.dispatch()
        assert queued.id in started
    finally:
        shutil.rmtree(queued.folder)
    assert odd_runs.missing_names(paths.runs_folder()) == []


def valid_rows_step_by_step(read):
    """What rows.valid_rows returns, computed row by row."""
    valid = []
    for row in read:
        if row["kind"] == "resumed":
            valid = [old for old in valid if old["epoch"] <= row["epoch"]]
        elif row["kind"] == "probes":
            for number, old in enumerate(valid):
                if (old["kind"], old["epoch"]) == ("epoch", row["epoch"]):
                    valid[number] = old | {"probes": row["probes"]}
        else:
            valid.append(row)
    return valid


@pytest.mark.parametrize("seed", range(20))
def test_rows_that_count_are_those_that_no_later_resume_voids(seed):
    choice = random.Random(seed).choice
    read = [
        {"kind": choice(["batch", "epoch", "probes", "resumed"]), "epoch": choice([0, 1, 2, 3])}
        for _ in range(60)
    ]
    read = [row | {"probes": [number]} if row["kind"] == "probes" else row for number, row in enumerate(read)]
    assert rows.valid_rows(read) == valid_rows_step_by_step(read)


def json_lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_a_run_with_as_many_rows_as_are_allowed_is_read_in_time(odd):
    """It would take minutes to compare each row that voids or changes other rows with all of them."""
    folder = shutil.copytree(odd["good"], odd["good"].with_name(store.new_id()))
    try:
        epochs = [EPOCH | {"epoch": 1 + number % 3} for number in range(9000)]
        resumes = 9000 * [{"kind": "resumed", "epoch": 3}]
        (folder / layout.METRICS).write_text(json_lines(*epochs, *resumes))
        phase = {"event": "phase", "phase": "training"}
        phases = [phase | {"versions": {"keras": str(number)}} for number in range(9000)]
        with open(folder / layout.EVENTS, "a") as file:
            file.write(json_lines(*phases, {"event": "resumed", "epoch": 1}))
        run = store.read(folder)
        assert not run.damaged and len(run.epochs) == 3 and len(notes.notes(run)) == notes.MOST_CHANGES
    finally:
        shutil.rmtree(folder)
