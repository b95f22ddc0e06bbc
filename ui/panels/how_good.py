"""The first sentence about a tested run: how good it is, against counting words and against guessing.

Called by pages/inspect.py.
"""

import streamlit as st

from imdb_core.data.nouns import Nouns
from imdb_core.evaluation import balance, baselines, comparisons
from imdb_core.evaluation.baselines import Baseline
from imdb_core.evaluation.predictions import ClassPredictions
from imdb_core.runs.store import Run
from ui.class_words import class_name
from ui.formats import escaped, interval, percent

NOT_COMPUTED = "The TF-IDF baseline is not computed yet; “Compare runs” has a button for it."


def show_how_good(run: Run, tested: ClassPredictions, things: Nouns) -> None:
    """Show the sentence, its first figure in bold."""
    right, total = int(tested.right.sum()), len(tested)
    bounds = comparisons.wilson_interval(right, total)
    suiting = [result for result in baselines.computed_for([run]) if result.suits(run)]
    sentences = [
        f"of the {total:,} test {things.many} are judged right (95 % interval: {interval(*bounds)}).",
        _against_guessing(tested, things, bounds),
        _against_counting(suiting[0], right / total, bounds) if suiting else NOT_COMPUTED,
    ]
    st.markdown(f"**{escaped(percent(right / total))}** {escaped(' '.join(sentences))}")


def _against_guessing(tested: ClassPredictions, things: Nouns, bounds: tuple[float, float]) -> str:
    sizes = balance.of_labels(tested.labels, tested.classes)
    if bounds[0] > sizes.share:
        return f"Guessing reaches {percent(sizes.share)}."
    name = class_name(sizes.classes, sizes.classes.index(sizes.larger))
    always = f"calling all {things.many} {name} is right on {percent(sizes.share)}"
    return f"That is no better than guessing: {always}."


def _against_counting(result: Baseline, accuracy: float, bounds: tuple[float, float]) -> str:
    """A comparison of two figures, without a test: the baseline stores no verdicts of single texts."""
    points = abs(100 * (accuracy - result.test_accuracy))
    start = f"TF-IDF + logistic regression, which is no network, reaches {percent(result.test_accuracy)}"
    if bounds[0] <= result.test_accuracy <= bounds[1]:
        return f"{start}: within the interval, so hardly a difference."
    return f"{start}: {points:.2f} points {'less' if accuracy > result.test_accuracy else 'more'}."
