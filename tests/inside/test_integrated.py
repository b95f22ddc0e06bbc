"""Integrated gradients of small networks whose amounts can be computed by hand."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from imdb_core import answers, paths
from imdb_core import config as configs
from imdb_core.errors import ModelError
from imdb_core.inside import integrated
from imdb_core.inside.attention import attention
from imdb_core.inside.gradients import Differentiable
from imdb_core.inside.integrated import Integrated, has_integrated_gradients, integrated_gradients
from imdb_core.scoring import predictor
from imdb_core.scoring.time_limit import at_most
from tests.class_runs import THREE, finished_run, write_network
from tests.hostile_models.building import model, node

SIGNS = ("goal", "rain", "vote")
VECTORS = {"goal": (2.0, 1.0), "rain": (-1.0, 3.0), "vote": (0.5, 0.0)}
START, PADDING = (0.25, 0.5), (1.0, 1.0)


def network(nodes, classes=("negative", "positive"), **weights):
    """A network whose `nodes` compute "sums" (texts, outputs) from "vectors" (texts, words, 2)."""
    table = np.zeros((100, 2), np.float32)
    table[0], table[1], table[4:7] = PADDING, START, list(VECTORS.values())
    outputs, constants = answers.outputs(classes), {"table": table, **weights}
    last = node("Sigmoid", "sums", "answer") if outputs == 1 else node("Softmax", "sums", "answer", axis=1)
    built = model(
        [node("Gather", "table words", "vectors", axis=0), *nodes, last],
        constants,
        outputs=(helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None, outputs]),),
    )
    run = finished_run(classes, SIGNS, vocabulary=None)
    write_network(run.folder, built.SerializeToString())
    return predictor.load(run.folder)


def product(classes=("negative", "positive"), kernel=((1.0,), (0.0,))):
    """A network that multiplies the mean first number of the vectors by the mean second number."""
    nodes = [
        node("ReduceMean", "vectors", "means", axes=[1], keepdims=0),
        node("Slice", "means zero one one", "first"),
        node("Slice", "means one two one", "second"),
        node("Mul", "first second", "product"),
        node("Concat", "product second", "both", axis=1),
        node("MatMul", "both kernel", "sums"),
    ]
    numbers = {"zero": np.array([0]), "one": np.array([1]), "two": np.array([2])}
    return network(nodes, classes, kernel=np.float32(kernel), **numbers)


def by_hand(network, words):
    """(amounts, empty, whole) of product(): (a + t A)(b + t B) integrates to A (b + B/2) and B (a + A/2)."""
    reading = network.read(" ".join(words))
    width = reading.padding + len(reading.ids)
    a, b = (np.array(START) + np.array(PADDING) * reading.padding) / width
    changes = np.array([VECTORS[word] for word in words]) / width
    A, B = changes.sum(axis=0)
    amounts = changes[:, 0] * (b + B / 2) + changes[:, 1] * (a + A / 2)
    return amounts, a * b, (a + A) * (b + B)


def test_the_amounts_of_a_product_are_those_computed_by_hand():
    words, judge = ["goal", "rain", "vote", "goal"], product()
    for of, sign in ((1, 1), (0, -1)):
        found = integrated_gradients(judge, judge.read(" ".join(words)), of=of)
        amounts, empty, whole = by_hand(judge, words)
        assert found.amounts == pytest.approx(sign * amounts, abs=1e-6)
        assert (found.empty, found.whole) == pytest.approx((sign * empty, sign * whole), abs=1e-6)
        assert found.adds_up and found.gap == pytest.approx(0, abs=1e-6)


def test_the_amounts_of_three_classes_are_for_the_class_that_was_asked_for():
    """Only the first class has a sum that moves: its log-odds move by as much, the others' by less."""
    words, judge = ["goal", "rain"], product(THREE, ((1.0, 0.0, 0.0), (0.0, 0.0, 0.0)))
    reading, (amounts, *_) = judge.read(" ".join(words)), by_hand(judge, words)
    first = integrated_gradients(judge, reading, of=0)
    assert first.amounts == pytest.approx(amounts, abs=1e-6)
    second = integrated_gradients(judge, reading, of=1)
    assert (np.sign(second.amounts) == -np.sign(amounts)).all()
    assert np.abs(second.amounts).sum() < np.abs(amounts).sum()


def test_words_that_are_cut_off_and_padding_have_no_amount():
    judge = product()
    long = judge.read(" ".join(["vote"] * 20 + ["goal"] * 40))
    assert long.cut > 0
    assert integrated_gradients(judge, long).amounts.shape == (len(long.words) - long.cut,)
    short = integrated_gradients(judge, judge.read("goal"))
    assert short.amounts.shape == (1,) and short.adds_up


