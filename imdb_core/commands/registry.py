"""The decorator that makes a function a command of `python -m imdb_core`. Used by every module of commands.

The function's name does not matter, its docstring is the command's help. It gets the parsed options, prints
its result with console.show_result() and returns the exit code. Every command has the option --json.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Function = Callable[[Namespace], int]
AddArguments = Callable[[ArgumentParser], object]


@dataclass(frozen=True)
class Command:
    """One command: its name, its function, and what adds its arguments to its parser."""

    name: str
    function: Function
    arguments: tuple[AddArguments, ...]

    @property
    def help(self) -> str:
        """What the command does: a sentence, an empty line, details."""
        return self.function.__doc__ or "Python's option -OO has removed this text; start without it."


COMMANDS: dict[str, Command] = {}


def command(name: str, *arguments: AddArguments) -> Callable[[Function], Function]:
    """Register the decorated function as the command `name`; `arguments` are results of argument()."""

    def register(function: Function) -> Function:
        if name in COMMANDS:
            raise ValueError(f"There are two commands {name}.")
        COMMANDS[name] = Command(name, function, arguments)
        return function

    return register


def argument(*names: str, **keywords: Any) -> AddArguments:
    """An argument or option of a command, with the parameters of ArgumentParser.add_argument()."""
    return lambda parser: parser.add_argument(*names, **keywords)


RUN_ID = argument("run", help="the run's id")
