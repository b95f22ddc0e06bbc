"""The Compare page: which runs it offers, and what it says of two networks."""

from apptest import charts, opened, run_tables, texts


def test_two_networks_are_compared_in_plain_words():
    app = opened("compare", runs="pretrained/cnn_lstm,pretrained/lstm")
    assert "alone is right on" in texts(app) and len(charts(app)) == 1
    assert "Convolution filters" in run_tables(app)[0]["setting"]


def test_own_runs_are_compared_before_the_pretrained(finished_run):
    assert all(chosen.startswith("pretrained/") for chosen in opened("compare").multiselect[0].value)
    older, newer = finished_run("older"), finished_run("newer")
    assert opened("compare").multiselect[0].value[:2] == [newer.id, older.id]


def test_an_unknown_run_in_a_comparison_gives_a_sentence():
    assert opened("compare", runs="nonsense,pretrained/lstm").error
