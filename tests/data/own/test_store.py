"""A data set is stored whole or not at all; it can be renamed, deleted, and texts can be excluded."""

import os

import numpy as np
import pytest

from imdb_core.data import nouns
from imdb_core.data.own import proposal, source, store
from imdb_core.data.own.choices import Choices
from imdb_core.errors import DataError

ROWS = [f"text number {number} was {word},{word}" for number in range(10) for word in ("good", "bad", "fair")]
CSV = "\n".join(["text,label", *ROWS])


@pytest.fixture
def name(table, in_process):
    return proposal.add(table(CSV), Choices(name="Meals", noun="meal reviews"))


def test_a_data_set_without_a_noun_holds_texts(table, in_process):
    assert store.facts(proposal.add(table(CSV), Choices())).noun == nouns.Nouns.many


def test_a_data_set_holds_the_rows_of_its_file(name, own_cache):
    facts = store.facts(name)
    assert store.names() == [name] and os.listdir(own_cache) == [name]
    assert (facts.title, facts.noun, facts.classes) == ("Meals", "meal reviews", ("bad", "fair", "good"))
    assert facts.counts == {"training": 24, "test": 6, "unlabelled": 0}
    assert facts.class_counts == {"training": (8, 8, 8), "test": (2, 2, 2)}
    rows = []
    for part in ("training", "test"):
        texts = store.texts(name, part)
        assert list(texts) == [texts[number] for number in range(len(texts))]
        rows += [f"{text},{facts.classes[label]}" for text, label in zip(texts, texts.labels, strict=True)]
    assert sorted(rows) == sorted(ROWS)


def test_an_excluded_text_is_not_learned_from_and_stays_in_the_data_set(name):
    own, texts = source.source(name), store.texts(name, "training")
    before, index = own.fingerprint(), int(texts.indices[1])
    assert len(own.load().train) == 24
    store.exclude(name, index, "its label is wrong")
    assert store.excluded(name) == {index: "its label is wrong"}
    assert list(store.texts(name, "training")) == [texts[number] for number in range(24) if number != 1]
    assert len(store.texts(name, "training", with_excluded=True)) == 24
    corpus = source.source(name).load()
    assert len(corpus.train) == 23 == source.source(name).training_reviews
    assert corpus.fingerprint == own.fingerprint() != before
    store.include(name, index)
    assert own.fingerprint() == before and store.excluded(name) == {}
    with pytest.raises(DataError, match="no text with the index 30; it has 30 texts"):
        store.exclude(name, 30, "")


def test_the_word_ids_are_those_of_the_texts(name):
    own = source.source(name)
    corpus, shown = own.load(), own.stored()
    texts = store.texts(name, "test")
    assert corpus.fingerprint == own.fingerprint() and set(corpus.words) >= {"text", "number", "good"}
    for number, text in enumerate(texts):
        words = [corpus.words[id - 4] for id in corpus.test[number][1:]]
        assert " ".join(words) == text and corpus.test[number][0] == 1
        assert np.array_equal(shown.test[number], corpus.test[number])
    assert all(path.is_file() for path in own.stored_files())
    assert np.array_equal(own.training_labels(), corpus.train.labels)
    assert round(corpus.train.lengths.mean()) == own.mean_words


def test_a_data_set_can_be_renamed_and_deleted(name, own_cache):
    store.rename(name, "Suppers", "suppers")
    assert (store.facts(name).title, store.facts(name).noun) == ("Suppers", "suppers")
    with pytest.raises(DataError, match="at most 60 printable characters"):
        store.rename(name, "two\nlines")
    foreign = own_cache / name / "notes.doc"
    foreign.write_text("mine")
    with pytest.raises(DataError, match=r"its folder holds 'notes\.doc', which this app did not create"):
        store.delete(name)
    foreign.unlink()
    source.source(name).load()
    store.delete(name)
    assert store.names() == [] and os.listdir(own_cache) == []
    assert not store.is_readable(name)
    with pytest.raises(DataError, match="There is no data set"):
        store.texts(name, "training")


@pytest.mark.parametrize("name", ["../x", "own-12", "own-0123456g", "imdb", ""])
def test_a_name_never_leads_out(name):
    with pytest.raises(DataError, match="is no data set of your own"):
        store.delete(name)


def test_a_damaged_data_set_is_refused_and_hides_no_other(name, own_cache):
    damaged = own_cache / "own-00000000"
    damaged.mkdir()
    (damaged / "data-set.json").write_text('{"format": 1, "name": 5}')
    assert store.names() == [name]
    with pytest.raises(DataError, match="own-00000000 is damaged"):
        store.facts("own-00000000")


def test_a_refused_file_leaves_nothing_behind(table, in_process, own_cache):
    for text in (CSV + "\na,b,c", "text,label\na good one,pos\nanother,pos\nthird,pos"):
        with pytest.raises(DataError):
            proposal.add(table(text))
        assert os.listdir(own_cache) == []
    with pytest.raises(ZeroDivisionError):
        proposal.add(table(CSV), before_storing=lambda understood: 1 / 0)
    assert os.listdir(own_cache) == []


def test_texts_without_labels_have_no_twin_with_a_label(in_process, tmp_path):
    place = tmp_path / "texts"
    files = {
        f"{part}/{label}/{number}.txt": f"A {label} {part} number {number}."
        for part in ("train", "test")
        for label in ("neg", "pos")
        for number in range(4)
    }
    files |= {"train/unsup/0.txt": "Something else.", "train/unsup/1.txt": "Something else, too."}
    files |= {"train/unsup/2.txt": "a NEG test  number\n1.", "train/unsup/3.txt": "A pos train number 2. "}
    for path, text in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text, "utf-8")
    name = proposal.add(place, Choices(name="Four", drop_duplicates=False))
    own, alone = source.source(name), ["Something else, too.", "Something else."]
    assert own.unlabelled_reviews == 4
    assert sorted(own.unlabelled()) == alone
    assert [own.unlabelled()[number] for number in range(2)] == list(own.unlabelled())
    training = store.texts(name, "training")
    twin = next(number for number in range(len(training)) if training[number] == "A pos train number 2.")
    store.exclude(name, int(training.indices[twin]), "its label is wrong")
    assert sorted(own.unlabelled()) == alone, "the twin of an excluded text is not learned from either"
