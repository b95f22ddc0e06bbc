"""One network's answer: verdict, curve, words with effects, attention, inside. Called by live_score.

Verdict and curve have a fixed height and stand above everything that grows with the text. They keep their
place before and while the visitor types.
"""

import streamlit as st

from imdb_core import answers
from imdb_core.scoring import explanations
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, at_most
from ui import change_list, word_menu
from ui.cancellation import cancellation_point
from ui.class_choice import chosen_class
from ui.formats import shortened
from ui.messages import read_or_show_error
from ui.panels import word_marks
from ui.panels.changed_words import show_changed_words
from ui.panels.inside import chosen_view, show_view
from ui.verdict import show_no_verdict, show_verdict

EXPLAINED_WORDS = 250  # a longer text is explained only on request, because that takes seconds
_EXPLAINED = "explained-text"  # key of st.session_state: the last text, with its effects and curve


def show_explained_score(network: Predictor, text: str, *, whole: bool, idea: str) -> None:
    """Show what the network says about `text`; `whole` is False if the box holds more than `text`.

    `idea` is a further sentence for a visitor who has not typed yet.
    """
    top = st.container()  # an error stands below it: typing passes through words that no network knows
    score = read_or_show_error(network.score, text) if text.strip() else None
    with at_most(EXPLAIN_SECONDS, cancellation_point) as limit:
        if score is None:
            of = answers.reported((0.0,) * len(network.config.classes))
            with top:
                _show_room(network.config.classes, of, is_empty=not text.strip())
            if not text.strip():
                st.caption(f"The score appears here as you type.{idea}")
        else:
            with top:
                show_verdict(score)
            of = _explain(network, text, score, limit, whole)
        read_or_show_error(show_changed_words, network, of, limit)


def _show_room(classes, of, *, is_empty):
    """Verdict and curve without a score, as high as with one."""
    show_no_verdict(classes, "No score yet" if is_empty else "No score")
    missing = "The score appears here as you type." if is_empty else "No score: the reason stands below."
    word_marks.show_running_score(None, None, classes=classes, of=of, missing=missing)


def _explain(network, text, score, limit, whole):
    """Everything below the verdict; returns the class whose share is explained."""
    reading, classes = score.reading, score.classes
    of = chosen_class(
        "Show the effect on",
        classes,
        default=score.reported,
        link="of",
        of_default=f"its verdict, {shortened(score.label, 40)}",
    )
    curve_place = st.container()
    words_read = reading.words_read
    _show_counts(network, reading, words_read)
    with st.container():  # always there: what follows keeps its place, so the browser keeps its charts
        explained = words_read <= EXPLAINED_WORDS or st.toggle(
            "Explain this long text (takes a second or two)", key="explain"
        )
    words_place, inside_place = st.container(), st.container(key="inside-the-network")
    with inside_place:
        view = chosen_view(network)
        if view and view.is_quick:  # the browser draws it while the words' effects are computed
            with at_most(EXPLAIN_SECONDS, cancellation_point) as limit_of_view:
                show_view(view, network, reading, of, limit_of_view)
    with words_place:
        explanation = explained and read_or_show_error(_explanation, network, text, reading, of, limit)
    effects, curve = explanation or ((), None)
    with curve_place:
        missing = "" if explained else "This text is long: it is explained on request, below."
        word_marks.show_running_score(reading, curve, classes=classes, of=of, missing=missing)
    with words_place:
        _show_words(network, text, reading, effects, of, limit, whole)
        if curve:
            word_marks.running_score_download(reading, curve, classes, of)
    if view and not view.is_quick:
        with inside_place:
            show_view(view, network, reading, of, limit, effects)
    return of


def _show_words(network, text, reading, effects, of, limit, whole):
    """The words with their effects and the attention that they get."""
    menu = word_menu.menu(network) if whole else None
    changed = _change(text, reading) if whole else lambda: None
    word_marks.show_words(reading, effects, network.config.classes, of, menu=menu, changed=changed)
    word_marks.show_attention(reading, read_or_show_error(network.attention, reading, limit))


def _change(text, reading):
    """The callback of a choice from a word's menu: it changes the text that is shown now."""
    return lambda: change_list.apply_change(text, reading, word_menu.chosen())


def _explanation(network, text, reading, of, limit):
    """(effects, curve); from the session if only a menu was opened or a list cleared."""
    key = (network.checksum, text, of)
    known, explanation = st.session_state.get(_EXPLAINED, (None, None))
    if known != key:
        effects = explanations.word_effects(network, text, limit, of=of)
        explanation = effects, explanations.running_score(network, reading, limit, of=of)
        st.session_state[_EXPLAINED] = key, explanation
    return explanation


def _show_counts(network, reading, words_read):
    padding = f"; {reading.padding} empty positions added at the beginning" if reading.padding else ""
    unit, unknown = network.vocabulary.unit, len(reading.unknown)
    st.caption(
        f"{len(reading.words):,} {unit}: {words_read - unknown:,} read, {unknown:,} unknown to this network, "
        f"{reading.cut:,} cut off at the beginning{padding}."
    )
