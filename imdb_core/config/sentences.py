"""A pydantic error as a sentence: wrong value, allowed values, default. Called by run_config.py."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from imdb_core.config.hyperparameter import Facts
from imdb_core.plain_text import one_line

LONGEST_VALUE = 60  # characters of a wrong value that a sentence repeats


def sentence(error: ErrorDetails, fields: Mapping[str, Facts]) -> str:
    """One pydantic error in plain words; `fields` are the fields of RunConfig by name."""
    name = str(error["loc"][0]) if error["loc"] else "config"
    if error["type"] == "json_invalid":
        return f"This is not valid JSON: {error['ctx']['error']}."
    if error["type"] == "extra_forbidden" or name not in fields:
        return f"{one_line(name[:40])} is not a hyperparameter; the hyperparameters are {', '.join(fields)}."
    field = fields[name]
    received = received_value(error["input"])
    return f"{name} is {received}; it must be {field.allowed} The default is {field.default!r}."


def received_value(value: Any) -> str:
    """A wrong value as Python writes it, in at most 60 characters."""
    if value is None:
        return "null"
    if isinstance(value, int) and value.bit_length() > 1000:  # Python refuses to write very long numbers
        return "a number of more than 300 digits"
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."
