"""Each internal name of Streamlit that the app uses still exists and still does what the app relies on."""

import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit import config, net_util
from streamlit.runtime import memory_session_storage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.watcher import polling_path_watcher
from streamlit.web.server import server_util

from imdb_core import paths
from ui import closed_tabs, server, streamlit_internals


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    """Streamlit as it was, after the test."""
    for module, name in (
        (net_util, "get_internal_ip"),
        (net_util, "get_external_ip"),
        (polling_path_watcher, "_POLLING_PERIOD_SECS"),
        (memory_session_storage, "MemorySessionStorage"),
        (PagesManager, "uses_pages_directory"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))


def test_an_allowed_foreign_origin_is_looked_up_without_asking_for_an_address(monkeypatch):
    monkeypatch.setattr(socket, "socket", lambda *_, **__: pytest.fail("a connection was opened"))
    monkeypatch.setattr(server_util, "allowlisted_origins", lambda: {"https://page.test"})
    streamlit_internals.ask_for_no_address()
    assert server_util.is_url_from_allowed_origins("https://page.test")
    assert not server_util.is_url_from_allowed_origins("https://other.test")


def test_a_watched_file_is_looked_at_after_the_longer_period(monkeypatch, tmp_path):
    pauses = []
    monkeypatch.setattr(polling_path_watcher, "time", SimpleNamespace(sleep=pauses.append))
    monkeypatch.setattr(
        polling_path_watcher.PollingPathWatcher, "_executor", SimpleNamespace(submit=lambda task: task())
    )
    monkeypatch.setattr(polling_path_watcher.PollingPathWatcher, "_check_if_path_changed", lambda self: None)
    streamlit_internals.poll_config_rarely()
    polling_path_watcher.PollingPathWatcher(str(tmp_path / "config.toml"), print, allow_nonexistent=True)
    assert pauses == [streamlit_internals.CONFIG_POLL_SECONDS]


def test_a_server_that_starts_keeps_closed_tabs_in_our_storage():
    streamlit_internals.store_sessions_in(closed_tabs.ClosedTabs)
    runtime = st.App(str(paths.PROJECT / "app.py"))._create_runtime()
    assert isinstance(runtime._session_mgr._session_storage, closed_tabs.ClosedTabs)


def test_the_pages_folder_is_ignored_before_the_first_visitor(tmp_path):
    PagesManager.uses_pages_directory = None
    server.ignore_pages_folder()
    (tmp_path / "pages").mkdir()
    PagesManager(str(tmp_path / "app.py"))
    assert PagesManager.uses_pages_directory is False


def test_an_option_counts_as_set_only_if_somebody_set_it():
    config.get_config_options()
    assert not streamlit_internals.is_set("server.sslKeyFile")
    config.set_option("server.sslKeyFile", None)
    try:
        config.set_option("server.sslKeyFile", "key.pem")
        assert streamlit_internals.is_set("server.sslKeyFile")
    finally:
        config.get_config_options(force_reparse=True)


@pytest.mark.parametrize(
    ("host", "allowed"), [("127.0.0.1:8501", True), ("LOCALHOST", True), ("evil.test", False), ("", False)]
)
def test_only_the_names_in_allowed_hosts_are_allowed(host, allowed, monkeypatch):
    get_option = config.get_option
    names = {"server.allowedHosts": ["127.0.0.1", "localhost"]}
    monkeypatch.setattr(config, "get_option", lambda name: names.get(name) or get_option(name))
    assert streamlit_internals.is_host_allowed(host) == allowed


def test_the_import_of_app_py_by_the_server_loads_no_page_and_nothing_heavy():
    """The server imports app.py once; its pages load their packages when they are first shown."""
    program = (
        "import sys, runpy, streamlit.config as c; c.is_manually_set = lambda name: True; "
        "runpy.run_path('app.py', run_name='served'); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=paths.PROJECT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    heavy = {"pandas", "pyarrow", "numpy", "onnxruntime", "ui.charts.component", "keras", "tensorflow"}
    assert "ui.server" in loaded and not loaded & heavy


def test_the_page_and_the_kind_of_a_run_are_unknown_outside_a_page():
    assert streamlit_internals.page_of_this_run() == "" and not streamlit_internals.is_fragment_run()
    assert not streamlit_internals.browser_reports("any key")
