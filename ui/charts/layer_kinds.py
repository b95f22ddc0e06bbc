"""How a network's diagram draws the kinds of layers: an outline and a shade of gray for each.

No colour, because each colour has another meaning on the pages (ui/colors.py). Called by network_diagram.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What the layers of a kind do, in one or two words, and how their boxes are drawn."""

    name: str
    dash: str = "solid"
    width: float = 1
    shade: float = 0.0  # opacity of the gray inside, 0 to 1


_TABLE = Kind("word table", width=2, shade=0.08)
_PHRASES = Kind("phrases", dash="dash", width=2, shade=0.14)
_MEMORY = Kind("memory", width=4, shade=0.24)
_ATTENTION = Kind("attention", dash="dashdot", width=2, shade=0.24)
_POOLING = Kind("pooling", dash="longdash")
_DROPOUT = Kind("dropout", dash="dot")
_DENSE = Kind("dense", shade=0.32)
_NEXT_WORD = Kind("next word", shade=0.32)
_OTHER = Kind("")  # joins, reshapes, or a layer that this module does not know

_KINDS = {
    "Embedding": _TABLE,
    "NGrams": _PHRASES,
    "Conv1D": _PHRASES,
    "LSTM": _MEMORY,
    "GRU": _MEMORY,
    "SimpleRNN": _MEMORY,
    "Bidirectional": _MEMORY,
    "MultiHeadAttention": _ATTENTION,
    "MaxPooling1D": _POOLING,
    "GlobalMaxPooling1D": _POOLING,
    "GlobalAveragePooling1D": _POOLING,
    "MaskedAverage": _POOLING,
    "Dropout": _DROPOUT,
    "SpatialDropout1D": _DROPOUT,
    "BranchDropout": _DROPOUT,
    "Dense": _DENSE,
    "WordScores": _NEXT_WORD,
}


def kind(layer_type: str) -> Kind:
    """The kind of a layer of this type, such as "Conv1D"."""
    return _KINDS.get(layer_type, _OTHER)


def box_title(layer_type: str) -> str:
    """The type and, where the type does not say it, the name of its kind: "LSTM · memory"."""
    name = kind(layer_type).name
    return f"{layer_type} · {name}" if name and name not in layer_type.lower() else layer_type
