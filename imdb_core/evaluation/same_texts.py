"""Whether two runs can be compared text by text: same data set, same classes, same test texts.

Called by comparisons.
"""

import numpy as np
from numpy.typing import NDArray

from imdb_core.data import sources
from imdb_core.data.nouns import nouns
from imdb_core.errors import ModelError
from imdb_core.evaluation.run_config import config_of
from imdb_core.runs import provenance
from imdb_core.runs.run import Run

Labels = NDArray[np.int64]  # (test texts,)
MOST_NAMED = 3  # classes that a sentence names


def require_same_texts(first: Run, second: Run, labels: Labels, second_labels: Labels) -> None:
    """Raise ModelError, which names the difference, unless the runs' predictions belong to the same texts."""
    names, configs = f"{first.name} and {second.name}", (config_of(first), config_of(second))
    datasets, classes = [config.dataset for config in configs], [config.classes for config in configs]
    is_same_data_set = datasets[0] == datasets[1]
    if is_same_data_set and classes[0] != classes[1]:
        raise ModelError(
            f"{names} tell different classes apart ({_named(classes[0])}; {_named(classes[1])}) and cannot "
            "be compared one by one. Choose runs with the same classes."
        )
    if not provenance.same_reviews(first, second) or not np.array_equal(labels, second_labels):
        both = {nouns(dataset).many for dataset in datasets}
        things = both.pop() if len(both) == 1 else "texts"
        titles = "" if is_same_data_set else f" ({'; '.join(map(sources.title, datasets))})"
        raise ModelError(
            f"{names} were tested on different {things}{titles} and cannot be compared one by one. Choose "
            f"runs that were tested on the same {things}."
        )


def _named(classes: tuple[str, ...]) -> str:
    """negative, positive; of many classes the first ones and their number."""
    more = f" and {len(classes) - MOST_NAMED} more" if len(classes) > MOST_NAMED else ""
    return ", ".join(classes[:MOST_NAMED]) + more
