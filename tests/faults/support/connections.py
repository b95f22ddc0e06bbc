"""Opens web sockets as a foreign page does, and reads the addresses to which a traced process connected."""

import re
import socket
from pathlib import Path

from websockets.exceptions import InvalidHandshake
from websockets.sync.client import connect

TRACED = ("strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o")  # then the trace file and a command


def opens_websocket(server, host, origin) -> bool:
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


def foreign_connections(trace: Path) -> list[str]:
    """Addresses of other machines and of name servers to which a TRACED process connected or sent data."""
    calls = re.findall(
        r"(?:connect|sendto)\(.*?(\{sa_family=AF_INET6?,.*?\})", trace.read_text(errors="replace")
    )
    own = [call for call in calls if re.search(r'inet_addr\("127\.|"::1"', call) and "htons(53)" not in call]
    return [call for call in calls if call not in own]
