"""Show whether the IMDB reviews are on this machine, a button to download them, and its progress. Called by
pages/data.py.
"""

import streamlit as st

from imdb_core.data import imdb
from ui import messages, words


def show_download() -> None:
    """Show whether the reviews are here, being downloaded or missing; during a download, updated once a
    second.
    """
    st.fragment(_status, run_every="1s" if "asked" in st.session_state else None)()


def _status():
    now = imdb.download_status() or {}
    if now.get("state") == "downloading":
        done, total = now["done"], now["total"]
        st.progress(
            done / total if total else 0.0,
            f"Downloading {now['file']}: {done / 1e6:.1f} of {total / 1e6:.1f} MB",
        )
        return
    if imdb.available():
        st.success("The IMDB reviews are on this machine.", icon=":material/check_circle:")
        if st.session_state.pop("asked", False):
            messages.refresh()  # the rest of the page can show them now
        return
    if now.get("state") == "failed":
        st.error(words.plain(now["message"]), icon=":material/wifi_off:")
    st.info(
        "The IMDB reviews are not on this machine. Download them (19 MB, once), or put imdb.npz and imdb_word_index.json into "
        "a folder and start the app with IMDB_DATA_DIR naming it. Everything also works on the synthetic demo reviews.",
        icon=":material/info:",
    )
    label = "Download the reviews"
    st.button(
        label,
        type="primary",
        icon=":material/download:",
        key="download",
        on_click=messages.clicked,
        args=(_download,),
    )


def _download():
    """Start the download, whose progress the page then shows. Raises DataError."""
    imdb.start_download()
    st.session_state["asked"] = True
