"""The text box and the score that one network, or several, gives the review while the visitor types."""

import streamlit as st

from imdb_core.data.reading import LONGEST_TEXT
from imdb_core.errors import UserError
from imdb_core.scoring import explanations, predictor
from imdb_core.scoring.models import Model
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, at_most
from ui.cancellation import cancellation_point
from ui.charts.component import show_chart
from ui.charts.scores import probabilities
from ui.colors import color
from ui.csv_files import csv_download
from ui.example_reviews import EXAMPLES
from ui.formats import escaped
from ui.linked_widgets import linked_choice, linked_choices, linked_slider
from ui.messages import read_or_show_error
from ui.panels import word_marks
from ui.review_box import review_box, set_review
from ui.run_sentences import KEPT_BY
from ui.verdict import verdict_meter

EXPLAINED_WORDS = 250  # a longer review is explained only on request, because that takes seconds


@st.fragment
def show_live_score(choices: dict[str, Model]) -> None:
    """Show the network's choice, the box and the score. Only this part reruns while the visitor types."""
    titles = {key: model.title for key, model in choices.items()}
    key = linked_choice("Network", titles, link="model", forget="epoch")
    with st.container(horizontal=True):
        for name, text in EXAMPLES.items():
            st.button(name, on_click=set_review, args=(text,), kwargs={"key": "review"})
    text, characters = review_box(key="review", longest=LONGEST_TEXT)
    if not text.strip():
        st.caption("The score appears here as you type. No idea? Click one of the examples above the box.")
        return
    if characters > LONGEST_TEXT:
        st.warning(
            f"This review has {characters:,} characters; only the last {LONGEST_TEXT:,} are read.",
            icon=":material/content_cut:",
        )
    if st.toggle("Several networks side by side", key="all", bind="query-params"):
        _show_several(choices, titles, text)
    else:
        _show_one(choices[key], text)


def _show_one(model, text):
    """Verdict, probability and words, from the network as it was after the epoch that the slider shows."""
    network = read_or_show_error(predictor.load, model.folder)
    network = network and read_or_show_error(predictor.load, model.folder, _chosen_epoch(model.run, network))
    score = network and read_or_show_error(network.score, text)
    if score is None:
        return
    network_color, reading = color(model.run.network), score.reading
    verdict_meter(score.probability, color=network_color)
    words_read = len(reading.words) - reading.cut
    padding = f"; {reading.padding} empty positions added at the beginning" if reading.padding else ""
    st.caption(
        f"{len(reading.words):,} words: {words_read - len(reading.unknown):,} read, {len(reading.unknown):,} "
        f"unknown to this network, {reading.cut:,} cut off at the beginning{padding}."
    )
    explained = words_read <= EXPLAINED_WORDS or st.toggle(
        "Explain this long review (takes a second or two)", key="explain"
    )
    with at_most(EXPLAIN_SECONDS, cancellation_point) as limit:
        effects = None
        if explained:
            effects = read_or_show_error(explanations.word_effects, network, reading, limit)
        word_marks.show_words(reading, [] if effects is None else effects)
        word_marks.show_attention(reading, read_or_show_error(network.attention, reading, limit))
        if effects is not None:
            curve = read_or_show_error(explanations.running_score, network, reading, limit)
            if curve:
                word_marks.show_running_score(reading, *curve, network_color)


def _chosen_epoch(run, best):
    """The epoch whose network answers, chosen with a slider over all saved epochs.

    `best` is the network of the epoch that the run keeps. A run with one saved epoch has no slider.
    """
    if len(best.epochs) == 1:
        return best.epoch
    titles = {epoch: f"epoch {epoch}" + (" (kept)" if epoch == best.epoch else "") for epoch in best.epochs}
    epoch = linked_slider(
        "As it was after",
        titles,
        link="epoch",
        default=best.epoch,
        help="Go back in time: the same network as it was after each epoch of its training. "
        "Score, words and curve change with it.",
    )
    accuracy = {
        row["epoch"]: row["val_accuracy"] for row in run.epochs if row.get("val_accuracy") is not None
    }
    if epoch != best.epoch and {epoch, best.epoch} <= accuracy.keys():
        st.caption(
            f"After epoch {epoch} the network was right on {accuracy[epoch]:.1%} of the validation reviews, "
            f"after epoch {best.epoch} on {accuracy[best.epoch]:.1%}. Epoch {best.epoch} is kept ({KEPT_BY})."
        )
    return epoch


def _show_several(choices, titles, text):
    """The same review through every chosen network."""
    chosen = linked_choices(
        "Networks", titles, link="models", default=list(titles)[: predictor.MODELS_IN_MEMORY]
    )
    scored = []
    with at_most(EXPLAIN_SECONDS, cancellation_point) as limit:
        for model in map(choices.get, chosen):
            try:
                score = predictor.load(model.folder).score(text, limit)
            except UserError as error:
                st.caption(f"{escaped(model.run.name)}: {escaped(error)}")
            else:
                scored.append((model.title, model.run.network, score.probability))
    if scored:
        low, high = min(row[2] for row in scored), max(row[2] for row in scored)
        caption = f"{len(scored)} networks say between {low:.1%} and {high:.1%} positive."
        show_chart(probabilities(scored), key="all-models", alt=caption)
        st.caption(caption)
        columns = dict(zip(("model", "network", "positive"), zip(*scored, strict=True), strict=True))
        csv_download(columns, file_name="networks.csv")
