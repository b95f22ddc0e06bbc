"""The networks, one at a time or side by side: layers, figures, and what differs between them."""

import streamlit as st

from imdb_core import architectures
from imdb_core.evaluation import baselines, tutorial_figures
from ui.charts import networks as charts
from ui.charts.baseline_lines import baseline_lines_text
from ui.charts.component import show_chart
from ui.csv_files import csv_download
from ui.empty_store import show_missing
from ui.formats import escaped
from ui.heading import page_heading
from ui.links import show_link
from ui.messages import read_or_show_error
from ui.pages import link_to
from ui.panels import network_choice, network_table
from ui.panels import tutorial_sentences as sentences
from ui.panels.baseline import show_baselines
from ui.panels.language_lesson import show_lesson
from ui.panels.network_card import show_card, show_diagram, show_links, show_words

networks = tutorial_figures.networks(architectures.names())
language_models = tutorial_figures.networks(architectures.language_models())
by_name = {network.network.name: network for network in [*networks, *language_models]}
trained = [network for network in networks if network.run]
runs = [network.run for network in trained]

page_heading(link_to("learn").title)
st.markdown(
    "Each network turns words into numbers and these into an answer. "
    f"Choose one, or up to {network_choice.MOST} to see what differs."
)
if not trained:
    show_missing(
        "There is no pretrained network (the folder pretrained/ is missing or empty), so nothing measured is "
        "shown. Train a network to get figures of your own."
    )
chosen = [by_name[name] for name in network_choice.chosen_networks()]
first, *others = chosen
if others:
    for column, network in zip(st.columns(len(chosen)), chosen, strict=True):
        with column:
            show_card(network, None if network is first else first)
    st.subheader("What differs")
    network_table.show_differences(chosen)
else:
    st.subheader(escaped(first.title))
    left, middle, right = st.columns([3, 4, 4])
    with left:
        show_diagram(first)
    with middle:
        show_words(first)
    with right:
        network_table.show_figures(first)
        show_links(first)
if any(network in language_models for network in chosen):
    show_lesson()

st.subheader("Published and measured here")
shown = [network for network in networks if network.has_accuracy]
baseline_lines = [
    (f"TF-IDF baseline {row.test_accuracy:.2%}", row.test_accuracy) for row in baselines.computed_for(runs)
]
baseline = baseline_lines[0] if baseline_lines else None
text = f"{charts.accuracies_text(shown)}{baseline_lines_text('accuracy', runs)}."
names = [network.network.name for network in chosen]
show_chart(charts.published_and_measured(shown, baseline, names), key="published", alt=text)
with st.container(horizontal=True, vertical_alignment="center"):
    csv_download(charts.accuracy_columns(shown, baseline), file_name="published-and-here.csv")
    alike = read_or_show_error(tutorial_figures.most_alike, networks)
    if alike:
        pair = ",".join(network.key for network in alike[:2])
        show_link("compare", f"Compare {escaped(alike[0].title)} and {escaped(alike[1].title)}", runs=pair)
    if trained:
        show_link("compare", "Compare all", runs=",".join(network.key for network in trained))
if without := [network.title for network in networks if not network.has_accuracy]:
    st.caption(escaped(f"No figure yet: {', '.join(without)}; train them to get figures of your own."))
with st.expander("How to read this page, and what its figures do not tell", icon=":material/query_stats:"):
    for title, text in sentences.explanations(networks, first, alike).items():
        st.markdown(f"**{title}.** {escaped(text)}")
    show_baselines(runs)
