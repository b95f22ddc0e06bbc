"""Which file to add: sent by the browser, or a path on the server's machine.

Called by the page "Your texts" and for the file of the test part.
"""

from pathlib import Path

import streamlit as st

from imdb_core.data.own import limits
from ui.formats import escaped
from ui.server_reach import is_for_this_machine_only
from ui.upload_box import upload_box

UPLOAD, TEST_UPLOAD = "own-file", "own-test-file"  # keys of the boxes
_PATH_KEY, _TEST_PATH_KEY = "own-path", "own-test-path"
_SEND, _PATH = "Choose it in the browser", "Give its path"


def chosen_file() -> Path | None:
    """The file or folder that the visitor has chosen; None if there is none yet."""
    return _chosen(
        "A file with labelled texts",
        UPLOAD,
        _PATH_KEY,
        "A table (CSV, TSV, JSON lines, Parquet), or a .zip or .tar.gz with a folder for each class. At most "
        f"{limits.MOST_FILE_BYTES / 2**30:.0f} GB.",
    )


def chosen_test_file() -> Path | None:
    """The file of the test part; None if there is none yet."""
    return _chosen("A table with the test texts", TEST_UPLOAD, _TEST_PATH_KEY, "It needs the same columns.")


def forget_paths() -> None:
    """Empty the boxes for paths, because their files are used."""
    for key in (_PATH_KEY, _TEST_PATH_KEY):
        st.session_state[f"{key}-kept"] = ""


def _chosen(label: str, upload_key: str, path_key: str, allowed: str) -> Path | None:
    if not is_for_this_machine_only() or _sends_by_browser(label, path_key):
        path = upload_box(upload_key, label)
        st.caption(allowed)
        return path
    st.session_state[path_key] = st.session_state.get(f"{path_key}-kept", "")
    text = st.text_input(
        f"{label}: path",
        key=path_key,
        placeholder="Documents/reviews.csv, or a folder",
        on_change=lambda: st.session_state.update({f"{path_key}-kept": st.session_state[path_key]}),
    )
    st.caption(f"{allowed} A folder with a folder for each class can be given as well.")
    path = Path(text.strip()).expanduser() if text.strip() else None
    if path is None or path.exists():
        return path
    st.error(escaped(f"There is no file {path} on this machine. Correct the path."))
    return None


def _sends_by_browser(label: str, path_key: str) -> bool:
    way = st.segmented_control(
        f"{label}: where is it?",
        [_SEND, _PATH],
        default=st.session_state.get(f"{path_key}-way-kept", _SEND),
        required=True,
        key=f"{path_key}-way",
    )
    st.session_state[f"{path_key}-way-kept"] = way
    return way == _SEND
