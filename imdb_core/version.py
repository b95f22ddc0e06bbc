"""The version of the app, written in this one place. CHANGELOG.md says what each version brought.

Read by pyproject.toml, shown by `--version` and by the pages, written into each run and each model.
"""

VERSION = "0.2.0"
