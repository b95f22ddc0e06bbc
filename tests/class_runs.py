"""Finished runs of networks that tell the user's own classes apart, with a model that needs no training."""

import hashlib
import json

import numpy as np
from onnx import TensorProto, helper

from imdb_core import answers
from imdb_core import config as configs
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.runs import journal, layout, store
from tests.hostile_models.building import model, node

DATASET = "own-1234567890ab"
THREE = ("sport", "weather", "배송")
SIGNS = ("goal", "rain", "택배")  # the word of each class: its share raises the class


def finished_run(
    classes=THREE,
    words=SIGNS,
    *,
    dataset=DATASET,
    tokenizer="unicode_words",
    probes=(),
    vocabulary=None,
    **changes,
) -> store.Run:
    """A finished run with a model: the more often a text has `words[i]`, the surer it is of `classes[i]`."""
    values = {"network": "cnn_lstm", "dataset": dataset, "classes": classes, "tokenizer": tokenizer}
    values |= {"vocabulary_size": 100, "review_length": 30, "probes": "\n".join(text for text, _ in probes)}
    run = store.create(configs.checked(values | changes), store.new_id())
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    for epoch in (1, 2):
        row = {"kind": "epoch", "epoch": epoch, "step": 9, "steps": 9, "loss": 0.9 / epoch, "accuracy": 0.6}
        row |= {"val_loss": 0.8 / epoch, "val_accuracy": 0.7, "seconds": 1.0, "validation_seconds": 0.1}
        journal.append(run.folder / layout.METRICS, row)
        if probes:
            shares = [scores[epoch - 1] for _, scores in probes]
            journal.append(run.folder / layout.METRICS, {"kind": "probes", "epoch": epoch, "probes": shares})
    store.record(run.folder, "finished", test_accuracy=0.75, test_reviews=40)
    vocabulary = vocabulary or Vocabulary([*words, "the", "a"], tokenizer)
    _write_model(run.folder, classes, vocabulary, len(words))
    return store.read(run.folder)


def _write_model(folder, classes, vocabulary, signs):
    vocabulary.save(folder / layout.VOCABULARY)
    write_network(folder, _counting(classes, signs).SerializeToString())


def write_network(folder, content: bytes) -> None:
    """Make the ONNX file `content` the model of a finished run."""
    (folder / layout.MODEL).write_bytes(content)
    checksums = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in (layout.VOCABULARY, layout.MODEL)
    }
    (folder / layout.MODEL_FACTS).write_text(json.dumps({"epoch": 2, "epochs": {}, "sha256": checksums}))


def _counting(classes, signs):
    """The model: the share of each sign in the padded text, times 9, through softmax or sigmoid."""
    nodes, constants = [], {"nine": np.float32(9)}
    for number in range(signs):
        constants[f"word{number}"] = np.int32(4 + number)
        nodes += [
            node("Equal", f"words word{number}", f"match{number}"),
            node("Cast", f"match{number}", f"one{number}", to=TensorProto.FLOAT),
            node("ReduceMean", f"one{number}", f"mean{number}", axes=[1], keepdims=1),
        ]
    if answers.is_binary(classes):  # for the second class, against the first
        nodes += [node("Sub", "mean1 mean0", "means"), node("Mul", "means nine", "sums")]
        nodes += [node("Sigmoid", "sums", "answer")]
    else:
        means = " ".join(f"mean{number}" for number in range(signs))
        nodes += [node("Concat", means, "means", axis=1), node("Mul", "means nine", "sums")]
        nodes += [node("Softmax", "sums", "answer", axis=1)]
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None, answers.outputs(classes)])
    return model(nodes, constants, outputs=(answer,))
