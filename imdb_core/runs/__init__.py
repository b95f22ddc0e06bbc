"""Runs: folders (store), append-only files (journal), locks, and who starts and stops them (launcher)."""
