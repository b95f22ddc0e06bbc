"""The sentences for the codes in a run's events. Events hold a code and values; pages show the sentence.

The texts are in imdb_core/languages/, one module for each language.
"""

from collections.abc import Mapping

from imdb_core import languages
from imdb_core.quantities import duration

Value = str | int | float | list[str] | None

ALTERNATIVES = " or "  # between the items of a list


class Sentence(str):
    """The text of `code` with `values` filled in; the code itself if it is unknown or its values do not fit.

    A run that a newer version wrote may hold codes and values that this version does not know.
    """

    code: str
    template: str
    values: Mapping[str, Value]

    def __new__(cls, code: str, /, **values: Value) -> "Sentence":
        template, text = "", ""
        for language in dict.fromkeys((languages.chosen(), languages.ENGLISH)):
            template = languages.templates(language).get(code, "")
            if text := _filled(template, values):
                break
        sentence = super().__new__(cls, text or code)
        sentence.code, sentence.template, sentence.values = code, template, values
        return sentence

    @property
    def fields(self) -> dict[str, str | Mapping[str, Value]]:
        """The code and the values, as an event holds them."""
        return {"code": self.code, "values": self.values} if self.values else {"code": self.code}


def _filled(template: str, values: Mapping[str, Value]) -> str:
    """`template` with `values`; empty if they do not fit. "{duration}" is the value `seconds` in words."""
    texts = {
        name: ALTERNATIVES.join(value) if isinstance(value, list) else value for name, value in values.items()
    }
    try:
        if isinstance(seconds := values.get("seconds"), int | float):
            texts["duration"] = duration(float(seconds))
        return template.format(**texts)
    except (LookupError, ValueError, TypeError, ArithmeticError):
        return ""
