"""The lines that build a network, written by calling the network's own function. Called by plain.py."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from imdb_core import architectures
from imdb_core.config import RunConfig
from imdb_core.script import sources


def network_source(config: RunConfig) -> str:
    """The lines that build `model` with Keras's functional API, from the calls of the network's function."""
    writer = CallWriter()
    inputs = _Variable("inputs")
    outputs = architectures.connect(inputs, writer, values=config.__dict__)
    lines = [f'inputs = keras.Input(({config.review_length},), dtype="int32")', *writer.lines(inputs)]
    return "\n".join([*lines, f"model = keras.Model(inputs, {outputs})"])


class _Variable:
    """A variable of the script that holds a tensor; `name` is settled when all calls are known."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


@dataclass
class _Layer:
    """A layer as source text. Its writer keeps every call. As an argument it stands for its text."""

    source: str
    calls: list["_Call"]
    name: str = ""  # set if the layer is called more than once, so that it must be a variable

    def __call__(self, *arguments: Any, **options: Any) -> _Variable:
        call = _Call(self, arguments, options, _Variable("x"))
        self.calls.append(call)
        return call.output

    def __repr__(self) -> str:
        return self.name or self.source


@dataclass
class _Call:
    layer: _Layer
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    output: _Variable


@dataclass
class CallWriter:
    """Stands in for keras.layers and turns every call of a layer into a line of source."""

    calls: list[_Call] = field(default_factory=list)

    def __getattr__(self, type: str) -> Callable[..., _Layer]:
        if type.startswith("_"):
            raise AttributeError(type)
        name = type if type in sources.own_layers() else f"layers.{type}"
        return lambda *arguments, **options: _Layer(f"{name}{_written_call(arguments, options)}", self.calls)

    def lines(self, inputs: _Variable) -> list[str]:
        """One line a call, and one for each layer that is called more than once.

        In a chain every result is `x`. Otherwise the results are x1, x2 and so on.
        """
        if not self._is_chain(inputs):
            for number, call in enumerate(self.calls, 1):
                call.output.name = f"x{number}"
        lines = []
        for call in self.calls:
            if self._is_shared(call.layer) and not call.layer.name:
                call.layer.name = self._next_layer_name()
                lines.append(f"{call.layer.name} = {call.layer.source}")
            lines.append(f"{call.output} = {call.layer}{_written_call(call.arguments, call.options)}")
        return lines

    def _is_shared(self, layer: _Layer) -> bool:
        return sum(call.layer is layer for call in self.calls) > 1

    def _next_layer_name(self) -> str:
        return f"layer{1 + len({call.layer.name for call in self.calls if call.layer.name})}"

    def _is_chain(self, inputs: _Variable) -> bool:
        """Whether each layer is called on the result of the layer before it and on nothing else."""
        previous = [inputs, *(call.output for call in self.calls)]
        pairs = zip(self.calls, previous, strict=False)
        return all(
            len(call.arguments) == 1 and call.arguments[0] is variable and not call.options
            for call, variable in pairs
        )


def _written_call(arguments: Sequence[Any], options: Mapping[str, Any]) -> str:
    """Arguments as Python writes them, text in double quotes; variables and layers write themselves."""
    named = [f"{name}={_written_value(value)}" for name, value in options.items()]
    return f"({', '.join([*map(_written_value, arguments), *named])})"


def _written_value(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)
