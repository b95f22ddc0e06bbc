"""The sentences of the Learn page: numbers from imdb_core.evaluation.tutorial_figures, in words. What was not measured
is left out.
"""

from imdb_core.evaluation.comparisons import Pair
from imdb_core.evaluation.tutorial_figures import Studied
from ui import words


def figures(one: Studied) -> str:
    """The network's figures as short lines of Markdown."""
    here = words.percent(one.accuracy) if one.accuracy is not None else "no pretrained network"
    lines = [f"Published: **{words.percent(one.network.published)}**", f"Here: **{here}**"]
    if one.interval:
        lines.append(f"({words.interval(*one.interval)})")
    if one.run:
        lines.append(f"Training: {words.duration(one.run.training_seconds)}")
    return "  \n".join([*lines, f"Parameters: {one.parameters:,}"])


def facts(one: Studied, first: Studied, found: Pair | None) -> str:
    """What was counted and measured for `one`, beside the `first` network; `found` compares their test
    reviews.
    """
    said = [_weights(one, first), _reading(one, first), _way(one, first), _time(one, first), _gap(one, first)]
    return " ".join(sentence for sentence in [*said, _against(one, first, found)] if sentence)


def validation(studied: list[Studied], case: tuple[Studied, dict, dict] | None) -> str:
    """Why the epoch is chosen on reviews that were kept aside; `case` is where not doing so would have cost
    most.
    """
    said = (
        "Every network can learn its training reviews by heart, so training accuracy is no measure of what it will say of a new "
        f"review. Therefore a part of the training reviews ({studied[0].config.validation_share:.0%}) is kept aside, the epoch "
        "with the lowest loss on these is kept, and the test reviews are scored only once, at the end."
    )
    trained = [one.run for one in studied if one.run and one.run.best]
    if trained:
        early = sum(run.best["epoch"] < run.epochs[-1]["epoch"] for run in trained)
        said += f" Here the kept epoch came before the last one in {early} of {len(trained)} runs."
    if case:
        one, best, last = case
        said += (
            f" Clearest in {one.title}: from epoch {best['epoch']} to {last['epoch']} its training accuracy went from "
            f"{best['accuracy']:.1%} to {last['accuracy']:.1%}, while its validation loss grew from {best['val_loss']:.3f} to "
            f"{last['val_loss']:.3f}."
        )
    return said


def one_figure(studied: list[Studied], alike: tuple[Studied, Studied, Pair] | None) -> str:
    """Why a single test figure is not enough: interval, seed, and the test of two networks on the same
    reviews.
    """
    said = (
        "A test figure is an estimate: other test reviews would give another one, and so would another seed."
    )
    measured = [one for one in studied if one.interval]
    if measured:
        best = max(measured, key=lambda one: one.accuracy)
        outside = sum(not one.interval[0] <= one.network.published <= one.interval[1] for one in measured)
        said += (
            f" With {best.tested:,} test reviews, {words.percent(best.accuracy)} ({best.title}) stands for "
            f"{words.interval(*best.interval)} at 95 % confidence. "
            f"For {outside} of {len(measured)} networks the published figure lies outside "
            "the interval measured here: the interval knows only the chance of the test reviews, not that of the seed and of "
            "how the epoch was chosen."
        )
    if alike:
        better, worse, found = alike
        said += (
            f" Two networks are best compared on the same reviews (McNemar's test): {better.title} alone is right on "
            f"{found.only_first:,} of {found.reviews:,}, {worse.title} alone on {found.only_second:,}; {_chance(found)}."
        )
    return (
        said
        + " To see what the seed does, train one network with several seeds and compare them as mean and band."
    )


def _weights(one, first):
    if one is not first:
        same = one.parameters == first.parameters
        beside = f"as many as {first.title}" if same else f"{first.title} has {first.parameters:,}"
        return f"It has {one.parameters:,} parameters, {beside}."
    most = max(one.layers, key=lambda layer: layer.parameters)
    share = f"{most.parameters:,} ({most.parameters / one.parameters:.0%})"
    return f"Of its {one.parameters:,} parameters {share} belong to the {most.type} layer."


def _reading(one, first):
    mine, others = one.config, first.config
    if (mine.vocabulary_size, mine.review_length) == (others.vocabulary_size, others.review_length):
        return ""
    return (
        f"It knows {mine.vocabulary_size:,} word ids ({first.title}: {others.vocabulary_size:,}) and reads the last "
        f"{mine.review_length:,} words ({others.review_length:,})."
    )


def _way(one, first):
    if not one.steps or one.steps == one.config.review_length:
        return ""
    beside = f", {first.title}'s {first.steps:,}" if first.steps else ""
    return f"For a review of full length its LSTM takes {one.steps:,} steps{beside}."


def _time(one, first):
    if not one.epoch_seconds:
        return ""
    beside = (
        f", {one.epoch_seconds / first.epoch_seconds:.2f} times {first.title}'s"
        if first.epoch_seconds
        else ""
    )
    return f"An epoch took {words.duration(one.epoch_seconds)}{beside if one is not first else ''}."


def _gap(one, first):
    if one.gap is None:
        return ""
    beside = f" ({first.title}: {_points(first.gap)})" if first.gap is not None and one is not first else ""
    return f"In its last epoch training accuracy was {_points(one.gap)} validation{beside}."


def _points(gap):
    """3.2 points above."""
    return f"{abs(100 * gap):.1f} points {'below' if gap < 0 else 'above'}"


def _against(one, first, found):
    if not found:
        return ""
    return (
        f"On the same {found.reviews:,} test reviews it is right on {words.percent(one.accuracy)}, {first.title} on "
        f"{words.percent(first.accuracy)}: {_chance(found)}."
    )


def _chance(pair):
    verdict = "more than chance on these reviews" if pair.differs else "which may well be chance"
    return f"{words.p_value(pair)}, {verdict}"
