"""For each of two runs, the reviews that only this run gets right, side by side."""

import streamlit as st

from imdb_core.evaluation import hard_reviews
from imdb_core.runs.store import Run
from ui.formats import escaped
from ui.messages import read_or_show_error
from ui.reviews import show_review

MOST_REVIEWS = 10


def show_disagreements(runs: dict[str, Run], titles: dict[str, str]) -> None:
    """Show two columns for the two `runs` (by key): the reviews that only this run gets right."""
    first, second = runs.values()
    result = read_or_show_error(hard_reviews.disagreements, first, second)
    if not result:
        return
    *predictions, disagreements = result
    reviews = read_or_show_error(hard_reviews.tested_reviews, first, predictions[0])
    only_right = (disagreements.only_first, disagreements.only_second)
    for column, key, places in zip(st.columns(2), runs, only_right, strict=True):
        with column:
            st.markdown(f"**{len(places):,} reviews only {escaped(titles[key])} gets right**")
            for place in places[:MOST_REVIEWS] if reviews else ():
                show_review(
                    reviews.text(place),
                    positive=predictions[0].positive[place],
                    probabilities={
                        titles[run]: answers.probabilities[place]
                        for run, answers in zip(runs, predictions, strict=True)
                    },
                    key=str(place),
                    model=key if runs[key].has_model else None,
                )
    remark = f"; the {MOST_REVIEWS} with the largest gap between both probabilities are shown"
    st.caption(f"A review is judged positive above 0.5{remark if reviews else ''}.")
