"""A package, so that `python -m tests.faults.scorecard` finds these tests and not another package's."""
