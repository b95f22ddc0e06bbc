"""The text box and the answer that one network, or several, gives the text while the visitor types."""

import streamlit as st

from imdb_core.data import sources
from imdb_core.data.nouns import nouns
from imdb_core.data.reading import LONGEST_TEXT
from imdb_core.data.reviews import TWO_CLASSES
from imdb_core.scoring import predictor
from imdb_core.scoring.models import Model
from ui.example_reviews import example_texts
from ui.formats import escaped
from ui.linked_widgets import linked_choice, linked_slider
from ui.messages import read_or_show_error, refresh
from ui.pages import link_to
from ui.panels.explained_score import show_explained_score
from ui.panels.networks_side_by_side import show_side_by_side
from ui.review_box import review_box, set_review
from ui.run_sentences import KEPT_BY


def text_title(model: Model | None) -> str:
    """The page's title for this network: what it reads and what it answers."""
    if model is None:
        return f"{link_to('classify').title}, see the score"
    ends = "see the score" if model.config.classes == TWO_CLASSES else "see its class"
    return f"Type {nouns(model.config.dataset).a}, {ends}"


@st.fragment
def show_live_score(choices: dict[str, Model], title: str) -> None:
    """Show the network's choice, the box and the score. Only this part reruns while the visitor types.

    `title` is the page's title, which another network can change.
    """
    titles = {key: model.title for key, model in choices.items()}
    key = linked_choice("Network", titles, link="model", forget="epoch")
    if text_title(choices[key]) != title:
        refresh()
    dataset = choices[key].config.dataset
    examples = example_texts(dataset)
    _show_examples(examples)
    name, subject = nouns(dataset).one, sources.subject(dataset)
    text, characters = review_box(key="review", longest=LONGEST_TEXT, name=name, subject=subject)
    if characters > LONGEST_TEXT:
        st.warning(
            f"This {name} has {characters:,} characters; only the last {LONGEST_TEXT:,} are read.",
            icon=":material/content_cut:",
        )
    if st.toggle("Several networks side by side", key="all", bind="query-params"):
        if text.strip():
            show_side_by_side(choices, key, text)
        else:
            st.caption("The scores appear here as you type.")
    elif network := _network(choices[key]):
        idea = " No idea? Click one of the examples above the box." if examples else ""
        show_explained_score(network, text, whole=characters <= LONGEST_TEXT, idea=idea)


def _show_examples(examples):
    """A button for each example."""
    with st.container(horizontal=True):
        for name, text in examples.items():
            st.button(escaped(name), on_click=set_review, args=(text,), kwargs={"key": "review"})


def _network(model):
    """The network as it was after the epoch that the slider shows; None after an error's sentence."""
    best = read_or_show_error(predictor.load, model.folder)
    return best and read_or_show_error(predictor.load, model.folder, _chosen_epoch(model, best))


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
    # The container is always there: another element above the charts would make the browser draw them anew.
    note = st.container()
    if epoch != best.epoch and {epoch, best.epoch} <= accuracy.keys():
        note.caption(
            f"After epoch {epoch} the network was right on {accuracy[epoch]:.1%} of the validation "
            f"{escaped(nouns(model.config.dataset).many)}, after epoch {best.epoch} on "
            f"{accuracy[best.epoch]:.1%}. Epoch {best.epoch} is kept ({KEPT_BY})."
        )
    return epoch
