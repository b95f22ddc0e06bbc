"""Every use of Streamlit's internals, one function each. tests/ui/test_streamlit_internals.py checks them.

These names are not part of Streamlit's public interface. A new Streamlit version may change them, so
requirements.txt allows only the tested minor version. Called by ui.server and ui.page_link.
"""

from streamlit import config, net_util
from streamlit.runtime import memory_session_storage
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.watcher import polling_path_watcher
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

CONFIG_POLL_SECONDS = 10

__all__ = [
    "browser_reports",
    "ask_for_no_address",
    "is_fragment_run",
    "is_host_allowed",
    "is_set",
    "page_of_this_run",
    "poll_config_rarely",
    "store_sessions_in",
]


def is_set(option: str) -> bool:
    """Whether a config file, a command-line option or an environment variable sets this Streamlit option."""
    return config.is_manually_set(option)


def ask_for_no_address() -> None:
    """Keep Streamlit from asking a web service for this machine's address.

    It would ask when a page of an origin in server.corsAllowedOrigins connects.
    """
    net_util.get_internal_ip = net_util.get_external_ip = lambda: None


def poll_config_rarely() -> None:
    """Let Streamlit look at its config files every 10 s. Its default, every 0.2 s, takes 0.3 % of a core."""
    polling_path_watcher._POLLING_PERIOD_SECS = CONFIG_POLL_SECONDS


def page_of_this_run() -> str:
    """An identifier of the page whose script runs now; empty if no page runs."""
    context = get_script_run_ctx()
    return context.page_script_hash if context else ""


def is_fragment_run() -> bool:
    """Whether only fragments of the page run now."""
    context = get_script_run_ctx()
    return bool(context and context.fragment_ids_this_run)


def browser_reports(key: str) -> bool:
    """Whether the message that caused this run holds the value of the widget with this key.

    If so, the browser shows the widget, and st.session_state[key] is its value there.
    """
    context = get_script_run_ctx()
    if context is None:
        return False
    state = context.session_state._state
    return state._key_id_mapper.get_id_from_key(key, None) in state._new_widget_state


def store_sessions_in(storage: type) -> None:
    """Make the server, which starts after this, keep disconnected sessions in this SessionStorage class."""
    memory_session_storage.MemorySessionStorage = storage  # st.App imports this name when it starts
