"""A real server, as the README starts it, and Debian's Chromium. Bounded in time; the server is ended by its
own process.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from imdb_core import paths

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def browser_type_launch_args():
    """Playwright drives the system's browser; it downloads none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    return {"executable_path": chromium, "args": QUIET.split()}


class Server:
    """`streamlit run app.py` on a free port of this machine; `restart` ends it without warning and starts it
    anew.
    """

    def __init__(self, folder, cache):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url, self.log = f"http://127.0.0.1:{self.port}", folder / "server.log"
        self.environment = {**os.environ, "IMDB_RUNS_DIR": str(folder / "runs"), "IMDB_CACHE_DIR": str(cache)}
        self.environment.pop("IMDB_DATA_DIR", None)  # the demo corpus: a new user without a network
        self.start()

    def start(self):
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--server.headless", "true"],
                cwd=paths.PROJECT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1).read() == b"ok":
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(self.log.read_text())

    def end(self):
        self.process.kill()
        self.process.wait(10)

    def restart(self):
        self.end()
        self.start()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server with an empty store for a whole file of tests."""
    folder = tmp_path_factory.mktemp("server")
    one = Server(folder, tmp_path_factory.mktemp("server-cache"))
    yield one
    one.end()


@pytest.fixture
def server_runs(server, monkeypatch):
    """The server's store, read from its files; runs still alive at the end of a test are stopped."""
    from imdb_core.runs import launcher, store

    monkeypatch.setenv("IMDB_RUNS_DIR", server.environment["IMDB_RUNS_DIR"])
    yield store.runs
    for run in store.runs():
        if run.active:
            launcher.end(run)
