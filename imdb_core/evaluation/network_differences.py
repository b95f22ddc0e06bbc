"""What differs between networks: their layers and their hyperparameters. Called by page "The networks"."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any, Literal

from imdb_core import config as configs
from imdb_core.config.network_fields import NetworkFields
from imdb_core.layer_shapes import Layer

# How a layer compares with its counterpart in another network: "" has the same size, "size" has another size,
# "added" has no counterpart.
Mark = Literal["", "size", "added"]


def layer_marks(layers: Sequence[Layer], others: Sequence[Layer]) -> list[Mark]:
    """The mark of each layer in `layers`. `others` are the layers of the network to compare with."""
    marks: list[Mark] = ["added"] * len(layers)
    for place, other in _counterparts(layers, others):
        first, second = layers[place], others[other]
        same = (first.output_shape, first.parameters) == (second.output_shape, second.parameters)
        marks[place] = "" if same else "size"
    return marks


def missing_layers(layers: Sequence[Layer], others: Sequence[Layer]) -> list[str]:
    """The types of the layers in `others` that have no counterpart in `layers`, in the order of `others`."""
    matched = {other for _, other in _counterparts(layers, others)}
    return [layer.type for place, layer in enumerate(others) if place not in matched]


def differing_hyperparameters(compared: Sequence[configs.RunConfig]) -> dict[str, list[Any]]:
    """Hyperparameter -> its value in each config, if they differ; None where the network does not use it."""
    used = [
        {name: config.used()[name] for name in configs.hyperparameters(config.network)} for config in compared
    ]
    names = dict.fromkeys(name for values in used for name in values)
    rows = {name: [values.get(name) for values in used] for name in names}
    return {name: row for name, row in rows.items() if any(value != row[0] for value in row)}


def network_hyperparameters(config: configs.RunConfig) -> dict[str, Any]:
    """The values of the network's own hyperparameters, such as `units`.

    Hyperparameters of the training are left out.
    """
    names = configs.hyperparameters(config.network)
    return {name: getattr(config, name) for name in names if name in NetworkFields.model_fields}


def _counterparts(layers: Sequence[Layer], others: Sequence[Layer]) -> list[tuple[int, int]]:
    """(place in `layers`, place in `others`) of counterparts: layers of the same type in the same order.

    The last layers give the answers; if they are of one type, they are always a pair.
    """
    types, other_types = [layer.type for layer in layers], [layer.type for layer in others]
    both_answer = types[-1:] == other_types[-1:]
    before, other_before = (types[:-1], other_types[:-1]) if both_answer else (types, other_types)
    blocks = SequenceMatcher(None, before, other_before, autojunk=False).get_matching_blocks()
    pairs = [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
    return [*pairs, (len(before), len(other_before))] if both_answer and types else pairs
