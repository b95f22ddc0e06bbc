"""For each of two runs, the reviews that only this run gets right, side by side."""

import streamlit as st

from imdb_core.data.nouns import nouns
from imdb_core.evaluation import hard_reviews
from imdb_core.runs.store import Run
from ui.class_words import answer, class_name, verdict_rule
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
    things, classes = nouns(first.config.dataset), predictions[0].classes
    reviews = read_or_show_error(hard_reviews.tested_reviews, first, predictions[0])
    only_right = (disagreements.only_first, disagreements.only_second)
    for column, key, places in zip(st.columns(2), runs, only_right, strict=True):
        with column:
            count = f"{len(places):,} {escaped(things.many)}"
            st.markdown(f"**{count} only {escaped(titles[key])} gets right**")
            for place in places[:MOST_REVIEWS].tolist() if reviews else ():
                label = int(predictions[0].labels[place])
                show_review(
                    reviews.text(place),
                    label=class_name(classes, label),
                    answers={
                        titles[run]: answer(classes, tested.shares[place].tolist(), label)
                        for run, tested in zip(runs, predictions, strict=True)
                    },
                    key=str(place),
                    model=key if runs[key].has_model else None,
                )
    remark = (
        f"; the {MOST_REVIEWS} with the largest gap between both probabilities are shown" if reviews else ""
    )
    st.caption(escaped(f"{verdict_rule(classes, things)}{remark}."))
