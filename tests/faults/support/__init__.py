"""Helpers of the rows: servers, visitors, stub workers, sample runs and processes with limits.

No module of this package registers a row."""
