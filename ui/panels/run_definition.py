"""What defines a run: its hyperparameters, the command that trains it, and a plain Keras script."""

import streamlit as st

from imdb_core import config as configs
from imdb_core import script
from imdb_core.data import sources
from imdb_core.runs.store import Run
from ui.formats import escaped
from ui.labels import label
from ui.tables import small_table


def show_hyperparameters(run: Run) -> None:
    """Show the command and a table of the hyperparameters that the network uses."""
    with st.expander("Hyperparameters of this run", icon=":material/tune:"):
        st.code(configs.command(run.config), language="bash")
        used = run.config.used()
        used["classes"] = ", ".join(used["classes"])
        values = [escaped(value) for value in used.values()]
        small_table({"hyperparameter": [label(name) for name in used], "value": values})


def show_script(run: Run) -> None:
    """Show the script and a button that downloads it; there is none for a language model."""
    if run.predicts_words:
        return
    with st.expander("The same as a plain Keras script", icon=":material/code:"):
        if sources.find(run.config.dataset) is None:
            st.caption("The data set of this run was deleted, so a script could not read it.")
            return
        if run.config.start_from:
            st.caption("This run started from a language model. The script starts without one.")
        if run.config.teacher:
            st.caption(
                "This run learned from its teacher's answers, too. The script learns from labels alone."
            )
        source = script.plain_script(run.config)
        file_name = f"{run.network}.py"
        st.download_button(
            "Download the script", source, file_name, "text/x-python", on_click="ignore", key="script"
        )
        st.code(source, language="python")
