"""What the server adds to the pages: plotly.js from its package, and the rules that every answer follows.

Used by app.py, once, when the server starts. The rules: only names in `server.allowedHosts` are answered, and
the browser is told to load and send nothing elsewhere, whatever a library in the page would like to do.
"""

import importlib.util
import os
import re
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocketClose
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from imdb_core import paths
from imdb_core.errors import SettingError

PLOTLY = "plotly"  # where plotly's files are mounted, below the base address of the app
OWN_SETTINGS = (
    "server.address",
    "server.allowedHosts",
    "browser.gatherUsageStats",
    "client.showErrorDetails",
)
# One directive a line (w3.org/TR/CSP3). It keeps a page from loading and sending anything elsewhere. It does
# not forbid scripts and styles inside the page: Streamlit and plotly need them, and modules from blobs as
# well.
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


def routes() -> list[Mount]:
    """Routes beside Streamlit's own: the files of the installed plotly package."""
    package = Path(importlib.util.find_spec("plotly").origin).parent
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    path = f"/{base}/{PLOTLY}" if base else f"/{PLOTLY}"
    return [Mount(path, StaticFiles(directory=package / "package_data"))]


def demand_own_settings() -> None:
    """End the process with a sentence if .streamlit/config.toml beside app.py is not in force, whatever the
    way it was started.

    Streamlit looks for it beside the path that it was given, not beside the file a link leads to. Without it
    the server would listen on all addresses and report its use. What is set on purpose, by an option or a
    variable, counts as set.
    """
    unset = [name for name in OWN_SETTINGS if not config.is_manually_set(name)]
    if unset:
        print(
            f"The app's own settings are not in force ({', '.join(unset)}), so it does not start: Streamlit has not read "
            f"{paths.PROJECT / '.streamlit' / 'config.toml'}. Start it by its own path: streamlit run {paths.PROJECT / 'app.py'}",
            file=sys.stderr,
        )
        sys.exit(2)


@asynccontextmanager
async def lifespan(app):
    """Around the server's whole life: its first line in the terminal says where runs are, if not beside the
    app.
    """
    try:
        sentence = paths.moved_folders_notice()
    except SettingError as error:  # each page says it as well
        sentence = str(error)
    if sentence:
        print(f"  {sentence}\n", flush=True)
    yield


def middleware() -> list[Middleware]:
    """What every request passes first."""
    return [Middleware(OnlyThisServer)]


class OnlyThisServer:
    """ASGI middleware: refuses foreign host names and origins, and adds the headers that keep a page to
    itself.
    """

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
    """Why a request is refused that names the server `host` and comes from a page of `origin`; None if it is
    answered.

    Streamlit itself looks only at WebSockets, and takes pages of any other server on this machine for its
    own.
    """
    if not is_host_allowed(host):
        allowed = ", ".join(config.get_option("server.allowedHosts"))
        return (
            f"This server does not answer to the name {host[:100]!r}. It answers to: {allowed}. "
            "Open it under one of these names, or add the name to server.allowedHosts in .streamlit/config.toml "
            "and start the server again.\n"
        )
    known = config.get_option("server.corsAllowedOrigins")
    if (
        origin is None
        or urlsplit(origin).netloc == host
        or origin in known
        or not config.get_option("server.enableCORS")
    ):
        return None
    return (
        f"This server does not answer to pages of {origin[:100]!r}, only to its own. If that page is yours, add its origin to "
        "server.corsAllowedOrigins in .streamlit/config.toml and start the server again.\n"
    )


def headers(host: str) -> dict[str, str]:
    """The headers of every answer to a request for the server by the name `host`, which is allowed."""
    # Not every browser counts a WebSocket to the same host as 'self'. A host with other characters could add
    # directives.
    sockets = f" ws://{host} wss://{host}" if re.fullmatch(r"[\w.:\[\]-]+", host, re.ASCII) else ""
    frames = embedders()
    policy = CONTENT_POLICY.format(sockets=sockets, frames="".join(f" {origin}" for origin in frames))
    return (
        {
            "Content-Security-Policy": "; ".join(policy.strip().splitlines()),
            "Cross-Origin-Opener-Policy": "same-origin",  # a window that the page opens cannot ask the page for anything
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        | ({} if frames else {"X-Frame-Options": "SAMEORIGIN"})
    )  # for old browsers; it knows no list


def embedders() -> list[str]:
    """The origins whose pages may show this app in a frame: IMDB_EMBEDDED_IN, separated by spaces; usually
    none.
    """
    named = os.environ.get("IMDB_EMBEDDED_IN", "").split()
    return [origin for origin in named if re.fullmatch(r"https?://[\w.*-]+(:\d+)?", origin, re.ASCII)]
