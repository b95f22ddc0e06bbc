"""The choice of a data set on the page "Train a network": what it holds, and how its texts are cut."""

import streamlit as st

from imdb_core import config as configs
from imdb_core.data import sources
from imdb_core.data.nouns import nouns
from ui.formats import escaped, shortened
from ui.linked_widgets import distinct_titles
from ui.links import show_link
from ui.reviews import show_missing_reviews

NAMED_CLASSES = 3  # in the caption


def chosen_data_set(default: str | None) -> str:
    """The data set to learn from; its sizes and classes stand below. `default` is a template's data set."""
    names, available = configs.choices("dataset"), sources.available_names()
    if st.session_state.get("dataset", names[0]) not in names:  # deleted since the form was shown
        del st.session_state["dataset"]
    start = default if default in available else _first_of(available)
    titles = distinct_titles({name: sources.title(name) for name in names})
    label = configs.facts("dataset").label
    dataset = st.selectbox(label, names, names.index(start), titles.get, key="dataset")
    st.caption(_summary(dataset))
    _link_to_own_texts()
    return dataset


def show_if_missing(dataset: str) -> None:
    """What a training does while the texts are not on this machine."""
    if dataset not in sources.available_names():
        show_missing_reviews(dataset)


def chosen_tokenizer(dataset: str, default: str) -> str:
    """How the texts are cut into words; there is a choice only where the data set allows several ways."""
    allowed = sources.get(dataset).tokenizers
    if len(allowed) == 1:
        return allowed[0]
    facts = configs.facts("tokenizer")
    first = allowed.index(default) if default in allowed else 0
    return st.selectbox(
        facts.label, allowed, first, facts.choices.get, help=facts.help, key=f"tokenizer.{dataset}"
    )


def on_data_set(config: configs.RunConfig, dataset: str, tokenizer: str) -> configs.RunConfig:
    """`config` with this data set instead of its own."""
    return config.changed(dataset=dataset, tokenizer=tokenizer, classes=sources.get(dataset).classes)


def gone_sentence(template: configs.RunConfig | None) -> str | None:
    """Why the form does not start from the data set of its template; None if it does."""
    if template is None or sources.find(template.dataset):
        return None
    return (
        f"The run of this link learned from the data set {template.dataset}, which was deleted. "
        "Choose another data set below; the other values are those of the run."
    )


def _first_of(available):
    default = configs.facts("dataset").default
    return default if default in available else available[0]


def _summary(dataset):
    """Number of texts and the classes, in one line of Markdown."""
    source = sources.get(dataset)
    named = ", ".join(shortened(name) for name in source.classes[:NAMED_CLASSES])
    more = len(source.classes) - NAMED_CLASSES
    classes = f"{named} and {more} more" if more > 0 else named
    texts = f"{source.training_reviews:,} training {nouns(dataset).many}"
    return escaped(f"{texts}, {len(source.classes)} classes: {classes}.")


def _link_to_own_texts():
    """A link to the page that adds data sets."""
    show_link("texts", "Bring your own texts")
