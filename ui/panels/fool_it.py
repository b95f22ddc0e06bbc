"""Fool it: a small change of the typed text that turns the verdict. A view of "See inside"."""

import streamlit as st

from imdb_core.data.reading import LONGEST_TEXT, Reading
from imdb_core.scoring import fooling
from imdb_core.scoring.fooling import MOST_SWAPS, Attempt
from imdb_core.scoring.predictor import Predictor
from ui import change_list, messages
from ui.cancellation import cancellation_point
from ui.class_words import class_names
from ui.formats import counted, escaped, shortened, signed
from ui.panels.how_easily_fooled import FOOLED

HIGH, LONG = 260, 1500  # pixels of the box for a text of more than LONG characters
_ASKED, _ATTEMPT = "fool-asked", "fool-attempt"  # keys of st.session_state


def show_fool_it(network: Predictor, reading: Reading) -> None:
    """Show the button that starts the search, and what the search found for the text in the box.

    `reading` belongs to that text.
    """
    if not fooling.is_possible(network):
        st.caption(escaped(fooling.why_impossible(network.config.network)))
        return
    text = change_list.text_in_box()
    st.caption(
        f"Search for a small change that turns the verdict: at most {MOST_SWAPS} words, each swapped for a "
        "neighbour in this network's embedding that alone hardly changes the score. Near means near to this "
        "network: read whether the text still says the same."
    )
    key = (network.checksum, text)
    st.button(
        "Try to turn the verdict",
        icon=":material/swap_horiz:",
        key="fool",
        on_click=messages.clicked,
        args=(st.session_state.update, {_ASKED: key}),
    )
    if st.session_state.get(_ASKED) != key:
        return
    attempt = _attempt(network, text, key)
    names = class_names(network.config.classes)
    _show_result(attempt, names)
    if attempt.swaps:
        _show_text(attempt, reading)
        if len(text) < LONGEST_TEXT:  # else the box may hold more than this text
            _show_put_button(attempt)
    st.caption(
        "How many test texts of this network can be turned in this way: “Look into a run”, section "
        f"“{FOOLED}”."
    )


def _attempt(network, text, key):
    """The result for this text; from the session if only another part of the page has changed."""
    known, attempt = st.session_state.get(_ATTEMPT, (None, None))
    if known != key:
        with st.spinner(f"Searching, for at most {fooling.SECONDS:.0f} seconds …"):
            attempt = fooling.fool(network, text, seconds=fooling.SECONDS, pause=cancellation_point)
        st.session_state[_ATTEMPT] = key, attempt
    return attempt


def _show_result(attempt: Attempt, names: list[str]) -> None:
    """Whether the verdict turns, each swap with the scores before and after it, and what was tried."""
    verdict, swaps = escaped(names[attempt.verdict]), counted(len(attempt.swaps), "swapped word")
    if attempt.turned:
        st.markdown(f"**Turned with {swaps}**: from {verdict} to **{escaped(names[attempt.after])}**.")
    elif attempt.swaps:
        st.markdown(f"**Not turned.** The lowest score of {verdict}, with {swaps}:")
    else:
        st.markdown("**Not turned.** No swap lowers the score of the verdict.")
    before, lines = attempt, []
    for swap in attempt.swaps:
        old, new = (escaped(shortened(word)) for word in (swap.old, swap.new))
        lines.append(
            f"- “{old}” → “{new}” (similarity {swap.similarity:.2f}): {before.share:.1%} → "
            f"**{swap.share:.1%}** {verdict} (log-odds {signed(swap.log_odds - before.log_odds, 1)})"
        )
        before = swap
    st.markdown("\n".join(lines))
    ended = (
        ""
        if attempt.is_complete
        else (f" The search was ended after {fooling.SECONDS:.0f} seconds, before all was tried.")
    )
    st.caption(
        f"{counted(attempt.words, 'word')} and {counted(attempt.texts, 'changed text')} were tried.{ended}"
    )


def _show_text(attempt: Attempt, reading: Reading) -> None:
    """The text with each swapped word struck out, and the new word after an arrow."""
    parts, end = [], 0
    for swap in sorted(attempt.swaps, key=lambda swap: swap.place):
        start = reading.spans[swap.place][0]
        parts.append(f"{_spaced(attempt.text[end:start])}~~{escaped(swap.old)}~~ → **{escaped(swap.new)}**")
        end = reading.spans[swap.place][1]
    parts.append(_spaced(attempt.text[end:]))
    with st.container(border=True, height=HIGH if len(attempt.text) > LONG else "content"):
        st.markdown("".join(parts))


def _spaced(text: str) -> str:
    """`text` escaped, with a space at each end where it has any white space there."""
    first, last = (" " if side.isspace() else "" for side in (text[:1], text[-1:]))
    return f"{first}{escaped(text)}{last}" if text.strip() else first


def _show_put_button(attempt: Attempt) -> None:
    before, steps = attempt.text, []
    for swap in attempt.swaps:
        steps.append(change_list.WordChange(swap.old, swap.new, before, swap.text))
        before = swap.text
    st.button(
        "Put this text into the box",
        icon=":material/edit_note:",
        key="fool-put",
        help="The swaps are listed below, and can be undone one by one.",
        on_click=change_list.apply_all,
        args=(steps,),
    )
