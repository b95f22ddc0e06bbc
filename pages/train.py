"""Choose a network and its hyperparameters, see exactly what it will be, and start it."""

import streamlit as st

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.data.nouns import nouns
from imdb_core.errors import ConfigError
from imdb_core.runs import devices, standby, store
from ui import forms, messages
from ui.formats import escaped
from ui.heading import page_heading
from ui.panels import data_set_choice

MOST_SEEDS = 10

page_heading("Train a network")
template, change = forms.changed(forms.template(st.query_params.get("from")), st.query_params.get("change"))
if gone := data_set_choice.gone_sentence(template):
    st.warning(escaped(gone), icon=":material/delete:")
network = st.segmented_control(
    "Network",
    architectures.names(),
    format_func=lambda name: architectures.get(name).title,
    default=template.network if template else "cnn_lstm_dense",
    required=True,
    key="network",
)
fitting = template if template and template.network == network else None
start = fitting or configs.preset(network, tuned=forms.tuned(network))
if change and fitting:
    st.info(escaped(change), icon=":material/tune:")
st.markdown(f"**What it does.** {architectures.get(network).in_plain_words}")

dataset = data_set_choice.chosen_data_set(start.dataset)
tokenizer = data_set_choice.chosen_tokenizer(dataset, start.tokenizer)
values = forms.hyperparameters(network, start)
name = st.text_input("Name (optional)", max_chars=80, placeholder="what you want to find out", key="name")
noun = nouns(dataset).one
probes = st.text_area(
    f"Probe {noun}s (optional)",
    start.probes,
    height=100,
    placeholder=f"{noun.capitalize()}s of your own, one per line, at most 5: "
    "you will see what the network thinks of them after each epoch.",
    key=f"probes.{network}.{start.probes}",
)
try:
    names = {"dataset": dataset, "tokenizer": tokenizer, "name": name, "probes": probes}
    config, problem = configs.preset(network, **names, **values), None
except ConfigError as error:
    config, problem = data_set_choice.on_data_set(start, dataset, tokenizer), str(error)
if problem:
    st.error(escaped(problem), icon=":material/error:")
standby.keep_ready(config)

seeds = st.number_input(
    "Seeds",
    1,
    MOST_SEEDS,
    1,
    help="Queue the same config with this many seeds, to see how much of the result is chance.",
    width=forms.WIDGET_WIDTH,
    key="seeds",
)
# The ids are kept until the form is shown without a click. So a double click starts each run only once.
pressed = st.button(
    "Start training", type="primary", icon=":material/play_arrow:", disabled=bool(problem), key="start"
)
if pressed and not problem:
    ids = st.session_state.setdefault("next-ids", [store.new_id() for _ in range(MOST_SEEDS)])[:seeds]
    if messages.perform(forms.start, config, ids):
        if seeds == 1:
            st.switch_page("pages/watch.py", query_params={"run": ids[0]})
        st.switch_page("pages/runs.py")
    messages.show()  # beside the button, which is far below the title
else:
    st.session_state["next-ids"] = [store.new_id() for _ in range(MOST_SEEDS)]

forms.layer_table(config)
gpus = devices.gpus()
forms.cost_before_start(config, store.runs(), gpus)
forms.device_list(gpus, devices.cpu_cores())
