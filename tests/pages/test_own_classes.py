"""The text box, the Watch page and the lists with the user's own classes; the data set is gone."""

import pytest
from apptest import charts, components, coordinates, errors, figure, listed_runs, opened, texts, typed

from imdb_core.data import sources
from imdb_core.data.vocabulary import Vocabulary
from tests import class_runs
from tests.class_runs import THREE

GOALS = "The goal of the goal in the rain"


def chooser(app, label):
    [box] = [box for box in app.selectbox if box.label == label]
    return box


def test_the_bars_show_all_classes_and_the_chosen_class_is_explained():
    run = class_runs.finished_run()
    app = typed(opened("classify", model=run.id), GOALS)
    [bars] = components(app, "class_bars")
    assert bars["verdict"] == "sport" and [row[0] for row in bars["rows"]] == list(THREE)
    shares = [row[1] for row in bars["rows"]]
    assert shares == sorted(shares, reverse=True) and sum(shares) == pytest.approx(1, abs=1e-5)
    [words] = components(app, "seen_words")
    assert [word[3] for word in words["words"]][1].startswith("+"), "goal makes it sport"
    assert "makes it more “sport”" in str(words["key"]) and "less “sport”" in str(words["key"])

    chooser(app, "Show the effect on").set_value("weather").run()
    assert app.query_params["of"] == "weather"
    [words] = components(app, "seen_words")
    assert [word[3] for word in words["words"]][1].startswith("-"), "goal makes it less weather"
    curve = figure(app, "Probability of “weather” after each word")
    assert coordinates(curve["data"][0]["y"])[-1] == pytest.approx(shares[1], abs=1e-5)
    assert "positive" not in texts(app) + str(charts(app)) + str(words)
    assert components(app, "review_box")[0]["placeholder"] == "Type or paste a text …"
    assert [button.label for button in app.button] == [], "the examples are film reviews"


def test_the_title_says_what_the_chosen_network_reads_and_answers():
    run = class_runs.finished_run()
    app = opened("classify", model=run.id)
    assert app.title[0].value == "Type a text, see its class"
    app.selectbox(key="model-choice").set_value("pretrained/lstm").run()
    assert app.title[0].value == "Type a review, see the score" and not app.exception


def test_an_unknown_class_in_the_link_is_ignored():
    app = typed(opened("classify", model=class_runs.finished_run().id, of="gone"), GOALS)
    assert chooser(app, "Show the effect on").value == "" and not app.error


def test_of_fifty_classes_ten_are_shown_until_a_click():
    classes = (*(f"topic {number}" for number in range(48)), "<b>bold</b>", "*" * 80)
    signs = tuple(f"word{number}" for number in range(50))
    run = class_runs.finished_run(classes, signs)
    app = typed(opened("classify", model=run.id), "word48 word48 word49")
    [bars] = components(app, "class_bars")
    assert [row[0] for row in bars["rows"]][:2] == ["<b>bold</b>", "*" * 80] and len(bars["rows"]) == 10
    app.toggle(key="all-classes").set_value(True).run()
    [bars] = components(app, "class_bars")
    assert sorted(row[0] for row in bars["rows"]) == sorted(classes)


def test_two_classes_of_the_user_keep_the_meter_with_their_names():
    run = class_runs.finished_run(("spam", "ham"), ("buy", "hello"))
    app = typed(opened("classify", model=run.id), "hello hello buy")
    [meter] = components(app, "verdict_meter")
    assert meter["verdict"] == "ham" and meter["ends"] == ["spam", "ham"]
    assert meter["number"] == f"{meter['share']:.1%} “ham”" and meter["share"] > 0.5
    [words] = components(app, "seen_words")
    assert "makes it more “ham”" in str(words["key"]) and "more “spam”" in str(words["key"])
    shown = texts(app) + str(components(app, "verdict_meter")) + str(words) + str(charts(app))
    assert "positive" not in shown.lower() and "negative" not in shown.lower()


def test_side_by_side_are_only_networks_that_answer_the_same_question():
    runs = [class_runs.finished_run(name=name) for name in ("one", "two")]
    class_runs.finished_run(("spam", "ham"), ("buy", "hello"))
    app = typed(opened("classify", model=runs[0].id), GOALS)
    app.toggle(key="all").set_value(True).run()
    assert len(app.multiselect[0].options) == 2 and "are compared here: 2 of" in texts(app)
    assert "2 networks say between" in texts(app) and texts(app).count("sport") >= 1
    chooser(app, "Show the share of").set_value("weather").run()
    [(drawn, _)] = charts(app)
    assert drawn["layout"]["xaxis"]["title"]["text"] == "probability of “weather”"
    assert all("says “sport”" in text for text in drawn["data"][0]["text"])
    film = typed(opened("classify"), "a superb film")
    film.toggle(key="all").set_value(True).run()
    assert not [title for title in film.multiselect[0].options if "deleted data set" in title]


def test_pieces_of_a_typed_word_have_no_space_between_them():
    vocabulary = Vocabulary(["a", "b", "c", "d", "ab"], "subwords")
    run = class_runs.finished_run(THREE, "abc", tokenizer="subwords", vocabulary=vocabulary)
    app = typed(opened("classify", model=run.id), "abcd ab")
    [words] = components(app, "seen_words")
    assert [(word[0], word[4]) for word in words["words"]] == [
        ("ab", False),
        ("c", True),
        ("d", True),
        ("ab", False),
    ]
    assert "4 pieces of words: 4 read" in texts(app)


def test_only_a_network_that_learned_english_asks_for_english():
    asked = {}
    for tokenizer in ("unicode_words", "keras_imdb"):
        run = class_runs.finished_run(tokenizer=tokenizer)
        asked[tokenizer] = errors(typed(opened("classify", model=run.id), "zzqx"))[0]
    assert "English" in asked["keras_imdb"] and "English" not in asked["unicode_words"]


def test_probes_show_the_most_probable_class_or_a_chosen_one():
    goal, rain = [[0.5, 0.3, 0.2], [0.7, 0.2, 0.1]], [[0.5, 0.4, 0.1], [0.1, 0.8, 0.1]]
    run = class_runs.finished_run(probes=[("the goal", goal), ("rain", rain)])
    app = opened("watch", run=run.id)
    curves = figure(app, "2 probe texts scored")
    assert [line["y"] for line in curves["data"]] == [[0.5, 0.7], [0.5, 0.8]]
    assert curves["data"][1]["customdata"] == ["“sport”", "“weather”"]
    assert "last: 70% “sport”, 80% “weather”" in str(charts(app))
    chooser(app, "Show for each probe text").set_value("배송").run()
    curves = figure(app, "2 probe texts scored")
    assert [line["y"] for line in curves["data"]] == [[0.2, 0.1], [0.1, 0.1]]
    assert "guessing: 1.099" in str(charts(app)) and "guessing: 0.333" in str(charts(app))


def test_a_run_whose_data_set_was_deleted_stays_readable():
    run = class_runs.finished_run()
    gone = sources.title(run.config.dataset)
    assert gone == f"deleted data set {run.config.dataset}"
    watch = opened("watch", run=run.id)
    assert "was deleted, so a script could not read it" in texts(watch)
    assert "| Classes | sport, weather, 배송 |" in texts(watch)
    assert [row["dataset"] for row in listed_runs(opened("runs"))] == [gone]
    train = opened("train", **{"from": run.id})
    assert "which was deleted" in texts(train) and not train.error
    assert gone in opened("classify", model=run.id).selectbox[0].options[-1]
