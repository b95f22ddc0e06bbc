"""Networks beyond the tutorials: trained by the real worker, exported, and asked about a typed review."""

import json
import subprocess
import sys

import numpy as np
import pytest

from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.data import demo
from imdb_core.errors import ModelError
from imdb_core.inside import learning, start_vectors
from imdb_core.runs import layout, store
from imdb_core.scoring import explanations, onnx_models, predictor
from imdb_core.training import start_vectors as training_start
from imdb_core.training.material import Material

SMALL = {
    "dataset": "demo",
    "epochs": 3,
    "ngram_buckets": 2**14,
    "embedding_size": 16,
    "units": 8,
    "filters": 8,
    "review_length": 40,
    "learning_rate": 0.005,
    "weight_averaging": 0.0,
    "dropout": 0.1,
}
NETWORKS = [name for name in architectures.names() if name not in architectures.tutorial_names()]


# The launcher would start a process for each run. This process trains all, so it loads TensorFlow only once.
TRAIN_ALL = """
import json, sys
from imdb_core import config
from imdb_core.runs import store
from imdb_core.training import worker
for values in json.loads(sys.argv[1]):
    run = store.create(config.preset(**values), store.new_id())
    worker.main([str(run.folder)])
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory, cache_folder):
    """name -> a finished run of that network on the demo reviews."""
    values = []
    for name in NETWORKS:
        settings = ("dataset", *configs.hyperparameters(name))
        values.append({"network": name} | {key: value for key, value in SMALL.items() if key in settings})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMDB_RUNS_DIR", str(tmp_path_factory.mktemp("networks")))
        patch.setenv("IMDB_CACHE_DIR", str(cache_folder))
        command = [sys.executable, "-c", TRAIN_ALL, json.dumps(values)]
        subprocess.run(command, cwd=paths.PROJECT, check=True, timeout=600)
        return {run.network: run for run in store.runs()}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_typed_review_gets_the_probability_that_the_worker_wrote_down(trained, name):
    run = trained[name]
    assert run.state == "finished", f"{run.ending}\n{run.log_tail()}"
    assert run.test_accuracy > 0.55, "better than guessing"
    written = np.load(run.folder / "predictions.npz")["test"][:40]
    network = predictor.load(run.folder)
    typed = [network.score(text).probability for text in demo.texts("test")[:40]]
    assert typed == pytest.approx(written.tolist(), abs=1e-5) and len({round(one, 3) for one in typed}) > 5


@pytest.mark.parametrize("name", NETWORKS)
def test_only_a_network_with_attention_says_where_it_looked(trained, name):
    network = predictor.load(trained[name].folder)
    seen = network.read(demo.texts("test")[0])
    shares = network.attention(seen)
    if "Softmax" in [row.type for row in architectures.layer_table(network.config)]:
        assert len(shares) == len(seen.words) and (shares > 0).all() and 0 < shares.sum() < 1
    else:
        assert shares is None


def test_the_attention_of_a_cut_review_belongs_to_the_words_that_are_read(trained):
    network = predictor.load(trained["gru_attention"].folder)
    seen = network.read(" ".join(["good"] * 100))
    assert seen.cut == 60 and seen.padding == 0
    assert network.attention(seen).sum() == pytest.approx(1, abs=1e-5) and len(network.attention(seen)) == 40
    seen = network.read("good film")
    padded = np.int32([[0] * seen.padding + list(seen.ids)])
    session = onnx_models.session((trained["gru_attention"].folder / layout.MODEL).read_bytes())
    shares = session.run(None, {session.get_inputs()[0].name: padded})[1][0, :, 0]
    assert network.attention(seen).tolist() == shares[-2:].tolist() and len(shares) == 16


@pytest.mark.parametrize("name", NETWORKS)
def test_the_words_of_each_network_can_be_explained(trained, name):
    network = predictor.load(trained[name].folder)
    reading = network.read(demo.texts("test")[1])
    assert len(explanations.word_effects(network, demo.texts("test")[1])) == len(reading.words) - reading.cut
    assert explanations.running_score(network, reading)[1][-1] == pytest.approx(
        network.score(demo.texts("test")[1]).probability
    )


def test_the_ratios_of_naive_bayes_are_in_the_model_and_training_left_them_alone(trained):
    with np.load(trained["nb_ngram"].folder / "weights.npz") as saved:
        tables = [saved[name] for name in saved.files if "embeddings" in name]
    assert len(tables) == 2 and all(table.shape == (2**14, 1) for table in tables)
    assert tables[0][0] == 0 and np.abs(tables[0]).max() > 2, "ratios of phrases that stand on one side only"


@pytest.mark.parametrize(
    "name", [name for name in NETWORKS if start_vectors.are_learned(configs.preset(name))]
)
def test_the_worker_keeps_the_word_vectors_of_the_start_and_the_command_makes_the_same(trained, name):
    run = trained[name]
    file = run.folder / layout.START_VECTORS
    kept = file.read_bytes()
    file.unlink()
    network = predictor.load(run.folder)
    with pytest.raises(ModelError, match=f"no word vectors from before training.*inside {run.id}"):
        start_vectors.learned(network)
    size = training_start.make(run.folder, run.config, Material.load(run.config).train)
    assert size == len(kept) and file.read_bytes() == kept
    assert start_vectors.learned(network).shape[1] == run.config.embedding_size


@pytest.mark.parametrize("name", NETWORKS)
def test_each_epoch_has_its_sizes_and_the_spread_of_its_answers(trained, name):
    run = trained[name]
    for row in run.epochs:
        numbers = learning.of_epoch(run.folder, row["epoch"], run.config.classes)
        assert (run.folder / layout.learning(row["epoch"])).stat().st_size < 6000
        assert all(layer.weights is not None for layer in numbers.layers)
        assert any(layer.gradients for layer in numbers.layers) and numbers.texts > 1
        negative, positive = numbers.probabilities
        right, total = sum(negative[:10]) + sum(positive[10:]), sum(negative) + sum(positive)
        assert right / total == pytest.approx(row["val_accuracy"], abs=1e-6)
    assert not any(event.get("extra") == "learning" for event in run.events)
