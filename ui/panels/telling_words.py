"""Words that give a class away, and classes with few texts. For panels/labels_to_look_at.py."""

import streamlit as st

from imdb_core.quality.reports import FEW_TEXTS, TextReport
from ui.formats import escaped
from ui.tables import small_table


def show_telling_words(report: TextReport) -> None:
    """A table of the words and phrases that give a class away."""
    st.subheader("Words that give the class away (label leakage)")
    if not report.telling:
        st.markdown("No single word or pair of words gives a class away.")
        return
    st.caption(
        "Such a word may be part of the task, or a trace of how the labels were collected: a rating in the "
        "text, a signature, a file name. A network would learn the trace, and fail on texts without it."
    )
    small_table(
        {
            "word or phrase": [escaped(word.phrase) for word in report.telling],
            "class": [escaped(report.classes[word.label]) for word in report.telling],
            "of the texts with it, in this class": [f"{word.precision:.1%}" for word in report.telling],
            "of this class, texts with it": [f"{word.coverage:.1%}" for word in report.telling],
            "texts": [f"{word.texts:,}" for word in report.telling],
        }
    )


def show_rare_classes(report: TextReport) -> None:
    """A warning that names the classes with few training texts; nothing if there are none."""
    if report.rare:
        names = ", ".join(
            f"{escaped(report.classes[label])} ({report.train_counts[label]:,})" for label in report.rare
        )
        st.warning(
            f"Classes with fewer than {FEW_TEXTS} training texts: {names}. Merge them with others or collect "
            "more texts; a network can hardly learn from so few.",
            icon=":material/data_usage:",
        )