def test_a_sharp_bend_takes_more_points_until_the_amounts_add_up(monkeypatch):
    """The network answers only near the end of the way: relu(60 (sum - bound))."""
    nodes = [
        node("ReduceMean", "vectors", "means", axes=[1], keepdims=0),
        node("MatMul", "means kernel", "weighted"),
        node("Sub", "weighted bound", "above"),
        node("Relu", "above", "sums"),
    ]
    kernel, words = np.float32([[60], [0]]), "goal goal goal goal"
    width = product().read(words).padding + 5
    bound = np.float32(60 * (START[0] + PADDING[0] * (width - 5) + 0.93 * 8) / width)
    judge = network(nodes, kernel=kernel, bound=bound)
    found = integrated_gradients(judge, judge.read(words))
    assert found.empty == 0 and found.whole > 0.5 and found.adds_up
    assert found.amounts == pytest.approx(np.full(4, found.whole / 4), rel=0.02)
    monkeypatch.setattr(integrated, "MOST_POINTS", integrated.FIRST_PARTS * integrated.POINTS)
    rough = integrated_gradients(judge, judge.read(words))
    assert not rough.adds_up and abs(rough.gap) > abs(found.gap)


@pytest.mark.parametrize(
    ("amounts", "empty", "whole", "adds_up"),
    [
        ([1.0, 1.0], -1.0, 1.0, True),
        ([1.0, 1.019], -1.0, 1.0, True),
        ([1.0, 1.021], -1.0, 1.0, False),
        ([0.004], 0.0, 0.0, True),
        ([0.006], 0.0, 0.0, False),
    ],
)
def test_amounts_add_up_within_one_per_cent_or_what_a_page_shows(amounts, empty, whole, adds_up):
    found = Integrated(np.array(amounts), empty, whole)
    assert found.adds_up == adds_up and found.gap == pytest.approx(sum(amounts) - (whole - empty))


def test_an_operator_without_a_rule_is_a_sentence_and_no_number():
    nodes = [
        node("ReduceMean", "vectors", "means", axes=[1], keepdims=0),
        node("Cos", "means", "waves"),
        node("MatMul", "waves kernel", "sums"),
    ]
    judge = network(nodes, kernel=np.float32([[1], [1]]))
    with pytest.raises(ModelError, match=r"it has an operator Cos\. Look at another view"):
        integrated_gradients(judge, judge.read("goal"))


def test_two_tables_of_word_vectors_are_refused():
    nodes = [
        node("Gather", "table words", "again", axis=0),
        node("Add", "vectors again", "twice"),
        node("ReduceMean", "twice", "means", axes=[1], keepdims=0),
        node("MatMul", "means kernel", "sums"),
    ]
    judge = network(nodes, kernel=np.float32([[1], [1]]))
    with pytest.raises(ModelError, match="not computed from one table of word vectors"):
        integrated_gradients(judge, judge.read("goal"))


def test_an_answer_that_also_depends_on_the_words_in_another_way_is_refused():
    nodes = [
        node("ReduceMean", "vectors", "means", axes=[1], keepdims=0),
        node("Cast", "words", "numbers", to=TensorProto.FLOAT),
        node("ReduceMean", "numbers", "number", axes=[1], keepdims=1),
        node("Add", "means number", "both"),
        node("MatMul", "both kernel", "sums"),
    ]
    judge = network(nodes, kernel=np.float32([[1], [1]]))
    with pytest.raises(ModelError, match="depends on more, or on less, than the word vectors"):
        integrated_gradients(judge, judge.read("goal"))


def test_networks_that_look_up_phrases_have_none():
    offered = {
        name
        for name in ("wide_deep", "ngram_linear", "nb_ngram", "lstm", "transformer")
        if has_integrated_gradients(configs.preset(name))
    }
    assert offered == {"lstm", "transformer"}


@pytest.mark.parametrize("name", ["lstm", "cnn_lstm_dense", "gru_attention", "transformer"])
def test_the_amounts_of_pretrained_networks_add_up(name):
    judge = predictor.load(paths.PRETRAINED / name)
    reading = judge.read("The first half is boring, but the acting is wonderful and not bad at all")
    found = integrated_gradients(judge, reading)
    with at_most(60) as limit:
        [whole] = Differentiable(judge).log_odds(Differentiable(judge).vectors(reading)[None], 1, limit)
    width = reading.padding + len(reading.ids)
    assert whole == pytest.approx(judge.log_odds([reading.ids], width)[0], abs=1e-4)
    assert found.adds_up and found.whole == pytest.approx(whole, abs=1e-4)
    by_word = dict(zip(reading.words, found.amounts.tolist(), strict=True))
    assert by_word["wonderful"] > 0 > by_word["boring"]


@pytest.mark.parametrize(("name", "heads"), [("lstm", 0), ("gru_attention", 1), ("transformer", 2)])
def test_attention_has_a_row_for_each_head_whose_shares_are_at_most_one(name, heads):
    judge = predictor.load(paths.PRETRAINED / name)
    reading = judge.read("The acting is wonderful")
    found = attention(judge, reading)
    assert found.shape == (heads, 4) and (found >= 0).all() and (found.sum(axis=1) <= 1 + 1e-5).all()
