"""Hostile files: models, arrays and archives that were made to run code or to fill the memory.

Checks that they are refused, and that the bytes that are used are the bytes that were checked."""
