"""Choose a network and its hyperparameters, see exactly what it will be, and start it."""

import streamlit as st

from imdb_core import config as configs
from imdb_core.config import doubts, problems
from imdb_core.data.nouns import nouns
from imdb_core.runs import devices, places, store
from imdb_core.sweeps import doubts as sweep_doubts
from imdb_core.sweeps import starting
from ui import forms, kept_form, labels, messages, training_links, varying
from ui.charts.component import load_ahead
from ui.formats import escaped
from ui.heading import page_heading
from ui.hyperparameter_fields import Fields
from ui.links import show_link
from ui.pages import link_to
from ui.panels import data_set_choice, training_cost

MOST_SEEDS = 10


page_heading("Train a network")
kept_form.restore()
template, owner = training_links.template(st.query_params.get("from"), st.query_params.get("network"))
template, change = training_links.changed(template, st.query_params.get_all("change"), owner)
if gone := data_set_choice.gone_sentence(template):
    st.warning(escaped(gone), icon=":material/delete:")

left, right = st.columns(2)
with left:
    network = forms.network(template.network if template else "cnn_lstm_dense")
    st.caption(forms.in_one_sentence(network))
    show_link("learn", "About the networks")
    tuned = forms.tuned(network)
    place = forms.place(template.place if template else places.HERE)
fitting = template if template and template.network == network else None
start = fitting or configs.preset(network, tuned=tuned)
with right:
    dataset = data_set_choice.chosen_data_set(st.query_params.get("dataset", start.dataset))
    tokenizer = data_set_choice.chosen_tokenizer(dataset, start.tokenizer)
data_set_choice.show_if_missing(dataset)
if change and fitting:
    st.info(escaped(change), icon=":material/tune:")

options = {"teacher": forms.teachers_of(dataset), "start_from": forms.language_models_of()}
fields = Fields(network, start, owner if fitting else problems.PRESET, options)
values = forms.main_hyperparameters(fields)
sweep_place = st.container()
start_row = st.container(key="start-row", horizontal=True, vertical_alignment="center")
taught, generations = forms.teaching(fields, dataset)
values |= forms.more_hyperparameters(fields) | taught | forms.starting(fields)
things = nouns(dataset)
with st.expander(f"Name, probe {escaped(things.many)}, seeds, link", icon=":material/label:"):
    name = st.text_input("Name (optional)", max_chars=80, placeholder="what you want to find out", key="name")
    with fields.place("probes", width="stretch"):
        probes = st.text_area(
            f"Probe {escaped(things.many)} (optional)",
            start.probes,
            height=100,
            placeholder=forms.about_probes(network, things.many),
            key=f"probes.{network}.{start.probes}",
        )
    seeds = 1
    if not fields.ranges:  # a sweep has a field of its own for its seeds
        seeds = st.number_input(
            "Seeds",
            1,
            MOST_SEEDS,
            1,
            help="Queue the same config with this many seeds, to see how much of the result is chance.",
            width=200,
            key="seeds",
        )
    link_place = st.container()
settings = {}
if fields.ranges:
    with sweep_place:
        settings = forms.sweep_settings(fields)
kept_form.keep()

names = {"dataset": dataset, "tokenizer": tokenizer, "name": name, "probes": probes, "place": place}
config, wrong = forms.checked(start, names, values)
sweep, wrong_in_sweep = forms.sweep(config, name, fields, settings)
wrong = (*wrong, *wrong_in_sweep)
places.named(config.place).get_ready(config)
gpus, listed = devices.gpus(), store.runs()
estimated = training_cost.estimate(config, listed, gpus)
seconds = estimated[0].seconds
chosen = {**values, **names, **settings, **varying.flat(fields.ranges)}
doubted = doubts.doubts(config, start, seconds) + sweep_doubts.doubts([*fields.ranges.values()], config)
to_correct, doubtful = fields.show(wrong, doubted, chosen)
with start_row:
    # The ids are kept until the form is shown without a click. So a double click starts each run only once.
    does = "Start the sweep" if fields.ranges else "Start training"
    pressed = st.button(does, type="primary", icon=":material/play_arrow:", disabled=bool(wrong), key="start")
    if wrong:
        st.markdown(escaped(f"Correct {labels.listed(to_correct)} first."))
    else:
        cost = training_cost.in_one_line(config, seconds, gpus)
        if sweep:
            cost = training_cost.of_sweep_in_one_line(starting.at_most(sweep, listed, gpus))
        st.markdown(escaped(cost))
        if doubtful:
            st.caption(escaped(f"Worth a second look: {labels.listed(doubtful)}."))
if pressed and not wrong:
    ids = st.session_state.setdefault("next-ids", forms.new_ids(MOST_SEEDS))[: seeds * generations]
    if sweep and messages.perform(starting.start, sweep, ids[0]):
        st.switch_page(link_to("sweeps").file, query_params={"sweep": ids[0]})
    if not sweep and messages.perform(forms.start, config, ids, generations):
        if len(ids) == 1:
            st.switch_page(link_to("watch").file, query_params={"run": ids[0]})
        st.switch_page(link_to("runs").file)
    messages.show()  # beside the button, which is far below the title
else:
    st.session_state["next-ids"] = forms.new_ids(MOST_SEEDS)
if not wrong:
    with link_place:
        st.caption("A link to the form with these settings (without name, probes, seeds and generations):")
        st.code(f"{st.context.url}?{training_links.link(config)}", language=None, wrap_lines=True)

st.subheader("Cost and layers")
training_cost.show_cost(config, estimated, gpus)
training_cost.show_layers(config)
training_cost.show_devices(gpus, devices.cpu_cores())
load_ahead()  # the curves of the run that is started here
