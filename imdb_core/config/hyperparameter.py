"""How a field of RunConfig is defined: one call of `hyperparameter` holds all facts about the field.

Called by text_fields.py, network_fields.py and training_fields.py. The form, the command line, the checks,
the estimates of memory and time, and the names on the pages are made from these facts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

# How the time of an epoch depends on a field: not at all, on its value, or on whether it is zero.
EpochCost = Literal["none", "by value", "zero or not"]


@dataclass(frozen=True)
class Facts:
    """What the project knows of one field of RunConfig.

    `low` and `high` are the smallest and the largest allowed number. `choices` maps each allowed word to its
    name for people. `format` describes an allowed text, `pattern` is its regular expression. The default is
    never doubted, even outside `usual`: 0 turns some hyperparameters off.
    """

    default: int | float | str | tuple[str, ...]
    label: str
    help: str
    low: float | None = None
    high: float | None = None
    step: float = 1  # of the form's buttons - and +
    unit: str = ""
    usual: tuple[float, float] | None = None  # a value outside is allowed, but the form doubts it
    if_low: str = ""  # what a value below `usual` leads to, for the middle of a sentence
    if_high: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    choices_grow: bool = False  # `choices` change while the app runs, so only `pattern` is checked here
    pattern: str | None = None
    format: str = ""
    longest: int | None = None  # characters of a text
    at_most: str = ""  # the hyperparameter whose value is the upper limit as well
    main: bool = False  # the form shows the field at once; all other fields are folded away
    names_run: bool = False  # network, name and the like: no hyperparameter of the form
    of_source: bool = False  # follows from the data set; only a field with `choices` can be typed as well
    of_layers: bool = False  # used only by the networks that architectures.hyperparameters() lists it for
    of_labels: bool = False  # used only by networks that learn from labels: no language model
    uses_memory: bool = False  # a smaller value needs less memory
    epoch_cost: EpochCost = "none"
    short: str = ""  # the label in the names of runs, if it is not the label in lower case
    not_in_script: str = ""  # why the plain Keras script does not contain the value

    @property
    def kind(self) -> type[int] | type[float] | type[str] | type[tuple[str, ...]]:
        """The type of the values."""
        return type(self.default)

    @property
    def label_with_unit(self) -> str:
        """The label as the form shows it."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def short_label(self) -> str:
        """The label within a sentence or a name: "dropout"."""
        return self.short or self.label[:1].lower() + self.label[1:]

    @property
    def allowed(self) -> str:
        """The allowed values, as the end of a sentence: "a whole number between 1 and 512."."""
        if self.choices:
            return f"one of {', '.join(self.choices)}."
        if self.low is not None:
            kind = "a whole number" if self.kind is int else "a number"
            return f"{kind} between {self.low:,} and {self.high:,}."
        if self.format:
            return f"{self.format}."
        return f"text of at most {self.longest:,} characters." if self.longest else "text."


def hyperparameter(default: int | float | str | tuple[str, ...], label: str, help: str, **facts: Any) -> Any:
    """The pydantic field for a hyperparameter; `facts` are the other fields of Facts."""
    all_facts = Facts(default, label, help, **facts)
    pattern = all_facts.pattern
    if all_facts.choices and not all_facts.choices_grow:
        pattern = f"^({'|'.join(map(re.escape, all_facts.choices))})$"
    limits = {"ge": all_facts.low, "le": all_facts.high, "pattern": pattern, "max_length": all_facts.longest}
    used_limits: dict[str, Any] = {rule: limit for rule, limit in limits.items() if limit is not None}
    extra: Any = {"facts": all_facts}  # read by run_config.facts
    return Field(default, description=help, json_schema_extra=extra, **used_limits)
