"""A review on a page, the button that takes it to the text box, and what to do without reviews."""

import streamlit as st

from ui.formats import escaped
from ui.review_box import set_review


def show_review(
    text: str, *, positive: bool, probabilities: dict[str, float], key: str, model: str | None = None
) -> None:
    """Show a test review with its label and each run's answer (run's name -> probability of positive).

    `key` tells apart the reviews of a page; `model` is the network that the button chooses beside the text
    box.
    """
    answers = [f"{escaped(name)} says {share:.1%} positive" for name, share in probabilities.items()]
    label = "positive" if positive else "negative"
    with st.container(border=True):
        st.markdown(f"Label: **{label}** · {' · '.join(answers)} · {len(text.split(' ')):,} words")
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


def show_missing_reviews() -> None:
    """Say what to do when the IMDB reviews are not on this machine."""
    st.info(
        "The IMDB reviews are not on this machine yet. Training on them downloads 19 MB once. Without an "
        "internet connection, put the two files in place, or choose the synthetic demo reviews.",
        icon=":material/download:",
    )
    st.page_link("pages/data.py", label="Get the reviews", icon=":material/menu_book:")
