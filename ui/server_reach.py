"""Whether all visitors of the server are on the machine that it runs on. Called by panels that read paths."""

import streamlit as st

_THIS_MACHINE = {"127.0.0.1", "localhost", "::1", "[::1]"}


def is_for_this_machine_only() -> bool:
    """False if other machines may reach the server: their users must not read this machine's files."""
    hosts = {st.get_option("server.address"), *(st.get_option("server.allowedHosts") or ["*"])}
    return hosts <= _THIS_MACHINE
