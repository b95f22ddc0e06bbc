"""The phrases that filters answer most to, against answers computed text by text, and their file."""

import numpy as np
import pytest

from imdb_core import paths
from imdb_core.arrays import packed, unpacked
from imdb_core.data.reviews import PAD, Reviews
from imdb_core.errors import ModelError
from imdb_core.inside import filter_phrases, stored
from imdb_core.inside.filter_phrases import MOST, FilterPhrases
from imdb_core.inside.filters import convolutions, findings, with_answers
from imdb_core.runs import layout
from imdb_core.scoring import predictor
from tests.class_runs import THREE
from tests.random_networks import random_run

WORDS = "goal rain the vote"
TRAINING = 1200  # of these many training texts, 30 validation texts are read


@pytest.fixture(params=["cnn_lstm", "cnn_lstm_dense", "text_cnn", "wide_deep"])
def network(request):
    return random_run(request.param, THREE)[0]


@pytest.fixture
def texts():
    """30 texts of 1 to 14 words; some phrases stand in many of them."""
    random = np.random.default_rng(2)
    return [
        " ".join(random.choice(WORDS.split(), random.integers(1, 15), p=(0.4, 0.3, 0.2, 0.1)))
        for _ in range(30)
    ]


@pytest.fixture
def made(network, texts):
    readings = [network.read(text) for text in texts]
    reviews = Reviews.from_lists([list(reading.ids) for reading in readings], [0] * len(texts))
    return filter_phrases.make(network.content(), reviews, network.config, training=TRAINING)


def expected(network, texts):
    """For each filter {ids that it sees: its answer}, with the best place of each text."""
    layers = convolutions(network.content())
    session, sizes = with_answers(network.content(), layers), [len(layer.kernel) for layer in layers]
    best = [{} for _ in range(sum(sizes))]
    for text in texts:
        reading = network.read(text)
        ids, padding = reading.padded(), reading.padding
        outputs = session.run(None, {session.get_inputs()[0].name: ids})[-len(layers) :]
        rows = [row for output in outputs for row in output[0]]
        widths = [layer.kernel.shape[2] for layer in layers for _ in layer.kernel]
        for known, row, width in zip(best, rows, widths, strict=True):
            place = padding + int(row[padding:].argmax())
            around = [PAD] * width + ids[0].tolist() + [PAD] * width
            seen = tuple(around[width + place - (width - 1) // 2 :][:width])
            if row[place] > 0:
                known[seen] = max(float(row[place]), known.get(seen, 0))
    return best


def test_the_phrases_are_those_with_the_largest_answers(network, texts, made):
    every = expected(network, texts)
    assert made.texts == len(texts) and len(every) == len(made.answers)
    for filter, known in enumerate(every):
        largest = sorted(known.values(), reverse=True)[:MOST]
        assert made.answers[filter] == pytest.approx(largest + [0] * (MOST - len(largest)), abs=1e-5)
        given = {tuple(ids): answer for ids, answer in zip(made.ids[filter].tolist(), largest, strict=False)}
        assert len(given) == len(largest), "each phrase once"
        for ids, answer in given.items():
            [same] = [value for seen, value in known.items() if seen == ids[: len(seen)]]
            assert same == pytest.approx(answer, abs=1e-5)


def test_the_file_holds_the_same_and_belongs_to_its_filters(network, made):
    size = filter_phrases.write(network.folder, network.epoch, made)
    assert size == (network.folder / layout.filter_phrases(network.epoch)).stat().st_size < 100_000
    kernels = findings(network, network.read("goal")).kernels
    read = filter_phrases.of_network(network, kernels)
    assert read.texts == made.texts and (read.ids == made.ids).all() and (read.answers == made.answers).all()
    with pytest.raises(ModelError, match="another network.*python -m imdb_core inside"):
        filter_phrases.of_network(network, [kernel + 1 for kernel in kernels])


def test_a_network_without_a_convolution_has_none():
    network = predictor.load(paths.PRETRAINED / "lstm")
    reviews = Reviews.from_lists([[1, 4]], [0])
    assert filter_phrases.make(network.content(), reviews, network.config, training=9) is None


DAMAGE = {
    "empty": lambda arrays: b"",
    "too large": lambda arrays: bytes(stored.LARGEST_FILE + 1),
    "no phrases": lambda arrays: packed({"answers": np.zeros(3, np.float32)}),
    "another shape": lambda arrays: packed({**arrays, "answers": arrays["answers"][1:]}),
    "not finite": lambda arrays: packed({**arrays, "answers": arrays["answers"] * np.nan}),
    "negative": lambda arrays: packed({**arrays, "ids": arrays["ids"].astype(np.int32) - 9}),
    "no texts": lambda arrays: packed({**arrays, "texts": np.zeros(1, np.int64)}),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_refused_with_a_sentence(damage, tmp_path):
    ids = np.full((2, MOST, 3), 4, np.int32)
    made = FilterPhrases(bytes(32), np.ones((2, MOST), np.float32), ids, 30)
    filter_phrases.write(tmp_path, 3, made)
    path = tmp_path / layout.filter_phrases(3)
    path.write_bytes(damage(unpacked(path.read_bytes())))
    with pytest.raises(ModelError, match="cannot be used: .*python -m imdb_core inside"):
        filter_phrases.read(tmp_path, 3)


def test_padding_is_no_part_of_a_phrase(made):
    assert all(PAD not in ids for filter in range(len(made.answers)) for _, ids in made.of(filter))
