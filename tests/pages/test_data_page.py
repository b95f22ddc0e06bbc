"""The page "The reviews": counts, charts, links and the text box, on the demo reviews and on real ones."""

import os

import numpy as np
import pytest
import small_imdb
from apptest import components, figure, opened, tables, texts

from imdb_core import background, data
from imdb_core.data import imdb
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.evaluation import corpus_facts, duplicates


@pytest.fixture
def nothing_here(monkeypatch, tmp_path):
    """No IMDB reviews: the page has the demo reviews alone."""
    monkeypatch.delenv("IMDB_DATA_DIR", raising=False)
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "none"))
    return tmp_path / "none"


def shown_words(app):
    """(text, kind, small number) of the words of the training review."""
    (part,) = components(app, "seen_words")
    return [(text, kind, number) for text, kind, _, number in part["words"]]


def test_with_nothing_on_the_machine_the_demo_reviews_are_shown_and_nothing_is_downloaded(
    nothing_here, monkeypatch
):
    monkeypatch.setattr(background, "spawn", lambda *_, **__: pytest.fail("a process was started"))
    app = opened("data")
    text = texts(app)
    assert (
        "IMDB_DATA_DIR" in text
        and "Synthetic" in text
        and "Download the reviews" in [button.label for button in app.button]
    )
    assert len(components(app, "chart")) == len(app.get("download_button")) == 4
    assert all(part["alt"] for part in components(app, "chart"))
    assert not [control for control in app.segmented_control if control.key == "corpus"]
    assert not nothing_here.exists()


def test_counts_of_both_halves_are_in_a_table(nothing_here):
    table = tables(opened("data"))[0]
    assert table["reviews"] == ["4,000", "1,000"] and table["positive"] == ["2,000", "500"]


def test_the_share_of_positive_reviews_comes_from_the_reviews(nothing_here):
    assert "50.0% of the 4,000 training reviews and 50.0% of the 1,000 test reviews are positive." in texts(
        opened("data")
    )


@pytest.mark.usefixtures("nothing_here")
def test_duplicates_are_counted_in_a_table():
    counts = duplicates.duplicates("demo")
    repeated = [counts.train.repeated, counts.test.repeated, counts.in_training.sum()]
    table = tables(opened("data"))[1]
    assert table["repeated reviews"] == [str(count) for count in repeated]
    assert table["with the opposite label"][2] == str(counts.other_label)


