"""The command line: python -m imdb_core COMMAND. The commands are in imdb_core/commands/.

The same config, checks and run folders as the pages. Exit code 0; 2 for an error that the user can correct;
1 for a failed run; 130 after Ctrl-C.
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
    """main() as the whole process: a safe import path first, then Ctrl-C, then the slow imports."""
    import_path.leave_out_start_folder()
    from imdb_core.commands import console

    console.obey_ctrl_c()  # main() imports for almost half a second
    return main()


if __name__ == "__main__":
    sys.exit(program())
