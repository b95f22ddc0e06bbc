"""Finished runs whose network is a sum of word vectors, so that each change of its verdict is known.

A word's vector holds what it adds to the answer, and a direction of its meaning. So words of one meaning are
near each other in the embedding, and words of different meanings are not.
"""

import numpy as np
from onnx import TensorProto, helper

from imdb_core import answers, data
from imdb_core.data.reviews import FIRST_WORD, TWO_CLASSES
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.runs import layout, store
from imdb_core.scoring import predictor
from tests.class_runs import DATASET, finished_run, write_network
from tests.hostile_models.building import model, node

SURE = 10.0  # the length of a direction of meaning, against which what a word adds is small
MEANINGS = 20  # of the words of the demo reviews
# Word -> (what it adds to the log-odds of the second class, its meaning).
OPINIONS = {
    "good": (3.0, 0),
    "fine": (0.2, 0),
    "bad": (-3.0, 0),
    "superb": (5.0, 1),
    "quiet": (0.0, 1),
    "awful": (-5.0, 1),
    "film": (0.0, 2),
    "movie": (-0.05, 2),
    "dull": (-1.2, 3),
    "box": (0.0, 4),
}
# Word -> (what it adds to each of three classes, its meaning).
TOPICS = {
    "goal": ((2.0, 0.0, 0.0), 0),
    "aim": ((0.1, 0.0, 0.0), 0),
    "rain": ((0.0, 1.2, 0.0), 1),
    "water": ((0.0, 0.1, 0.0), 1),
    "parcel": ((0.0, 0.0, 1.0), 2),
    "box": ((0.0, 0.0, 0.1), 2),
    "the": ((0.0, 0.0, 0.0), 3),
    "of": ((0.0, 0.0, 0.05), 3),
}


def summing_run(words=OPINIONS, classes=TWO_CLASSES, *, tokenizer="unicode_words", **changes) -> store.Run:
    """A finished run whose answer is the sum of what the words of a text add."""
    vocabulary = Vocabulary(list(words), tokenizer)
    run = finished_run(
        classes,
        list(words)[: len(classes)],
        dataset=changes.pop("dataset", DATASET),
        tokenizer=tokenizer,
        vocabulary=vocabulary,
        **changes,
    )
    write_network(run.folder, _summing(run, words).SerializeToString())
    return store.read(run.folder)


def demo_run(**changes) -> store.Run:
    """A run on the demo reviews, tested on them: it adds what each word tells of the training labels."""
    corpus = data.load("demo")
    seen = np.zeros((2, len(corpus.words) + FIRST_WORD + 1))
    for at, label in enumerate(corpus.train.labels.tolist()):
        seen[label, np.unique(corpus.train[at])] += 1
    told = np.log(seen[1] + 1) - np.log(seen[0] + 1)
    words = {
        word: (float(told[id]), id % MEANINGS) for id, word in enumerate(corpus.words[:300], FIRST_WORD + 1)
    }
    values = {"vocabulary_size": 304, "review_length": 60, "tokenizer": corpus.tokenizer} | changes
    run = summing_run(words, dataset="demo", **values)
    network, vocabulary = predictor.load(run.folder), Vocabulary(corpus.words, corpus.tokenizer)
    texts = [" ".join(vocabulary.decode(corpus.test[at][1:])) for at in range(len(corpus.test))]
    shares = np.float32([network.score(text).probability for text in texts])
    np.savez(run.folder / layout.PREDICTIONS, test=shares, test_labels=corpus.test.labels)
    return store.read(run.folder)


def _summing(run, words):
    outputs = answers.outputs(run.config.classes)
    meanings = 1 + max(meaning for _, meaning in words.values())
    vectors = np.zeros((run.config.vocabulary_size, outputs + meanings), np.float32)
    for id, (added, meaning) in enumerate(words.values(), FIRST_WORD + 1):
        vectors[id, :outputs] = added
        vectors[id, outputs + meaning] = SURE
    added = np.zeros((outputs + meanings, outputs), np.float32)
    added[:outputs] = np.eye(outputs)
    nodes = [
        node("Gather", "vectors words", "looked_up"),
        node("ReduceSum", "looked_up axes", "summed", keepdims=0),
        node("MatMul", "summed added", "sums"),
        node("Sigmoid" if outputs == 1 else "Softmax", "sums", "answer"),
    ]
    weights = {"vectors": vectors, "axes": np.array([1]), "added": added}
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None, outputs])
    return model(nodes, weights, outputs=(answer,))
