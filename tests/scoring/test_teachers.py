"""A network labels texts for another one: which networks can teach, which texts are asked, what they say."""

import dataclasses

import numpy as np
import pytest

from imdb_core import config as configs
from imdb_core.data import demo, sources
from imdb_core.errors import ConfigError, ModelError
from imdb_core.scoring import predictor, teachers

TEACHER = "pretrained/cnn_lstm_dense"
TEXTS = demo.unlabelled()[:60]


def config(**changes):
    return configs.preset("cnn_lstm_dense", **{"dataset": "demo", "teacher": TEACHER, **changes})


@pytest.fixture(scope="module")
def network():
    return predictor.load(teachers.find(config()).folder)


def test_a_data_set_without_such_texts_needs_no_teacher():
    assert teachers.available("imdb") == []
    assert TEACHER in [model.key for model in teachers.available("demo")]


@pytest.mark.parametrize(
    "first, second, same",
    [
        (("neg", "pos"), ("negative", "positive"), True),
        (("Negative", "Positive"), ("negative", "positive"), True),
        (("pos", "neg"), ("negative", "positive"), False),
        (("ham", "spam"), ("negative", "positive"), False),
        (("1", "10"), ("10", "1"), False),
        (("no", "yes"), ("normal", "yes"), False),
        (("negative", "neutral", "positive"), ("negative", "positive"), False),
    ],
)
def test_classes_are_the_same_if_they_mean_the_same_in_the_same_order(first, second, same):
    assert teachers.same_classes(first, second) is teachers.same_classes(second, first) is same


@pytest.mark.parametrize(
    "changes, error, sentence",
    [
        ({"dataset": "imdb"}, ModelError, "IMDB film reviews has no texts without labels"),
        ({"teacher": "pretrained/nobody"}, ModelError, "There is no model 'pretrained/nobody'"),
        ({"teacher": "20200101-000000000-gone"}, ModelError, "There is no model '20200101-000000000-gone'"),
        (
            {"classes": ("ham", "spam")},
            ModelError,
            "negative and positive apart, but the classes of .* ham and spam",
        ),
        ({"classes": ("a", "b", "c")}, ModelError, "are 3 classes"),
    ],
)
def test_a_network_that_cannot_teach_is_refused_with_a_sentence(changes, error, sentence):
    wanted = config().changed(**changes)
    with pytest.raises(error, match=sentence):
        teachers.find(wanted)
    [problem] = teachers.problems(wanted)
    assert problem.fields == ("teacher",) and problem.sentence().endswith(".")


def test_a_run_without_a_teacher_has_no_problem():
    assert teachers.problems(config(teacher="", dataset="imdb")) == []


def test_the_answers_are_those_of_the_text_box(network):
    lesson = teachers.ask(config(), TEXTS, lambda: None)
    assert lesson.places.tolist() == list(range(len(TEXTS)))
    expected = [network.score(text).shares for text in TEXTS]
    assert np.abs(lesson.shares - expected).max() < 1e-5


def test_a_share_of_the_texts_is_drawn_by_the_seed():
    def places(**changes):
        return teachers.ask(config(teacher_share=0.25, **changes), TEXTS, lambda: None).places.tolist()

    assert len(places()) == 15 and places() == places() == sorted(places())
    assert places(seed=8) != places()


def test_texts_in_which_the_teacher_knows_nothing_are_left_out():
    texts = ["", TEXTS[0], "   ", TEXTS[1]]
    assert teachers.ask(config(), texts, lambda: None).places.tolist() == [1, 3]
    with pytest.raises(ModelError, match="knows no word of the texts"):
        teachers.ask(config(), ["", " "], lambda: None)


@pytest.mark.parametrize("texts, share", [((), 1.0), (TEXTS[:4], 0.1)])
def test_if_no_text_is_left_the_sentence_says_so(texts, share):
    with pytest.raises(ModelError, match=f"{len(texts)} texts have no label .* share of {share:g}"):
        teachers.ask(config(teacher_share=share), texts, lambda: None)


def test_asking_can_be_stopped():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        teachers.ask(config(), TEXTS, stop)


@pytest.fixture
def real_source():
    """A source that counts as real texts, with texts without labels."""
    source = dataclasses.replace(sources.get("demo"), name="real", link="real", synthetic=False)
    sources.register(source)
    yield source
    sources.unregister(source.name)


def test_a_network_teaches_its_own_data_set_or_else_real_texts(request):
    assert teachers.where_to_teach(config(dataset="imdb", teacher="")) is None
    assert teachers.where_to_teach(config(teacher="")) == "demo"
    request.getfixturevalue("real_source")
    assert teachers.where_to_teach(config(dataset="imdb", teacher="")) == "real"
    assert teachers.where_to_teach(config(teacher="")) == "demo"


@pytest.mark.parametrize("number", [0, teachers.MOST_GENERATIONS + 1])
def test_the_number_of_generations_is_bounded(number):
    with pytest.raises(ConfigError, match=f"is {number}; it must be 1 to 5"):
        teachers.generations(config(), ["id"] * number)


def test_generations_need_texts_without_labels():
    with pytest.raises(ModelError, match="has no texts without labels"):
        teachers.generations(config(dataset="imdb", teacher=""), ["a", "b"])
