"""Find values of a range that are allowed but probably mistakes, as config/doubts.py does for one run.

Called by pages/train.py.
"""

from collections.abc import Iterator, Sequence

from imdb_core import config as configs
from imdb_core.config import Problem, RunConfig
from imdb_core.config import doubts as run_doubts
from imdb_core.config.problems import plain_name
from imdb_core.errors import ConfigError
from imdb_core.sweeps.problems import Raw, in_slot


def doubts(space: Sequence[Raw], base: RunConfig) -> list[Problem]:
    """The doubts about the ends and the listed values of `space`, each at its field of the form.

    A value is doubted if a run is doubted in which only this value differs from `base`. Values
    that are not allowed or no numbers are left out: problems.py reports them.
    """
    found = [
        in_slot(problem, raw["name"], part)
        for raw in space
        for part, value in _values(raw)
        for problem in _of_value(raw["name"], value, base, _other_words(space, raw["name"]))
    ]
    told = {(plain_name(each.fields[0]), each.code, repr(each.values)): each for each in reversed(found)}
    return list(reversed(told.values()))  # a doubt about both ends stands at the first end


def _values(raw: Raw) -> Iterator[tuple[str, object]]:
    for part in ("low", "high"):
        if not raw.get("choices") and part in raw:
            yield part, raw[part]
    for value in raw.get("choices", ()):
        yield "choices", value


def _other_words(space: Sequence[Raw], name: str) -> list[Raw]:
    """Each word that varies beside `name`, as a change of a config."""
    return [
        {raw["name"]: choice}
        for raw in space
        for choice in raw.get("choices", ())
        if raw["name"] != name and choice in configs.facts(raw["name"]).choices
    ]


def _of_value(name: str, value: object, base: RunConfig, words: Sequence[Raw]) -> list[Problem]:
    """The doubts about the value that stand with each of `words`: a weight decay has an effect with AdamW."""
    try:
        starts = [base.changed(**change) for change in words] or [base]
        found = [run_doubts.doubts(start.changed(**{name: value}), start) for start in starts]
    except ConfigError:
        return []
    codes = set.intersection(*({problem.code for problem in problems} for problems in found))
    return [problem for problem in found[0] if problem.fields[0] == name and problem.code in codes]
