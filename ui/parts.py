"""Pieces of pages that more than one page shows: a page's heading, choices that stay in the link, tables,
downloads.
"""

import csv
import functools
import io
import json
from collections import Counter

import streamlit as st

from imdb_core import errors, paths
from imdb_core.errors import UserError
from imdb_core.runs import store
from ui import messages, words
from ui.components import set_review, whole_page

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet computes a cell that starts so


def page_heading(text: str, *, tab: str | None = None, verbatim: bool = False) -> None:
    """The page's title and, below it, the kept sentences of actions; the browser's tab shows `tab`, by
    default the title.

    A `verbatim` text was written by the user, a run's name for instance: it is shown as it is, untranslated.
    """
    tab_title(tab or text)
    with st.container(gap=None, key="verbatim-heading" if verbatim else "heading"):
        st.title(words.plain(text) if verbatim else text)
        whole_page()
    with st.container(key="messages"):
        messages.show()


def tab_title(text: str) -> None:
    """Set the title of the browser's tab. It is shown as plain text; a fragment may set it again."""
    st.set_page_config(page_title=text)


def linked_choice(label: str, titles: dict[str, str], *, link: str, forget: str = "") -> str:
    """A selectbox over `titles` (key -> what is shown) whose key stays in the page's link; the first one if
    the link has none.

    By hand, because Streamlit's own binding puts the shown title into the link, and titles change. Another
    choice makes the link `forget` what belonged to the one before.
    """
    titles = told_apart(titles)
    st.query_params[link] = (
        st.query_params.get(link) if st.query_params.get(link) in titles else next(iter(titles))
    )
    widget = f"{link}-choice"
    st.session_state[widget] = st.query_params[link]

    def follow():
        if st.session_state[widget] in titles:  # a late click may report a title that has changed meanwhile
            st.query_params[link] = st.session_state[widget]
            st.query_params.pop(forget, None)

    return st.selectbox(label, list(titles), format_func=titles.get, key=widget, on_change=follow)


def told_apart(titles: dict[str, str]) -> dict[str, str]:
    """`titles` (key -> shown title); equal titles get the end of their key.

    A browser reports the title that was chosen; of equal titles Streamlit would take the last.
    """
    counts = Counter(titles.values())
    return {key: f"{title} · {key[-8:]}" if counts[title] > 1 else title for key, title in titles.items()}


def linked_choices(label: str, titles: dict[str, str], *, link: str, default: list[str]) -> list[str]:
    """As linked_choice, for several keys, separated by commas in the link; unknown ones are named in a
    sentence.
    """
    titles = told_apart(titles)
    asked = [key for key in (st.query_params.get(link) or "").split(",") if key]
    if unknown := [key for key in asked if key not in titles]:
        st.error(words.plain(f"The link names {', '.join(unknown)[:80]}, which is not here; choose below."))
    widget = f"{link}-choices"
    st.session_state[widget] = (
        [key for key in asked if key in titles] if asked or link in st.query_params else default
    )

    def follow():
        st.query_params[link] = ",".join(key for key in st.session_state[widget] if key in titles)

    return st.multiselect(label, list(titles), format_func=titles.get, key=widget, on_change=follow)


def linked_slider(label: str, options: dict[int, str], *, link: str, default: int, help: str) -> int:
    """A slider over `options` (value -> what is shown); a value other than the default stays in the page's
    link.
    """
    asked = st.query_params.get(link, "")
    if asked and asked not in map(str, options):
        st.error(
            words.plain(
                f"The link asks for {link} {asked[:20]}, which was not kept; move the slider to one that was."
            )
        )
    widget = f"{link}-slider"
    st.session_state[widget] = int(asked) if asked in map(str, options) else default

    def follow():
        if st.session_state[widget] == default:
            st.query_params.pop(link, None)
        else:
            st.query_params[link] = str(st.session_state[widget])

    return st.select_slider(
        label, list(options), format_func=options.get, key=widget, on_change=follow, help=help
    )


def state_badge(run: store.Run) -> None:
    """The state as icon and word."""
    st.badge(run.state, icon=words.STATE_ICONS[run.state], color=words.STATE_COLORS.get(run.state, "gray"))


def show_places() -> None:
    """Say where runs and reviews are kept, unless their folders are beside the app."""
    if sentence := paths.moved_folders_notice():
        st.caption(words.plain(sentence))


def tried(read, *arguments):
    """The result of `read(*arguments)`; for a UserError or OSError shows its sentence here and returns None.

    For what a page reads while it is drawn. Actions of clicks go through ui.messages, whose sentences outlive
    a rerun.
    """
    try:
        return read(*arguments)
    except (UserError, OSError) as error:
        st.error(words.plain(errors.sentence(error)), icon=":material/error:")
        return None


def show_review(
    text: str, *, positive: bool, probabilities: dict[str, float], key: str, model: str | None = None
) -> None:
    """A test review as text with its label and what each run says (name -> probability); a click takes it to
    the text box.

    `key` tells apart the reviews of a page; `model` is the network that is chosen beside the text box.
    """
    said = " · ".join(
        f"{words.plain(name)} says {share:.1%} positive" for name, share in probabilities.items()
    )
    with st.container(border=True):
        st.markdown(
            f"Label: **{'positive' if positive else 'negative'}** · {said} · {len(text.split(' ')):,} words"
        )
        with st.container(height=150 if len(text) > 600 else "content", border=False):
            st.text(text)
        try_button(text, key=key, model=model)


def try_button(text: str, *, key: str, model: str | None = None) -> None:
    """Takes `text` to the text box; `model` is the network that is chosen there, `key` tells apart the
    buttons of a page.
    """
    if st.button("Try it in the text box", key=f"try-{key}", icon=":material/edit_note:"):
        set_review(text, key="review")
        st.switch_page("pages/classify.py", query_params={"model": model} if model else {})


def small_table(columns: dict[str, list[str]]) -> None:
    """A table of texts in Markdown: `columns` is heading -> cells, all of one length.

    st.table would load pandas for it: 70 MB of the server's memory, and a third of a second of the first
    visitor's time.
    """
    if not columns:
        return
    lines = [list(columns), ["---"] * len(columns), *zip(*columns.values(), strict=True)]
    st.markdown("\n".join(f"| {' | '.join(cells)} |" for cells in lines))


def arrow_table(rows: list[dict], kinds: dict[str, str]):
    """`rows` as an Arrow table for st.dataframe; `kinds` is column -> Arrow's name of its type.

    By way of JSON, because pyarrow.array, as Streamlit itself, would load pandas: 45 MB of the server's
    memory.
    """
    import pyarrow  # slow to import; only one page lists rows
    from pyarrow import json as arrow_json

    types = {
        "string": pyarrow.string(),
        "double": pyarrow.float64(),
        "list<double>": pyarrow.list_(pyarrow.float64()),
    }
    schema = pyarrow.schema([(name, types[kind]) for name, kind in kinds.items()])
    if not rows:
        return schema.empty_table()
    written = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode(
        errors="replace"
    )  # lone surrogates
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
