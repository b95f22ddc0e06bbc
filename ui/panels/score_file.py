"""The section "Score a file": choose a network and a table, see how it is read, start. Called by a page.

The table is scored in a process of its own, which outlives the page; scored_table.py shows how far it is. The
job's id is in the link, so a reload shows the same job.
"""

import dataclasses
from pathlib import Path

import streamlit as st

from imdb_core.data.own import limits
from imdb_core.data.own.encodings import LEGACY
from imdb_core.errors import UserError, sentence
from imdb_core.scoring import table_jobs
from imdb_core.scoring.models import Model
from imdb_core.scoring.table_folder import Order
from imdb_core.scoring.table_writers import SUFFIXES
from ui import messages, page_link
from ui.formats import counted, escaped, shortened
from ui.panels import scored_table
from ui.server_reach import is_for_this_machine_only
from ui.tables import small_table
from ui.upload_box import upload_box

LINK = "scored"  # the parameter of the page's link that holds the job's id
WIDTH = 230  # pixels; as many boxes side by side as fit
LONGEST_SAMPLE = 70  # characters
_SEND, _PATH = "Choose it in the browser", "Give its path"
_GUESS, _NONE = "find out", "there are no labels"
_SEPARATORS = {"": _GUESS, ",": "comma", "\t": "tab", ";": "semicolon", "|": "vertical bar"}
_HEADERS = {None: _GUESS, True: "names the columns", False: "is a text"}
_OPEN = "score-file-open"  # key of st.session_state: the visitor has scored a file
_UNDERSTOOD = "score-file-understood"  # key of st.session_state: what was asked last, and the answer


def show_file_scoring(choices: dict[str, Model]) -> None:
    """Show the section, closed unless the link names a job; `choices` are the networks by key."""
    id = st.query_params.get(LINK)
    st.session_state[_OPEN] = is_open = bool(id) or st.session_state.get(_OPEN, False)
    with st.expander("Score a file", icon=":material/table_view:", expanded=is_open):
        job = table_jobs.status(id) if id else None
        if job:
            scored_table.show_job(job, choices, again=_forget)
            return
        if id:
            st.info("This result was deleted. Results are kept for a day.", icon=":material/delete:")
        _choose(choices)


@st.fragment
def _choose(choices):
    """Everything before the start. Only this part reruns while the visitor chooses."""
    st.markdown(
        "A table of texts goes in; the same rows in the same order come out, with the class, the probability "
        "of each class, and a reason for each row that could not be scored."
    )
    keys = list(choices)
    current = st.query_params.get("model")
    model = st.selectbox(
        "Network that scores the file",
        keys,
        index=keys.index(current) if current in keys else 0,
        format_func=lambda key: choices[key].title,
        key=f"score-file-model-{current}",  # the text box's network, until another one is chosen here
    )
    path, is_upload = _chosen_file()
    if path is None:
        return
    wishes = _wishes()
    order = Order(model, str(path), path.name, **wishes)
    understood = _understood(order, choices[model].config.classes)
    if understood is None:
        return
    order = _completed(order, understood)
    st.button(
        f"Score {counted(understood['rows'], 'row')}",
        type="primary",
        icon=":material/play_arrow:",
        key="score-file-start",
        on_click=messages.clicked,
        args=(_start, order, is_upload),
    )


def _chosen_file():
    """(the table or None, whether the browser has sent it)."""
    formats = f"CSV, TSV, JSON lines or Parquet, at most {limits.MOST_FILE_BYTES / 2**30:.0f} GB."
    way = _SEND
    if is_for_this_machine_only():
        way = st.segmented_control(
            "Where is the table?", [_SEND, _PATH], default=_SEND, required=True, key="score-file-way"
        )
    if way == _SEND:
        path = upload_box("score-file", "A table of texts", accept=",".join(SUFFIXES) + ",.txt,.ndjson,.tab")
        st.caption(formats)
        return path, True
    text = st.text_input(
        "Path of the table", key="score-file-path", placeholder="Documents/reviews.csv"
    ).strip()
    st.caption(formats)
    return (Path(text).expanduser() if text else None), False


