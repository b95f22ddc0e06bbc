"""Pieces of pages that more than one page shows: a run's headline, its buttons, the missing-data notice."""

import csv
import functools
import io
import json

import streamlit as st

from imdb_core import paths
from imdb_core.errors import UserError
from imdb_core.runs import launcher, store
from ui import words
from ui.components import set_review, whole_page

# After a failure with one of these causes, a resumed run fails again unless the user first removes the cause.
RESUME_FAILS_AGAIN = ("reviews", "memory", "diverged")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet computes a cell that starts so


def page_heading(text: str, *, tab: str | None = None, verbatim: bool = False) -> None:
    """The page's title; the browser's tab shows `tab`, by default the same text.

    A `verbatim` text was written by the user, a run's name for instance: it is shown as it is, untranslated.
    """
    tab_title(tab or text)
    with st.container(gap=None, key="verbatim-heading" if verbatim else "heading"):
        st.title(words.plain(text) if verbatim else text)
        whole_page()


def tab_title(text: str) -> None:
    """Set the title of the browser's tab. It is shown as plain text; a fragment may set it again."""
    st.set_page_config(page_title=text)


def linked_choice(label: str, titles: dict[str, str], *, link: str, forget: str = "") -> str:
    """A selectbox over `titles` (key -> what is shown) whose key stays in the page's link; the first one if the link has none.

    By hand, because Streamlit's own binding puts the shown title into the link, and titles change. Another choice makes the
    link `forget` what belonged to the one before.
    """
    st.query_params[link] = st.query_params.get(link) if st.query_params.get(link) in titles else next(iter(titles))
    widget = f"{link}-choice"
    st.session_state[widget] = st.query_params[link]

    def follow():
        st.query_params[link] = st.session_state[widget]
        st.query_params.pop(forget, None)

    return st.selectbox(label, list(titles), format_func=titles.get, key=widget, on_change=follow)


def linked_choices(label: str, titles: dict[str, str], *, link: str, default: list[str]) -> list[str]:
    """As linked_choice, for several keys, separated by commas in the link; unknown ones are named in a sentence."""
    asked = [key for key in (st.query_params.get(link) or "").split(",") if key]
    if unknown := [key for key in asked if key not in titles]:
        st.error(words.plain(f"The link names {', '.join(unknown)[:80]}, which is not here; choose below."))
    widget = f"{link}-choices"
    st.session_state[widget] = [key for key in asked if key in titles] if asked or link in st.query_params else default

    def follow():
        st.query_params[link] = ",".join(st.session_state[widget])

    return st.multiselect(label, list(titles), format_func=titles.get, key=widget, on_change=follow)


def linked_slider(label: str, options: dict[int, str], *, link: str, default: int, help: str) -> int:
    """A slider over `options` (value -> what is shown); a value other than the default stays in the page's link."""
    asked = st.query_params.get(link, "")
    if asked and asked not in map(str, options):
        st.error(words.plain(f"The link asks for {link} {asked[:20]}, which was not kept; move the slider to one that was."))
    widget = f"{link}-slider"
    st.session_state[widget] = int(asked) if asked in map(str, options) else default

    def follow():
        if st.session_state[widget] == default:
            st.query_params.pop(link, None)
        else:
            st.query_params[link] = str(st.session_state[widget])

    return st.select_slider(label, list(options), format_func=options.get, key=widget, on_change=follow, help=help)


def state_badge(run: store.Run) -> None:
    """The state as icon and word."""
    st.badge(run.state, icon=words.STATE_ICONS[run.state], color=words.STATE_COLORS.get(run.state, "gray"))


def show_places() -> None:
    """Say where runs and reviews are kept, unless their folders are beside the app."""
    if sentence := paths.elsewhere():
        st.caption(words.plain(sentence))


def tried(action, *arguments):
    """The result of `action(*arguments)`; what the user can mend is shown as its sentence, and None is returned."""
    try:
        return action(*arguments)
    except UserError as error:
        said = str(error)
    except OSError as error:
        said = f"{error.strerror or error}: {error.filename or 'the disk'}. Make room or mend it, then try again."
    st.error(words.plain(said), icon=":material/error:")
    return None


def run_buttons(run: store.Run, key: str) -> None:
    """Stop, resume, score, train again, rename and delete, as the run's state allows; pretrained ones cannot be changed."""
    own = key == run.id
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.state in ("queued", "starting", "running", "stopping"):
            stopping = run.state == "stopping"
            if st.button("Stopping …" if stopping else "Stop", icon=":material/stop_circle:", disabled=stopping, key="stop"):
                tried(launcher.stop, run)
                st.rerun()
        if own and run.can_resume and run.config:
            kind = "secondary" if run.cause in RESUME_FAILS_AGAIN else "primary"
            if st.button("Resume", icon=":material/resume:", key="resume", type=kind):
                tried(launcher.resume, run)
                st.rerun()
        if run.has_model and not run.damaged:
            st.page_link("pages/classify.py", label="Type a review", icon=":material/edit_note:", query_params={"model": key})
        if run.config:
            st.page_link("pages/train.py", label="Train a variant", icon=":material/tune:", query_params={"from": key})
        if own and run.config:
            _rename(run)
        if own and not run.active:
            _delete(run)


