"""The run doctor on the Watch page: what stands out in a run, and the one setting to change next."""

import streamlit as st

from imdb_core.evaluation import doctor
from imdb_core.runs.store import Run
from ui.formats import escaped
from ui.labels import choice, label
from ui.links import show_link


def show_doctor(run: Run, key: str) -> None:
    """Show the findings, and a link to the form with the values of this run and one setting changed."""
    findings = doctor.findings(run)
    with st.container(border=True):
        st.subheader("Run doctor")
        if not findings:
            st.markdown(escaped(doctor.healthy_sentence(run)))
        for finding in findings:
            st.markdown(f"**{finding.title}.** {escaped(finding.explanation)}")
        change = next((finding.try_next for finding in findings if finding.try_next), {})
        for name, value in change.items():
            old = getattr(run.config, name)
            st.markdown(escaped(f"Try next: {label(name)} {choice(value)} instead of {choice(old)}."))
            link = {"from": key, "change": f"{name}={value}"}
            show_link("train", "Try this", icon="tune", **link)
