"""What the server adds to the pages: plotly.js, the route for uploads, and rules that every answer follows.

Called once by app.py, when the server starts. The rules: only the names in `server.allowedHosts` are
answered, and the browser may load nothing from elsewhere and send nothing elsewhere, whatever a
page's library tries.
"""

import asyncio
import contextlib
import importlib.util
import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocketClose
from streamlit.errors import StreamlitAPIException

from imdb_core import paths
from imdb_core.errors import SettingError
from imdb_core.runs import ahead
from ui import closed_tabs, live_route, scored_tables, server_memory, streamlit_internals, upload_route
from ui.charts import PLOTLY_ROUTE

OWN_SETTINGS = (
    "server.address",
    "server.allowedHosts",
    "browser.gatherUsageStats",
    "client.showErrorDetails",
)
# One directive a line (w3.org/TR/CSP3). They keep a page from loading and sending anything elsewhere. Scripts
# and styles inside the page stay allowed, and modules from blobs: Streamlit and plotly need them.
CONTENT_POLICY = """
default-src 'self'
script-src 'self' blob: 'unsafe-inline' 'unsafe-eval'
style-src 'self' 'unsafe-inline'
img-src 'self' data: blob:
font-src 'self' data:
media-src 'self' data: blob:
worker-src 'self' blob:
connect-src 'self'{sockets}
form-action 'self'
frame-src 'none'
object-src 'none'
base-uri 'self'
frame-ancestors 'self'{frames}
"""
START_SECONDS = 3.0  # after this long the server has started and shown its first page


def prepare() -> None:
    """Check the settings, then adapt Streamlit. Ends the process if a setting is missing."""
    require_own_settings()
    ignore_pages_folder()
    streamlit_internals.ask_for_no_address()
    streamlit_internals.poll_config_rarely()
    server_memory.return_freed_memory()
    closed_tabs.bound()


def require_own_settings() -> None:
    """End the process with a sentence if .streamlit/config.toml beside app.py is not in force.

    Streamlit looks for that file beside the path it was given; if that path is a link, it misses the file.
    The server would then listen on all addresses and report its use. An option or a variable set on purpose
    counts.
    """
    unset = [name for name in OWN_SETTINGS if not streamlit_internals.is_set(name)]
    if unset:
        config_file, app = paths.PROJECT / ".streamlit" / "config.toml", paths.PROJECT / "app.py"
        print(
            f"The app's own settings are not in force ({', '.join(unset)}), so it does not start: Streamlit "
            f"has not read {config_file}. Start it by its own path: streamlit run {app}",
            file=sys.stderr,
        )
        sys.exit(2)


def ignore_pages_folder() -> None:
    """Switch off Streamlit's older rule for a folder named pages/, which holds until the first st.navigation.

    By that rule, if a server's first visitor follows a link to a page, the page's file would run alone,
    without app.py. Any call of st.navigation ends the rule for the whole server, also one that names no
    pages.
    """
    with contextlib.suppress(StreamlitAPIException):
        st.navigation([])


def routes() -> list[BaseRoute]:
    """Routes beside Streamlit's own: plotly's files, uploads, results, and the new rows of a run."""
    package = Path(importlib.util.find_spec("plotly").origin).parent
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    base = f"/{base}" if base else ""
    plotly = Mount(f"{base}/{PLOTLY_ROUTE}", StaticFiles(directory=package / "package_data"))
    own = (upload_route.upload_route, scored_tables.scored_table_route, live_route.live_route)
    return [plotly, *(route(base) for route in own)]


@contextlib.asynccontextmanager
async def lifespan(app):
    """Called when the server starts: says in the terminal where runs are, if they are not beside the app.

    Until the server ends, old uploads are removed. Soon after the start, what trainings need is compiled.
    """
    try:
        sentence = paths.moved_folders_notice()
    except SettingError as error:  # every page shows this sentence too
        sentence = str(error)
    if sentence:
        print(f"  {sentence}\n", flush=True)
    compiling = asyncio.get_running_loop().call_later(START_SECONDS, ahead.compile_ahead)
    async with upload_route.keeping_clean():
        yield
    compiling.cancel()


def middleware() -> list[Middleware]:
    """What every request passes first."""
    return [Middleware(OnlyThisServer)]


class OnlyThisServer:
    """ASGI middleware: refuses foreign hosts and origins, and adds headers that forbid foreign content."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        host, origin = Headers(scope=scope).get("host", ""), Headers(scope=scope).get("origin")
        sentence = refusal(host, origin)
        if scope["type"] == "websocket":
            refuse = WebSocketClose(1008, sentence)
            return await (refuse if sentence else self._app)(scope, receive, send)
        answer = PlainTextResponse(sentence, status_code=403) if sentence else self._app

        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers("" if sentence else host))
            await send(message)

        return await answer(scope, receive, send_with_headers)


def refusal(host: str, origin: str | None) -> str | None:
    """Why a request to `host` from a page of `origin` is refused; None if the request is answered.

    Streamlit itself checks WebSockets only, and treats pages of any other server on this machine as its own.
    """
    if not streamlit_internals.is_host_allowed(host):
        allowed = ", ".join(st.get_option("server.allowedHosts"))
        return (
            f"This server does not answer to the name {host[:100]!r}. It answers to: {allowed}. "
            "Open it under one of these names, or add the name to server.allowedHosts in "
            ".streamlit/config.toml and start the server again.\n"
        )
    if not st.get_option("server.enableCORS") or origin is None or urlsplit(origin).netloc == host:
        return None
    if origin in st.get_option("server.corsAllowedOrigins"):
        return None
    return (
        f"This server does not answer to pages of {origin[:100]!r}, only to its own. If that page is yours, "
        "add its origin to server.corsAllowedOrigins in .streamlit/config.toml and start the server again.\n"
    )


def headers(host: str) -> dict[str, str]:
    """The headers of every answer to a request for the server by the allowed name `host`."""
    # Not every browser counts a WebSocket to the same host as 'self'. A host with other characters could add
    # directives.
    sockets = f" ws://{host} wss://{host}" if re.fullmatch(r"[\w.:\[\]-]+", host, re.ASCII) else ""
    frames = embedding_origins()
    policy = CONTENT_POLICY.format(sockets=sockets, frames="".join(f" {origin}" for origin in frames))
    answer = {
        "Content-Security-Policy": "; ".join(policy.strip().splitlines()),
        "Cross-Origin-Opener-Policy": "same-origin",  # a window that the page opens cannot reach the page
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if not frames:  # for old browsers; this header cannot hold a list of origins
        answer["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def embedding_origins() -> list[str]:
    """The origins in IMDB_EMBEDDED_IN, separated by spaces: their pages may show this app in a frame."""
    origins = os.environ.get("IMDB_EMBEDDED_IN", "").split()
    return [origin for origin in origins if re.fullmatch(r"https?://[\w.*-]+(:\d+)?", origin, re.ASCII)]