def _wishes():
    """How to read the file. The app guesses what the visitor does not choose."""
    with st.popover("How the file is read", icon=":material/tune:"):
        encodings = ["", "utf-8", "utf-16", *LEGACY]
        return {
            "encoding": st.selectbox(
                "Encoding", encodings, format_func=lambda name: name or _GUESS, key="score-file-encoding"
            ),
            "separator": st.selectbox(
                "Between columns", list(_SEPARATORS), format_func=_SEPARATORS.get, key="score-file-separator"
            ),
            "header": st.selectbox(
                "First row", list(_HEADERS), format_func=_HEADERS.get, key="score-file-header"
            ),
        }


def _understood(order, classes):
    """What table_jobs.look() answers, kept until the question changes; None after showing an error."""
    try:
        status = Path(order.source).stat()
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
    except (OSError, ValueError):
        stamp = None  # look() says why
    question = (order.source, stamp, order.encoding, order.separator, order.header, tuple(classes))
    kept = st.session_state.get(_UNDERSTOOD)
    if not kept or kept[0] != question:
        try:
            with st.spinner("Reading the whole table …"):
                kept = question, table_jobs.look(order), ""
        except (UserError, OSError) as error:
            kept = question, None, sentence(error)
        st.session_state[_UNDERSTOOD] = kept
    if kept[2]:
        st.error(escaped(kept[2]), icon=":material/error:")
    return kept[1]


def _completed(order, understood):
    """The order with the columns and the format that the visitor chooses."""
    columns, samples, layout = (understood[name] for name in ("columns", "samples", "layout"))
    small_table(
        {
            "column": [escaped(shortened(name)) for name in columns],
            "samples": [
                escaped(" · ".join(shortened(cell, LONGEST_SAMPLE) for cell in samples[name]))
                for name in columns
            ],
        }
    )
    if not layout["encoding_is_certain"]:
        also = f" {', '.join(layout['other_encodings'])} would fit as well." * bool(layout["other_encodings"])
        st.warning(
            escaped(
                f"The file is not UTF-8. It was read as {layout['encoding']}; choose another encoding if the "
                f"samples look wrong.{also}"
            ),
            icon=":material/translate:",
        )
    with st.container(horizontal=True):
        return dataclasses.replace(order, **_boxes(order, columns, understood))


def _boxes(order, columns, understood):
    """The columns of the texts and of the labels, and the ending of the result."""
    file = Path(order.source)
    text = _box("Column of the texts", columns, understood["text"], key=f"score-file-text-{file.name}")
    labels = [_NONE, *(name for name in columns if name != text)]
    label = _box(
        "Column of the labels",
        range(len(labels)),  # numbers, because a column may have the name of the first choice
        labels.index(understood["label"]) if understood["label"] in labels[1:] else 0,
        key=f"score-file-label-{file.name}-{text}",
        format_func=labels.__getitem__,
        help="With labels, the accuracy of the network on this table is computed as well.",
    )
    suffix = _box("Format of the result", SUFFIXES, file.suffix.lower(), key=f"score-file-suffix-{file.name}")
    return {"column": text, "label": labels[label] if label else None, "suffix": suffix}


def _box(title, options, preferred, **more):
    """A selectbox that begins with `preferred` if it is one of the options."""
    index = options.index(preferred) if preferred in options else 0
    return st.selectbox(title, options, index=index, width=WIDTH, **more)


def _start(order, is_upload):
    """Start the job and put it into the link. Raises DataError and OSError."""
    page_link.change(LINK, table_jobs.start(order, is_upload=is_upload))


def _forget():
    """Take the job out of the link."""
    page_link.change(LINK, None)
