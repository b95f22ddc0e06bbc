"""The parser of the command line, made of all registered commands. Called by imdb_core/__main__.py.

Every module of this package is imported, so a new module of commands is found by itself.
"""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from typing import NoReturn

from imdb_core import commands, languages
from imdb_core.commands import console
from imdb_core.commands.registry import COMMANDS
from imdb_core.runs import places
from imdb_core.version import VERSION

for _module in pkgutil.iter_modules(commands.__path__):
    if _module.name != "parser":
        importlib.import_module(f"{commands.__name__}.{_module.name}")


def run(arguments: Sequence[str] | None) -> int:
    """Run the command that the arguments name; returns its exit code. None stands for sys.argv."""
    options = _parser().parse_args(arguments)
    console.say(languages.problem())
    if console.is_program():
        places.be_patient()
    code: int = options.command(options)
    return code


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence on standard error, without the usage."""

    def error(self, message: str) -> NoReturn:
        console.say(f"{message[0].upper()}{message[1:]}; {self.prog} --help lists what is allowed.")
        sys.exit(2)


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m imdb_core", description="Train and score small networks on film reviews."
    )
    parser.add_argument("--version", action="version", version=f"sequence-lab {VERSION}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for _, entry in sorted(COMMANDS.items()):
        subparser = subparsers.add_parser(entry.name, help=entry.help.splitlines()[0], description=entry.help)
        subparser.set_defaults(command=entry.function)
        subparser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
        for add_argument in entry.arguments:
            add_argument(subparser)
    return parser
