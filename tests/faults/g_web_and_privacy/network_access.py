"""Which clients the server answers, and to which machines the server connects."""

import re
import socket

import psutil

from tests.faults.rows import Outcome, row
from tests.faults.support.connections import TRACED, foreign_connections, opens_websocket
from tests.faults.support.server import Server, Visitor, break_new_processes, serving, visit
from tests.faults.support.waiting import wait_until


@row(
    "G5",
    "a foreign page or a rebound host name talks to the server",
    "0 of 6 accepted",
    breaks=("no host list",),
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
        accepted = sum(opens_websocket(server, host, origin) for host, origin in cases) + _takes_upload(
            server
        )
        own_page = opens_websocket(server, own, f"http://{own}") and opens_websocket(
            server, f"localhost:{server.port}", None
        )
    return Outcome(
        f"{accepted} of 6 accepted; the app's own page is {'' if own_page else 'NOT '}accepted",
        own_page and not accepted,
    )


def _takes_upload(server) -> bool:
    """Whether the server accepts a file without its own cookie, as the form of another site sends it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        head = f"PUT /_stcore/upload_file/a/b HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: http://evil.test\r\n"
        line.sendall(f"{head}Content-Length: 1\r\nConnection: close\r\n\r\nx".encode())
        return re.match(rb"HTTP/1.1 2\d\d", line.recv(100)) is not None


@row("G6", "the server is open to the network", "it listens on 127.0.0.1 only", breaks=("all addresses",))
def listening(place, patch, broken):
    if broken:  # another address of this machine, so the server is not open to the network
        patch.setenv("STREAMLIT_SERVER_ADDRESS", "127.0.0.2")
    server = Server(place)
    try:
        addresses = _listening_addresses(server)
    finally:
        server.end()
    return Outcome(f"listens on {', '.join(addresses)}", addresses == ["127.0.0.1"])


def _listening_addresses(server) -> list[str]:
    process = psutil.Process(server.process.pid)
    return wait_until(
        lambda: sorted(
            {socket.laddr.ip for socket in process.net_connections() if socket.status == "LISTEN"}
        ),
        30,
    )


@row(
    "G11",
    "the server talks to other machines",
    "0 connections",
    breaks=("usage statistics",),
)
def outbound(place, patch, broken):
    trace = place / "trace"
    if broken:  # 192.0.2.1 is an address for documentation: no machine has it
        break_new_processes(
            place, patch, "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
        )
    with serving(place, before=(*TRACED, str(trace))) as server:
        visit(Visitor(server))
        opens_websocket(server, f"127.0.0.1:{server.port}", "http://evil.test")
    foreign = foreign_connections(trace)
    return Outcome(
        f"{len(foreign)} connections to other machines {sorted(set(foreign))[:2] or ''}".strip(), not foreign
    )
