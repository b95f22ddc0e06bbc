"""Many reviews get the same answers as each review alone, in order, and memory stays bounded."""

import onnx
import pytest

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.data import demo
from imdb_core.errors import ModelError, TextError
from imdb_core.scoring import graph, many, models, predictor

BAD = ["", "...", "zzqx"]


@pytest.fixture
def network(tiny_run):
    return predictor.load(tiny_run.folder)


def alone(network, text):
    try:
        return network.score(text)
    except TextError as error:
        return str(error)


def texts_of_all_lengths(network, count):
    """Texts of one word to more words than are read, some of them bad, in no order of length."""
    words = network.vocabulary.words
    texts = [" ".join(words[number % 50 : number % 50 + number * 37 % 61 + 1]) for number in range(count)]
    texts[5::11] = [BAD[number % len(BAD)] for number in range(len(texts[5::11]))]
    return texts


@pytest.mark.parametrize("count", [0, 1, 2, 100, 3000])
def test_each_review_gets_the_answer_that_it_gets_alone(network, count):
    texts = texts_of_all_lengths(network, count)
    answers = list(many.scores(network, texts))
    assert len(answers) == count
    for text, answer in zip(texts, answers, strict=True):
        expected = alone(network, text)
        if isinstance(expected, str):
            assert isinstance(answer, TextError) and str(answer) == expected
        else:
            assert answer.probability == pytest.approx(expected.probability, abs=1e-6)
            assert answer.reading == expected.reading


@pytest.mark.parametrize("key", [model.key for model in models.pretrained()])
def test_every_network_that_comes_with_the_project_scores_together_as_alone(key):
    network = predictor.load(models.find(key).folder)
    texts = [" ".join(demo.texts("test")[start : start + start % 9 + 1]) for start in range(60)]
    answers = [answer.probability for answer in many.scores(network, texts)]
    assert answers == pytest.approx([network.score(text).probability for text in texts], abs=1e-6)


def test_windows_are_answered_in_order_and_few_are_read_ahead(network):
    requested = []

    def windows():
        for number in range(200):
            requested.append(number)
            yield [f"good film {word}" for word in network.vocabulary.words[number : number + 3]]

    for number, (texts, answers) in enumerate(many.scored(network, windows())):
        assert texts[0].endswith(network.vocabulary.words[number]) and len(answers) == 3
        assert len(requested) <= number + 2 * many.devices.cpu_cores() + 2


def test_when_input_pauses_all_earlier_reviews_are_answered_first(network):
    answered = 0

    def windows():
        for _ in range(5):
            yield ["a good film"]
            yield ["a bad film", "..."]
            yield []
            assert answered % 3 == 0 and answered  # this runs when the next window is asked for

    for _, answers in many.scored(network, windows()):
        answered += len(answers)
    assert answered == 15


def test_a_caller_that_stops_early_leaves_no_thread_behind(network):
    windows = iter([["a good film"]] * 10_000)
    answers = many.scored(network, windows)
    next(answers)
    answers.close()
    assert len(list(windows)) > 9_000


@pytest.mark.parametrize("name", architectures.names())
@pytest.mark.parametrize("width", [16, 500, 1000, 5000])
def test_a_batch_is_bounded_by_positions_and_by_what_attention_needs(name, width):
    config = configs.preset(name)
    reviews = many.largest_batch(config)(width)
    heads = config.heads if "heads" in architectures.hyperparameters(name) else 0
    assert (
        reviews == 1
        or reviews * width <= many.LARGEST_BATCH
        and heads * reviews * width**2 <= many.LARGEST_TABLE
    )


@pytest.mark.parametrize("key", [model.key for model in models.pretrained()])
def test_a_network_rewritten_for_batches_gives_exactly_the_same_probabilities(key):
    network = predictor.load(models.find(key).folder)
    fast, text = network.for_batches(), " ".join(demo.texts("test")[:30])
    rows = [network.read(text[: length * 7]).ids for length in range(1, 40)]
    for ids in rows:
        width = len(ids) + 7
        assert fast.shares([ids, ids], width).tolist() == network.shares([ids, ids], width).tolist()


def test_only_networks_with_pooling_are_rewritten_and_they_stay_valid_files():
    contents = [(model.folder / "model.onnx").read_bytes() for model in models.pretrained()]
    rewritten = [content for content in contents if graph.pooling_first(content) != content]
    assert rewritten == [content for content in contents if b"GlobalMaxPool" in content] != []
    for content in rewritten:
        onnx.checker.check_model(changed := graph.pooling_first(content))
        assert graph.pooling_first(changed) == changed


def test_a_run_that_is_deleted_while_many_reviews_are_scored_is_scored_to_the_end(tiny_copy, monkeypatch):
    monkeypatch.setattr(many, "MANY_REVIEWS", 2)
    network = predictor.Predictor(tiny_copy.folder)
    (tiny_copy.folder / "model.onnx").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        network.for_batches()
    windows = [["a good film"]] * 50
    assert all(isinstance(answers[0], predictor.Score) for _, answers in many.scored(network, windows))
