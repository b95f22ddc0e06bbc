"""The lesson "learning without labels" on the page "The networks". Called by pages/learn.py."""

from dataclasses import dataclass
from urllib.parse import parse_qs

import streamlit as st

from imdb_core import config as configs
from imdb_core.data import sources
from ui import training_links
from ui.links import show_link

FEW_LABELS = 100
SMALL = {"vocabulary_size": 2000, "embedding_size": 32, "units": 64}  # learned in a minute or two


@dataclass(frozen=True)
class Step:
    """One step: a question, and what to do and to notice (Markdown)."""

    question: str
    text: str


STEPS = (
    Step(
        "What can be learned without labels?",
        "Train a small language model on the synthetic demo reviews with the first link below. At "
        "each word it predicts the next one and then sees which word came. So every word of every "
        "text is an exercise, and nobody has to write a label. Watch the **perplexity**: 50 means as "
        "hard as choosing among 50 equally likely words. It begins near the size of the vocabulary. "
        "Where does it end?",
    ),
    Step(
        "What has it learned?",
        "After each epoch, let it continue “This film is” on its page. First come frequent words in "
        "any order, then words that fit their neighbours. Try a temperature of 0.1 and of 2. Which one "
        "repeats itself, and which one makes things up? A good continuation is a likely one, not a "
        "true one.",
    ),
    Step(
        "What is it good for?",
        f"Follow “Train a network that starts from it”, and set “Labelled texts” to {FEW_LABELS}. Then "
        "train the same network with “Start from: random numbers”. Compare both runs: where do their "
        "curves begin, and where do they end? The first network already knows the words; it only has to "
        "learn which of them decide the class.",
    ),
    Step(
        "How many labels is it worth?",
        "Repeat this with 500 labelled texts, with 2,000, and with all of them. How many labels does "
        "the network from random numbers need to be as good? With real texts of your own the answer is "
        "another one: try a data set with texts without labels. Language models of today are trained "
        "in the same way, with more texts and far larger networks.",
    ),
)


def show_lesson() -> None:
    """The lesson, folded away."""
    with st.expander("Lesson: learning without labels", icon=":material/school:"):
        st.markdown(f"{len(STEPS)} questions, about twenty minutes.")
        config = configs.preset("language_model", dataset=sources.first_synthetic().name, epochs=3, **SMALL)
        show_link("train", "Train a small language model", **parse_qs(training_links.link(config)))
        for number, step in enumerate(STEPS, start=1):
            st.markdown(f"**{number}. {step.question}** {step.text}")
