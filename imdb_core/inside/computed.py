"""An ONNX operator with the numbers of one run. Used by the rules for gradients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from imdb_core.inside.recurrent import Floats
from imdb_core.scoring.tensors import Node

Array = npt.NDArray[Any]


class NoGradient(ValueError):
    """An operator whose gradient is not known; the message ends the sentence "the network has ..."."""


@dataclass(frozen=True)
class Computed:
    """An operator with the numbers of one run; an input that the operator does not have is None.

    `gradients` has one array for each output, None for an output that nothing reads.
    """

    node: Node
    inputs: Sequence[Array | None]
    outputs: Sequence[Array | None]
    gradients: Sequence[Floats | None]

    def input(self, place: int) -> Array:
        array = self.inputs[place]
        if array is None:
            raise NoGradient(f"an operator {self.node.operator} without its input {place}")
        return array

    @property
    def output(self) -> Array:
        """The first output."""
        array = self.outputs[0]
        if array is None:
            raise NoGradient(f"an operator {self.node.operator} without its first output")
        return array

    @property
    def gradient(self) -> Floats:
        """The gradient of an operator that has one output."""
        [gradient] = self.gradients
        assert gradient is not None
        return gradient

    def attribute(self, name: str, default: Any = None) -> Any:
        return self.node.attributes.get(name, default)

    def require(self, **attributes: Any) -> None:
        """Raise NoGradient unless all these attributes are given and have these values."""
        for name, value in attributes.items():
            if self.attribute(name) != value:
                raise NoGradient(
                    f"an operator {self.node.operator} with {name} {self.attribute(name)!r:.40}; "
                    f"known is {value!r}"
                )
