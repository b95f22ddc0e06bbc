"""Open a page without a browser, type into it and read its texts. Used by the tests of pages."""

import base64
import functools
import json
import re

import numpy as np
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from imdb_core import paths
from imdb_core.config import typed as numbers

APP = str(paths.PROJECT / "app.py")
TEXTS = ("title", "subheader", "markdown", "caption", "text", "info", "error", "warning", "success")

# Each AppTest looks for components in all installed packages, several times as much work as to show a page.
# No test installs a package.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)


def opened(script: str, **query) -> AppTest:
    """pages/SCRIPT.py as a browser gets it with this `query` in its link; fails if it shows an exception."""
    app = AppTest.from_file(APP, default_timeout=60).run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{script}.py").run()
    assert not app.exception, app.exception
    return app


def typed(app: AppTest, text: str) -> AppTest:
    """The page after `text` was typed into its box."""
    app.session_state["review-kept"] = {"text": text, "characters": len(text), "revision": 1}
    app.run()
    assert not app.exception, app.exception
    return app


def texts(app: AppTest) -> str:
    """All that the page says, without the backslashes that escape Markdown."""
    elements = [element for kind in TEXTS for element in getattr(app, kind)]
    shown = [str(element.value).replace("\\", "") for element in elements]
    shown += ["".join(map(_plain, parts)) for part in components(app, "run_marks") for parts in part["lines"]]
    return "\n".join(shown)


def _plain(part: str | dict) -> str:
    """A part of a sentence about runs: a text, or the name beside a piece of the run's line."""
    return part if isinstance(part, str) else part["run"]


def errors(app: AppTest) -> list[str]:
    """The page's errors, without backslashes."""
    return [error.value.replace("\\", "") for error in app.error]


def metrics(app: AppTest) -> dict[str, str]:
    """The page's figures by label."""
    return {metric.label: metric.value for metric in app.metric}


def tables(app: AppTest) -> list[dict[str, list[str]]]:
    """The page's Markdown tables as heading -> cells, both as they are written."""
    sources = [element.value.splitlines() for element in app.markdown if "\n| ---" in element.value]
    rows = [[line.strip("| ").split(" | ") for line in lines] for lines in sources]
    return [{heading: list(cells) for heading, _, *cells in zip(*table, strict=True)} for table in rows]


def run_table(app: AppTest, heading: str) -> dict[str, list[str]]:
    """The first of run_tables() with a column of this heading."""
    return next(table for table in run_tables(app) if heading in table)


def run_tables(app: AppTest) -> list[dict[str, list[str]]]:
    """The page's tables of runs as heading -> cells: the text of a cell, and in brackets its note."""
    shown = [json.loads(part["table"]) for part in components(app, "run_marks") if part["table"]]
    rows = [[[_cell(cell) for cell in row] for row in (table["heading"], *table["rows"])] for table in shown]
    return [{heading: list(cells) for heading, *cells in zip(*table, strict=True)} for table in rows]


def _cell(cell: dict) -> str:
    note = f" [{cell['note']}]" if cell["note"] else ""
    return "".join(map(_plain, cell["parts"])) + note


def links(app: AppTest) -> list[tuple[str, str, str]]:
    """(label, page, query) of each link in the page's body."""
    protos = [link.proto for link in app.get("page_link")]
    return [(proto.label, proto.page, proto.query_string) for proto in protos]


def download_labels(app: AppTest) -> list[str]:
    """The labels of the page's download buttons."""
    return [button.proto.label for button in app.get("download_button")]


def components(app: AppTest, name: str) -> list[dict]:
    """What the page hands to each of its components of this name."""
    protos = [element.proto for element in app.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name == name]


def listed_runs(app: AppTest) -> list[dict]:
    """The rows of the list of all runs, of all its pages."""
    rows, page = [], 1
    while True:
        [table] = components(app, "run_table")
        rows += table["rows"]
        if len(rows) >= int(re.match("[0-9,]+", table["count"])[0].replace(",", "")):
            return rows
        app.session_state["page-of-runs"] = page = page + 1
        app.run()
        assert not app.exception, app.exception


def charts(app: AppTest) -> list[tuple[dict, str]]:
    """(figure, text alternative) of each chart of the page."""
    return [(json.loads(part["figure"]), part["alt"]) for part in components(app, "chart")]


def figure(app: AppTest, start: str) -> dict:
    """The first chart whose text alternative begins with `start`."""
    return next(figure for figure, alt in charts(app) if alt.startswith(start))


def diagrams(app: AppTest) -> list[tuple[list[str], list[dict], str]]:
    """(boxes' texts, boxes' shapes, text alternative) of each diagram of a network on the page."""
    drawn = [(chart["layout"], alt) for chart, alt in charts(app) if alt.startswith("Layers of")]
    return [
        ([note["text"] for note in shown["annotations"] if note["text"]], shown["shapes"], alt)
        for shown, alt in drawn
    ]


def coordinates(values) -> list:
    """What plotly wrote for an axis of a line, as a list; it writes an array as packed bytes."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    return values


def queries(app: AppTest) -> dict[str, str]:
    """The queries of the page's links by label."""
    return {label: query for label, _, query in links(app)}


def field_value(app: AppTest, name: str):
    """The number in the form's field for this hyperparameter, or the text that is none."""
    return numbers.value(name, field_of(app, name).value)


def field_of(app: AppTest, name: str):
    """The form's field of text for this hyperparameter."""
    [field] = [field for field in app.text_input if (field.key or "").split(".")[1:2] == [name]]
    return field
