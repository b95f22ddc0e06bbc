"""A review on a page, the button that takes it to the text box, and what to do without reviews."""

import streamlit as st

from imdb_core.data import sources
from ui.empty_store import show_missing
from ui.formats import escaped
from ui.review_box import set_review


def show_review(
    text: str, *, label: str, answers: dict[str, str], key: str, model: str | None = None
) -> None:
    """Show a test text with the name of its label and each run's answer (run's name -> "98.1% positive").

    `key` tells apart the texts of a page; `model` is the network that the button chooses beside the text box.
    """
    verdicts = [f"{escaped(name)} says {escaped(answer)}" for name, answer in answers.items()]
    with st.container(border=True):
        st.markdown(f"Label: **{escaped(label)}** · {' · '.join(verdicts)} · {len(text.split(' ')):,} words")
        with st.container(height=150 if len(text) > 600 else "content", border=False):
            st.text(text)
        try_button(text, key=key, model=model)


def try_button(text: str, *, key: str, model: str | None = None) -> None:
    """Show a button that takes `text` to the text box, where it is scored with `model`.

    `key` tells apart the buttons of a page.
    """
    if st.button("Try it in the text box", key=f"try-{key}", icon=":material/edit_note:"):
        set_review(text, key="review")
        st.switch_page("pages/classify.py", query_params={"model": model} if model else {})


def show_missing_reviews(dataset: str) -> None:
    """Say what to do when the reviews of `dataset` are not on this machine."""
    source = sources.get(dataset)
    show_missing(f"The {source.noun} are not on this machine yet. {source.if_missing}", "data")
