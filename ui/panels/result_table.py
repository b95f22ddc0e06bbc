"""The results of the compared runs: accuracies, intervals, differences, figures for uneven classes.

The last rows show TF-IDF + logistic regression, a simple method without a neural network.
"""

import streamlit as st

from imdb_core import answers
from imdb_core.data import sources
from imdb_core.data.nouns import nouns
from imdb_core.evaluation import balance, baselines, class_figures, comparisons, predictions
from imdb_core.evaluation.comparisons import Pair
from imdb_core.evaluation.predictions import ClassPredictions
from ui.class_words import class_name, uneven_sentences
from ui.compared_runs import ComparedRun, with_baseline_first
from ui.formats import area, duration, escaped, interval, percent, signed
from ui.run_marks import Cell, Link, show_table, text
from ui.run_sentences import KEPT_BY, p_number

Pairs = dict[tuple[str, str], Pair]


def show_results(
    runs: list[ComparedRun],
    tested: dict[str, ClassPredictions],
    pairs: Pairs,
    *,
    baseline: ComparedRun | None,
) -> None:
    """One row for each run, the baseline run first, and warnings about uneven classes.

    `tested` and `pairs` by the runs' keys. With a baseline run, a column has the differences against it.
    """
    shown = with_baseline_first(runs, baseline)
    rows = [_row(run, tested.get(run.key), pairs, baseline) for run in shown]
    rows += [_simple_row(result) for result in baselines.computed_for([run.run for run in shown])]
    longest_first = sorted(rows, key=len, reverse=True)
    headings = dict.fromkeys(heading for row in longest_first for heading in row)
    cells = [[row.get(heading, Cell()) for heading in headings] for row in rows]
    show_table([text(heading) for heading in headings], cells, label="Results", key="results")
    st.caption(
        f"Kept: of each run the epoch with the {KEPT_BY}. All figures of a row are those of its kept epoch."
    )
    sentences = [
        sentence
        for run in shown
        if (judged := tested.get(run.key))
        for sentence in uneven_sentences(_sizes(judged), "test", nouns(run.run.config.dataset))
    ]
    for sentence in dict.fromkeys(sentences):
        st.warning(escaped(sentence), icon=":material/balance:")


def _row(compared, tested, pairs, baseline):
    """Heading -> cell. The interval says where the true accuracy lies with 95 % confidence."""
    run, best = compared.run, compared.run.best
    bounds = comparisons.accuracy_interval(run)
    cells = {
        "run": Cell((compared.mark,), note=_remark(compared, baseline), links=tuple(_links(compared))),
        "test accuracy": text(percent(run.test_accuracy)),
        "95 % interval": text(interval(*bounds) if bounds else ""),
    }
    if baseline:
        cells["against the baseline run"] = _difference(compared, baseline, pairs)
    cells["validation accuracy"] = text(percent(best.get("val_accuracy")))
    cells["validation loss"] = text(f"{best['val_loss']:.3f}" if best else "not measured")
    cells["kept epoch"] = text(f"{best['epoch']} of {len(run.epochs)}" if best else "none")
    if tested:
        figures = _of_two(tested) if answers.is_binary(tested.classes) else _of_many(tested)
        cells |= {heading: text(figure) for heading, figure in figures.items()}
    return cells | {"training time": text(duration(run.training_seconds))}


def _remark(compared, baseline):
    remarks = ["baseline run"] if compared is baseline else []
    if compared.run.state != "finished":
        remarks.append(compared.run.state)
    return ", ".join(remarks)


def _difference(compared, baseline, pairs):
    """+0.82 points, and below it whether that is more than chance explains."""
    if compared is baseline:
        return Cell()
    pair = comparisons.pair_of(pairs, compared.key, baseline.key)
    if pair is None:
        return text("not comparable")
    points = f"{signed(100 * pair.lead / pair.reviews, 2)} points"
    verdict = "more than chance" if pair.differs else "may be chance"
    return text(points, note=f"{verdict}, {p_number(pair)}", strong=verdict if pair.differs else "")


def _links(compared):
    """Links to the pages of this run."""
    yield Link("Watch", "watch", "run", compared.key)
    if predictions.has_predictions(compared.run):
        yield Link("Look into", "inspect", "run", compared.key)
    if compared.run.has_model:
        yield Link("Type a review", "classify", "model", compared.key)


def _simple_row(result):
    """The row of TF-IDF + logistic regression; it stores no answers, so no test for chance is possible."""
    low, high = comparisons.wilson_interval(
        round(result.test_accuracy * result.test_reviews), result.test_reviews
    )
    return {
        "run": text("TF-IDF + logistic regression", note=f"no network; {sources.title(result.dataset)}"),
        "test accuracy": text(percent(result.test_accuracy)),
        "95 % interval": text(interval(low, high)),
        "training time": text(duration(result.fit_seconds)),
    }


def _of_two(tested):
    """Figures for uneven classes."""
    sizes = _sizes(tested)
    if not sizes.one_dominates:
        return {}
    skill = balance.skill(tested.against(1))
    largest = class_name(sizes.classes, sizes.classes.index(sizes.larger))
    return {
        "larger class": f"{sizes.share:.1%} {largest}",
        "balanced accuracy": percent(skill.balanced_accuracy),
        "ROC area": area(skill.roc_area),
    }


def _of_many(tested):
    """Figures in which each class has the same weight."""
    figures = class_figures.of_classes(tested)
    return {
        "balanced accuracy": percent(class_figures.balanced_accuracy(figures)),
        "macro F1": area(class_figures.macro_f1(figures)),
    }


def _sizes(tested):
    return balance.of_labels(tested.labels, tested.classes)
