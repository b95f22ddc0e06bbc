"""The route that takes a file from a browser and writes it to the disk piece by piece.

st.file_uploader would keep the file in the server's memory: 64 MB took the server from 78 to 201 MB for good.
Here a few hundred KiB are in memory at a time. A foreign page can send nothing: ui.server refuses its origin,
and the page does not know the ticket, which travels in a header. Called by ui.server.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from imdb_core.errors import UserError, sentence
from ui import uploads
from ui.uploads import UploadError

ROUTE = "uploads"  # below the base address of the app
TICKET_HEADER, NAME_HEADER, SIZE_HEADER = "x-upload-ticket", "x-upload-name", "x-upload-size"
PIECE_BYTES = 2**18  # gathered before each write
SILENT_SECONDS = 60  # the longest pause in which no byte arrives
MOST_SECONDS = 2 * 3600  # for one file
REMOVE_SECONDS = 3600

_coming: dict[str, int] = {}  # id -> size of each upload that arrives now


def upload_route(base: str) -> Route:
    """The route below the app's address `base`, which is "" or begins with "/"."""
    return Route(f"{base}/{ROUTE}/{{id}}", _answer, methods=["PUT", "POST"])


@contextlib.asynccontextmanager
async def keeping_clean() -> AsyncIterator[None]:
    """While the server runs, old uploads are removed; before that, those of an earlier server."""
    with contextlib.suppress(UserError, OSError):  # pages say what is wrong with the folder
        await run_in_threadpool(uploads.remove_own_uploads)
    removing = asyncio.create_task(_remove_old_uploads())
    try:
        yield
    finally:
        removing.cancel()


async def _remove_old_uploads() -> None:
    while True:
        with contextlib.suppress(UserError, OSError):
            await run_in_threadpool(uploads.remove_old)
        await asyncio.sleep(REMOVE_SECONDS)


async def _answer(request: Request) -> Response:
    """POST asks whether the file may be sent, so that nobody waits for a refusal; PUT sends it."""
    id = request.path_params["id"]
    try:
        uploads.require_ticket(id, request.headers.get(TICKET_HEADER, ""))
        if id in _coming:
            raise UploadError("This file is being sent already. Reload the page to send another file.", 409)
        size = _size(request)
        await run_in_threadpool(uploads.require_space, size, coming=list(_coming.values()))
        if request.method == "PUT":
            await _receive(request, id, size)
    except UploadError as error:
        return PlainTextResponse(sentence(error), error.status)
    except (UserError, OSError) as error:
        return PlainTextResponse(sentence(error), 507)
    except ClientDisconnect:
        return Response(status_code=499)  # nobody reads it
    return PlainTextResponse("")


async def _receive(request: Request, id: str, size: int) -> None:
    """Store the file; nothing stays of it if it does not arrive as a whole."""
    part = await run_in_threadpool(uploads.begin, id)
    _coming[id], complete = size, False
    try:
        async with asyncio.timeout(MOST_SECONDS):
            arrived = await _write(request, part)
        if arrived != size:
            raise UploadError(f"Only {arrived:,} of {size:,} bytes arrived. Send the file again.", 400)
        name = unquote(request.headers.get(NAME_HEADER, ""), errors="replace")
        await run_in_threadpool(uploads.finish, id, name)
        complete = True
    except TimeoutError as error:
        raise UploadError("The file arrived too slowly, so it was given up. Try again.", 408) from error
    finally:
        del _coming[id]
        if not complete:
            uploads.remove(id)


async def _write(request: Request, path: Path) -> int:
    """Write the body of the request to a new file at `path`; returns its size in bytes."""
    pieces, waiting, written = [], 0, 0
    body = request.stream()
    # Without a buffer of its own, because the pieces are large.
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb", 0
    ) as file:
        while True:
            piece = await asyncio.wait_for(anext(body, None), SILENT_SECONDS)
            if piece is not None:
                pieces.append(piece)
                waiting += len(piece)
            if waiting >= PIECE_BYTES or piece is None:
                await run_in_threadpool(_write_all, file, b"".join(pieces))
                pieces, written, waiting = [], written + waiting, 0
            if piece is None:
                return written


def _write_all(file, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def _size(request: Request) -> int:
    """The size that the request announces. Raises UploadError if it announces none."""
    text = request.headers.get("content-length" if request.method == "PUT" else SIZE_HEADER, "")
    if not text.isdecimal() or len(text) > 18:
        raise UploadError("The browser did not say how large the file is. Use another browser.", 411)
    return int(text)
