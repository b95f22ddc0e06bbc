"""The map of an epoch: aligned with the epoch before, stored in few bytes, and read with care."""

import numpy as np
import pytest

from imdb_core.arrays import packed, unpacked
from imdb_core.errors import ModelError
from imdb_core.inside import map_files, memory_map, stored
from imdb_core.inside.trace import trace
from imdb_core.inside.walk import map_of, walk, words_of
from imdb_core.runs import layout
from imdb_core.scoring import predictor


def test_the_map_of_an_epoch_is_turned_to_fit_the_epoch_before(network, make):
    epochs = network.epochs[-2:]
    first, second = (predictor.Predictor(network.folder, epoch) for epoch in epochs)
    before = make(first)
    alone, aligned = make(second), make(second, before)
    moved = [np.square(each.points - before.points).sum() for each in (alone, aligned)]
    assert moved[1] <= moved[0] + 1e-9
    mirrored = memory_map.MemoryMap(**{**vars(before), "points": before.points * [-1, 1]})
    flipped = make(second, mirrored)
    assert flipped.points == pytest.approx(aligned.points * [-1, 1], abs=1e-6)


def test_the_positive_texts_lie_right_of_the_negative_on_a_first_map(network, make):
    made = make(network)
    left, right = (made.points[made.labels == label].mean(axis=0) for label in (0, 1))
    assert right[0] > left[0] and right[1] == pytest.approx(left[1], abs=1e-9)
    assert made.texts == 50 and made.line is not None and not made.exact and 0.5 < made.agreement <= 1


def test_a_map_is_read_as_it_was_written(network, make):
    made = make(network)
    size = map_files.write(network.folder, 3, made)
    assert size == (network.folder / layout.memory_map(3)).stat().st_size < 100_000
    read = map_files.read(network.folder, 3, network.config)
    assert read.fingerprint == made.fingerprint and read.texts == made.texts
    assert read.points == pytest.approx(made.points, abs=1e-5)
    assert read.plane.axes == pytest.approx(made.plane.axes, abs=1e-6)
    assert read.line == pytest.approx(made.line) and read.agreement == made.agreement
    assert (read.contexts == made.contexts).all() and read.changes == pytest.approx(made.changes, abs=1e-3)
    assert (read.alone.accuracy == made.alone.accuracy).all()


def test_reviews_of_every_number_of_texts_give_a_map(network, make, reviews):
    from imdb_core.inside import recurrent

    layer = recurrent.find(network.content())
    for count in (2, 21):
        few = reviews.select(np.arange(count))
        made = memory_map.make(layer, few, network.config, training=10)
        assert made.texts == min(count, memory_map.FEWEST_TEXTS) and np.isfinite(made.points).all()


def changed(name, change):
    def damage(content):
        arrays = unpacked(content)
        arrays[name] = change(arrays[name])
        return packed(arrays)

    return damage


DAMAGE = {
    "cut": lambda content: content[:100],
    "empty": lambda content: b"",
    "zeros": lambda content: bytes(len(content)),
    "too large": lambda content: bytes(stored.LARGEST_FILE + 1),
    "a missing array": lambda content: packed({"mean": np.zeros(3)}),
    "another size": changed("axes", lambda axes: axes[:, 1:]),
    "no number": changed("points", lambda points: points * np.nan),
    "texts": changed("mean", lambda mean: mean.astype("U8")),
    "an unknown class": changed("labels", lambda labels: labels + np.uint8(7)),
    "an unknown class of a unit": changed("alone_label", lambda labels: labels + np.uint8(7)),
    "two lines": changed("line", lambda line: np.vstack([line, line])),
    "a share of 900 %": changed("shares", lambda shares: shares * 9 + 9),
    "signs": changed("alone_sign", lambda signs: signs * 0),
    "facts": changed("facts", lambda facts: facts - 5),
    "too many dots": changed("labels", lambda labels: np.zeros(10**4, np.uint8)),
    "negative ids": changed("contexts", lambda ids: ids.astype(np.int32) - 10**6),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_map_is_a_sentence_that_says_what_to_do(written, damage):
    path = written.folder / layout.memory_map(written.epoch)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelError, match="cannot be used: .*imdb_core inside"):
        map_of(written)


def test_a_missing_map_names_the_command_that_makes_it(network):
    (network.folder / layout.memory_map(network.epoch)).unlink(missing_ok=True)
    with pytest.raises(ModelError, match=f"python -m imdb_core inside {network.folder.name}"):
        map_of(network)


def test_the_path_begins_before_the_first_word_and_names_the_words_that_move_most(written):
    reading = written.read("The film was the worst but the ending is great")
    traced = trace(written, reading)
    path = walk(traced, map_of(written))
    words = words_of(traced, reading.words)
    assert len(path.points) == len(path.heights) == len(words) + 1
    assert {word for step in words for word in step.split()} == set(reading.words)
    moves = np.abs(np.diff(path.heights))
    assert int(moves.argmax()) + 1 in path.named and list(path.named) == sorted(path.named)
    sides = path.heights > 0
    assert [number for number in range(1, len(sides)) if sides[number] != sides[number - 1]] == list(
        path.crossings
    )


def test_a_map_of_another_epoch_is_refused(written):
    other = predictor.Predictor(written.folder, written.epochs[0])
    with pytest.raises(ModelError, match="made for another network"):
        walk(trace(other, other.read("a film")), map_of(written))
