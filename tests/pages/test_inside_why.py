"""See inside: the answers to "why", side by side, on the page "Type a review"."""

import json

import pytest
from apptest import components, opened, texts, typed

from imdb_core.inside import integrated

TEXT = "The first half is boring, but the acting is wonderful and the ending is not bad at all"
WORDS = TEXT.lower().replace(",", "").split()


def chart(app):
    """The figure with the rows of the answers."""
    figures = (json.loads(part["figure"]) for part in components(app, "chart"))
    [figure] = [each for each in figures if each["layout"].get("uirevision") == "answers-to-why"]
    return figure


def shown(model, text=TEXT, **query):
    app = opened("classify", model=model, inside="true", view="why", **query)
    typed(app, text)
    assert not app.exception and not app.error
    return app


def column(figure, name):
    """The numbers of one answer in the figure's table."""
    table = figure["layout"]["meta"]["table"]
    place = table["headings"].index(name)
    return [float(row[place].rstrip("%").replace("−", "-")) for row in table["rows"]]


@pytest.mark.parametrize(
    ("model", "looks"),
    [
        ("lstm", []),
        ("cnn_lstm_dense", []),
        ("gru_attention", ["attention"]),
        ("transformer", ["attention, head 1", "attention, head 2"]),
    ],
)
def test_each_answer_is_a_row_of_the_same_words(model, looks):
    app = shown(f"pretrained/{model}")
    figure = chart(app)
    assert figure["layout"]["yaxis"]["ticktext"] == ["leave one out", "integrated gradients", *looks]
    rows = [row for trace in figure["data"] for row in trace["z"]]
    assert len(rows) == 2 + len(looks) and all(len(row) == len(WORDS) for row in rows)
    assert [row[0] for row in figure["layout"]["meta"]["table"]["rows"]] == [
        f"{place}. {word}" for place, word in enumerate(WORDS, start=1)
    ]
    for trace in figure["data"]:  # a hover marks the word in the text
        assert trace["customdata"][0][0] == [len(WORDS)] * 2 and trace["customdata"][-1][-1] == [1, 1]
    effects = figure["data"][0]
    largest = max(abs(value) for row in effects["z"] for value in row)  # of both rows: one scale
    assert effects["zmax"] == -effects["zmin"] == pytest.approx(largest, abs=1e-4)
    for name in ("leave one out", "integrated gradients"):
        by_word = dict(zip(WORDS, column(figure, name), strict=True))
        assert by_word["wonderful"] > 0 > by_word["boring"]
    for name in looks:
        assert min(column(figure, name)) >= 0 and sum(column(figure, name)) <= 101
    assert ("Attention tells where the network looks" in texts(app)) == bool(looks)
    assert "The shares add up" in texts(app) and "“boring” -" in texts(app).replace("\\", "")


def test_leaving_out_is_what_the_marks_of_the_words_show():
    """The first row has the numbers that stand at the words above; they are computed once."""
    app = shown("pretrained/gru_attention")
    [marked] = [part for part in components(app, "seen_words") if "click a word" in str(part)]
    numbers = {word: number for word, _, _, number, *_ in marked["words"] if number}
    by_word = dict(zip(WORDS, column(chart(app), "leave one out"), strict=True))
    assert numbers["boring"] == f"{by_word['boring']:+.1f}" and numbers["wonderful"].startswith("+")


def test_the_epoch_slider_changes_the_shares():
    app = shown("pretrained/lstm")
    before = column(chart(app), "integrated gradients")
    app.select_slider(key="epoch-slider").set_value(1).run()
    assert not app.exception and not app.error
    assert column(chart(app), "integrated gradients") != before


def test_a_long_text_has_no_row_for_leaving_out_before_it_is_asked_for():
    app = shown("pretrained/cnn_lstm", " ".join(WORDS * 15))
    assert chart(app)["layout"]["yaxis"]["ticktext"] == ["integrated gradients"]
    assert "is shown once “Explain this long text” is on" in texts(app)
    app.toggle(key="explain").set_value(True).run()
    assert chart(app)["layout"]["yaxis"]["ticktext"] == ["leave one out", "integrated gradients"]


def test_shares_that_do_not_add_up_are_said_to(monkeypatch):
    monkeypatch.setattr(integrated, "TOLERANCE", -1.0)
    monkeypatch.setattr(integrated, "SHOWN", -1.0)
    monkeypatch.setattr(integrated, "MOST_POINTS", 16)
    app = shown("pretrained/cnn_lstm_dense")
    assert "they miss the change from the empty text" in app.warning[0].value
    assert "do not quite add up" in texts(app) and "The shares add up" not in texts(app)
