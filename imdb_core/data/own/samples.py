"""The columns of what the user has named: samples of each, and which are the text and the label.

Called by reader.py.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from imdb_core.data.own import columns, limits
from imdb_core.data.own.choices import Choices
from imdb_core.data.own.opening import Opened
from imdb_core.errors import DataError


@dataclass(frozen=True)
class Columns:
    """The names of the two columns that are used, and up to limits.EXAMPLES cells of every column."""

    text: str
    label: str
    samples: dict[str, list[str]]

    def places(self, names: Sequence[str]) -> tuple[int, int]:
        """The positions of text and label in a file. Raises DataError if a column is missing."""
        for name in (self.text, self.label):
            if name not in names:
                raise DataError(f"The test part has no column {name!r}; its columns are {_listed(names)}.")
        return list(names).index(self.text), list(names).index(self.label)


def chosen_columns(source: Opened, choices: Choices, file_name: str) -> Columns:
    """The chosen or guessed columns. Raises DataError for a name that the file does not have."""
    names = source.layout.columns
    if len(names) < 2:
        raise DataError(
            f"{file_name} has only the column {names[0]!r}. A text and a label are needed: choose what "
            "stands between the columns, or another file."
        )
    for kind, name in (("text", choices.text), ("label", choices.label)):
        if name and name not in names:
            raise DataError(
                f"{file_name} has no column {name!r} for the {kind}; its columns are {_listed(names)}."
            )
    rows = [cells for _, cells, _ in itertools.islice(source.entries(), limits.SAMPLE_ROWS)]
    if not rows:
        raise DataError(f"{file_name} has no rows below its header. Choose a file with labelled texts.")
    text = choices.text or columns.text_column(names, rows, choices.label)
    if source.layout.kind in ("folder", "label first"):
        label = choices.label or names[0]
    else:
        label = choices.label or columns.label_column(names, rows, text)
    if text == label:
        raise DataError(f"The column {text!r} cannot be both the text and the label. Choose two columns.")
    samples = {name: _samples([row[number] for row in rows]) for number, name in enumerate(names)}
    return Columns(text, label, samples)


def _samples(cells: list[str]) -> list[str]:
    different = dict.fromkeys(cell[: limits.LONGEST_EXAMPLE] for cell in cells if cell.strip())
    return list(itertools.islice(different, limits.EXAMPLES))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:20]) + (" and others" if len(names) > 20 else "")
