"""The class Problem: a wrong value, or values that contradict each other, as data and as a sentence.

A problem names its fields and holds a code and values. Command line, links and run folders name a field as
config.json does ("learning_rate"), the form by its label ("Learning rate"). Made by run_config.py,
contradictions.py, presets.py, doubts.py, and by imdb_core/sweeps/.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import ErrorDetails

from imdb_core.config import typed
from imdb_core.config.fields import FACTS, choice_label
from imdb_core.errors import ConfigError
from imdb_core.plain_text import one_line

PART = "-"  # between a hyperparameter that varies and the part of its range: "units-low"
LONGEST_VALUE = 60  # characters of a wrong value that a sentence repeats
MOST_SENTENCES = 8  # in the message of an error
DEFAULT, PRESET, RUN = "default", "preset", "run"  # whose value a sentence proposes: the `owner`


@dataclass(frozen=True)
class Problem:
    """A code of _TEMPLATES, the fields beside which the form shows it, and the values of its sentence.

    `better` maps a field to an allowed value that is better advice than the value of the preset.
    """

    code: str
    fields: tuple[str, ...]
    values: Mapping[str, Any]
    better: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, named: Callable[[str], str] = str, owner: str = DEFAULT, **start: Any) -> str:
        """The problem in plain words; `named` gives a field's name.

        The sentence proposes to go back to the value in `start`, or else to the field's default. `owner` says
        whose values `start` holds.
        """
        name = self.fields[0] if self.fields else ""
        whole = plain_name(name)
        others = " or ".join(map(named, self.fields))
        values = {"name": named(name), "hyperparameter": named(whole), "others": others, "owner": owner}
        if len(self.fields) > 1:
            values["other"] = named(self.fields[1])
        if whole in FACTS:
            value = shown(start.get(name, FACTS[whole].default))
            back = f"The default is {value}." if owner == DEFAULT else f"The {owner} has {value}."
            values |= {"allowed": FACTS[whole].allowed, "back": back}
        values |= self.values
        return _TEMPLATES[self.code].format(**values)


_TEMPLATES = {
    # Errors
    "not_allowed": "{name} is {received}; it must be {allowed} {back}",
    "empty": "{name} is empty; it must be {allowed} {back}",
    "comma": "{name} is {received}; a number is written with a point: {number}.",
    "no_field": "{unknown} is not a hyperparameter; the hyperparameters are {known}.",
    "no_json": "This is not valid JSON: {reason}.",
    "not_used": "{network} has no {name}; it uses {known}.",
    "wide_window": (
        "{name} is {value}, but a text has only {limit} words ({other}); "
        "make {name} smaller or {other} larger."
    ),
    "memory": (
        "These values need about {needed} GiB of memory; {most} GiB are allowed. Make {others} smaller."
    ),
    "many_probes": "{name} has {count} texts; at most {most} are allowed, one a line.",
    "large_vocabulary": "{name} is {value}, but {noun} have only {most} word ids. Choose {most} or fewer.",
    "unusable_teacher": "{reason}",
    "unusable_start": "{reason}",
    "size_of_start": "{hyperparameter} cannot vary: it must be that of the language model to start from.",
    # Errors of a sweep
    "range_not_allowed": "{hyperparameter} is {received}; it must be {allowed}",
    "range_comma": "{hyperparameter} is {received}; a number is written with a point: {number}.",
    "range_empty": "{hyperparameter} has an empty value; it must be {allowed}",
    "range_reversed": "{hyperparameter} goes from {low} to {high}; the first number must be the smaller one.",
    "log_from_zero": "{hyperparameter} begins at {low}; a logarithmic range must begin above 0.",
    "range_not_whole": "{hyperparameter} is a whole number, so its ends and its step must be whole numbers.",
    "no_choices": "{hyperparameter} has no values to choose from. List the values that it may have.",
    "many_choices": "{hyperparameter} has {count} values; at most {most} are allowed.",
    "cannot_vary": "{hyperparameter} cannot vary with {network}. Choose from {known}.",
    "varies_twice": "{hyperparameter} is named twice. Give each hyperparameter one range.",
    "nothing_varies": "Nothing varies. Name at least one hyperparameter and its range.",
    "endless_grid": (
        "A grid needs finitely many values, but {hyperparameter} has infinitely many. List its values, or "
        "give a step."
    ),
    "large_grid": "The grid has {points} settings; at most {most} are allowed. List fewer values.",
    "of_sweep": "{name} is {received}; it must be {allowed} The default is {default}.",
    "cost_and_pruner": (
        "A sweep with a second objective cannot end runs early: no single figure says which runs are bad. "
        "Choose {name} none, or {other} none."
    ),
    "few_epochs": "{name} is {value}, but one run has {epochs} epochs. Allow at least one run, or set 0.",
    "few_runs": "{name} is {value}, but one setting takes {seeds} runs ({other}). Make {name} larger.",
    # Doubts: the run may start
    "high": "{name} is {value}, more than the usual {usual}: {consequence}.",
    "very_high": "{name} is {value}, {times} times the {owner}'s {start}: {consequence}.",
    "low": "{name} is {value}, less than the usual {usual}: {consequence}.",
    "slow_sgd": "With SGD, {value} changes the weights very slowly; {usual} is usual.",
    "one_batch": "A batch of {value} holds all {texts} training texts: one weight change an epoch.",
    "few_validation_texts": (
        "The accuracy on only {texts} for validation may be off, by chance alone, by {points} points."
    ),
    "idle_patience": "{name} is {value}, but the training has {epochs}: it never ends early.",
    "no_decay": "{name} has no effect: only AdamW uses it.",
    "no_teacher": "{name} has no effect: no teacher is chosen.",
    "no_mixed_precision": "{name} has no effect on the CPU.",
    "long_average": "It averages about {batches} batches, but the training has only {all_batches}.",
    "long_training": "{name} is {value}, which takes about {duration}.",
    # Doubts about a range
    "range_high": "{hyperparameter} goes up to {value}, more than the usual {usual}: {consequence}.",
    "range_very_high": (
        "{hyperparameter} goes up to {value}, {times} times the {owner}'s {start}: {consequence}."
    ),
    "range_low": "{hyperparameter} goes down to {value}, less than the usual {usual}: {consequence}.",
    "range_idle_patience": (
        "{hyperparameter} goes up to {value}, but the training has {epochs}: it may never end early."
    ),
    "range_no_decay": "{hyperparameter} has no effect: only AdamW uses it.",
}

CODES = frozenset(_TEMPLATES)


def plain_name(name: str) -> str:
    """The hyperparameter of a field: "units" for "units" and for "units-low"."""
    return name.partition(PART)[0]


def error(problems: Sequence[Problem], owner: str = DEFAULT, **start: Any) -> ConfigError:
    """The ConfigError for `problems`; its message names the fields as config.json does."""
    sentences = [problem.sentence(plain_name, owner, **start) for problem in problems]
    more = len(sentences) - MOST_SENTENCES
    if more > 0:
        sentences[MOST_SENTENCES:] = [f"{more} more {'value is' if more == 1 else 'values are'} wrong."]
    return ConfigError(" ".join(sentences), problems)


def of_pydantic(errors: Sequence[ErrorDetails]) -> list[Problem]:
    """The errors that pydantic found, at most one for each field."""
    first = {str(error["loc"][0]) if error["loc"] else "config": error for error in reversed(errors)}
    return [_of_pydantic(name, error) for name, error in reversed(first.items())]


def _of_pydantic(name: str, error: ErrorDetails) -> Problem:
    if error["type"] == "json_invalid":
        return Problem("no_json", (), {"reason": error["ctx"]["error"]})
    if error["type"] == "extra_forbidden" or name not in FACTS:
        return Problem("no_field", (), {"unknown": one_line(name[:40]), "known": ", ".join(FACTS)})
    return of_value(name, error["input"])


def of_value(name: str, value: Any) -> Problem:
    """The problem of a field whose value is not allowed."""
    facts, received = FACTS[name], {"received": received_value(value)}
    if facts.low is not None and isinstance(value, str):
        if not value.strip():
            return Problem("empty", (name,), {})
        number = typed.with_point(name, value)
        if number is not None:
            return Problem("comma", (name,), {**received, "number": typed.text(number)}, {name: number})
    return Problem("not_allowed", (name,), received)


def received_value(value: Any) -> str:
    """A wrong value as Python writes it, in at most LONGEST_VALUE characters."""
    if value is None:
        return "null"
    if isinstance(value, int) and value.bit_length() > 1000:  # Python refuses to write very long numbers
        return "a number of more than 300 digits"
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."


def shown(value: Any) -> str:
    """An allowed value within a sentence."""
    if isinstance(value, int | float):
        return typed.text(value)
    return repr(choice_label(value))
