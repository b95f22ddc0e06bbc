"""The networks side by side: layers, published and measured accuracy, what their differences teach."""

import streamlit as st

from imdb_core import architectures
from imdb_core.evaluation import baselines, tutorial_figures
from ui.charts import networks as charts
from ui.charts.baseline_lines import baseline_lines_text
from ui.charts.component import show_chart
from ui.csv_files import csv_download
from ui.formats import escaped, percent
from ui.heading import page_heading
from ui.messages import read_or_show_error
from ui.panels import tutorial_sentences as sentences
from ui.panels.baseline import show_baselines
from ui.panels.network_card import show_card

tutorial = architectures.tutorial_names()
networks = tutorial_figures.networks(tutorial)
further = tutorial_figures.networks([name for name in architectures.names() if name not in tutorial])
first, trained = networks[0], [network for network in networks if network.run]
runs = [network.run for network in trained]

page_heading(f"Learn: the {len(networks)} networks")
st.markdown(
    "One question: is this film review positive? Each network below reads a review as numbers, one per word, "
    "and answers with one probability. They differ in what happens in between. *Published* is the tutorial's "
    "test accuracy. *Here* is the test accuracy of this project's pretrained network, with the interval in "
    "which the true accuracy lies with 95 % confidence (Wilson)."
)
if not trained:
    st.info(
        "There is no pretrained network (the folder pretrained/ is missing or empty), so measured figures "
        "are left out. Train a network to get figures of your own.",
        icon=":material/info:",
    )
with st.container(horizontal=True, gap="small"):
    height = charts.diagram_height(max(len(network.layers) for network in networks))
    for network in networks:
        show_card(network, height)
st.caption(
    "Data flows downwards. A box names a layer, the shape of its output (positions × numbers per position, "
    "or just numbers) and its number of parameters. A layer with a dotted box has no parameters. Training "
    "times are those of the machine that trained the network."
)

st.subheader("Published and measured here")
baseline_lines = [
    (f"TF-IDF baseline {row.test_accuracy:.2%}", row.test_accuracy) for row in baselines.computed_for(runs)
]
baseline = baseline_lines[0] if baseline_lines else None
text = f"{charts.accuracies_text(networks)}{baseline_lines_text('accuracy', runs)}."
show_chart(charts.published_and_measured(networks, baseline), key="published", alt=text)
csv_download(charts.accuracy_columns(networks, baseline), file_name="published-and-here.csv")

st.subheader("What the differences teach")
pairs = read_or_show_error(tutorial_figures.against, first, networks[1:]) or {}
for network in networks:
    facts = sentences.facts(network, first, pairs.get(network.network.name))
    st.markdown(f"**{escaped(network.title)}.** {escaped(f'{network.network.teaches} {facts}')}")
overfitted = tutorial_figures.learned_by_heart(networks)
st.markdown(f"**Why validation counts.** {escaped(sentences.validation(networks, overfitted))}")
alike = read_or_show_error(tutorial_figures.most_alike, networks)
st.markdown(f"**Why one test figure is not enough.** {escaped(sentences.one_figure(networks, alike))}")
with st.container(horizontal=True):
    if alike:
        st.page_link(
            "pages/compare.py",
            label=f"Compare {escaped(alike[0].title)} and {escaped(alike[1].title)}",
            icon=":material/compare_arrows:",
            query_params={"runs": ",".join(network.key for network in alike[:2])},
        )
    if trained:
        st.page_link(
            "pages/compare.py",
            label="Compare all",
            icon=":material/compare_arrows:",
            query_params={"runs": ",".join(network.key for network in trained)},
        )
    st.page_link("pages/train.py", label="Train with several seeds", icon=":material/model_training:")

st.subheader("Beyond the tutorials")
st.markdown("Other networks for the same question. The same form trains them, with presets of their own.")
for network in further:
    description = f"{network.network.in_plain_words} {network.network.teaches}"
    st.markdown(f"**{escaped(network.title)}.** {escaped(description)}")
    measured = (
        f"right on {percent(network.accuracy)} of the test reviews · " if network.accuracy is not None else ""
    )
    layers = escaped(" · ".join(layer.type for layer in network.layers))
    st.caption(f"{measured}{network.parameters:,} parameters · {layers}")
    if network.run:
        st.page_link(
            "pages/classify.py",
            label="Type a review",
            icon=":material/edit_note:",
            query_params={"model": network.key},
        )

st.markdown(
    "**What counting words achieves.** A network is worth its training time only if it beats a simple "
    "method: count which words and pairs of neighbouring words occur, and give each a weight. Counting "
    "ignores the order of words beyond such pairs, and yet it is hard to beat, because single words of a "
    "film review already tell a lot."
)
show_baselines(runs)
