"""The box that sends a file of the user's to the server (ui/browser/upload.js). Called by panels.

The browser writes the file to the disk through ui.upload_route; Python gets its path.
"""

import functools
from pathlib import Path

import streamlit as st

from ui import upload_route, uploads
from ui.browser import component

_UPLOAD_BOX = component("upload")


def upload_box(key: str, label: str, *, accept: str = "") -> Path | None:
    """Show the box; returns the file that was sent, None before and after it was removed.

    `accept` lists suffixes for the browser's dialog, separated by commas. The session keeps the upload while
    other pages are shown. remove_upload() removes it once it is used.
    """
    upload = st.session_state.setdefault(_kept(key), {"next": uploads.new_id(), "id": None})
    if uploads.arrived(upload["next"]):
        remove_upload(key)
        upload.update(id=upload["next"], next=uploads.new_id())
    path = uploads.arrived(upload["id"]) if upload["id"] else None
    data = {
        "label": label,
        "accept": accept,
        "most": uploads.MOST_BYTES,
        "address": f"{upload_route.ROUTE}/{upload['next']}",
        "ticket": uploads.ticket(upload["next"]),
        "file": path.name if path else "",
        "bytes": path.stat().st_size if path else 0,
    }
    removed = functools.partial(remove_upload, key)
    _UPLOAD_BOX(key=key, data=data, on_arrived_change=lambda: None, on_removed_change=removed)
    return path


def remove_upload(key: str) -> None:
    """Remove the file that the box `key` has sent, if there is one. Call this after its use."""
    upload = st.session_state.get(_kept(key))
    if upload and upload["id"]:
        uploads.remove(upload["id"])
        upload["id"] = None


def _kept(key):
    return f"{key}-upload"
