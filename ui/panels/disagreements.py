"""For each of two runs, the reviews that only this run gets right, side by side."""

import streamlit as st

from imdb_core.data.nouns import nouns
from imdb_core.evaluation import hard_reviews
from imdb_core.evaluation.comparisons import Pair
from ui.class_words import answer, class_name, verdict_rule
from ui.compared_runs import ComparedRun
from ui.formats import escaped
from ui.linked_widgets import linked_choice
from ui.messages import read_or_show_error
from ui.reviews import show_review
from ui.run_marks import show_lines

MOST_REVIEWS = 10


def show_disagreements(
    pairs: dict[tuple[str, str], Pair], runs: list[ComparedRun], baseline: ComparedRun | None
) -> None:
    """Show the choice of two runs, pairs with the baseline run first, and where these two disagree."""
    by_key = {run.key: run for run in runs}
    ordered = sorted(pairs, key=lambda keys: baseline is None or baseline.key not in keys)
    titles = {
        f"{first},{second}": f"{by_key[first].title} and {by_key[second].title}" for first, second in ordered
    }
    both = next(iter(titles)) if len(pairs) == 1 else linked_choice("Which two", titles, link="pair")
    _show_both(*(by_key[key] for key in both.split(",")))


def _show_both(first: ComparedRun, second: ComparedRun) -> None:
    """Two columns: the reviews that only this run gets right."""
    result = read_or_show_error(hard_reviews.disagreements, first.run, second.run)
    if not result:
        return
    *predictions, disagreements = result
    things, classes = nouns(first.run.config.dataset), predictions[0].classes
    reviews = read_or_show_error(hard_reviews.tested_reviews, first.run, predictions[0])
    only_right = (disagreements.only_first, disagreements.only_second)
    for column, run, places in zip(st.columns(2), (first, second), only_right, strict=True):
        with column:
            count = f"{len(places):,} {things.many} only "
            show_lines([[count, run.mark, " gets right"]], key=f"only-{run.key}")
            for place in places[:MOST_REVIEWS].tolist() if reviews else ():
                label = int(predictions[0].labels[place])
                show_review(
                    reviews.text(place),
                    label=class_name(classes, label),
                    answers={
                        each.title: answer(classes, tested.shares[place].tolist(), label)
                        for each, tested in zip((first, second), predictions, strict=True)
                    },
                    key=str(place),
                    model=run.key if run.run.has_model else None,
                )
    remark = (
        f"; the {MOST_REVIEWS} with the largest gap between both probabilities are shown" if reviews else ""
    )
    st.caption(escaped(f"{verdict_rule(classes, things)}{remark}."))
