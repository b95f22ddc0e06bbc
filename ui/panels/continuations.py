"""What a language model has learned, as texts: how it continues a beginning. Called by live_run.

Continuing takes about a millisecond a word, in the server's process.
"""

from urllib.parse import parse_qs

import streamlit as st

from imdb_core import config as configs
from imdb_core.errors import ConfigError
from imdb_core.runs import store
from imdb_core.runs.store import Run
from imdb_core.scoring import language_models
from imdb_core.scoring.language_models import MOST_WORDS, TEMPERATURES
from ui import training_links
from ui.formats import escaped
from ui.links import show_link
from ui.messages import read_or_show_error
from ui.tables import small_table

BEGINNING, USUAL_TEMPERATURE, USUAL_WORDS = "This film is", 0.8, 40
MOST_CHARACTERS = 2000  # of a beginning
NETWORK = "lstm"  # that the link offers to start


def show_continuations(run: Run) -> None:
    """How the model continues the probe texts after each epoch, and a box for other beginnings."""
    rows = [row for row in run.epochs if len(row.get("texts", ())) == len(run.config.probe_reviews)]
    if run.config.probe_reviews and rows:
        st.markdown("**How it continues your probe texts** (after each epoch)")
        columns = {
            escaped(text): [escaped(f"… {row['texts'][number]}") for row in rows]
            for number, text in enumerate(run.config.probe_reviews)
        }
        small_table({"epoch": [str(row["epoch"]) for row in rows]} | columns)
    if run.best:
        st.fragment(_show_box)(run)


def show_start_link(run: Run) -> None:
    """A link to the training form with a network that starts from this language model."""
    same = {name: getattr(run.config, name) for name in ("dataset", "tokenizer", "vocabulary_size")}
    sizes = {name: getattr(run.config, name) for name in language_models.SIZES}
    try:
        config = configs.preset(NETWORK, start_from=run.id, **same, **sizes)
    except ConfigError:  # a vocabulary or memory too large for that network
        return
    query = parse_qs(training_links.link(config))
    show_link("train", "Train a network that starts from it", **query)


def _show_box(run):
    run = store.read(run.folder)  # a later epoch may be the best one now
    with st.container(border=True):
        st.subheader("Let it continue a text")
        text = st.text_input("Beginning", BEGINNING, max_chars=MOST_CHARACTERS, key="beginning")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            low, high = TEMPERATURES
            temperature = st.slider(
                "Temperature",
                low,
                high,
                USUAL_TEMPERATURE,
                0.1,
                help="Low: mostly the likeliest words. High: rarer words, too.",
                width=240,
                key="temperature",
            )
            words = st.slider("Words", 5, MOST_WORDS, USUAL_WORDS, 5, width=240, key="continued-words")
            st.session_state.setdefault("continuation", 0)
            st.button("Another one", icon=":material/casino:", key="another", on_click=_count_up)
        model = read_or_show_error(language_models.load, run)
        if model:
            seed = st.session_state["continuation"]
            continued = model.continued(text, words=words, temperature=temperature, seed=seed)
            shown = f"**{escaped(continued)}**" if continued else "*(here the text ends)*"
            st.markdown(f"{escaped(text)} {shown}")
            pieces = (
                "" if model.vocabulary.unit == "words" else " It writes pieces of words, with spaces between."
            )
            st.caption(
                f"After epoch {run.best['epoch']}. It has learned which words follow which, not what is true."
                f"{pieces}"
            )


def _count_up():
    st.session_state["continuation"] += 1
