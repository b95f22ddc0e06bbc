"""The lesson "inside the memory", beside the views that it leads through. Called by inside.

What it says about the pretrained LSTM is checked by tests/pages/test_inside_lesson.py.
"""

from dataclasses import dataclass

import streamlit as st

from imdb_core.inside import recurrent
from imdb_core.scoring.predictor import Predictor
from ui import messages, page_link
from ui.links import show_link

MODEL = "pretrained/lstm"


@dataclass(frozen=True)
class Step:
    """One step: a question, what to do and to notice (Markdown), and the view that shows it."""

    question: str
    text: str
    view: str


STEPS = (
    Step(
        "Where does a verdict come from?",
        "Click the example “Mixed” above the text box, and look at the path. Each point is the memory after "
        "one more word. Move the pointer along the path: the word at this point is marked in the text. "
        "Praise pushes the memory to the positive side, “mess” pushes it across the line, and the next words "
        "leave it there. The network counts evidence, word by word.\n\n"
        "Now put the second half first: “The script is a mess and after an hour I was bored, but the "
        "photography is beautiful and the music is great.” The words are the same, and the verdict changes: "
        "here the later half counts more.",
        "path",
    ),
    Step(
        "How did it learn this?",
        "Move the slider “As it was after” to the first epoch, and then forwards. Each dot is the last "
        "memory of one validation review, in the colour of its label. At first both colours are mixed. "
        "Training pulls them apart along one direction, and the path grows longer: the same words push "
        "harder.",
        "path",
    ),
    Step(
        "Who remembers?",
        "The memory is 100 numbers, called units. They are ordered by how often each of them, asked alone, "
        "gives the right verdict. The best unit is right nearly as often as the whole network, and a quarter "
        "of the units are right on more than 8 of 10 reviews: many units hold the same answer. Open a unit "
        "and find “mess” in its gates.",
        "units",
    ),
    Step(
        "What do words mean to it?",
        "On the map of words, “beautiful” and “great” lie on one side, “mess” and “bored” on the other. Move "
        "the slider through the epochs, and switch on the comparison with the vectors before training: with "
        "random vectors, the nearest word is on the same side only by chance.",
        "words",
    ),
    Step(
        "What does it not understand?",
        "Click the example “Not bad at all”. People call it praise; this network calls it negative, and it "
        "is surer of that after each epoch. On the path, “not” pushes the memory to the negative side, and "
        "so does “bad”. To count evidence is not to understand. Does any other network get it right? Try "
        "them.",
        "path",
    ),
)


def show_lesson(network: Predictor) -> None:
    """The lesson, folded away; nothing for a network without a memory."""
    if not recurrent.has_memory(network.config):
        return
    with st.expander("Lesson: inside the memory", icon=":material/school:"):
        st.markdown("Five questions, about ten minutes. The examples are about the pretrained LSTM.")
        show_link("classify", "Open the pretrained LSTM", model=MODEL, inside="true")
        for number, step in enumerate(STEPS, start=1):
            st.markdown(f"**{number}. {step.question}** {step.text}")
            st.button(
                "Show this view",
                type="tertiary",
                icon=":material/visibility:",
                key=f"lesson-{number}",
                on_click=messages.clicked,
                args=(_open, step.view),
            )


def _open(view):
    page_link.change("view", view)
