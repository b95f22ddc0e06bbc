"""Codes and values become sentences; what cannot become a sentence is shown as its code."""

import pickle
from string import Formatter

import pytest

from imdb_core import errors, languages
from imdb_core.errors import DataError
from imdb_core.sentences import Sentence

ENGLISH = languages.templates(languages.ENGLISH)


def test_a_sentence_holds_its_code_its_template_and_its_values():
    sentence = Sentence("out_of_memory", settings=["batch_size", "units"])
    assert sentence == "Out of memory. Make batch_size or units smaller."
    assert sentence.template == ENGLISH["out_of_memory"]
    assert sentence.fields == {"code": "out_of_memory", "values": {"settings": ["batch_size", "units"]}}
    assert Sentence("stopped_without_epoch").fields == {"code": "stopped_without_epoch"}


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("a_code_of_a_newer_version", {"text": "x"}),
        ("{text.__class__}", {"text": "x"}),
        ("out_of_memory", {}),
        ("not_responding", {"seconds": "soon"}),
        ("not_responding", {"seconds": None}),
        ("not_responding", {"seconds": 10**400}),
    ],
)
def test_an_unknown_code_or_values_that_do_not_fit_are_shown_as_the_code(code, values):
    assert Sentence(code, **values) == code


@pytest.mark.parametrize(("seconds", "words"), [(8.4, "8 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")])
def test_seconds_are_written_as_a_duration(seconds, words):
    assert Sentence("not_responding", seconds=seconds).startswith(f"not responding for {words} (")


def test_values_may_have_any_name():
    assert Sentence("text", text="x", code="y", cls="z").values == {"text": "x", "code": "y", "cls": "z"}


def test_templates_use_the_values_themselves_never_their_attributes():
    names = [name for template in ENGLISH.values() for _, name, _, _ in Formatter().parse(template) if name]
    assert names and all(name.isidentifier() for name in names)


def test_a_sentence_survives_pickling():
    sentence = pickle.loads(pickle.dumps(Sentence("text", text="No space.")))  # noqa: S301 - our own bytes
    assert (sentence, sentence.code, sentence.values) == ("No space.", "text", {"text": "No space."})


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DataError("The reviews are gone."), "The reviews are gone"),
        (OSError(28, "No space left on device", "/runs/x"), "No space left on device: /runs/x"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (MemoryError(), "out of memory"),
        (ValueError("it is not a JSON object"), "it is not a JSON object"),
        (KeyError("units"), "KeyError: 'units'"),
        (RuntimeError(), "RuntimeError"),
        (RuntimeError("x" * 5000), f"RuntimeError: {'x' * errors.LONGEST_REASON}"),
    ],
)
def test_each_error_has_a_reason_for_the_middle_of_a_sentence(error, reason):
    assert errors.reason(error) == reason


@pytest.mark.parametrize("language", languages.available())
def test_every_language_fills_in_the_same_values_as_english(language):
    for code, template in languages.templates(language).items():
        assert _fields(template) == _fields(ENGLISH[code]), f"{language}: {code}"


def _fields(template: str) -> set[tuple[str, str | None]]:
    return {(name, form) for _, name, form, _ in Formatter().parse(template) if name}


@pytest.fixture
def latin(monkeypatch):
    """A language with two sentences, of which one does not fit its values."""
    texts = {"starting": "incipit", "out_of_memory": "memoria deest: {nothing}"}
    monkeypatch.setattr(languages, "available", lambda: ("en", "la"))
    monkeypatch.setattr(languages, "templates", lambda language: {"la": texts, "en": ENGLISH}[language])
    monkeypatch.setenv("IMDB_LANGUAGE", " LA ")


def test_a_sentence_is_shown_in_the_chosen_language_or_else_in_english(latin):
    assert Sentence("starting") == "incipit"
    assert Sentence("training") == "training"
    assert Sentence("out_of_memory", settings=["units"]) == "Out of memory. Make units smaller."


def test_an_unknown_language_gets_a_sentence_and_english_is_shown(monkeypatch):
    monkeypatch.setenv("IMDB_LANGUAGE", "klingon")
    assert "must be one of" in languages.problem() and Sentence("training") == "training"
    monkeypatch.setenv("IMDB_LANGUAGE", "en")
    assert languages.problem() is None
