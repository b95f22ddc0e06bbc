"""Pages show a sentence for a hostile model, and scoring ends when its visitor has left."""

import hashlib
import json

import pytest
from streamlit.testing.v1 import AppTest

from imdb_core.runs import layout
from imdb_core.scoring import predictor
from tests import hostile_models
from tests.faults.support.sample_runs import Tab, trained_copy

REVIEW = "a wonderful film with a superb story"


@pytest.fixture(scope="module")
def tabs():
    """One page of each kind, shown again and again."""
    return {}


HOSTILE = {
    "7.5 as a probability": hostile_models.constant(7.5).SerializeToString,
    "NaN as a probability": hostile_models.constant(float("nan")).SerializeToString,
    "attention of 750 %": hostile_models.attending(7.5).SerializeToString,
    "a loop": hostile_models.STRUCTURES["an endless loop"],
    "a terabyte": hostile_models.SIZES["a terabyte by Expand"],
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", ["classify", "compare"])
def test_every_page_that_scores_shows_a_sentence_for_a_hostile_model(name, kind, tabs):
    run, content = trained_copy(), HOSTILE[kind]()
    (run.folder / layout.MODEL).write_bytes(content)
    model = json.loads((run.folder / layout.MODEL_FACTS).read_bytes())
    model["sha256"][layout.MODEL] = hashlib.sha256(content).hexdigest()
    (run.folder / layout.MODEL_FACTS).write_text(json.dumps(model))
    tab = tabs.setdefault(name, Tab(name))
    tab.app.session_state["review"] = {"text": REVIEW, "characters": len(REVIEW)}
    app = tab.show(**({"model": run.id} if name == "classify" else {"runs": run.id}))
    errors = [error.value for error in app.error]
    assert any("cannot be used" in error.replace("\\", "") for error in errors), errors
    assert predictor.load(trained_copy().folder).score(REVIEW)


def test_a_computation_ends_at_its_next_pause_when_the_visitor_types_on():
    def script():
        import streamlit as st
        from streamlit.runtime.scriptrunner import get_script_run_ctx
        from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

        from ui.cancellation import cancellation_point

        runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
        cancellation_point()
        if runs == 1:
            get_script_run_ctx().script_requests.request_rerun(RerunData())
            cancellation_point()
            st.text("went on although nobody waits")
        st.text(f"run {runs}")

    app = AppTest.from_function(script, default_timeout=60).run()
    assert [text.value for text in app.text] == ["run 2"]
