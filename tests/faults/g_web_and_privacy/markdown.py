"""Markdown in the texts of users must be shown as typed."""

import re

from google.protobuf.message import Message

from imdb_core import paths
from imdb_core.runs import layout, store
from tests.apptest import opened
from tests.faults.rows import Outcome, row
from tests.faults.support.sample_runs import Tab, finished_run, trained_copy
from ui import formats

PAYLOADS = [
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
    "1. item",
    "+ item",
    "[link](http://e.test)",
    "![i](http://e.test/i.png)",
    "<http://e.test>",
    "http://e.test/x",
    "a@e.test",
    "$x^2$",
    "$$x$$",
    ":red[red]",
    ":material/home:",
    ":smile:",
    ":blue-background[x]",
    "<b>html</b>",
    "<script>x</script>",
    *("| a | b |", "***", "\\(x\\)", "&lt;b&gt;"),
]
LITERAL_ELEMENTS = (
    "text",
    "code",
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


@row("G3", "users type Markdown", "30 of 30 shown as typed", breaks=("an obeyed name",))
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
    return Outcome(
        f"{len(payloads) - len(obeyed)} of {len(payloads)} shown as typed {sorted(obeyed)[:3] or ''}".strip(),
        not obeyed,
    )


def _odd_run(payload):
    """A failed run with the payload in its name, message, log and probe reviews."""
    run = finished_run(payload, probes=payload)
    store.record(run.folder, "failed", message=payload)
    (run.folder / layout.LOG).write_text(payload)
    return store.read(run.folder)


def _typed(payloads):
    """The Classify page with all payloads as one review, scored by a run that has payloads as its name."""
    run = trained_copy()
    store.record(run.folder, "renamed", name=" ".join(payloads)[:80])
    app = Tab("classify")
    text = f"a fine film {' '.join(payloads)}"
    app.app.session_state["review-kept"] = {"text": text, "characters": len(text), "revision": 1}
    return app.show(model=run.id)


def _obeyed(app, payload: str) -> bool:
    """Whether the payload is unescaped in a text that the browser reads as Markdown."""
    wanted = re.compile(r"(?<!\\)" + re.escape(" ".join(payload.split())))
    return any(wanted.search(text) for text in _markdown_of(app._tree))


def _markdown_of(node) -> list[str]:
    """All texts below a node of the page that the browser reads as Markdown."""
    texts = [] if getattr(node, "type", "") in LITERAL_ELEMENTS else _texts(getattr(node, "proto", None))
    if getattr(node, "type", "") == "arrow_table":
        texts += [str(cell) for column in node.value.to_dict("list").values() for cell in column] + list(
            map(str, node.value.columns)
        )
    for child in getattr(node, "children", {}).values():
        texts += _markdown_of(child)
    return texts


def _texts(message) -> list[str]:
    if not isinstance(message, Message):
        return []
    texts = []
    for field, value in message.ListFields():
        if field.name in LITERAL_FIELDS:
            continue
        for item in value if field.is_repeated else [value]:
            texts += [item] if isinstance(item, str) else _texts(item)
    return texts
