"""The networks side by side: their layers, what was published, what was measured here, and what their
differences teach.
"""

import streamlit as st

from imdb_core import architectures
from imdb_core.evaluation import baselines, tutorial_figures
from ui import charts, learn_charts, words
from ui import lessons as sentences
from ui.baseline import show_baselines
from ui.components import chart
from ui.parts import csv_download, page_heading, tried

CARD_WIDTH = 176  # pixels; as many side by side as fit, two on a phone

studied = tutorial_figures.networks(architectures.tutorial_names())
beyond = tutorial_figures.networks(
    [name for name in architectures.names() if name not in architectures.tutorial_names()]
)
first, trained = studied[0], [one for one in studied if one.run]
runs = [one.run for one in trained]
page_heading(f"Learn: the {len(studied)} networks")
st.markdown(
    "One question: is this film review positive? Each network below reads a review as numbers, one per word, and answers with "
    "one probability. They differ in what happens in between. *Published* is the tutorial's test accuracy, *here* that of this "
    "project's pretrained network, with the interval in which its true accuracy lies with 95 % confidence (Wilson)."
)
if not trained:
    st.info(
        "No pretrained network is here (the folder pretrained/ is missing or empty), so what was measured is left out. "
        "Train a network to get figures of your own.",
        icon=":material/info:",
    )


def card(one, height):
    """One network: diagram, figures, plain words, where to go from here."""
    with st.container(width=CARD_WIDTH):
        st.markdown(f":small[**{words.plain(one.title)}**]")
        figure = learn_charts.diagram(one, height=height)
        chart(figure, key=f"layers-{one.network.name}", alt=learn_charts.layers_said(one))
        st.markdown(sentences.figures(one))
        st.markdown(words.plain(one.network.in_plain_words))
        if one.run:
            st.page_link(
                "pages/classify.py",
                label="Type a review",
                icon=":material/edit_note:",
                query_params={"model": one.key},
            )
            st.page_link(
                "pages/watch.py",
                label="Watch its curves",
                icon=":material/monitoring:",
                query_params={"run": one.key},
            )
            st.page_link(
                "pages/train.py",
                label="Train a variant",
                icon=":material/tune:",
                query_params={"from": one.key},
            )
        else:
            st.page_link("pages/train.py", label="Train it", icon=":material/model_training:")


with st.container(horizontal=True, gap="small"):
    for one in studied:
        card(one, learn_charts.diagram_height(max(len(each.layers) for each in studied)))
st.caption(
    "Data flows downwards. A box names a layer, the shape of what it passes on (positions × numbers each, or just numbers) and "
    "how many parameters it learns; dotted boxes learn nothing. Training times are those of the machine that trained the network."
)

st.subheader("Published and measured here")
baseline = next(
    ((f"TF-IDF baseline {found.test_accuracy:.2%}", found.test_accuracy) for found in baselines.computed_for(runs)),
    None,
)
said = learn_charts.accuracies_said(studied) + charts.baselines_said("accuracy", runs)
chart(learn_charts.published_and_here(studied, baseline), key="published", alt=f"{said}.")
csv_download(learn_charts.accuracy_columns(studied, baseline), file_name="published-and-here.csv")

st.subheader("What the differences teach")
beside_first = tried(tutorial_figures.against, first, studied[1:]) or {}
for one in studied:
    told = f"{one.network.teaches} {sentences.facts(one, first, beside_first.get(one.network.name))}"
    st.markdown(f"**{words.plain(one.title)}.** {words.plain(told)}")
st.markdown(
    f"**Why validation counts.** {words.plain(sentences.validation(studied, tutorial_figures.learned_by_heart(studied)))}"
)
alike = tried(tutorial_figures.most_alike, studied)
st.markdown(f"**Why one test figure is not enough.** {words.plain(sentences.one_figure(studied, alike))}")
with st.container(horizontal=True):
    if alike:
        both = ",".join(one.key for one in alike[:2])
        label = f"Compare {words.plain(alike[0].title)} and {words.plain(alike[1].title)}"
        st.page_link(
            "pages/compare.py", label=label, icon=":material/compare_arrows:", query_params={"runs": both}
        )
    if trained:
        everyone = {"runs": ",".join(one.key for one in trained)}
        st.page_link(
            "pages/compare.py", label="Compare all", icon=":material/compare_arrows:", query_params=everyone
        )
    st.page_link("pages/train.py", label="Train with several seeds", icon=":material/model_training:")
st.subheader("Beyond the tutorials")
st.markdown("Other ideas for the same question. They train from the same form, with values of their own.")
for one in beyond:
    st.markdown(
        f"**{words.plain(one.title)}.** {words.plain(one.network.in_plain_words)} {words.plain(one.network.teaches)}"
    )
    here = (
        f"{words.percent(one.accuracy)} of the test reviews right here · " if one.accuracy is not None else ""
    )
    st.caption(
        f"{here}{one.parameters:,} parameters · {words.plain(' · '.join(layer.type for layer in one.layers))}"
    )
    if one.run:
        st.page_link(
            "pages/classify.py",
            label="Type a review",
            icon=":material/edit_note:",
            query_params={"model": one.key},
        )

st.markdown(
    "**What counting words achieves.** Before a network is worth its time, it should beat something simple: count which words "
    "and pairs of neighbours occur, and give each a weight. That forgets all order beyond two words, and yet it is hard to beat: "
    "in a film review single words already tell a lot."
)
show_baselines(runs)
