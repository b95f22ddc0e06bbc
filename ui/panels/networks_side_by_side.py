"""The same typed text through several networks. Called by live_score."""

import streamlit as st

from imdb_core.errors import UserError
from imdb_core.scoring import predictor
from imdb_core.scoring.models import Model
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, at_most
from ui.cancellation import cancellation_point
from ui.charts.component import show_chart
from ui.charts.scores import probabilities
from ui.class_choice import chosen_class
from ui.class_words import class_name
from ui.csv_files import csv_download
from ui.formats import escaped, shortened
from ui.linked_widgets import linked_choices
from ui.panels.word_marks import free_heading


def show_side_by_side(choices: dict[str, Model], key: str, text: str) -> None:
    """Score `text` with every chosen network that answers the same question as the network `key`."""
    question = choices[key].question
    titles = {name: model.title for name, model in choices.items() if model.question == question}
    left_out = len(choices) - len(titles)
    if left_out:
        st.caption(
            f"Only networks with the classes and the kind of texts of “{escaped(choices[key].run.name)}” are "
            f"compared here: {len(titles)} of {len(choices)}."
        )
    chosen = linked_choices(
        "Networks", titles, link="models", default=list(titles)[: predictor.MODELS_IN_MEMORY]
    )
    answers = _answers([choices[name] for name in chosen], text)
    if answers:
        _show_answers(answers)


def _answers(chosen, text):
    """(model, its Score) for each model that can score the text; a sentence for each that cannot."""
    scored = []
    with at_most(EXPLAIN_SECONDS, cancellation_point) as limit:
        for model in chosen:
            try:
                scored.append((model, predictor.load(model.folder).score(text, limit)))
            except UserError as error:
                st.caption(f"{escaped(model.run.name)}: {escaped(error)}")
    return scored


def _show_answers(scored):
    """One bar for each network: the share of one class."""
    first = scored[0][1]
    of = chosen_class(
        "Show the share of",
        first.classes,
        default=first.reported,
        link="of",
        of_default=f"the verdict of the first network, {shortened(first.label, 40)}",
    )
    name, shares = class_name(first.classes, of), [score.shares[of] for _, score in scored]
    remarks = [
        "" if score.reported == of else f", says {class_name(score.classes, score.reported)}"
        for _, score in scored
    ]
    caption = f"{len(scored)} networks say between {min(shares):.1%} and {max(shares):.1%} {name}."
    if len(scored) == 1:
        caption = f"1 network says {shares[0]:.1%} {name}."
    rows = [
        (model.title, model.run.network, share, remark)
        for (model, _), share, remark in zip(scored, shares, remarks, strict=True)
    ]
    show_chart(probabilities(rows, name, 1 / len(first.classes)), key="all-models", alt=caption)
    st.caption(escaped(caption))
    columns = {"model": [row[0] for row in rows], "network": [row[1] for row in rows]}
    csv_download(columns | {free_heading(first.classes[of], columns): shares}, file_name="networks.csv")
