"""The reviews that a run gets most wrong or is most unsure of, ten a page, filtered by words."""

import streamlit as st

from imdb_core.evaluation import hard_reviews
from imdb_core.evaluation.hard_reviews import TestedReviews
from imdb_core.evaluation.predictions import Predictions
from imdb_core.runs.store import Run
from ui.reviews import show_review

REVIEWS_A_PAGE = 10
ORDERS = {
    "most wrong": (hard_reviews.most_wrong, "wrong at 0.5, the most confident first"),
    "most unsure": (hard_reviews.most_unsure, "the nearest to 0.5 first"),
}


@st.fragment
def show_hard_reviews(run: Run, tested: Predictions, reviews: TestedReviews, *, key: str) -> None:
    """Show the list; only this part reruns when it changes. `key` names the network for the text box."""
    st.subheader("Reviews to learn from")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = st.segmented_control(
            "Show",
            list(ORDERS),
            default="most wrong",
            required=True,
            key="view",
            bind="query-params",
            on_change=_first_page,
        )
        words = st.text_input(
            "Only reviews with all these words",
            max_chars=100,
            key="words",
            bind="query-params",
            on_change=_first_page,
        )
    order, description = ORDERS[view]
    places = order(tested)
    places = places[hard_reviews.containing(reviews, words)[places]]
    st.caption(f"{len(places):,} reviews{' with these words' if words.strip() else ''}, {description}.")
    pages = max(1, -(-len(places) // REVIEWS_A_PAGE))
    start = REVIEWS_A_PAGE * (st.pagination(pages, key="reviews-page", bind="query-params") - 1)
    for place in places[start : start + REVIEWS_A_PAGE]:
        show_review(
            reviews.text(place),
            positive=tested.positive[place],
            probabilities={run.name: tested.probabilities[place]},
            key=str(place),
            model=key if run.has_model else None,
        )


def _first_page():
    """A new selection is read from its beginning."""
    st.session_state["reviews-page"] = 1