def after_failure(run: store.Run, key: str) -> None:
    """Links to pages where the user can remove the cause of a failure, if the cause is known."""
    with st.container(horizontal=True):
        if run.cause == "reviews":
            demo = {"from": key, "change": "dataset=demo"}
            label = "Train the same on the synthetic demo reviews"
            st.page_link("pages/train.py", label=label, icon=":material/model_training:", query_params=demo)
            st.page_link("pages/data.py", label="Get the reviews", icon=":material/menu_book:")
        if run.cause == "disk":
            st.page_link("pages/runs.py", label="Delete runs to make room", icon=":material/delete:")
        if run.cause == "memory":
            label = "Train with smaller values"
            st.page_link("pages/train.py", label=label, icon=":material/tune:", query_params={"from": key})


def show_review(text: str, *, positive: bool, probabilities: dict[str, float], key: str, model: str | None = None) -> None:
    """A test review as text with its label and what each run says (name -> probability); a click takes it to the text box.

    `key` tells apart the reviews of a page; `model` is the network that is chosen beside the text box.
    """
    said = " · ".join(f"{words.plain(name)} says {share:.1%} positive" for name, share in probabilities.items())
    with st.container(border=True):
        st.markdown(f"Label: **{'positive' if positive else 'negative'}** · {said} · {len(text.split(' ')):,} words")
        with st.container(height=150 if len(text) > 600 else "content", border=False):
            st.text(text)
        try_button(text, key=key, model=model)


def try_button(text: str, *, key: str, model: str | None = None) -> None:
    """Takes `text` to the text box; `model` is the network that is chosen there, `key` tells apart the buttons of a page."""
    if st.button("Try it in the text box", key=f"try-{key}", icon=":material/edit_note:"):
        set_review(text, key="review")
        st.switch_page("pages/classify.py", query_params={"model": model} if model else {})


def small_table(columns: dict[str, list[str]]) -> None:
    """A table of texts in Markdown: `columns` is heading -> cells, all of one length.

    st.table would load pandas for it: 70 MB of the server's memory, and a third of a second of the first visitor's time.
    """
    if not columns:
        return
    lines = [list(columns), ["---"] * len(columns), *zip(*columns.values(), strict=True)]
    st.markdown("\n".join(f"| {' | '.join(cells)} |" for cells in lines))


def arrow_table(rows: list[dict], kinds: dict[str, str]):
    """`rows` as an Arrow table for st.dataframe; `kinds` is column -> Arrow's name of its type.

    By way of JSON, because pyarrow.array, as Streamlit itself, would load pandas: 45 MB of the server's memory.
    """
    import pyarrow  # slow to import; only one page lists rows
    from pyarrow import json as arrow_json

    types = {"string": pyarrow.string(), "double": pyarrow.float64(), "list<double>": pyarrow.list_(pyarrow.float64())}
    schema = pyarrow.schema([(name, types[kind]) for name, kind in kinds.items()])
    if not rows:
        return schema.empty_table()
    written = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode(errors="replace")  # lone surrogates
    parsing = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    reading = arrow_json.ReadOptions(use_threads=False, block_size=len(written) + 1)
    return arrow_json.read_json(io.BytesIO(written), reading, parsing)


def csv_download(columns: dict[str, list], *, file_name: str) -> None:
    """A button that saves a chart's numbers: `columns` is heading -> values, all of one length."""
    st.download_button(
        "Numbers as CSV",
        functools.partial(csv_file, columns),  # the file is written at a click, not at every rerun
        file_name,
        "text/csv",
        key=f"download-{file_name}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def csv_file(columns: dict[str, list]) -> bytes:
    """The table as a CSV file in UTF-8. Without the byte order mark, Excel would assume another encoding."""
    return csv_text(columns).encode("utf-8-sig", "replace")  # lone surrogates cannot be encoded


def csv_text(columns: dict[str, list]) -> str:
    """The table as CSV; a text that a spreadsheet would take for a formula gets a leading apostrophe."""
    written = io.StringIO()
    for row in (columns, *zip(*columns.values(), strict=True)):
        csv.writer(written).writerow(_no_formula(cell) for cell in row)
    return written.getvalue()


def _no_formula(cell):
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def no_reviews_notice() -> None:
    """What to do when the IMDB reviews are not on this machine."""
    st.info(
        "The IMDB reviews are not on this machine yet. Training on them downloads 19 MB once; without a network, put the two "
        "files in place or choose the synthetic demo reviews.",
        icon=":material/download:",
    )
    st.page_link("pages/data.py", label="Get the reviews", icon=":material/menu_book:")


def _rename(run):
    with st.popover("Rename", icon=":material/edit:"), st.form("rename", border=False):  # in a form Enter saves
        name = st.text_input("New name", value=run.name, max_chars=80, key=f"name-{run.id}")
        if st.form_submit_button("Save name", key="save-name") and tried(store.rename, run, name):
            st.rerun()


def _delete(run):
    with st.popover("Delete", icon=":material/delete:"):
        st.text(f"Delete “{run.name}” with its model and curves? This cannot be undone.")
        if st.button("Delete for good", key="delete"):
            tried(store.delete, run)
            st.switch_page("pages/runs.py")
