"""Files that many visitors send at once: the server's memory, and what stays on its disk."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException

import psutil

from imdb_core import paths
from tests.faults.rows import Outcome, row
from tests.faults.support.server import Visitor, break_new_processes, serving, visit
from tests.faults.support.waiting import wait_until

VISITORS, CAP = 10, 32 * 2**20  # bytes; the app's own cap would fill the disk
PIECE = bytes(range(256)) * 256  # 64 KiB
PATCHED = f"import ui.uploads\nui.uploads.MOST_BYTES = {CAP}"
KEPT_IN_MEMORY = """
from ui import upload_route
write, kept = upload_route._write_all, []
upload_route._write_all = lambda file, content: (kept.append(content), write(file, content))
"""


@row(
    "H1",
    "10 visitors send files of the largest size at once, others too large a file or half of one",
    "memory +20 MiB at most; what is too large or half is refused; nothing stays after a restart",
    breaks=("kept in memory",),
)
def upload_flood(place, patch, broken):
    break_new_processes(place, patch, PATCHED + (KEPT_IN_MEMORY if broken else ""))
    folder = paths.cache_folder() / "uploads"
    with serving(place) as server:
        tickets = [_ticket(server) for _ in range(VISITORS + 3)]
        _send(server, tickets[-1], 2**20)  # loads what the first upload loads
        with _Memory(server.process.pid) as memory, ThreadPoolExecutor(VISITORS) as threads:
            answers = list(threads.map(lambda ticket: _send(server, ticket, CAP), tickets[:VISITORS]))
        refused = [
            _send(server, tickets[VISITORS], CAP + 1),
            _send(server, tickets[VISITORS + 1], CAP, half=True),
        ]
        stored = _count_soon(folder, VISITORS + 1)
    with serving(place):
        left = _count_soon(folder, 0)
    taken = answers.count(200)
    figure = (
        f"{taken} of {VISITORS} files of {CAP >> 20} MiB taken, memory {memory.growth / 2**20:+.0f} MiB, "
    )
    figure += f"{2 - refused.count(200)} of 2 refused, {stored} files stored, {left} after a restart"
    held = memory.growth <= 20 * 2**20 and taken == VISITORS and 200 not in refused
    return Outcome(figure, held and stored == VISITORS + 1 and left == 0)


def _count_soon(folder, expected: int) -> int:
    """How many uploads there are; waits a while for the expected number, since removing takes a moment."""
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: len(list(folder.iterdir())) == expected, 10)
    return len(list(folder.iterdir()))


def _ticket(server) -> dict:
    """What the server hands to the box of a new tab."""
    return visit(Visitor(server, "texts")).parts("upload")[0]


def _send(server, box: dict, size: int, *, half: bool = False) -> int:
    """The status of the answer to a file of `size` bytes; 0 if the connection ended. `half` breaks it off."""
    line = HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        line.putrequest("PUT", f"/{box['address']}")
        for name, value in {
            "Content-Length": size,
            "X-Upload-Ticket": box["ticket"],
            "X-Upload-Name": "a.csv",
        }.items():
            line.putheader(name, str(value))
        line.endheaders()
        for start in range(0, size // 2 if half else size, len(PIECE)):
            line.send(PIECE[: size - start])
        return 0 if half else line.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        line.close()


class _Memory:
    """While the context is open, watches the resident memory of a process; `growth` is in bytes."""

    def __init__(self, pid: int):
        self._process, self._ended = psutil.Process(pid), threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.growth = 0

    def __enter__(self) -> "_Memory":
        self._before = self._process.memory_info().rss
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def _watch(self):
        while not self._ended.wait(0.02):
            self.growth = max(self.growth, self._process.memory_info().rss - self._before)
