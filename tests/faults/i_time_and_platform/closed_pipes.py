"""The program that reads a command's output ends first."""

import os

from tests.faults.rows import Outcome, row
from tests.faults.support.commands import GOOD, SCORE, run_command

LATE_FLUSH = "console.exit_code = lambda command, interrupted: command()"
COMMANDS = (
    ["networks"],
    ["networks", "--json"],
    ["models"],
    ["runs"],
    ["--help"],
    ["train", "--help"],
    [*SCORE, GOOD],
    SCORE,
)


@row(
    "I5",
    "the program that reads a command's output ends first",
    "8 of 8 commands end quietly",
    breaks=("flushed by Python",),
)
def closed_pipes(place, patch, broken):
    loud = []
    for arguments in COMMANDS:
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as closed:
            given = f"{GOOD}\n".encode() * 20_000
            done = run_command(arguments, given=given, broken=LATE_FLUSH if broken else "", stdout=closed)
        if done.returncode or done.stderr:
            loud.append(f"{' '.join(arguments)}: {done.stderr.decode()[-80:]}")
    return Outcome(f"{len(COMMANDS) - len(loud)} of {len(COMMANDS)} quiet {loud[:1] or ''}".strip(), not loud)
