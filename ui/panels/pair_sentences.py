"""Whether runs differ by more than chance: a sentence for each pair, and one where seeds agree."""

import streamlit as st

from imdb_core.data.nouns import nouns
from imdb_core.evaluation import comparisons
from imdb_core.evaluation.comparisons import Pair
from imdb_core.runs.store import Run
from ui.formats import escaped
from ui.run_sentences import p_value

MOST_PAIRS = 6


def show_pairs(pairs: dict[tuple[str, str], Pair], runs: dict[str, Run], titles: dict[str, str]) -> None:
    """Show the sentences; `runs` and `titles` by the keys that `pairs` holds."""
    for (first, second), pair in list(pairs.items())[:MOST_PAIRS]:
        things = nouns(runs[first].config.dataset).many
        st.text(_pair_sentence(pair, titles[first], titles[second], things))
    for agreement in comparisons.agreeing_seeds(runs, pairs):
        things = nouns(runs[agreement.better[0]].config.dataset).many
        better, worse = titles[agreement.better[0]], titles[agreement.worse[0]]
        seeds = f"{len(agreement.better)} against {len(agreement.worse)} runs"
        st.text(
            f"{better} is better than {worse}, also across seeds ({seeds}): in all {agreement.pairs} pairs "
            f"of seeds the better config is right on more {things}, in {agreement.significant} of them "
            "significantly."
        )
    left_out = f" The first {MOST_PAIRS} of {len(pairs)} pairs are shown." if len(pairs) > MOST_PAIRS else ""
    datasets = dict.fromkeys(runs[first].config.dataset for first, _ in pairs)
    things = escaped(" or ".join(dict.fromkeys(nouns(dataset).many for dataset in datasets)))
    st.caption(
        f"Exact McNemar test on the same test {things}, p corrected for all {len(pairs)} pairs of the chosen "
        f"runs (Holm 1979).{left_out} The test compares these trained networks; another seed may give "
        "another result. Train each config with several seeds and choose all of these runs: if the seeds "
        "agree, this page says so."
    )


def _pair_sentence(pair, first, second, things):
    return (
        f"Of {pair.reviews:,} test {things} {first} alone is right on {pair.only_first:,}, {second} alone on "
        f"{pair.only_second:,}: {p_value(pair)}; {_verdict(pair, first, second, things)}."
    )


def _verdict(pair, first, second, things):
    """Which of two runs is right more often on these texts, or that the difference may be chance."""
    if not pair.differs:
        return "the difference may well be chance"
    return f"on these {things} {first if pair.lead > 0 else second} is right more often than chance explains"
