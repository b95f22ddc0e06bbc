"""Who can speak to the server, and whom the server speaks to. See rows.py."""

import re
import socket
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import psutil
from websockets.exceptions import InvalidHandshake
from websockets.sync.client import connect

from tests.faults.rows import Found, row, until
from tests.faults.support.server import Server, Visitor, broken_in_the_server, serving, visit

TRACED = ("strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o")  # then the trace file and a command


@row(
    "G5", "a foreign page or a rebound name talks to the server", "0 of 6 accepted", breaks=("no host list",)
)
def foreign_origins(place, patch, broken):
    if broken:
        patch.setenv("STREAMLIT_SERVER_ALLOWED_HOSTS", "*")
    with serving(place) as server:
        own = f"127.0.0.1:{server.port}"
        evil, other = f"evil.test:{server.port}", f"127.0.0.1.evil.test:{server.port}"
        cases = [
            (own, "http://evil.test"),
            (evil, f"http://{evil}"),
            (evil, None),
            (other, f"http://{other}"),
            (own, "null"),
        ]
        accepted = sum(_shakes_hands(server, host, origin) for host, origin in cases) + _takes_upload(server)
        usual = _shakes_hands(server, own, f"http://{own}") and _shakes_hands(
            server, f"localhost:{server.port}", None
        )
    return Found(
        f"{accepted} of 6 accepted; the app's own page is {'' if usual else 'NOT '}accepted",
        usual and not accepted,
    )


def _shakes_hands(server, host, origin) -> bool:
    tunnel = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    try:
        with connect(
            f"ws://{host}/_stcore/stream",
            sock=tunnel,
            origin=origin,
            subprotocols=["streamlit"],
            open_timeout=10,
        ):
            return True
    except (InvalidHandshake, OSError, EOFError):
        return False
    finally:
        tunnel.close()


def _takes_upload(server) -> bool:
    """Whether a file without the server's own cookie is taken, as another site's form would send it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        head = f"PUT /_stcore/upload_file/a/b HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: http://evil.test\r\n"
        line.sendall(f"{head}Content-Length: 1\r\nConnection: close\r\n\r\nx".encode())
        return re.match(rb"HTTP/1.1 2\d\d", line.recv(100)) is not None


@row("G6", "the server is open to the network", "listens on 127.0.0.1 only", breaks=("all addresses",))
def listening(place, patch, broken):
    if broken:  # never really open: the server is told an address of this machine that is not 127.0.0.1
        patch.setenv("STREAMLIT_SERVER_ADDRESS", "127.0.0.2")
    server = Server(place)
    try:
        heard = _until_listening(server)
    finally:
        server.end()
    said = "sharing it is a step outside the app, as SECURITY.md says: no token to check"
    return Found(f"listens on {', '.join(heard)}; {said}", heard == ["127.0.0.1"])


def _until_listening(server) -> list[str]:
    process = psutil.Process(server.process.pid)
    return until(
        lambda: sorted({one.laddr.ip for one in process.net_connections() if one.status == "LISTEN"}), 30
    )


@row(
    "G11",
    "the server speaks to somebody else",
    "0 connections to other machines",
    breaks=("usage statistics",),
)
def outbound(place, patch, broken):
    trace = place / "trace"
    if broken:  # a connection to a documentation address: it is refused or lost, and no machine is asked
        broken_in_the_server(
            place, patch, "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
        )
    with serving(place, before=(*TRACED, str(trace))) as server:
        visit(Visitor(server))
        _shakes_hands(server, f"127.0.0.1:{server.port}", "http://evil.test")
    foreign = foreign_connections(trace)
    return Found(
        f"{len(foreign)} connections went elsewhere {sorted(set(foreign))[:2] or ''}".strip(), not foreign
    )


def foreign_connections(trace: Path) -> list[str]:
    """The addresses off this machine, and name servers, to which a TRACED process connected or sent."""
    calls = re.findall(
        r"(?:connect|sendto)\(.*?(\{sa_family=AF_INET6?,.*?\})", trace.read_text(errors="replace")
    )
    own = [call for call in calls if re.search(r'inet_addr\("127\.|"::1"', call) and "htons(53)" not in call]
    return [call for call in calls if call not in own]


ROUTES = (
    "/",
    "/train",
    "/plotly/plotly.min.js",
    "/_stcore/health",
    "/_stcore/host-config",
    "/static/none.js",
    "/media/none",
)


@row(
    "J7",
    "a foreign page frames the app, uses another host name for it, or sends it requests",
    "refused on every route; own page served",
    breaks=("no rules",),
)
def foreign_pages(place, patch, broken):
    if broken:
        broken_in_the_server(place, patch, "import ui.server\nui.server.middleware = list")
    patch.setenv("IMDB_EMBEDDED_IN", "https://course.example.org 'none';")
    with serving(place) as server:
        own = f"127.0.0.1:{server.port}"
        cases = [("evil.test", None), (f"127.0.0.1.evil.test:{server.port}", None), ("", None)]
        cases += [
            (own, page)
            for page in ("http://evil.test", "http://127.0.0.1:1", "http://localhost:3000", "null")
        ]
        answered = sum(_answer(server, path, *case).status != 403 for case in cases for path in ROUTES)
        sockets = sum(_shakes_hands(server, *case) for case in cases if case[0])
        served = [_answer(server, path, own, f"http://{own}") for path in ROUTES]
    policies = [answer.getheader("Content-Security-Policy", "") for answer in served]
    framed = sum(
        not policy.endswith("frame-ancestors 'self' https://course.example.org") for policy in policies
    )
    refused = sum(answer.status == 403 for answer in served)
    figure = f"{answered} of {len(cases) * len(ROUTES)} foreign requests and {sockets} sockets answered, "
    figure += f"{framed} answers without the rule for frames, {refused} own requests refused"
    return Found(figure, not (answered or sockets or framed or refused))


def _answer(server, path: str, host: str, origin: str | None) -> HTTPResponse:
    """The answer to a GET from a browser that knows the server as `host` and shows a page of `origin`."""
    line = HTTPConnection("127.0.0.1", server.port, timeout=10)
    line.putrequest("GET", path, skip_host=True)
    for name, value in (("Host", host), ("Origin", origin)):
        if value is not None:
            line.putheader(name, value)
    line.endheaders()
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer
