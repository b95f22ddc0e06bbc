"""The text box and the answer that one network, or several, gives the text while the visitor types."""

import streamlit as st

from imdb_core.data import sources
from imdb_core.data.nouns import nouns
from imdb_core.data.reading import LONGEST_TEXT
from imdb_core.scoring import explanations, predictor
from imdb_core.scoring.models import Model
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, at_most
from ui.cancellation import cancellation_point
from ui.class_choice import chosen_class
from ui.colors import ONE_RUN
from ui.example_reviews import example_texts
from ui.formats import escaped, shortened
from ui.linked_widgets import linked_choice, linked_slider
from ui.messages import read_or_show_error
from ui.panels import word_marks
from ui.panels.networks_side_by_side import show_side_by_side
from ui.review_box import review_box, set_review
from ui.run_sentences import KEPT_BY
from ui.verdict import show_verdict

EXPLAINED_WORDS = 250  # a longer text is explained only on request, because that takes seconds


@st.fragment
def show_live_score(choices: dict[str, Model]) -> None:
    """Show the network's choice, the box and the score. Only this part reruns while the visitor types."""
    titles = {key: model.title for key, model in choices.items()}
    key = linked_choice("Network", titles, link="model", forget="epoch")
    dataset = choices[key].config.dataset
    examples = example_texts(dataset)
    _show_examples(examples)
    name, subject = nouns(dataset).one, sources.subject(dataset)
    text, characters = review_box(key="review", longest=LONGEST_TEXT, name=name, subject=subject)
    if not text.strip():
        idea = " No idea? Click one of the examples above the box." if examples else ""
        st.caption(f"The score appears here as you type.{idea}")
        return
    if characters > LONGEST_TEXT:
        st.warning(
            f"This {name} has {characters:,} characters; only the last {LONGEST_TEXT:,} are read.",
            icon=":material/content_cut:",
        )
    if st.toggle("Several networks side by side", key="all", bind="query-params"):
        show_side_by_side(choices, key, text)
    else:
        _show_one(choices[key], text)


def _show_examples(examples):
    """A button for each example."""
    with st.container(horizontal=True):
        for name, text in examples.items():
            st.button(escaped(name), on_click=set_review, args=(text,), kwargs={"key": "review"})


def _show_one(model, text):
    """Verdict, probability and words, from the network as it was after the epoch that the slider shows."""
    network = read_or_show_error(predictor.load, model.folder)
    network = network and read_or_show_error(predictor.load, model.folder, _chosen_epoch(model, network))
    score = network and read_or_show_error(network.score, text)
    if score is None:
        return
    reading = score.reading
    show_verdict(score)
    words_read = len(reading.words) - reading.cut
    padding = f"; {reading.padding} empty positions added at the beginning" if reading.padding else ""
    unit, unknown = network.vocabulary.unit, len(reading.unknown)
    st.caption(
        f"{len(reading.words):,} {unit}: {words_read - unknown:,} read, {unknown:,} unknown to this network, "
        f"{reading.cut:,} cut off at the beginning{padding}."
    )
    of = chosen_class(
        "Show the effect on",
        score.classes,
        default=score.reported,
        link="of",
        of_default=f"its verdict, {shortened(score.label, 40)}",
    )
    explained = words_read <= EXPLAINED_WORDS or st.toggle(
        "Explain this long text (takes a second or two)", key="explain"
    )
    with at_most(EXPLAIN_SECONDS, cancellation_point) as limit:
        effects = None
        if explained:
            effects = read_or_show_error(_effects, network, reading, limit, of)
        word_marks.show_words(reading, [] if effects is None else effects, score.classes, of)
        word_marks.show_attention(reading, read_or_show_error(network.attention, reading, limit))
        if effects is not None:
            curve = read_or_show_error(_running_score, network, reading, limit, of)
            if curve:
                word_marks.show_running_score(reading, curve, ONE_RUN, classes=score.classes, of=of)


def _effects(network, reading, limit, of):
    return explanations.word_effects(network, reading, limit, of=of)


def _running_score(network, reading, limit, of):
    return explanations.running_score(network, reading, limit, of=of)


def _chosen_epoch(model, best):
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
        row["epoch"]: row["val_accuracy"] for row in model.run.epochs if row.get("val_accuracy") is not None
    }
    if epoch != best.epoch and {epoch, best.epoch} <= accuracy.keys():
        st.caption(
            f"After epoch {epoch} the network was right on {accuracy[epoch]:.1%} of the validation "
            f"{escaped(nouns(model.config.dataset).many)}, after epoch {best.epoch} on "
            f"{accuracy[best.epoch]:.1%}. Epoch {best.epoch} is kept ({KEPT_BY})."
        )
    return epoch
