"""Bound the number of disconnected tabs that the server remembers, so that it does not run out of open files.

Streamlit keeps the state of up to 128 disconnected tabs for two minutes, in case they come back, with three
open files each, and forgets them without closing these files. Called by app.py, once, when the server starts.
"""

import asyncio
import time
from collections import OrderedDict

from streamlit.runtime import memory_session_storage
from streamlit.runtime.session_manager import SessionInfo

from imdb_core.operating_system import resources

MOST = 32  # tabs
FILES_EACH = 3  # open files of a tab's event loop
SHARE = 0.25  # of the open files that the system allows this process


class FewSessions:
    """A SessionStorage for Streamlit, bounded by the limit of open files; a session that is forgotten is shut
    down.
    """

    def __init__(self, ttl_seconds: int):
        self._seconds = ttl_seconds
        self._most = max(1, min(MOST, int(SHARE * resources.open_files_limit() / FILES_EACH)))
        self._kept: OrderedDict[str, tuple[float, SessionInfo]] = (
            OrderedDict()
        )  # id -> (when it disconnected, session)

    def get(self, session_id: str) -> SessionInfo | None:
        """The session of a tab that reconnects in time, else None."""
        left, session = self._kept.get(session_id, (0.0, None))
        return session if time.monotonic() - left <= self._seconds else None

    def save(self, session_info: SessionInfo) -> None:
        """Remember a disconnected tab; forget tabs beyond the bound, oldest first, and those whose time is
        over.
        """
        now = time.monotonic()
        self._kept[session_info.session.id] = now, session_info
        self._kept.move_to_end(session_info.session.id)
        while self._kept:
            id, (left, session) = next(iter(self._kept.items()))
            if len(self._kept) <= self._most and now - left <= self._seconds:
                break
            del self._kept[id]
            asyncio.get_running_loop().call_soon(
                session.session.shutdown
            )  # later, because Streamlit holds a lock during save()

    def delete(self, session_id: str) -> None:
        """Forget a session that was closed or has reconnected."""
        self._kept.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        """The sessions that get() would still return."""
        return [session for left, session in self._kept.values() if time.monotonic() - left <= self._seconds]


def keep_few() -> None:
    """Make the server, which starts after this, use FewSessions; raise its limit of open files as far as the
    system allows.
    """
    resources.allow_open_files()
    memory_session_storage.MemorySessionStorage = FewSessions  # st.App imports this name when it starts
