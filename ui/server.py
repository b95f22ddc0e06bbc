"""What the server adds to the pages: plotly.js from its package, and the rules that every answer follows.

Used by app.py, once, when the server starts. The rules: only names in `server.allowedHosts` are answered, and the
browser is told to load and send nothing elsewhere, whatever a library in the page would like to do.
"""

import importlib.util
import re
import sys
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from imdb_core import paths

PLOTLY = "plotly"  # where plotly's files are mounted, below the base address of the app
OWN_SETTINGS = ("server.address", "server.allowedHosts", "browser.gatherUsageStats", "client.showErrorDetails")
# One directive a line (w3.org/TR/CSP3). It keeps a page from loading and sending anything elsewhere. It does not forbid
# scripts and styles inside the page: Streamlit and plotly need them, and modules from blobs as well.
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
frame-ancestors 'self'
"""


def routes() -> list[Mount]:
    """Routes beside Streamlit's own: the files of the installed plotly package."""
    package = Path(importlib.util.find_spec("plotly").origin).parent
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    path = f"/{base}/{PLOTLY}" if base else f"/{PLOTLY}"
    return [Mount(path, StaticFiles(directory=package / "package_data"))]


def demand_own_settings() -> None:
    """End the process with a sentence if .streamlit/config.toml beside app.py is not in force, whatever the way it was started.

    Streamlit looks for it beside the path that it was given, not beside the file a link leads to. Without it the server
    would listen on all addresses and report its use. What is set on purpose, by an option or a variable, counts as set.
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
    """Around the server's whole life: its first line in the terminal says where runs are, if not beside the app."""
    if sentence := paths.elsewhere():
        print(f"  {sentence}\n", flush=True)
    yield


def middleware() -> list[Middleware]:
    """What every request passes first."""
    return [Middleware(OnlyThisServer)]


class OnlyThisServer:
    """ASGI middleware: refuses foreign host names with a sentence, and adds the headers that keep a page to itself."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":  # Streamlit checks the host and the origin of WebSockets itself
            return await self._app(scope, receive, send)
        host = Headers(scope=scope).get("host", "")
        allowed = is_host_allowed(host)
        answer = self._app if allowed else PlainTextResponse(_refusal(host), status_code=403)

        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers(host if allowed else ""))
            await send(message)

        return await answer(scope, receive, send_with_headers)


def headers(host: str) -> dict[str, str]:
    """The headers of every answer to a request for the server by the name `host`, which is allowed."""
    # Not every browser counts a WebSocket to the same host as 'self'. A host with other characters could add directives.
    sockets = f" ws://{host} wss://{host}" if re.fullmatch(r"[\w.:\[\]-]+", host, re.ASCII) else ""
    policy = CONTENT_POLICY.format(sockets=sockets)
    return {
        "Content-Security-Policy": "; ".join(policy.strip().splitlines()),
        "Cross-Origin-Opener-Policy": "same-origin",  # a window that the page opens cannot ask the page for anything
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
    }


def _refusal(host: str) -> str:
    allowed = ", ".join(config.get_option("server.allowedHosts"))
    return (
        f"This server does not answer to the name {host[:100]!r}. It answers to: {allowed}. "
        "Open it under one of these names, or add the name to server.allowedHosts in .streamlit/config.toml "
        "and start the server again.\n"
    )
