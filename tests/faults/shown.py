"""What users typed must be shown as text: no HTML, no Markdown, no formula in a spreadsheet. See rows.py."""

import ast
import csv
import io
import re
import shutil
import socket
import tomllib

from google.protobuf.message import Message
from playwright.sync_api import sync_playwright
from streamlit import config as streamlit_config

from imdb_core import paths
from imdb_core.runs import store
from tests.apptest import opened
from tests.faults.made import Tab, finished_run, trained_copy
from tests.faults.rows import Found, apart, row
from tests.faults.server import broken_in_the_server, connections, serving
from ui import csv_files, formats

QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
RAW_HTML = ("unsafe_allow_html", "unsafe_allow_javascript")
INSERTS = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "eval(",
    "new Function",
    "srcdoc",
)


@row(
    "G2",
    "HTML and scripts in what users type",
    "0 hits in the code, 0 fired",
    breaks=("raw HTML allowed", "an obeyed name"),
)
def html_and_scripts(place, patch, broken):
    sources = [path for folder in ("pages", "ui") for path in (paths.PROJECT / folder).rglob("*.py")]
    if broken == "raw HTML allowed":
        (place / "page.py").write_text("st.markdown(run.name, unsafe_allow_html=True)\nst.html(run.name)\n")
        sources.append(place / "page.py")
    hits = [hit for path in sources for hit in _raw_html(ast.parse(path.read_text("utf-8")))]
    browser = [path.read_text("utf-8") for path in (paths.PROJECT / "ui" / "browser").glob("*.[hcj]*")]
    hits += [mark for text in browser for mark in INSERTS if mark in text]
    fired = "not looked at"
    if broken != "raw HTML allowed":
        fired = (
            apart(_fired, place, patch, broken) if shutil.which("chromium") else "no browser here to fire in"
        )
    return Found(
        f"{len(hits)} hits in {len(sources)} files, fired in a browser: {fired}",
        not hits and fired in (0, "no browser here to fire in"),
    )


def _raw_html(tree) -> list[str]:
    """Calls that let a text be HTML, and components whose code is not a constant or puts text in as HTML."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    hits = [word.arg for call in calls for word in call.keywords if word.arg in RAW_HTML]
    for call in calls:
        name = ast.unparse(call.func)
        if name in ("st.html", "st.iframe") or ".v1." in name or name.startswith("components."):
            hits.append(name)
        if name.endswith("v2.component"):
            code = [word.value for word in call.keywords if word.arg in ("html", "css", "js")]
            hits += [
                f"{name} with {ast.unparse(part)[:40]}"
                for part in code
                if not isinstance(part, ast.Constant)
                and not ast.unparse(part).startswith("_content(f'{name}.")
            ]
            hits += [mark for part in code for mark in INSERTS if mark in ast.unparse(part)]
    return hits


def _fired(place, patch, broken) -> int:
    """How many canaries sang in Chromium: a script that ran, or a picture that was asked for."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        beacon = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        script = "<img src=x onerror=window.canary=1><script>window.canary=1</script>"
        run = finished_run(script)
        store.rename(run, f"![i]({beacon})")
        store.record(run.folder, "failed", message=f"{script} ![i]({beacon})")
        (run.folder / "worker.log").write_text(f"{script} ![i]({beacon})")
        if broken:
            broken_in_the_server(place, patch, OBEYED)
        with serving(place) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET.split())
            page, sung = browser.new_page(), 0
            for link in (
                f"watch?run={run.id}",
                f"compare?runs={run.id}",
                "runs",
                f"inspect?run={script}",
                f"?model={script}",
            ):
                page.goto(f"http://127.0.0.1:{server.port}/{link}")
                page.locator("h1").first.wait_for()
                page.wait_for_timeout(500)
                sung += page.evaluate("window.canary === 1")
            page.locator("textarea#review").fill(f"a fine film {script} ![i]({beacon})")
            page.locator(".verdict").wait_for()
            page.wait_for_timeout(500)
            sung += page.evaluate("window.canary === 1")
            browser.close()
        return sung + connections(listener)


# Without the content security policy, which would still keep a picture from being asked for.
OBEYED = """
import re, sys, threading, time
import ui.server
ui.server.middleware = list
def later():
    while not hasattr(sys.modules.get("ui.formats"), "decimal"):
        time.sleep(0.002)
    sys.modules["ui.formats"].MARKDOWN_MARKS = re.compile("(?!)()")
threading.Thread(target=later, daemon=True).start()
"""


PAYLOADS = [
    *(
        "**bold**",
        "*italic*",
        "__bold__",
        "_it_",
        "~~gone~~",
        "`code`",
        "```\ncode",
        "# title",
        "## title",
        "> quote",
        "- item",
    ),
    *(
        "1. item",
        "+ item",
        "[link](http://e.test)",
        "![i](http://e.test/i.png)",
        "<http://e.test>",
        "http://e.test/x",
        "a@e.test",
    ),
    *(
        "$x^2$",
        "$$x$$",
        ":red[red]",
        ":material/home:",
        ":smile:",
        ":blue-background[x]",
        "<b>html</b>",
        "<script>x</script>",
    ),
    *("| a | b |", "***", "\\(x\\)", "&lt;b&gt;"),
]
LITERAL_ELEMENTS = (
    "text",
    "code",
    "arrow_data_frame",
    "bidi_component",
    "page_profile",
    "download_button_data",
)
LITERAL_FIELDS = {
    "value",
    "raw_value",
    "raw_values",
    "options",
    "default",
    "url",
    "query_string",
    "id",
    "data",
    "alt",
    "key",
    "placeholder",
}
LITERAL_FIELDS |= {"page", "page_script_hash", "form_id", "icon", "query_params", "file_name"}


