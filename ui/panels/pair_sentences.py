"""Whether runs differ by more than chance: sentences, a matrix of all pairs, and where seeds agree.

Up to MOST_SENTENCES pairs have a sentence each. More pairs are a matrix, and sentences name what matters: the
best run, and the baseline run.
"""

import streamlit as st

from imdb_core.data import sources
from imdb_core.data.nouns import nouns
from imdb_core.evaluation import comparable, comparisons, seeds
from imdb_core.evaluation.comparisons import Pair
from ui.compared_runs import ComparedRun
from ui.formats import escaped, signed
from ui.run_marks import Cell, Part, show_lines, show_table, text
from ui.run_sentences import p_number, p_value

MOST_SENTENCES = 6  # pairs of four runs
MOST_NAMED = 4  # runs in a list within a sentence

Pairs = dict[tuple[str, str], Pair]


def show_pairs(pairs: Pairs, runs: list[ComparedRun], baseline: ComparedRun | None) -> None:
    """Show what the pairs (by the keys of their runs) say about the `runs` that they hold."""
    tested = {run.key: run for run in runs if any(run.key in keys for keys in pairs)}
    if len(pairs) <= MOST_SENTENCES:
        lines = [_pair_sentence(pair, tested[a], tested[b]) for (a, b), pair in pairs.items()]
    else:
        lines = _summaries(tested, pairs, baseline)
    lines += [_seeds_sentence(agreement, tested) for agreement in _agreeing(tested, pairs)]
    show_lines(lines, key="pairs")
    if len(pairs) > MOST_SENTENCES:
        _show_matrix(tested, pairs)
    datasets = dict.fromkeys(run.run.config.dataset for run in tested.values())
    things = escaped(" or ".join(dict.fromkeys(nouns(dataset).many for dataset in datasets)))
    st.caption(
        f"Exact McNemar test on the same test {things}, p corrected for all {len(pairs)} pairs of the chosen "
        "runs (Holm 1979). The test compares these trained networks; another seed may give another result. "
        "Train each config with several seeds and choose all of these runs: if the seeds agree, this page "
        "says so."
    )


def _agreeing(tested, pairs):
    return seeds.agreeing_seeds({key: run.run for key, run in tested.items()}, pairs)


def _pair_sentence(pair: Pair, first: ComparedRun, second: ComparedRun) -> list[Part]:
    things = _things(first)
    better = first if pair.lead > 0 else second
    verdict: list[Part] = ["the difference may well be chance."]
    if pair.differs:
        verdict = [f"on these {things} ", better.mark, " is right more often than chance explains."]
    return [
        f"Of {pair.reviews:,} test {things} ",
        first.mark,
        f" alone is right on {pair.only_first:,}, ",
        second.mark,
        f" alone on {pair.only_second:,}: {p_value(pair)}; ",
        *verdict,
    ]


def _summaries(
    tested: dict[str, ComparedRun], pairs: Pairs, baseline: ComparedRun | None
) -> list[list[Part]]:
    """A paragraph on the best run of each data set, and one on the baseline run if it is another run."""
    groups = comparable.by_data_set({key: run.run for key, run in tested.items()})
    leading = {name: _leader([tested[key] for key in keys], pairs) for name, keys in groups.items()}
    lines = []
    for name, run in leading.items():
        on = f" on {sources.title(name)}" if len(leading) > 1 else ""
        lines.append(_summary(f"The most accurate run{on} is ", run, tested, pairs))
    if baseline and baseline.key in tested and baseline not in leading.values():
        lines.append(_summary("The baseline run is ", baseline, tested, pairs))
    return lines


def _summary(start: str, run: ComparedRun, tested: dict[str, ComparedRun], pairs: Pairs) -> list[Part]:
    """The runs that differ from `run` by more than chance, and the runs whose difference may be chance."""
    parts: list[Part] = [start, run.mark, "."]
    compared = {key: comparisons.pair_of(pairs, run.key, key) for key in tested}
    against = {key: pair for key, pair in compared.items() if pair}
    kinds = {
        f" On these {_things(run)} it is right more often than chance explains, compared with ": (
            lambda pair: pair.differs and pair.lead > 0
        ),
        " It is right less often than chance explains, compared with ": (
            lambda pair: pair.differs and pair.lead < 0
        ),
        " The difference may well be chance, compared with ": lambda pair: not pair.differs,
    }
    for words, belongs in kinds.items():
        named = [tested[key] for key, pair in against.items() if belongs(pair)]
        if named:
            parts += [words, *_listed(named, others=len(against)), "."]
    return parts


def _listed(runs: list[ComparedRun], *, others: int) -> list[Part]:
    """The runs as “A, B and C”. Of many runs, only how many they are, and how many `others` there are."""
    if len(runs) == others > 1:
        return [f"each of the {others} other runs"]
    if len(runs) > MOST_NAMED:
        return [f"{len(runs)} of the {others} other runs"]
    parts: list[Part] = []
    for number, run in enumerate(runs):
        if number:
            parts.append(" and " if number == len(runs) - 1 else ", ")
        parts.append(run.mark)
    return parts


def _leader(runs: list[ComparedRun], pairs: Pairs) -> ComparedRun:
    """The run that leads in the most pairs; if several runs do, the first of them."""

    def led(run):
        compared = (comparisons.pair_of(pairs, run.key, other.key) for other in runs)
        return sum(pair.lead > 0 for pair in compared if pair)

    return max(runs, key=led)


def _seeds_sentence(agreement: seeds.SeedsAgree, tested: dict[str, ComparedRun]) -> list[Part]:
    better, worse = tested[agreement.better[0]], tested[agreement.worse[0]]
    counts = f"{len(agreement.better)} against {len(agreement.worse)} runs"
    return [
        better.mark,
        " is better than ",
        worse.mark,
        f", also across seeds ({counts}): in all {agreement.pairs} pairs of seeds the better config is right "
        f"on more {_things(better)}, in {agreement.significant} of them significantly.",
    ]


def _show_matrix(tested: dict[str, ComparedRun], pairs: Pairs) -> None:
    """Accuracy of the row's run minus accuracy of the column's run; differences beyond chance stand out."""
    heading = [text("points more than")] + [Cell((run.mark,)) for run in tested.values()]
    rows = [
        [Cell((run.mark,)), *(_difference(comparisons.pair_of(pairs, key, other)) for other in tested)]
        for key, run in tested.items()
    ]
    show_table(heading, rows, label="Differences of all pairs of runs", key="pair-matrix")
    st.caption(
        "Points of test accuracy that the run of the row has more than the run of the column. Bold on a dark "
        "ground: more than chance explains."
    )


def _difference(pair: Pair | None) -> Cell:
    if pair is None:
        return Cell()
    points = signed(100 * pair.lead / pair.reviews, 2)
    return text(points, note=p_number(pair), strong="more than chance" if pair.differs else "")


def _things(run: ComparedRun) -> str:
    return nouns(run.run.config.dataset).many
