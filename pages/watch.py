"""One run, live: curves, progress, log, stop. The run's id is in the link, so a reload finds it again."""

import streamlit as st

from imdb_core import config as configs
from imdb_core import script
from imdb_core.evaluation import balance, doctor
from imdb_core.runs import launcher, notes, store
from imdb_core.runs.progress import refresh_seconds, progress
from imdb_core.scoring import models
from ui import charts, messages, words
from ui.parts import csv_download, linked_choice, page_heading, small_table, state_badge, tab_title, tried
from ui.run_buttons import after_failure, run_buttons


def chosen_run():
    """(key, run) chosen by the link or the box. A function, so that open tabs do not keep the list of all
    runs in memory.
    """
    shown = {run.id: run for run in launcher.runs()} | {model.key: model.run for model in models.pretrained()}
    wanted = st.query_params.get("run")
    if wanted and wanted not in shown:
        page_heading("Watch a run")
        tried(store.find, wanted)  # says why not
        st.page_link("pages/runs.py", label="All runs", icon=":material/list_alt:")
        st.stop()
    if not shown:
        page_heading("Watch a run")
        st.info("No run yet. Start one and its curves grow here.", icon=":material/info:")
        st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
        st.stop()
    titles = {
        key: f"{run.name} · {'pretrained' if key != run.id else run.state}" for key, run in shown.items()
    }
    key = linked_choice("Run", titles, link="run")
    return key, store.read(shown[key].folder)  # thoroughly, as live() does, so that both see the same state


chosen, run = chosen_run()
page_heading(run.name, tab=words.tab(run), verbatim=True)
if run.damaged:
    state_badge(run)
    st.error(words.plain(f"This run is damaged: {run.damaged} Other runs are not affected."))
    run_buttons(run, chosen)
    st.stop()
run_buttons(run, chosen)
moving = run.active or run.state == "queued"
interval = refresh_seconds(run) if moving else None


@st.fragment(run_every=interval)
def live():
    """Reads the run's folder anew; when the state changes, or looks can be rarer, the whole page follows."""
    now = store.read(run.folder)
    if now.state != run.state or (interval and refresh_seconds(now) > interval):
        if run.state == "queued" or not now.active:
            launcher.runs()
        messages.refresh()
    headline(now)
    if now.metrics:
        for column, measure in zip(st.columns(2), charts.MEASURES, strict=True):
            with column:
                charts.show_learning_curves(now, measure)
        if (
            not now.active
        ):  # while the run is active, each rerun would replace the file before it is downloaded
            csv_download(charts.curve_columns(now), file_name="curves.csv")
        if now.config.probe_reviews:
            charts.show_probes(now)
    if doctor.ready(now):
        show_doctor(now)
    with st.expander("Log", icon=":material/terminal:"):
        st.code(now.log_tail() or "The log is empty: nothing to report.", language=None)


def headline(now):
    """State, progress and the figures of the moment, or how the run ended."""
    state_badge(now)
    for sentence in notes.notes(now):
        st.warning(words.plain(sentence), icon=":material/warning:")
    if now.state == "queued":
        queue = [run.id for run in reversed(launcher.runs()) if run.state == "queued"]
        place = f"number {queue.index(now.id) + 1} in the queue" if now.id in queue else "its turn has come"
        st.info(f"Waiting for a free slot: {place}. It starts by itself.", icon=":material/hourglass_empty:")
    how = progress(now)
    tab_title(words.tab(now))
    if now.active:
        left = f", about {words.duration(how.seconds_left)} left" if how.seconds_left is not None else ""
        st.progress(
            how.share, f"{how.share:.0%} — epoch {how.epoch} of {how.epochs}{left} — {words.plain(how.activity)}"
        )
    elif now.message:
        (st.error if now.state == "failed" else st.info)(words.plain(now.message))
        after_failure(now, chosen)
    figures(now, how)


def show_doctor(now):
    """What stands out in the run, and the one setting to change next."""
    found = doctor.findings(now)
    with st.container(border=True):
        st.subheader("Run doctor")
        if not found:
            st.markdown(words.plain(doctor.healthy_sentence(now)))
        for finding in found:
            st.markdown(f"**{finding.title}.** {words.plain(finding.explanation)}")
        for name, value in next((finding.try_next for finding in found if finding.try_next), {}).items():
            old = getattr(now.config, name)
            st.markdown(
                words.plain(
                    f"Try next: {words.label(name)} {words.choice(value)} instead of {words.choice(old)}."
                )
            )
            link = {"from": chosen, "change": f"{name}={value}"}
            st.page_link("pages/train.py", label="Try this", icon=":material/tune:", query_params=link)


def figures(now, how):
    """The figures of the moment, with units."""
    started, skill = now.event("started"), None if now.active else balance.beside_accuracy(now)
    if not started:
        return
    speed = f"{how.words_per_second:,.0f}" if how.words_per_second else "not known yet"
    cells = [
        (
            words.KEPT_ACCURACY.capitalize(),
            words.percent(now.best["val_accuracy"]) if now.best else "no epoch yet",
        ),
        ("Test accuracy", words.percent(now.test_accuracy)),
        *([("Balanced test accuracy", words.percent(skill.balanced_accuracy))] if skill else []),
        *([("Area under the ROC curve", words.area(skill.roc_area))] if skill else []),
        ("Words per second", speed),
        ("Device", words.device(started)),
        ("Memory", words.gigabytes(how.memory)),
    ]
    with st.container(horizontal=True):
        for label, value in cells:
            st.metric(label, value, border=True)
    st.caption(words.plain(words.kept(now)))
    if skill:
        st.warning(words.plain(words.uneven(skill.balance, "test")), icon=":material/balance:")


live()
with st.expander("Hyperparameters of this run", icon=":material/tune:"):
    st.code(configs.command(run.config), language="bash")
    used = run.config.used()
    values = [words.plain(value) for value in used.values()]
    small_table({"hyperparameter": [words.label(name) for name in used], "value": values})
with st.expander("The same as a plain Keras script", icon=":material/code:"):
    source = script.plain_script(run.config)
    st.download_button(
        "Download the script", source, f"{run.network}.py", "text/x-python", on_click="ignore", key="script"
    )
    st.code(source, language="python")
