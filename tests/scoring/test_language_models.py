"""Language models continue texts, and are offered as a start only where they fit."""

import json

import numpy as np
import pytest

from imdb_core import __main__ as command_line
from imdb_core import config as configs
from imdb_core.arrays import packed
from imdb_core.commands import report
from imdb_core.data.reviews import START
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import ConfigError, ModelError
from imdb_core.runs import launcher, layout, notes, store
from imdb_core.runs.awaited import awaited_language_model
from imdb_core.scoring import language_models, models, teachers
from imdb_core.sweeps import problems
from tests import language_runs
from tests.faults.support.sample_runs import finished_run, trained_copy


@pytest.fixture
def run():
    return language_runs.written()


def start(run, network="lstm", **changes):
    """The config of a network that starts from the run."""
    values = {"dataset": "demo", **language_runs.SIZES, "start_from": run.id, **changes}
    used = {
        name: value
        for name, value in values.items()
        if name in (*configs.hyperparameters(network), "dataset")
    }
    return configs.preset(network, **used)


def test_the_same_seed_continues_the_same_way_and_another_one_differs(run):
    model = language_models.load(run)
    options = {"words": 20, "temperature": 1.0}
    first = model.continued("this film", seed=1, **options)
    assert first == model.continued("this film", seed=1, **options)
    assert first != model.continued("this film", seed=2, **options)
    assert set(first.split()) <= set(model.vocabulary.words) and len(first.split()) <= 20


def test_a_low_temperature_takes_the_likeliest_word(run):
    model = language_models.load(run)
    likely = [model.continued("this film", words=1, temperature=0.1, seed=seed) for seed in range(20)]
    free = [model.continued("this film", words=1, temperature=2.0, seed=seed) for seed in range(20)]
    assert len(set(likely)) < len(set(free))


def test_no_padding_and_no_unknown_word_is_written(run):
    model = language_models.load(run)
    model.arrays["WordScores/biases"][:] = -10
    model.arrays["WordScores/biases"][[0, 2, 3]] = 50
    shown = model.continued("zqxx a film", words=50, temperature=1.0, seed=3)
    assert not set("<>") & set(shown)


def test_a_text_ends_where_the_next_one_would_begin(run):
    model = language_models.load(run)
    model.arrays["WordScores/biases"][START] = 1e3
    assert model.continued("a film", words=50, temperature=1.0, seed=3) == ""


@pytest.mark.parametrize("text", ["", "\x00", "zqxx " * 3, "film " * 10_000, "\ud83d", "…"])
def test_any_beginning_can_be_continued(run, text):
    assert language_models.load(run).continued(text, words=3, temperature=0.5, seed=0) is not None


@pytest.mark.parametrize(
    "wrong",
    [{"words": 0}, {"words": 201}, {"temperature": 0}, {"temperature": float("nan")}, {"seed": -1}],
)
def test_values_that_are_not_allowed_get_a_sentence(run, wrong):
    values = {"words": 3, "temperature": 1.0, "seed": 0, **wrong}
    with pytest.raises(ModelError, match=f"{next(iter(wrong))} is .* it must be between"):
        language_models.load(run).continued("a film", **values)


def test_the_checkpoint_is_read_while_the_run_has_no_exported_weights(run):
    kept = run.folder / layout.CHECKPOINTS / layout.epoch_folder(2)
    kept.mkdir(parents=True)
    (run.folder / layout.WEIGHTS).rename(kept / layout.WEIGHTS)
    assert language_models.load(store.read(run.folder)).config == run.config


@pytest.mark.parametrize("damage", ["bytes", "shape", "nan", "missing"])
def test_damaged_weights_get_a_sentence(run, damage):
    path, arrays = run.folder / layout.WEIGHTS, language_runs.arrays(run.config)
    if damage == "bytes":
        path.write_bytes(b"PK\x03\x04 no archive")
    if damage == "shape":
        path.write_bytes(packed({**arrays, "3-LSTM/bias": np.zeros(3, np.float32)}))
    if damage == "nan":
        path.write_bytes(packed({**arrays, "3-LSTM/bias": np.full(24, np.nan, np.float32)}))
    if damage == "missing":
        path.unlink()
    with pytest.raises(ModelError):
        language_models.load(run)


@pytest.mark.parametrize(
    "network", ["lstm", "bilstm_max", "cnn_lstm", "text_cnn", "wide_deep", "gru_attention"]
)
def test_a_network_with_word_vectors_can_start_from_it(run, network):
    language_models.require(start(run, network))
    assert language_models.problems(start(run, network)) == []


