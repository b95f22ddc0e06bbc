"""HTML and scripts in the texts of users, in the code and in a browser."""

import ast
import shutil
import socket

from playwright.sync_api import sync_playwright

from imdb_core import paths
from imdb_core.runs import layout, store
from tests.faults.rows import Outcome, row
from tests.faults.support.sample_runs import finished_run
from tests.faults.support.server import break_new_processes, connection_count, serving
from tests.faults.support.waiting import in_thread

QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
QUIET += "--disable-component-update"
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
    "users type HTML and scripts",
    "0 places in the code, 0 executed in a browser",
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
    executed = "not checked"
    if broken != "raw HTML allowed":
        executed = in_thread(_executed, place, patch, broken) if shutil.which("chromium") else "no browser"
    return Outcome(
        f"{len(hits)} hits in {len(sources)} files, executed in a browser: {executed}",
        not hits and executed in (0, "no browser"),
    )


def _comes_from_files(part) -> bool:
    """Whether an expression puts together nothing but files of ui/browser."""
    calls = {ast.unparse(node.func) for node in ast.walk(part) if isinstance(node, ast.Call)}
    return "_content" in calls and calls <= {"_content", "''.join"}


def _raw_html(tree) -> list[str]:
    """Calls that show text as HTML, and components whose code is not constant or inserts text as HTML."""
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
                if not isinstance(part, ast.Constant) and not _comes_from_files(part)
            ]
            hits += [mark for part in code for mark in INSERTS if mark in ast.unparse(part)]
    return hits


def _executed(place, patch, broken) -> int:
    """How many scripts ran in Chromium, or pictures were requested."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        beacon = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        script = "<img src=x onerror=window.canary=1><script>window.canary=1</script>"
        run = finished_run(script)
        store.rename(run, f"![i]({beacon})")
        store.record(run.folder, "failed", message=f"{script} ![i]({beacon})")
        (run.folder / layout.LOG).write_text(f"{script} ![i]({beacon})")
        if broken:
            break_new_processes(place, patch, OBEYED)
        with serving(place) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET.split())
            page, count = browser.new_page(), 0
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
                count += page.evaluate("window.canary === 1")
            page.locator("textarea#review").fill(f"a fine film {script} ![i]({beacon})")
            page.locator(".verdict").wait_for()
            page.wait_for_timeout(500)
            count += page.evaluate("window.canary === 1")
            browser.close()
        return count + connection_count(listener)


# The broken variant also lacks the content security policy, which blocks the request for the picture.
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
