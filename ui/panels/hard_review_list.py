"""The texts that a run gets most wrong or is most unsure of, filtered by words and by kind of error."""

import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import Nouns, nouns
from imdb_core.evaluation import class_figures, hard_reviews
from imdb_core.evaluation.hard_reviews import TestedReviews
from imdb_core.evaluation.predictions import ClassPredictions
from imdb_core.runs.store import Run
from ui import page_link
from ui.class_words import answer, class_name
from ui.formats import escaped
from ui.jump_links import section
from ui.linked_widgets import linked_choice
from ui.reviews import show_review

REVIEWS_A_PAGE = 10
MOST_BUTTONS = 12  # kinds of errors with a button of their own; the list below them has all
ALL = "all"
ORDERS_OF_TWO = {
    "most wrong": (hard_reviews.most_wrong, "wrong at 0.5, the most confident first"),
    "most unsure": (hard_reviews.most_unsure, "the nearest to 0.5 first"),
}
ORDERS_OF_MANY = {
    "most wrong": (hard_reviews.most_wrong, "wrong, the most confident first"),
    "most unsure": (
        hard_reviews.most_unsure,
        "the smallest margin between the two most probable classes first",
    ),
    "most undecided": (hard_reviews.most_undecided, "the largest entropy of all shares first"),
}


@st.fragment
def show_hard_reviews(run: Run, tested: ClassPredictions, reviews: TestedReviews, *, key: str) -> None:
    """Show the list; only this part reruns when it changes. `key` names the network for the text box."""
    things = nouns(run.config.dataset)
    section(learn_from(things))
    is_binary = answers.is_binary(tested.classes)
    matches = True if is_binary else _chosen_errors(tested, things)
    orders = ORDERS_OF_TWO if is_binary else ORDERS_OF_MANY
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = st.segmented_control(
            "Show",
            list(orders),
            default="most wrong",
            required=True,
            key="view",
            bind="query-params",
            on_change=_first_page,
        )
        words = st.text_input(
            escaped(f"Only {things.many} with all these words"),
            max_chars=100,
            key="words",
            bind="query-params",
            on_change=_first_page,
        )
    order, description = orders[view]
    places = order(tested)
    places = places[(hard_reviews.containing(reviews, words) & matches)[places]]
    with_words = " with these words" if words.strip() else ""
    st.caption(escaped(f"{len(places):,} {things.many}{with_words}, {description}."))
    _show_page(run, tested, reviews, places, key=key)


def learn_from(things: Nouns) -> str:
    """The section's title: Reviews to learn from."""
    return f"{things.many[0].upper()}{things.many[1:]} to learn from"


def _show_page(run, tested, reviews, places, *, key):
    pages = max(1, -(-len(places) // REVIEWS_A_PAGE))
    start = REVIEWS_A_PAGE * (st.pagination(pages, key="reviews-page", bind="query-params") - 1)
    for place in places[start : start + REVIEWS_A_PAGE].tolist():
        label = int(tested.labels[place])
        show_review(
            reviews.text(place),
            label=class_name(tested.classes, label),
            answers={run.name: answer(tested.classes, tested.shares[place].tolist(), label)},
            key=str(place),
            model=key if run.has_model else None,
        )


def _chosen_errors(tested, things):
    """bool (texts,): the texts with the error that the link names; a button for each frequent error."""
    kinds = {f"{kind.label}-{kind.verdict}": kind for kind in class_figures.errors(tested)}
    titles = {
        name: f"{class_name(tested.classes, kind.label)} called {class_name(tested.classes, kind.verdict)}: "
        f"{kind.texts:,}"
        for name, kind in kinds.items()
    }
    if not kinds:
        return True
    st.markdown("**The most frequent errors: label and verdict**")
    with st.container(horizontal=True, gap="small"):
        for name in list(kinds)[:MOST_BUTTONS]:
            title = escaped(titles[name])
            st.button(title, key=f"errors-{name}", on_click=_show_errors, args=(name,))
    chosen = linked_choice(
        "Which errors", {ALL: f"all {things.many}"} | titles, link="errors", then=_first_page
    )
    if chosen == ALL:
        return True
    kind = kinds[chosen]
    return class_figures.has_verdict(tested, label=kind.label, verdict=kind.verdict)


def _show_errors(name):
    """Put this kind of error into the link: the list shows its texts, from the first page on."""
    page_link.change("errors", name)
    _first_page()


def _first_page():
    """Go to the first page, because the selection has changed."""
    st.session_state["reviews-page"] = 1