def test_uneven_classes_of_the_users_own_reviews_are_named_on_the_page(monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    lists = [[1, 2, 3 + at % 3] for at in range(20)]
    labels = {"y_train": np.array([1] + [0] * 19), "y_test": np.array([1, 0] * 10)}
    (tmp_path / "imdb.npz").write_bytes(small_imdb.npz(x_train=lists, x_test=lists, **labels))
    (tmp_path / "imdb_word_index.json").write_bytes(small_imdb.index())
    app = opened("data")
    assert "5.0% of the 20 training reviews and 50.0% of the 20 test reviews are positive." in texts(app)
    warning = app.warning[0].value.replace("\\", "")
    assert "95.0% of the training reviews are negative: always answering “negative”" in warning
    assert tables(app)[1]["repeated reviews"] == ["17", "17", "20"]


def test_the_review_length_moves_the_cut_and_its_shares(nothing_here):
    app = opened("data")
    assert (
        "0.00 % of all words are lost" in texts(app)
        and "shapes" not in figure(app, "Review lengths")["layout"]
    )
    app.slider(key="length").set_value(20).run()
    drawn, lost = figure(app, "Review lengths"), corpus_facts.cut(corpus_facts.facts("demo"), 20)
    assert drawn["layout"]["shapes"][0]["x0"] == 20.5
    assert f"{100 * lost.words:.2f} % of all words are lost" in texts(app) and lost.words > 0.1
    assert sum(drawn["data"][0]["y"]) == 4000 and len(set(drawn["data"][0]["marker"]["opacity"])) == 2


def test_the_vocabulary_size_moves_the_point_on_the_curve(nothing_here):
    app = opened("data")
    assert figure(app, "Share of all words")["data"][1]["y"] == [1.0]
    app.select_slider(key="vocabulary").set_value(50).run()
    at = corpus_facts.known(corpus_facts.facts("demo"), 50)
    drawn = figure(app, "Share of all words")
    assert (drawn["data"][1]["x"], drawn["data"][1]["y"]) == ([50], [at.words]) and at.words < 0.9
    assert drawn["layout"]["xaxis"]["type"] == "log"
    assert f"{100 * at.reviews_with_unknown:.2f} % of the reviews have an unknown word" in texts(app)


def test_twenty_frequent_and_twenty_telling_words_are_bars(nothing_here):
    app = opened("data")
    frequent, telling = figure(app, "The 20 most frequent"), figure(app, "The words that differ most")
    assert len(frequent["data"]) == 2 and len(frequent["data"][0]["x"]) == 20 == len(telling["data"][0]["x"])
    assert telling["data"][0]["x"] == sorted(telling["data"][0]["x"], reverse=True)


def test_the_link_keeps_length_vocabulary_label_and_number(nothing_here):
    app = opened("data", length="35", vocabulary="200", label="negative", number="7")
    assert app.slider(key="length").value == 35 and app.select_slider(key="vocabulary").value == 200
    assert app.number_input(key="number").value == 7
    corpus = data.load("demo")
    place = corpus_facts.places(corpus_facts.facts("demo"), 0)[6]
    whole = Vocabulary(corpus.words).decode(corpus.train[place][1:])
    assert [text for text, _, _ in shown_words(app) if text != "start"] == whole
    assert "7 of 2,000 training reviews with negative label: **negative**" in texts(app)


@pytest.mark.parametrize(
    "query",
    [
        *({"number": odd} for odd in ("-1", "9" * 400, "1e999", "²")),
        *({"length": odd} for odd in ("1", "1e999", "x")),
        {"vocabulary": "11"},
        {"label": "*"},
    ],
)
def test_odd_values_in_the_link_do_no_harm(nothing_here, query):
    assert shown_words(opened("data", **query))


def test_a_review_is_shown_as_the_network_sees_it(nothing_here):
    app = opened("data", number="3", length="10", vocabulary="100")
    review = data.load("demo").train[2]
    expected = [str(id) if id < 100 else "2" for id in review[-10:]]
    words = shown_words(app)
    assert [kind for _, kind, _ in words] == ["cut"] * (len(review) - 11) + [
        "unknown" if id == "2" else "read" for id in expected
    ]
    assert [number for _, _, number in words if number] == expected and "unknown" in {
        kind for _, kind, _ in words
    }
    whole = shown_words(opened("data", number="3"))
    assert whole[0] == ("start", "read", "1") and len(whole) == len(review)


def test_another_random_review_has_the_chosen_label_and_goes_into_the_link(nothing_here):
    app = opened("data", label="positive")
    seen = [1]
    for _ in range(4):
        app.button(key="random").click().run()
        seen.append(app.number_input(key="number").value)
        assert "with positive label: **positive**" in texts(app)
        assert app.query_params["number"] in ([str(seen[-1])], str(seen[-1]))
    assert (
        all(number != following for number, following in zip(seen, seen[1:], strict=False))
        and max(seen) <= 2000
    )


def test_another_label_is_read_from_its_first_review(nothing_here):
    app = opened("data", number="3999")
    app.segmented_control(key="label").set_value("negative").run()
    assert app.number_input(key="number").value == 1 and "1 of 2,000" in texts(app)


def test_a_training_review_goes_to_the_text_box_with_one_click(nothing_here):
    app = opened("data", number="5", length="10")
    whole = " ".join(text for text, _, _ in shown_words(app))
    app.button(key="try-training").click().run()
    assert not app.exception and app.title[0].value == "Type a review, see the score"
    assert app.session_state["review-kept"]["text"] == whole


def test_damaged_reviews_give_a_sentence_and_the_demo_reviews_can_be_chosen(nothing_here):
    (nothing_here / "keras").mkdir(parents=True)
    for name in imdb.PUBLISHED:
        (nothing_here / "keras" / name).write_bytes(b"torn")
    app = opened("data")
    assert "missing or damaged" in texts(app) and not components(app, "chart")
    app.segmented_control(key="corpus").set_value("demo").run()
    assert not app.exception and len(components(app, "chart")) == 4
    assert len(components(opened("data", corpus="demo"), "chart")) == 4


@pytest.mark.skipif(
    not os.environ.get("IMDB_DATA_DIR"), reason="IMDB_DATA_DIR names no folder with the real files"
)
def test_the_real_reviews_come_first_and_the_demo_reviews_are_one_click_away():
    app = opened("data", number="25000")
    assert tables(app)[0]["reviews"] == ["25,000", "25,000"] and "Synthetic" not in texts(app)
    effect = duplicates.effect("imdb", duplicates.duplicates("imdb"))
    assert (
        f"{100 * effect.without:.2f} % of the test reviews instead of {100 * effect.accuracy:.2f} %"
        in texts(app)
    )
    assert app.number_input(key="number").value == 25_000
    app.segmented_control(key="corpus").set_value("demo").run()
    assert not app.exception and "Synthetic" in texts(app) and app.number_input(key="number").value == 4000
