"""The real worker in a process of its own: the files of a run, and that no kind of ending loses an epoch."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from imdb_core import answers, architectures
from imdb_core.data import demo
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.runs import launcher, notes, store
from imdb_core.scoring import onnx_models, predictor
from imdb_core.training import checkpoints, fit
from imdb_core.training.material import Material

FILES = {"config.json", "events.jsonl", "metrics.jsonl", "checkpoints", "epochs", "weights.npz", "model.onnx"}
FILES |= {"model.json", "vocabulary.json", "predictions.npz", "worker.log", "run.lock", "sequence-lab.txt"}


def kinds(run):
    return [event["event"] for event in store.read(run.folder).events]


def train(folder, **environment):
    """Run the worker as the launcher starts it, and wait for its end."""
    command = [sys.executable, "-m", "imdb_core.training.worker", str(folder), "--threads", "1"]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)


def test_a_finished_run_holds_all_its_files_and_nothing_half_written(tiny_run):
    assert {entry.name for entry in tiny_run.folder.iterdir()} == FILES
    assert [path for path in tiny_run.folder.rglob("*") if "tmp" in path.name] == []
    assert kinds(tiny_run)[:3] == ["queued", "launching", "started"]
    assert kinds(tiny_run)[-1] == "finished"
    assert kinds(tiny_run).count("epoch-saved") == 2


def test_each_epoch_has_one_row_with_all_figures(tiny_run):
    assert [row["epoch"] for row in tiny_run.epochs] == [1, 2]
    for row in tiny_run.epochs:
        assert 0 <= row["accuracy"] <= 1
        assert 0 <= row["val_accuracy"] <= 1
        assert row["step"] == row["steps"]
        for figure in ("loss", "val_loss", "seconds", "validation_seconds", "words_per_second", "memory"):
            assert row[figure] > 0


def test_the_best_epoch_is_the_one_with_the_lowest_validation_loss(tiny_run):
    best = min(tiny_run.epochs, key=lambda row: row["val_loss"])["epoch"]
    assert tiny_run.best["epoch"] == best
    assert tiny_run.event("finished")["best_epoch"] == best
    assert json.loads((tiny_run.folder / "model.json").read_text())["epoch"] == best
    assert (tiny_run.folder / "checkpoints" / f"epoch-{best:03d}").is_dir()


def test_the_exported_model_agrees_with_keras(tiny_run):
    assert json.loads((tiny_run.folder / "model.json").read_text())["onnx_minus_keras"] <= 1e-4
    network = architectures.build(tiny_run.config)
    checkpoints.load_weights(network, checkpoints.read_arrays((tiny_run.folder / "weights.npz").read_bytes()))
    words = np.random.default_rng(3).integers(0, 400, (64, 32), np.int32)
    runtime = onnx_models.session((tiny_run.folder / "model.onnx").read_bytes())
    exported = runtime.run(None, {runtime.get_inputs()[0].name: words})[0]
    assert np.abs(exported - np.asarray(network.predict_on_batch(words))).max() <= 1e-4


def test_probe_reviews_are_read_as_the_text_box_reads_them(tiny):
    config = tiny(probes="A “superb”—never boring… film\na dull\u00a0film")
    probes = Material.load(config).probes
    vocabulary = Vocabulary(demo.load().words).limited(config.vocabulary_size)
    plain = [vocabulary.encode("a superb never boring film"), vocabulary.encode("a dull film")]
    assert [probes[number].tolist() for number in range(2)] == plain


def test_probe_reviews_are_scored_after_each_epoch_as_the_text_box_would(tiny_run):
    texts = tiny_run.config.probe_reviews
    assert [len(row["probes"]) for row in tiny_run.epochs] == [len(texts)] * 2
    assert tiny_run.epochs[0]["probes"] != tiny_run.epochs[1]["probes"]
    model = predictor.load(tiny_run.folder)
    assert tiny_run.best["probes"] == pytest.approx(
        [model.score(text).probability for text in texts], abs=1e-4
    )


def test_probe_reviews_are_scored_by_the_untrained_network_too(tiny_run):
    first = json.loads((tiny_run.folder / "metrics.jsonl").read_text().splitlines()[0])
    assert (first["kind"], first["epoch"]) == ("probes", 0)
    assert tiny_run.untrained_probes == first["probes"] != tiny_run.epochs[0]["probes"]
    assert all(abs(share - 0.5) < 0.1 for share in first["probes"])


def test_the_written_predictions_give_the_accuracy_that_is_reported(tiny_run):
    arrays = np.load(tiny_run.folder / "predictions.npz")
    finished = tiny_run.event("finished")
    assert len(arrays["test"]) == finished["test_reviews"] == 1000
    figures = answers.loss_and_accuracy(answers.restored(arrays["test"]), arrays["test_labels"])
    assert figures == pytest.approx((finished["test_loss"], finished["test_accuracy"]), abs=1e-6)
    figures = answers.loss_and_accuracy(answers.restored(arrays["validation"]), arrays["validation_labels"])
    assert figures == pytest.approx((tiny_run.best["val_loss"], tiny_run.best["val_accuracy"]), abs=1e-5)


def test_validation_reviews_are_a_tenth_of_the_training_reviews(tiny_run):
    from imdb_core.data import demo

    arrays = np.load(tiny_run.folder / "predictions.npz")
    indices = arrays["validation_indices"]
    assert len(set(indices.tolist())) == len(indices) == 400
    assert (demo.load().train.labels[indices] == arrays["validation_labels"]).all()


def test_a_run_records_its_device_its_reviews_and_its_versions(tiny_run):
    facts = {}
    for event in tiny_run.events:
        facts |= event if event["event"] in ("started", "phase") else {}
    assert (facts["device"], facts["reviews"], facts["validation_reviews"]) == ("cpu", 3600, 400)
    assert set(facts["versions"]) >= {"keras", "numpy", facts["backend"]}
    assert facts["fingerprint"]


def test_the_events_of_a_run_hold_codes_and_no_sentences(tiny_run):
    events = [json.loads(line) for line in (tiny_run.folder / "events.jsonl").read_text().splitlines()]
    phases = [event["phase"] for event in events if event["event"] == "phase"]
    assert phases == ["loading_texts", "starting_keras", "training", "evaluating"]
    assert not {"message", "notice", "reason", "cause"} & {field for event in events for field in event}


def test_a_stopped_run_keeps_the_model_of_its_best_epoch(tiny, wait_until, each_way):
    run = launcher.submit(tiny(epochs=200))
    wait_until(lambda: len(store.read(run.folder).epochs) >= 2)
    launcher.stop(store.read(run.folder))
    wait_until(lambda: not store.read(run.folder).active)
    ended = store.read(run.folder)
    assert ended.state == "stopped"
    assert ended.message == "Stopped by the user; the epoch with the lowest validation loss so far is kept."
    assert ended.can_resume
    assert predictor.load(run.folder).epoch == ended.best["epoch"]
    assert predictor.load(run.folder).epochs == [row["epoch"] for row in ended.epochs]
    assert not (run.folder / "predictions.npz").exists()  # the test reviews are judged once, at the end


def test_a_full_disk_fails_the_run_with_its_folders_name_and_keeps_the_last_checkpoint(tiny, tmp_path):
    run = store.create(tiny(vocabulary_size=2500, embedding_size=16, epochs=30), store.new_id())
    kept = tmp_path / "kept"
    script = f"mount -t tmpfs -o size=900k tmpfs {run.folder} && cp {kept}/* {run.folder} && "
    script += (
        f"{sys.executable} -m imdb_core.training.worker {run.folder} --threads 1; cp -r {run.folder}/. {kept}"
    )
    shutil.copytree(run.folder, kept)
    if subprocess.run(["unshare", "-Urm", "true"], capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk")
    subprocess.run(["unshare", "-Urm", "sh", "-c", script], capture_output=True)
    ended = store.read(kept)
    assert ended.state == "failed", ended.log_tail()
    assert ended.message.startswith("No space left on device: ")
    assert str(run.folder) in ended.message
    [*_, newest] = checkpoints.manifests(kept / "checkpoints")
    assert newest["progress"]["epoch"] == ended.epochs[-1]["epoch"] >= 1
    checkpoints.restore(
        kept / "checkpoints",
        fit.compiled(architectures.build(run.config), run.config),
        newest["progress"]["epoch"],
    )


def test_a_damaged_config_fails_the_run_with_a_sentence(tiny):
    run = store.create(tiny(), store.new_id())
    config = json.loads((run.folder / "config.json").read_text())
    config["config"]["units"] = 513  # not checked by the form; the worker checks it
    (run.folder / "config.json").write_text(json.dumps(config))
    assert train(run.folder).returncode == 1
    [*_, failed] = store.read(run.folder).events
    assert failed["code"] == "folder_damaged"
    assert "units is 513; it must be a whole number between 1 and 512" in failed["values"]["text"]


def test_a_damaged_checkpoint_fails_the_resumed_run_with_a_sentence(tiny_copy):
    newest = sorted((tiny_copy.folder / "checkpoints").iterdir())[-1]
    (newest / "weights.npz").write_bytes(b"rubbish")
    store.record(tiny_copy.folder, "interrupted")
    assert train(tiny_copy.folder).returncode == 1
    ended = store.read(tiny_copy.folder)
    assert ended.state == "failed"
    assert f"{newest.name}/weights.npz is damaged" in ended.message


def test_the_same_run_trains_on_keras_jax_backend(tiny):
    run = store.create(tiny(learning_rate_schedule="cosine"), store.new_id())
    done = train(run.folder, KERAS_BACKEND="jax")
    assert done.returncode == 0, done.stderr[-2000:]
    ended = store.read(run.folder)
    assert ended.state == "finished"
    assert {event.get("backend") for event in ended.events} == {None, "jax"}
    assert [row["epoch"] for row in ended.epochs] == [1, 2]
    assert json.loads((run.folder / "model.json").read_text())["onnx_minus_keras"] <= 1e-4
    written = np.load(run.folder / "predictions.npz")["test"][:20]
    typed = [predictor.load(run.folder).score(text).probability for text in demo.texts("test")[:20]]
    assert typed == pytest.approx(written.tolist(), abs=1e-5)


def test_a_step_on_jax_learns_what_keras_own_step_learns():
    """Runs in a process of its own, because Keras chooses its backend at import; the learning rate varies."""
    script = """