@row("G3", "Markdown in what users type", "30 of 30 literal", breaks=("an obeyed name",))
def markdown(place, patch, broken):
    patch.setattr(paths, "PRETRAINED", place / "none")
    if broken:
        patch.setattr(formats, "MARKDOWN_MARKS", re.compile("(?!)()"))
    payloads = PAYLOADS[:3] if broken else PAYLOADS
    runs = [_odd_run(payload) for payload in payloads]
    tabs = {page: Tab(page) for page in ("watch", "inspect", "train", "classify")}
    shown = [opened("runs"), opened("compare", runs=",".join(run.id for run in runs)), _typed(payloads)]
    obeyed = {payload for app in shown for payload in payloads if _obeyed(app, payload)}
    for payload, run in zip(payloads, runs, strict=True):
        links = [("watch", {"run": run.id}), ("watch", {"run": payload}), ("inspect", {"run": payload})]
        links += [("train", {"from": run.id, "change": payload}), ("classify", {"model": payload})]
        obeyed |= {payload for page, link in links if _obeyed(tabs[page].show(**link), payload)}
    return Found(
        f"{len(payloads) - len(obeyed)} of {len(payloads)} literal {sorted(obeyed)[:3] or ''}".strip(),
        not obeyed,
    )


def _odd_run(payload):
    """A failed run that has the payload in its name, its ending, its log and its probe reviews."""
    run = finished_run(payload, probes=payload)
    store.record(run.folder, "failed", message=payload)
    (run.folder / "worker.log").write_text(payload)
    return store.read(run.folder)


def _typed(payloads):
    """The text box with all payloads as one review, scored by a run with a payload as its name."""
    run = trained_copy()
    store.record(run.folder, "renamed", name=" ".join(payloads)[:80])
    app = Tab("classify")
    text = f"a fine film {' '.join(payloads)}"
    app.app.session_state["review-kept"] = {"text": text, "characters": len(text), "revision": 1}
    return app.show(model=run.id)


def _obeyed(app, payload: str) -> bool:
    """Whether the payload stands unescaped where the browser reads Markdown."""
    wanted = re.compile(r"(?<!\\)" + re.escape(" ".join(payload.split())))
    return any(wanted.search(text) for text in _markdown_of(app._tree))


def _markdown_of(node) -> list[str]:
    """All texts below a node of the page that the browser takes for Markdown."""
    found = [] if getattr(node, "type", "") in LITERAL_ELEMENTS else _texts(getattr(node, "proto", None))
    if getattr(node, "type", "") == "arrow_table":
        found += [str(cell) for column in node.value.to_dict("list").values() for cell in column] + list(
            map(str, node.value.columns)
        )
    for child in getattr(node, "children", {}).values():
        found += _markdown_of(child)
    return found


def _texts(message) -> list[str]:
    if not isinstance(message, Message):
        return []
    found = []
    for field, value in message.ListFields():
        if field.name in LITERAL_FIELDS:
            continue
        for one in value if field.is_repeated else [value]:
            found += [one] if isinstance(one, str) else _texts(one)
    return found


CELLS = [
    "=1+1",
    "+1",
    "-1",
    "@sum",
    "\t=1",
    "\r=1",
    "=cmd|'/c calc'!A0",
    "-film",
    "+film",
    "@film",
    '="a"',
    "\t",
    "\r",
    "-",
]


@row(
    "G4",
    "a spreadsheet computes a cell of an export",
    "0 texts, numbers untouched",
    breaks=("cells as they are",),
)
def formulas(place, patch, broken):
    if broken:
        patch.setattr(csv_files, "_harmless", lambda cell: cell)
    numbers = [-1.5, -2, 0.25, None, -0.0]
    columns = {cell: [cell] * len(numbers) for cell in CELLS} | {"numbers": numbers}
    read = list(csv.reader(io.StringIO(csv_files.csv_text(columns), newline="")))
    texts = [cell for line in read for cell in line[:-1] if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    intact = [line[-1] for line in read[1:]] == ["-1.5", "-2", "0.25", "", "-0.0"]
    settings = tomllib.loads((paths.PROJECT / ".streamlit" / "config.toml").read_text("utf-8"))["client"]
    known = "client.disableDataExport" in streamlit_config.get_config_options()
    off = known and settings.get("disableDataExport") is True
    kept = f"numbers {'intact' if intact else 'CHANGED'}, the tables' own export {'off' if off else 'ON'}"
    return Found(f"{len(texts)} of {len(CELLS) * len(read)} texts, {kept}", not texts and intact and off)
