"""A real server of this app, and visitors without a browser that speak Streamlit's protocol."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from imdb_core import paths
from tests.faults.support.waiting import run_coroutine

LARGEST_MESSAGE = 2**24


def free_port() -> int:
    """A port on which no process of this machine listens now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """`streamlit run app.py` on the demo reviews, with its log in `place`.

    `before` is put before the command, such as a tracer. `project` is the folder of the app. `changes` are
    environment variables; None removes a variable.
    """

    def __init__(
        self, place: Path, *, port: int | None = None, before: tuple = (), project=paths.PROJECT, changes=None
    ):
        self.port = port or free_port()
        self.log = place / f"server-{self.port}.log"
        environment = {**os.environ, "IMDB_DATA_DIR": None, **(changes or {})}  # the demo reviews
        environment = {name: value for name, value in environment.items() if value is not None}
        command = [
            *before,
            sys.executable,
            "-m",
            "streamlit",
            "run",
            "app.py",
            "--server.port",
            str(self.port),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--server.headless", "true"], cwd=project, env=environment, stdout=log, stderr=log
            )

    def answers(self) -> bool:
        """Whether it takes requests."""
        try:
            return (
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=1).read()
                == b"ok"
            )
        except OSError:
            return False

    def end(self) -> None:
        """End it, and the server behind a tracer, by their own process ids."""
        for process in (
            (*psutil.Process(self.process.pid).children(), self.process)
            if self.process.poll() is None
            else ()
        ):
            if process is self.process or _is_server(process):  # workers outlive their server
                process.kill()
        self.process.wait(10)


def _is_server(process: psutil.Process) -> bool:
    try:
        return "streamlit" in process.cmdline()
    except psutil.Error:  # the process has ended
        return False


def connection_count(listener: socket.socket) -> int:
    """The number of connections to `listener`; its timeout says how long to wait for the next connection."""
    count = 0
    while True:
        try:
            listener.accept()[0].close()
        except TimeoutError:
            return count
        count += 1


@contextmanager
def serving(place: Path, **options):
    """A server that answers requests; it is ended with the context."""
    server = Server(place, **options)
    try:
        deadline = time.monotonic() + 60
        while not server.answers():
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {server.log.read_text()[-500:]}")
            time.sleep(0.05)
        yield server
    finally:
        server.end()


def break_new_processes(place: Path, patch, program: str) -> None:
    """Servers and workers that start from now on first run `program`, which breaks a part of the app."""
    folder = place / "broken"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(program)
    patch.setenv(
        "PYTHONPATH", os.pathsep.join([str(folder), str(paths.PROJECT), os.environ.get("PYTHONPATH", "")])
    )


class Visitor:
    """One browser tab: opens a page, keeps its elements, reruns fragments, types into the review box.

    `elements` holds the page's newest elements; `seconds` the time of each rerun until the script's end.
    """

    def __init__(self, server: Server, page: str = "", **query):
        self._address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
        self._origin = f"http://127.0.0.1:{server.port}"
        self._page, self._query = page, urlencode(query)
        self._script = ""
        self.elements, self.fragments, self.seconds = {}, {}, []
        self.box = ""

    async def open(self) -> "Visitor":
        """Connect and run the page once."""
        options = {
            "subprotocols": ["streamlit"],
            "origin": self._origin,
            "max_size": LARGEST_MESSAGE,
            "open_timeout": 60,
        }
        self._socket = await connect(self._address, **options)
        await self.rerun()
        return self

    async def rerun(self, fragment: str = "", widgets: dict | None = None) -> None:
        """Run the page or one of its fragments and wait for the end; `widgets` is id -> JSON value."""
        message = BackMsg()
        message.rerun_script.query_string, message.rerun_script.page_name = self._query, self._page
        message.rerun_script.page_script_hash, message.rerun_script.fragment_id = self._script, fragment
        message.rerun_script.is_auto_rerun = bool(fragment) and not widgets
        for id, value in (widgets or {}).items():
            message.rerun_script.widget_states.widgets.add(id=id, json_value=json.dumps(value))
        started = time.monotonic()
        await self._socket.send(message.SerializeToString())
        await asyncio.wait_for(self._until_finished(), 60)
        self.seconds.append(time.monotonic() - started)

    async def type(self, text: str) -> None:
        """Type a review: the box's fragment runs with it."""
        await self.rerun(next(iter(self.fragments), ""), {self.box: {"text": text, "characters": len(text)}})

    async def close(self) -> None:
        """Close the tab."""
        await self._socket.close()

    def parts(self, name: str) -> list[dict]:
        """The data of the page's components of that name."""
        elements = [
            element for element in self.elements.values() if element.WhichOneof("type") == "bidi_component"
        ]
        components = [element.bidi_component for element in elements]
        return [json.loads(part.json) for part in components if part.component_name.split(".")[-1] == name]

    async def _until_finished(self) -> None:
        while True:
            message = ForwardMsg.FromString(await self._socket.recv())
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._script = message.new_session.page_script_hash
            elif kind == "auto_rerun":
                self.fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "delta":
                self._keep(message)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return

    def _keep(self, message) -> None:
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            return
        self.elements[tuple(message.metadata.delta_path)] = delta.new_element
        if delta.fragment_id:
            self.fragments.setdefault(delta.fragment_id, 0)
        component = delta.new_element.bidi_component
        if _is_component(delta.new_element) and "review_box" in component.component_name:
            self.box = component.id


def _is_component(element) -> bool:
    return element.WhichOneof("type") == "bidi_component"


def visit(visitor: Visitor) -> Visitor:
    """Open a page once and close the tab."""

    async def open_and_close():
        await visitor.open()
        await visitor.close()

    run_coroutine(open_and_close())
    return visitor
