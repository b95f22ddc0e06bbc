"""Commands of `python -m imdb_core` that need more than a screen, and what all commands share.

Called by __main__.
"""
