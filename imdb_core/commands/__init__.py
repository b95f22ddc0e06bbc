"""The commands of `python -m imdb_core`: one module per group, one decorated function per command.

`registry` has the decorator @command, `parser` the list of modules. `console` prints, `report` shows runs,
`lines` reads standard input.
"""
