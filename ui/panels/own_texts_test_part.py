"""Which texts are the test part: given with the file, a file of its own, or a share.

Called by the page "Your texts".
"""

import streamlit as st

from imdb_core.data.own import limits
from ui import messages
from ui.panels.own_texts_draft import Draft, controlled
from ui.panels.own_texts_file import chosen_test_file

_SHARE, _FILE = "a share of these texts", "a file of its own"


def show_test_part(draft: Draft) -> None:
    """Show where the test texts come from; the widgets change the draft."""
    choices = draft.choices
    if draft.proposal.test == "given" and not choices.test_path:
        st.markdown("The file says which texts are for training and which for the test. This split is kept.")
        return
    kept = f"own-test-{draft.number}"
    way = controlled(
        draft,
        "test-way",
        st.session_state.get(kept, _SHARE),
        lambda chosen: st.session_state.update({kept: chosen}),
        lambda **more: st.segmented_control("The test part is", [_SHARE, _FILE], required=True, **more),
    )
    if way == _FILE:
        path = chosen_test_file()
        _use_test_file(draft, str(path) if path else "")
        return
    _use_test_file(draft, "")
    _show_share(draft)


def _show_share(draft: Draft) -> None:
    with st.container(horizontal=True):
        controlled(
            draft,
            "share",
            round(100 * draft.choices.test_share),
            lambda percent: draft.choose(test_share=percent / 100),
            lambda **more: st.slider(
                "Share of each class",
                round(100 * limits.LOWEST_TEST_SHARE),
                round(100 * limits.HIGHEST_TEST_SHARE),
                format="%d %%",
                width=300,
                **more,
            ),
        )
        controlled(
            draft,
            "seed",
            draft.choices.seed,
            lambda seed: draft.choose(seed=seed),
            lambda **more: st.number_input(
                "Seed", 0, 2**32 - 1, help="Another seed draws other test texts.", width=150, **more
            ),
        )


def _use_test_file(draft: Draft, path: str) -> None:
    """Set the path of the test file; a change reads the file again."""
    if draft.choices.test_path != path:
        draft.choose(test_path=path)
        messages.refresh()
