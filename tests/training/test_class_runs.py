"""Networks on three classes, one of them rare: trained by the real worker, resumed, exported, scored."""

import json
import subprocess
import sys

import numpy as np
import pytest

from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.evaluation import predictions
from imdb_core.runs import store
from imdb_core.scoring import explanations, predictor
from tests import class_sources

SMALL = {
    "epochs": 3,
    "ngram_buckets": 2**11,
    "embedding_size": 8,
    "units": 8,
    "filters": 8,
    "dense_units": 8,
    "review_length": 16,
    "vocabulary_size": 60,
    "learning_rate": 0.01,
    "weight_averaging": 0.0,
    "dropout": 0.1,
    "batch_size": 16,
    "class_weights": "balanced",
    "device": "cpu",
    "probes": "thanks for the parcel",
}
RESUMED = "cnn_lstm"
# One process trains all runs, so it loads TensorFlow only once. A user stops one run after its first epoch.
TRAIN_ALL = """
import json, signal, sys
from imdb_core import config
from imdb_core.runs import store
from imdb_core.training import recorder, worker
from tests import class_sources

def stop_after_first_epoch(self, row, **options):
    write(self, row, **options)
    if row["kind"] == "epoch":
        signal.raise_signal(signal.SIGTERM)

write, resumed = recorder.RunRecorder.write, sys.argv[2]
with class_sources.registered():
    for values in json.loads(sys.argv[1]):
        run = store.create(config.preset(**values), store.new_id())
        if values["network"] == resumed:
            recorder.RunRecorder.write = stop_after_first_epoch
            worker.main([str(run.folder)])
            recorder.RunRecorder.write = write
            store.record(run.folder, "queued", resumed=True)
        worker.main([str(run.folder)])
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory, cache_folder):
    """name -> a finished run of that network on three classes."""
    with pytest.MonkeyPatch.context() as patch, class_sources.registered() as dataset:
        patch.setenv("IMDB_RUNS_DIR", str(tmp_path_factory.mktemp("classes")))
        patch.setenv("IMDB_CACHE_DIR", str(cache_folder))
        values = []
        for name in architectures.names():
            fields = ("probes", *configs.hyperparameters(name))
            own = {field: value for field, value in SMALL.items() if field in fields}
            values.append({"network": name, "dataset": dataset} | own)
        command = [sys.executable, "-c", TRAIN_ALL, json.dumps(values), RESUMED]
        subprocess.run(command, cwd=paths.PROJECT, check=True, timeout=600)
        yield {run.network: run for run in store.runs()}


def test_each_network_learns_three_classes_and_its_model_gives_the_workers_shares(trained):
    assert list(trained) and set(trained) == set(architectures.names())
    texts = [text for text, _ in class_sources.texts(class_sources.TEST, 2)][:20]
    for name, run in trained.items():
        assert run.state == "finished", f"{name}: {run.ending}\n{run.log_tail()}"
        assert not [event for event in run.events if event["event"] == "extra-failed"], name
        tested = predictions.read_classes(run)
        assert tested.shares.shape == (class_sources.TEST, 3) and tested.classes == class_sources.CLASSES
        assert run.test_accuracy > 0.8, f"{name}: the largest class has 55 %"
        network = predictor.load(run.folder)
        scored = [network.score(text).shares for text in texts]
        assert np.array(scored) == pytest.approx(tested.shares[:20], abs=1e-5), name
        assert [len(row["probes"][0]) for row in run.epochs] == [3] * len(run.epochs), name
        assert network.epochs == [row["epoch"] for row in run.epochs], name


def test_a_stopped_run_of_three_classes_goes_on_where_it_ended(trained):
    run = trained[RESUMED]
    kinds = [event["event"] for event in run.events]
    assert "stopped" in kinds and kinds[-1] == "finished"
    assert [row["epoch"] for row in run.epochs] == [1, 2, 3]


def test_the_words_of_a_text_can_be_explained_for_three_classes(trained):
    network = predictor.load(trained["text_cnn"].folder)
    assert len(explanations.word_effects(network, "thanks for the parcel")) == 4
