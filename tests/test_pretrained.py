"""The networks that come with the project are what their files say: complete, measured, small, and right on
plain reviews.
"""

import json
import os

import numpy as np
import pytest

from imdb_core import architectures, data, paths
from imdb_core import config as configs
from imdb_core.evaluation import robustness
from imdb_core.inside import filter_phrases, filters, learning, map_files, recurrent, start_vectors
from imdb_core.runs import layout
from imdb_core.scoring import models, predictor, published

NETWORKS = sorted(folder.name for folder in paths.PRETRAINED.iterdir())
BEYOND = [name for name in NETWORKS if name not in architectures.tutorial_names()]  # only their best epoch


def test_all_tutorial_networks_and_some_beyond_are_there_and_small():
    listed = models.pretrained()
    assert sorted(model.key for model in listed) == [f"pretrained/{name}" for name in NETWORKS]
    assert set(architectures.tutorial_names()) <= set(NETWORKS) and BEYOND
    best = max(model.run.test_accuracy for model in listed)
    assert listed[0].run.test_accuracy == best, "the text box opens on the most accurate one"
    assert sum(path.stat().st_size for path in paths.PRETRAINED.rglob("*") if path.is_file()) <= 60e6


@pytest.mark.parametrize("name", NETWORKS)
def test_each_included_network_has_a_finished_runs_files_its_command_and_its_layers(name):
    run = models.run(f"pretrained/{name}")
    whole = set() if name in BEYOND else {"weights.npz", "epochs"}
    inside = {"epochs"} if recurrent.has_memory(run.config) or filters.has_filters(run.config) else set()
    names = {*published.FILES, "model.json", "command.txt", layout.ROBUSTNESS, *whole, *inside}
    assert {path.name for path in run.folder.iterdir()} == names
    assert predictor.load(run.folder).epochs == (
        [row["epoch"] for row in run.epochs] if whole else [run.best["epoch"]]
    )
    assert run.state == "finished" and run.network == name and run.config.dataset == "imdb"
    assert robustness.of(run).texts == robustness.TEXTS
    assert architectures.layer_table(run.config) == architectures.layer_table(configs.preset(name))
    assert (run.folder / "command.txt").read_text().strip() == configs.command(run.config)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_epoch_has_the_map_of_its_memory_and_the_phrases_of_its_filters(name):
    folder, expected = paths.PRETRAINED / name, set()
    for epoch in predictor.load(folder).epochs:
        network = predictor.load(folder, epoch)
        content = network.content()
        if recurrent.has_memory(network.config):
            made = map_files.read(folder, epoch, network.config)
            assert made.fingerprint == recurrent.find(content).fingerprint
            expected.add(layout.memory_map(epoch))
        if filters.has_filters(network.config):
            kernels = [kernel for layer in filters.convolutions(content) for kernel in layer.kernel]
            assert len(filter_phrases.of_network(network, kernels).answers) == len(kernels)
            expected.add(layout.filter_phrases(epoch))
    if start_vectors.are_learned(network.config):
        assert start_vectors.learned(network).any()
        expected.add(layout.START_VECTORS)
    assert {f"epochs/{path.name}" for path in folder.glob("epochs/*.npz")} == expected


def test_what_shows_the_inside_of_all_included_networks_is_small():
    sizes = [path.stat().st_size for path in paths.PRETRAINED.rglob("epochs/*.npz")]
    assert sizes and max(sizes) < 300_000 and sum(sizes) < 1_200_000


@pytest.mark.parametrize("name", architectures.tutorial_names())
def test_the_kept_epoch_of_each_tutorial_network_has_its_sizes(name):
    run = models.run(f"pretrained/{name}")
    numbers = learning.of_epoch(run.folder, run.best["epoch"], run.config.classes)
    assert len(numbers.by_distance) == learning.FARTHEST and all(numbers.relative)
    negative, positive = numbers.probabilities
    right = sum(negative[:10]) + sum(positive[10:])
    assert right / (sum(negative) + sum(positive)) == pytest.approx(run.best["val_accuracy"], abs=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_included_networks_figures_follow_from_its_predictions(name):
    run = models.run(f"pretrained/{name}")
    assert json.loads((run.folder / "model.json").read_text())["epoch"] == run.best["epoch"]
    with np.load(run.folder / "predictions.npz") as saved:
        accuracy = np.mean((saved["test"] > 0.5) == (saved["test_labels"] == 1))
        validation = np.mean((saved["validation"] > 0.5) == (saved["validation_labels"] == 1))
    assert len(run.epochs) and accuracy == pytest.approx(run.test_accuracy)
    assert validation == pytest.approx(run.best["val_accuracy"], abs=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_included_network_tells_plain_praise_from_plain_blame(name):
    network = predictor.load(paths.PRETRAINED / name)
    praise = "A wonderful film. The acting is superb, the story is moving, one of the best films ever."
    anger = "A terrible film. The acting is awful, the story is stupid and boring, and it is a waste of time."
    assert network.score(praise).label == "positive" and network.score(anger).label == "negative"


@pytest.mark.parametrize("name", NETWORKS)
def test_the_server_scores_as_the_worker_did(name):
    """The text box's way (ONNX, one review) gives the probabilities that the worker wrote for the real test
    reviews.

    Words outside the network's vocabulary are typed as a word that nobody knows: the text box would read
    "'great'" as "great".
    """
    if not os.environ.get("IMDB_DATA_DIR"):
        pytest.skip("IMDB_DATA_DIR is not set")
    corpus, network = data.load("imdb"), predictor.load(paths.PRETRAINED / name)
    with np.load(paths.PRETRAINED / name / "predictions.npz") as saved:
        expected = saved["test"]
    for number in range(0, 25_000, 1250):
        ids = corpus.test[number]
        words = [corpus.words[id - 4] for id in ids[1:]]
        typed = " ".join(word if word in network.vocabulary else "zzqxzzqx" for word in words)
        assert network.score(typed).probability == pytest.approx(expected[number], abs=1e-5)
