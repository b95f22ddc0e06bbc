"""A real server, started as the README says, and Debian's Chromium. Each worker of pytest has one server.

The pytest worker that started the server ends it. After a test its remaining runs are stopped and deleted.
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
from imdb_core.runs import ahead
from tests.browser.visits import SECONDS

# The first that is installed. The headless shell is Chromium without windows and their address bars: opening
# a page takes it about a third less processor time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def browser_type_launch_args():
    """Playwright drives the system's browser; it downloads none."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not chromium:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    return {"executable_path": chromium, "args": QUIET.split()}


@pytest.fixture
def context(new_context):
    """The browser context of a test: its pages wait as long as expect() does."""
    context = new_context()
    context.set_default_timeout(SECONDS * 1000)
    return context


class Server:
    """`streamlit run app.py` on a free port of this machine; `restart` ends it without warning.

    It starts no standby, which would load TensorFlow at most visits of "Train a network".
    """

    def __init__(self, folder, cache):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url, self.log = f"http://127.0.0.1:{self.port}", folder / "server.log"
        self.environment = {**os.environ, "IMDB_RUNS_DIR": str(folder / "runs"), "IMDB_CACHE_DIR": str(cache)}
        self.environment["IMDB_STANDBY"] = ahead.OFF
        self.environment.pop("IMDB_DATA_DIR", None)  # the demo reviews: a new user without a network
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
        deadline = time.monotonic() + SECONDS
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

    def restart(self, **environment):
        """Start it anew; `environment` is kept for later starts."""
        self.environment |= environment
        self.end()
        self.start()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all browser tests of this process, with a store that is empty when a test begins."""
    server = Server(tmp_path_factory.mktemp("server"), tmp_path_factory.mktemp("server-cache"))
    yield server
    server.end()


@pytest.fixture
def server_with_standby(server):
    """The server, which keeps a standby ready during this test, as it does for users."""
    server.restart(IMDB_STANDBY=ahead.STANDBY)
    yield server
    server.restart(IMDB_STANDBY=ahead.OFF)


@pytest.fixture
def server_runs(server, monkeypatch):
    """The server's store, read from its files. After the test its sweeps and runs are ended and deleted."""
    from imdb_core.runs import launcher, store
    from imdb_core.sweeps import control
    from imdb_core.sweeps import store as sweep_store

    monkeypatch.setenv("IMDB_RUNS_DIR", server.environment["IMDB_RUNS_DIR"])
    yield store.runs
    for sweep in sweep_store.sweeps():
        control.stop(sweep)
        sweep_store.remove(sweep)
    for run in store.runs():
        if run.active:
            launcher.end(run)
        store.delete(store.read(run.folder))
