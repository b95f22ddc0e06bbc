"""The languages of the sentences about runs. Each language is one module, named by its ISO 639-1 code: en.py.

A module holds SENTENCES, code -> template. en.py has every code. If another language lacks a sentence, the
English sentence is shown. IMDB_LANGUAGE chooses the language. Called by imdb_core/sentences.py.
"""

import functools
import importlib
import os
import pkgutil
from collections.abc import Mapping

ENGLISH = "en"
VARIABLE = "IMDB_LANGUAGE"


@functools.cache
def available() -> tuple[str, ...]:
    """The codes of all languages, in alphabetical order."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def _requested() -> str:
    """The text of IMDB_LANGUAGE; English if the variable is unset or empty."""
    return os.environ.get(VARIABLE, "").strip() or ENGLISH


def chosen() -> str:
    """The language that IMDB_LANGUAGE names; English if the variable names no language."""
    language = _requested().lower()
    return language if language in available() else ENGLISH


@functools.cache
def templates(language: str) -> Mapping[str, str]:
    """Code -> template of one of the available languages."""
    sentences: Mapping[str, str] = importlib.import_module(f"{__name__}.{language}").SENTENCES
    return sentences


def problem() -> str | None:
    """A sentence if IMDB_LANGUAGE names a language that does not exist, else None."""
    if _requested().lower() in available():
        return None
    return (
        f"{VARIABLE} is {_requested()[:20]!r}; it must be one of {', '.join(available())}. English is shown."
    )
