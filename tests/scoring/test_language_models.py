"""Language models continue texts, and are offered as a start only where they fit."""

import numpy as np
import pytest

from imdb_core import config as configs
from imdb_core.arrays import packed
from imdb_core.data.reviews import START
from imdb_core.errors import ModelError
from imdb_core.runs import launcher, layout, store
from imdb_core.scoring import language_models
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
