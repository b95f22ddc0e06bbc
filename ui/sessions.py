"""How many tabs that have lost their connection the server remembers, so that it never runs out of open files.

Streamlit keeps such a tab's state for two minutes, for the case that it comes back, and with it three open files; it forgets
up to 128 of them without closing these. Used by app.py, once, when the server starts.
"""

import asyncio
import time
from collections import OrderedDict

from streamlit.runtime import memory_session_storage
from streamlit.runtime.session_manager import SessionInfo

from imdb_core import operating_system

MOST = 32
FILES_EACH = 3  # of a tab's event loop
SHARE = 0.25  # of the files that this process may have open


class FewSessions:
    """Streamlit's SessionStorage with a bound that follows from the limit of open files; what is forgotten is shut down."""

    def __init__(self, ttl_seconds: int):
        self._seconds = ttl_seconds
        self._most = max(1, min(MOST, int(SHARE * operating_system.open_files_limit() / FILES_EACH)))
        self._kept: OrderedDict[str, tuple[float, SessionInfo]] = OrderedDict()  # id -> (when it was left, session), oldest first

    def get(self, session_id: str) -> SessionInfo | None:
        """The session of a tab that comes back in time, else None."""
        left, session = self._kept.get(session_id, (0.0, None))
        return session if time.monotonic() - left <= self._seconds else None

    def save(self, session_info: SessionInfo) -> None:
        """Remember a tab that was left, and forget those left longest ago or too long ago."""
        now = time.monotonic()
        self._kept[session_info.session.id] = now, session_info
        self._kept.move_to_end(session_info.session.id)
        while self._kept:
            id, (left, session) = next(iter(self._kept.items()))
            if len(self._kept) <= self._most and now - left <= self._seconds:
                break
            del self._kept[id]
            asyncio.get_running_loop().call_soon(session.session.shutdown)  # not now: Streamlit holds a lock meanwhile

    def delete(self, session_id: str) -> None:
        """Forget a session that was closed, or that goes on."""
        self._kept.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        """All that would still be found."""
        return [session for left, session in self._kept.values() if time.monotonic() - left <= self._seconds]


def keep_few() -> None:
    """Let the server that starts after this use FewSessions, and as many open files as the system allows it."""
    operating_system.allow_open_files()
    memory_session_storage.MemorySessionStorage = FewSessions  # which st.App imports once it starts
