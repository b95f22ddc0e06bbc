"""Runs: folders (store), their append-only files (journal), who is alive (locks), who starts and stops them
(launcher).
"""
