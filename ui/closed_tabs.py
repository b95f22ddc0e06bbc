"""Bound the number of closed tabs that the server remembers, so that it does not run out of open files.

Streamlit keeps the state of up to 128 closed tabs for two minutes, in case their browsers reconnect. Each tab
holds three open files, which Streamlit does not close when it forgets the tab. Called by ui.server when the
server starts.
"""

import asyncio
import time
from collections import OrderedDict

from streamlit.runtime.session_manager import SessionInfo

from imdb_core.operating_system import resources
from ui import streamlit_internals

MOST = 32  # tabs
FILES_EACH = 3  # open files of a tab's event loop
SHARE = 0.25  # of the open files that the system allows this process


class ClosedTabs:
    """A SessionStorage for Streamlit, bounded by the limit of open files. Shuts down forgotten sessions."""

    def __init__(self, ttl_seconds: int):
        self._seconds = ttl_seconds
        self._most = max(1, min(MOST, int(SHARE * resources.open_files_limit() / FILES_EACH)))
        self._tabs: OrderedDict[str, tuple[float, SessionInfo]] = (
            OrderedDict()
        )  # id -> (when closed, session)

    def get(self, session_id: str) -> SessionInfo | None:
        """The session of a tab that reconnects in time, else None."""
        closed, session = self._tabs.get(session_id, (0.0, None))
        return session if time.monotonic() - closed <= self._seconds else None

    def save(self, session_info: SessionInfo) -> None:
        """Remember a closed tab. Forget the tabs whose time is over, and the oldest ones beyond the bound."""
        now = time.monotonic()
        self._tabs[session_info.session.id] = now, session_info
        self._tabs.move_to_end(session_info.session.id)
        while self._tabs:
            id, (closed, session) = next(iter(self._tabs.items()))
            if len(self._tabs) <= self._most and now - closed <= self._seconds:
                break
            del self._tabs[id]
            # not at once, because Streamlit holds a lock during save()
            asyncio.get_running_loop().call_soon(session.session.shutdown)

    def delete(self, session_id: str) -> None:
        """Forget a session that was closed or has reconnected."""
        self._tabs.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        """The sessions that get() would still return."""
        now = time.monotonic()
        return [session for closed, session in self._tabs.values() if now - closed <= self._seconds]


def bound() -> None:
    """Make the server, which starts after this, use ClosedTabs. Raise the limit of open files if possible."""
    resources.allow_open_files()
    streamlit_internals.store_sessions_in(ClosedTabs)