@pytest.mark.parametrize(
    ("network", "changes", "sentence"),
    [
        ("lstm", {"units": 7}, "Memory units is 7, but 6 in the language model .* Set it to 6"),
        ("bilstm_max", {"units": 7}, "Memory units is 7"),
        ("lstm", {"embedding_size": 9}, "Embedding size is 9, but 8"),
        ("text_cnn", {"embedding_size": 9}, "Embedding size is 9, but 8"),
        ("nb_ngram", {}, "has no word vectors to start with"),
        ("ngram_linear", {}, "has no word vectors to start with"),
        ("lstm", {"start_from": "20260101-000000000-abcdefgh"}, "There is no run 20260101"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_with_a_sentence(run, network, changes, sentence):
    config = start(run, network, **changes)
    with pytest.raises(ModelError, match=sentence):
        launcher.submit(config)
    [problem] = language_models.problems(config)
    assert problem.fields == ("start_from",)
    assert [each.id for each in store.runs()] == [run.id]


def test_sizes_of_layers_that_are_not_taken_over_may_differ(run):
    language_models.require(start(run, "cnn_lstm", units=7))  # its LSTM reads phrases
    language_models.require(start(run, "gru_attention", units=7))


def test_a_run_that_is_no_language_model_or_has_no_weights_is_refused():
    for other in (trained_copy(), finished_run()):
        with pytest.raises(ModelError):
            language_models.require(start(other))
    assert language_models.available() == []


def test_a_network_waits_for_its_language_model(tiny, stub_worker, monkeypatch, wait_until):
    monkeypatch.setenv("STUB_EPOCHS", "10000")
    first = launcher.submit(language_runs.config())
    second = launcher.submit(start(first))
    wait_until(lambda: launcher.runs() and store.read(first.folder).state == "running")
    delay = store.read(second.folder).delay
    assert delay.code == "waits_for_run" and store.read(second.folder).state == "queued"
    launcher.stop(store.read(first.folder))
    wait_until(lambda: launcher.runs() and store.read(second.folder).state != "queued")


def test_after_a_resume_the_newest_best_weights_are_read(run):
    kept = run.folder / layout.CHECKPOINTS / layout.epoch_folder(2)
    kept.mkdir(parents=True)
    newer = language_runs.arrays(run.config, seed=9)
    (kept / layout.WEIGHTS).write_bytes(packed(newer))
    vectors = language_models.load(run).arrays["Embedding/embeddings"]
    assert np.array_equal(vectors, newer["1-Embedding/embeddings"])


def test_only_an_interrupted_model_without_weights_is_waited_for(run):
    assert awaited_language_model(start(run)) is None
    store.record(run.folder, "interrupted", code="given_up", values={"host": "x"})
    assert store.read(run.folder).state == "interrupted"
    assert awaited_language_model(start(run)) is None
    (run.folder / layout.WEIGHTS).unlink()
    assert awaited_language_model(start(run)).id == run.id


@pytest.mark.parametrize("damage", ["text", "float64", "long vocabulary", "huge"])
def test_extreme_weights_get_a_sentence(run, damage):
    arrays = language_runs.arrays(run.config)
    if damage == "text":
        arrays["5-Dense/bias"] = np.array(["x"] * 8)
    if damage == "float64":
        arrays["5-Dense/bias"] = np.zeros(8)
    if damage == "huge":
        arrays = {name: np.full_like(array, 3e38) for name, array in arrays.items()}
    if damage == "long vocabulary":
        Vocabulary([f"w{number}" for number in range(300)]).save(run.folder / layout.VOCABULARY)
    (run.folder / layout.WEIGHTS).write_bytes(packed(arrays))
    with np.errstate(all="ignore"), pytest.raises(ModelError):
        language_models.load(run).continued("a film", words=3, temperature=1.0, seed=0)


@pytest.mark.parametrize(
    ("network", "name", "refused"), [("lstm", "units", True), ("cnn_lstm", "units", False)]
)
def test_a_sweep_does_not_vary_the_sizes_that_are_taken_over(run, network, name, refused):
    base = start(run, network)
    raw = {"name": name, "low": 4, "high": 8}
    assert [each.code for each in problems.of_dimension(raw, base)] == ["size_of_start"] * refused
    of_vectors = problems.of_dimension({"name": "embedding_size", "choices": [4, 8]}, base)
    assert [each.code for each in of_vectors] == ["size_of_start"]
    assert "cannot vary: it must be that of the language model" in of_vectors[0].sentence()


def test_a_language_model_has_no_generations_and_scores_nothing(run):
    with pytest.raises(ConfigError, match="the number of generations must be 1"):
        teachers.generations(run.config, ["a", "b"])
    with pytest.raises(ModelError, match="is a language model, which judges no texts"):
        models.find(run.id)


def test_a_list_shows_no_validation_accuracy_of_a_language_model(run, capsys):
    assert run.val_accuracy is None and "20.00%" not in report.run_line(run)
    assert command_line.main(["continue", run.id, "this film", "--words", "3", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["text"] == "this film" and len(shown["continued"].split()) <= 3


def test_weights_that_could_not_be_written_can_be_written_by_a_resume(run):
    store.record(run.folder, "extra-failed", extra="weights", code="unexpected", values={})
    (run.folder / layout.WEIGHTS).unlink()
    failed = store.read(run.folder)
    assert failed.can_resume and "were not written beside its checkpoint" in notes.notes(failed)[0]
    (run.folder / layout.WEIGHTS).write_bytes(packed(language_runs.arrays(run.config)))
    written = store.read(run.folder)
    assert not written.can_resume and notes.notes(written) == []
