"""Pages without a browser, for the tests of pages."""

from streamlit.testing.v1 import AppTest

from imdb_core import paths

APP = str(paths.PROJECT / "app.py")


def opened(script: str, **query) -> AppTest:
    """pages/SCRIPT.py as a visitor's browser would get it with these values in its link; fails on any exception shown."""
    app = AppTest.from_file(APP, default_timeout=60).run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{script}.py").run()
    assert not app.exception, app.exception
    return app
