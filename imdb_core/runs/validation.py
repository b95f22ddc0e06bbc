"""Check one line of a run's JSON files against its declared fields. Called by rows."""

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from imdb_core.runs.journal import UnsoundRow


def validated(line: bytes, fields: TypeAdapter[Any]) -> dict[str, Any] | None:
    """The declared fields of one line; None for a line that a crash has cut. Raises UnsoundRow."""
    try:
        row: dict[str, Any] = fields.validator.validate_json(line)
        return row
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    if first["loc"]:
        name, value = str(first["loc"][0]), _shortened(first["input"])
        raise UnsoundRow(
            "it names no event" if name == "event" else f"{name} is {value}, which is not allowed"
        )
    if _is_object(line):
        raise UnsoundRow(
            "it holds a value that no worker writes, such as NaN, a lone surrogate or a number of many digits"
        )
    return None


def _shortened(value: Any) -> str:
    """The rejected value in at most 40 characters."""
    if value is None:
        return "null"
    if isinstance(value, int) and value.bit_length() > 1000:  # Python refuses to write out very long numbers
        return "a number of more than 300 digits"
    return ascii(str(value)[:40])


def _is_object(line: bytes) -> bool:
    """Whether json.loads, which is more lenient than pydantic, reads the line as a whole object."""
    try:
        return isinstance(json.loads(line, parse_int=float), dict)
    except ValueError:
        return False
    except RecursionError:
        return True