import keras, numpy as np
from imdb_core import architectures, config
from imdb_core.training import fit
from imdb_core.training.fast.steps import replace_train_step
chosen = config.preset("lstm_dropout", units=4, gradient_clipping=1.0, weight_averaging=0.9)
random = np.random.default_rng(5)
words, labels = random.integers(0, 400, (8, 20), np.int32), random.integers(0, 2, (8, 1)).astype(np.float32)
results = []
for prepare in (lambda model: None, replace_train_step):
    keras.utils.set_random_seed(7)
    model = fit.compiled(architectures.build(chosen), chosen)
    prepare(model)
    rows = []
    for rate in (0.001, 0.01, 0.02):
        model.optimizer.learning_rate = rate
        rows.append([float(number) for number in model.train_on_batch(words, labels)])
    weights = [np.asarray(variable.value) for variable in (*model.variables, *model.optimizer.variables)]
    results.append([np.array(rows), *weights, model.predict_on_batch(words)])
for expected, learned in zip(*results, strict=True):
    np.testing.assert_allclose(learned, expected, rtol=1e-5, atol=1e-7)
print(len(results[0]))
"""
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 20


def test_without_tensorflow_epochs_are_trained_and_a_later_resume_adds_the_model(tiny, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['tensorflow'] = None\n")
    run = store.create(tiny(), store.new_id())
    done = train(run.folder, KERAS_BACKEND="jax", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0
    first = store.read(run.folder)
    assert first.state == "finished" and first.test_accuracy and not first.has_model and first.can_resume
    failed = [note for note in notes.notes(first) if note.startswith("The model for the text box was not")]
    assert len(failed) == 1 and "Install it, then resume the run." in failed[0]
    assert any("TensorFlow, which writes the model" in sentence for sentence in notes.notes(first))
    assert [row["epoch"] for row in first.epochs] == [1, 2]
    assert train(run.folder, KERAS_BACKEND="jax").returncode == 0
    ended = store.read(run.folder)
    assert ended.state == "finished" and ended.epochs == first.epochs
    assert ended.has_model and not ended.can_resume and ended.test_accuracy == first.test_accuracy
