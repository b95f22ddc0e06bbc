"""The command line: python -m imdb_core COMMAND. The commands are in imdb_core/commands/.

The commands use the same configs, checks and run folders as the pages. Exit codes: 0; 1 for a failed run;
2 for an error that the user can correct; 130 after Ctrl-C.
"""

import sys
from collections.abc import Sequence

from imdb_core import import_path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, by default the one of this process's arguments; returns the exit code."""
    from imdb_core.commands import console, parser
    from imdb_core.runs import workers

    def interrupted() -> str:
        return "" if workers.training_children() else console.INTERRUPTED

    return console.exit_code(lambda: parser.run(arguments), interrupted)


def program() -> int:
    """Run main() as a process: secure the import path, then handle Ctrl-C, then do the slow imports."""
    import_path.leave_out_start_folder()
    from imdb_core.commands import console

    console.obey_ctrl_c()  # the imports of main() take almost half a second
    return main()


if __name__ == "__main__":
    sys.exit(program())
