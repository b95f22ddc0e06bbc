"""Pages without a browser, for the tests of pages."""

from streamlit.testing.v1 import AppTest

from imdb_core import paths

APP = str(paths.PROJECT / "app.py")


def opened(script: str, **query) -> AppTest:
    """pages/SCRIPT.py as a visitor's browser would get it with these values in its link; fails on any
    exception shown.
    """
    app = AppTest.from_file(APP, default_timeout=60).run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{script}.py").run()
    assert not app.exception, app.exception
    return app


def tables(app: AppTest) -> list[dict[str, list[str]]]:
    """The page's Markdown tables as heading -> cells, both as they are written."""
    written = [one.value.splitlines() for one in app.markdown if "\n| ---" in one.value]
    rows = [[line.strip("| ").split(" | ") for line in lines] for lines in written]
    return [{heading: list(cells) for heading, _, *cells in zip(*each, strict=True)} for each in rows]
