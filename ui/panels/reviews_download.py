"""Whether the IMDB reviews are on this machine, a button to download them, and its progress."""

import streamlit as st

from imdb_core.data import imdb
from ui import messages
from ui.empty_store import show_missing
from ui.formats import escaped

_ASKED = "asked"  # key of st.session_state: this visitor started a download


def show_reviews_download() -> None:
    """Show whether the reviews are here, being downloaded or missing; a download is updated once a second."""
    st.fragment(_status, run_every=1 if _ASKED in st.session_state else None)()


def _status():
    status = imdb.download_status() or {}
    if status.get("state") == "downloading":
        _show_progress(status)
    elif imdb.available():
        st.caption("The IMDB reviews are on this machine.")
        if st.session_state.pop(_ASKED, False):
            messages.refresh()  # the rest of the page can show them now
    else:
        if status.get("state") == "failed":
            st.error(escaped(status["message"]), icon=":material/wifi_off:")
        _show_button()


def _show_progress(status):
    done, total = status["done"], status["total"]
    text = f"Downloading {status['file']}: {done / 1e6:.1f} of {total / 1e6:.1f} MB"
    st.progress(done / total if total else 0.0, text)


def _show_button():
    show_missing(
        "The IMDB reviews are not on this machine. Download them (19 MB, once), or put imdb.npz and "
        "imdb_word_index.json into a folder and start the app with IMDB_DATA_DIR naming that folder. "
        "Everything also works on the synthetic demo reviews, which are shown below.",
        link="",
    )
    st.button(
        "Download the reviews",
        type="primary",
        icon=":material/download:",
        key="download",
        on_click=messages.clicked,
        args=(_download,),
    )


def _download():
    """Start the download, whose progress the page then shows. Raises DataError."""
    imdb.start_download()
    st.session_state[_ASKED] = True
