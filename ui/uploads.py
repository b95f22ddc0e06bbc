"""Files that browsers have sent: where they lie, who may send one, and when they are removed.

Each upload is a folder <cache folder>/uploads/<id>/ with one file. Its id holds the process id and the
machine of the server, so that servers can share the cache folder. An upload is removed after its use and
after a day. A server that starts removes the uploads of this machine's servers that have ended. Called by
ui.upload_route and ui.upload_box.
"""

import contextlib
import hmac
import os
import re
import secrets
import shutil
from pathlib import Path

from imdb_core import temporary
from imdb_core.errors import UserError
from imdb_core.files import names, remove_own
from imdb_core.paths import cache_folder

# Of one file, as in imdb_core.data.own.limits, which the server must not import at its start: numpy is slow.
MOST_BYTES = 4 * 2**30
MOST_BYTES_OF_ALL = 12 * 2**30  # of all uploads of this cache folder, those on their way included
MOST_UPLOADS = 24
FREE_BYTES = 2**30  # stay free on the disk
LONGEST_NAME = 120  # bytes in UTF-8; file systems allow 255, and temporary files need longer names

_FOLDER = "uploads"
_ID = rf"({temporary.OWNER})-[0-9a-f]{{16}}"
_PART = ".part"  # the name of a file while it arrives
_OWN_FILE = re.compile(rf"{re.escape(_PART)}|[\w(][\w .()+-]*")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # devices on Windows
_SECRET = secrets.token_bytes(32)  # signs the tickets of this server


class UploadError(UserError):
    """An upload is refused. `status` is the code of the HTTP answer."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def new_id() -> str:
    """The id of an upload that may come."""
    return f"{temporary.owner()}-{secrets.token_hex(8)}"


def ticket(id: str) -> str:
    """What a browser must send with the upload `id`. Only a page of this server knows it."""
    return hmac.digest(_SECRET, id.encode(), "sha256").hex()


def require_ticket(id: str, given: str) -> None:
    """Raise UploadError unless `given` is the ticket of `id`."""
    if not re.fullmatch(_ID, id) or not hmac.compare_digest(ticket(id).encode(), given.encode()):
        raise UploadError(
            "This page is older than the server. Reload the page, then choose the file again.", 403
        )


def require_space(size: int, *, coming: list[int]) -> None:
    """Raise UploadError unless a file of `size` bytes may be sent; `coming` are the sizes on their way."""
    if size > MOST_BYTES:
        raise UploadError(
            f"The file has {size:,} bytes; at most {MOST_BYTES:,} can be sent. Split the file.",
            413,
        )
    sizes = [_bytes(folder) for folder in _folders()]
    count, all_bytes = len(sizes) + len(coming), sum(sizes) + sum(coming)
    if count >= MOST_UPLOADS or all_bytes + size > MOST_BYTES_OF_ALL:
        raise UploadError(
            f"There are {count} uploads with {all_bytes:,} bytes already; at most {MOST_UPLOADS} with "
            f"{MOST_BYTES_OF_ALL:,} bytes are kept. Remove one of your own, or try again later.",
            503,
        )
    room = max(0, shutil.disk_usage(_root()).free - sum(coming) - FREE_BYTES)
    if size > room:
        raise UploadError(
            f"The file has {size:,} bytes, but the disk has room for {room:,}. Free disk space, then "
            "try again.",
            507,
        )


def begin(id: str) -> Path:
    """Make the folder of the upload `id`; returns the path for its bytes. Raises OSError, UploadError."""
    folder = _root() / id
    try:
        folder.mkdir(0o700)
    except FileExistsError as error:
        raise UploadError("This file was sent already. Reload the page to send another file.", 409) from error
    return folder / _PART


def finish(id: str, file_name: str) -> None:
    """Give the complete upload its name. Raises OSError."""
    folder = _root() / id
    os.replace(folder / _PART, folder / safe_name(file_name))


def arrived(id: str) -> Path | None:
    """The file of the upload `id` if it is complete, else None."""
    folder = cache_folder() / _FOLDER / id
    complete = [name for name in names(folder, _OWN_FILE.pattern) if name != _PART]
    return folder / complete[0] if complete else None


def remove(id: str) -> None:
    """Remove an upload, complete or not; does nothing if it is gone."""
    remove_own(cache_folder() / _FOLDER / id, _OWN_FILE)


def remove_old() -> None:
    """Remove the uploads that are older than a day, and those of this machine's servers that have ended."""
    for folder in _folders():
        server = folder.name.rpartition("-")[0]
        if temporary.is_left(folder, server):
            remove(folder.name)


def remove_own_uploads() -> None:
    """Remove the uploads of an earlier server of this machine that had the same process id as this one."""
    for folder in _folders():
        if folder.name.startswith(f"{temporary.owner()}-"):
            remove(folder.name)


def safe_name(name: str) -> str:
    """The user's file name as a name of a file in the upload's folder: never a path, a device or hidden."""
    last = re.split(r"[/\\]", name)[-1]
    last = re.sub(r"[^\w .()+-]", "_", last.encode("utf-8", "replace").decode()).lstrip(" .+-)").rstrip(" .")
    stem, dot, suffix = last.rpartition(".")
    stem, suffix = (stem, dot + suffix) if dot and len(suffix) <= 10 else (last, "")
    stem = stem.encode()[: LONGEST_NAME - len(suffix.encode())].decode(errors="ignore").rstrip()
    last = stem + suffix
    return f"file {last}".strip() if not stem or _RESERVED.fullmatch(last) else last


def _root() -> Path:
    """The folder of all uploads; made if it is missing. Raises OSError."""
    root = cache_folder() / _FOLDER
    root.mkdir(0o700, parents=True, exist_ok=True)
    return root


def _folders() -> list[Path]:
    root = cache_folder() / _FOLDER
    return [root / name for name in names(root, _ID)]


def _bytes(folder: Path) -> int:
    """The size of a complete upload; 0 while it arrives, because its whole size is counted elsewhere."""
    with contextlib.suppress(OSError):
        return sum(
            (folder / name).stat().st_size for name in names(folder, _OWN_FILE.pattern) if name != _PART
        )
    return 0
