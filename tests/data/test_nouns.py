"""What sentences call one text and several texts of a source."""

import pytest

from imdb_core.data import sources
from imdb_core.data.nouns import LONGEST, Nouns, nouns, singular
from tests import class_sources


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("questions", "question"),
        ("customer complaints", "customer complaint"),
        ("queries", "query"),
        ("movies", "movie"),
        ("speeches", "speech"),
        ("addresses", "address"),
        ("E-Mails", "E-Mail"),
        ("questions about lamps", "question about lamps"),
        ("preguntas", "pregunta"),
    ],
)
def test_the_singular_of_a_plural_is_known(many, one):
    assert singular(many) == one


@pytest.mark.parametrize(
    "noun",
    ["own texts", "feedback", "news", "Anfragen", "質問", "", "s", "<b>tags</b>", "*stars*", "[a](b)s", "f1s"]
    + ["x" * LONGEST + "s", "trailing s ", "a\nlines", "gas_es"],
)
def test_without_a_known_singular_there_is_none(noun):
    assert singular(noun) == ""


@pytest.mark.parametrize(
    ("one", "with_article"),
    [
        ("review", "a review"),
        ("opinion", "an opinion"),
        ("user story", "a user story"),
        ("utterance", "an utterance"),
    ],
)
def test_the_article_fits_the_sound(one, with_article):
    assert Nouns(one, "").a == with_article


@pytest.mark.parametrize("name", sources.names())
def test_every_source_of_the_app_has_reviews(name):
    assert nouns(name) == Nouns("review", "reviews")


def test_a_data_set_of_the_users_own_names_its_texts_and_a_deleted_one_has_texts():
    with class_sources.registered() as name:
        noun = sources.get(name).noun
        assert nouns(name) == Nouns(singular(noun), noun) and singular(noun)
    assert nouns(name) == Nouns("text", "texts")
