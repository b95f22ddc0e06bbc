"""A stored data set is a source like the others, from the moment it is added until it is deleted."""

import pytest

from imdb_core import config as configs
from imdb_core import data
from imdb_core.data import sources
from imdb_core.data.own import proposal, store
from imdb_core.data.own.choices import Choices
from imdb_core.errors import ConfigError, DataError

LONG = [(number, word) for number in range(30) for word in "abc"]
CSV = "text,label\n" + "\n".join(f"meal {number} was {word},{word}" for number in range(9) for word in "abc")


def test_a_data_set_is_a_source_as_soon_as_it_is_added_and_until_it_is_deleted(table, in_process):
    known = sources.names()
    name = proposal.add(table(CSV), Choices(name="Meals"))
    assert sources.names() == [known[0], name, *known[1:]] and sources.TITLES[name] == "Meals"
    config = configs.preset("lstm", dataset=name)
    assert (config.dataset, config.classes) == (name, ("a", "b", "c"))
    corpus = data.load(name, tokenizer=config.tokenizer)
    assert (corpus.name, corpus.classes, corpus.tokenizer) == (name, config.classes, config.tokenizer)
    assert len(corpus.train) == sources.get(name).training_reviews
    with pytest.raises(DataError, match="it must be one of"):
        data.load(name, tokenizer="none")
    written = [sources.get(name).written("test", at).split() for at in range(len(corpus.test))]
    assert [words[-1] for words in written] == ["abc"[label] for label in corpus.test.labels]
    store.rename(name, "Suppers")
    assert sources.TITLES[name] == sources.get(name).title == "Suppers"
    old = sources.get(name)
    store.delete(name)
    assert sources.names() == known and not old.is_available() and old.fingerprint() is None
    assert old.training_labels() is None
    with pytest.raises(DataError, match="is no data set"):
        sources.get(name)
    with pytest.raises(ConfigError, match="dataset is 'own-"):
        configs.preset("lstm", dataset=name)


def test_the_examples_are_test_texts_of_different_classes_that_are_not_too_short(table, in_process):
    long = [f"the {number}th meal of this long week was really and truly {word}" for number, word in LONG]
    rows = [f"{text},{word}" for text, (_, word) in zip(long, LONG, strict=True)]
    name = proposal.add(table("\n".join([CSV, *rows])), Choices(name="Meals"))
    examples = sources.get(name).examples()
    assert [text[-1] for text in examples] == ["a", "b", "c"] and set(examples) <= set(long)
    source = sources.get(name)
    store.delete(name)
    assert source.examples() == () and sources.find(name) is None
