"""The sentences of the Learn page: numbers from imdb_core.evaluation.tutorial_figures, in words.

A figure that was not measured is left out, with its sentence.
"""

from imdb_core.evaluation.comparisons import Pair
from imdb_core.evaluation.tutorial_figures import Studied
from ui.formats import duration, interval, percent
from ui.run_sentences import p_value


def figures(network: Studied) -> str:
    """The network's figures as short lines of Markdown."""
    measured = percent(network.accuracy) if network.accuracy is not None else "no pretrained network"
    lines = [f"Published: **{percent(network.network.published)}**", f"Here: **{measured}**"]
    if network.interval:
        lines.append(f"({interval(*network.interval)})")
    if network.run:
        lines.append(f"Training: {duration(network.run.training_seconds)}")
    return "  \n".join([*lines, f"Parameters: {network.parameters:,}"])


def facts(network: Studied, first: Studied, pair: Pair | None) -> str:
    """What was measured for `network` beside the `first` network; `pair` compares their test reviews."""
    sentences = [
        _parameters(network, first),
        _words_read(network, first),
        _lstm_steps(network, first),
        _epoch_time(network, first),
        _overfitting(network, first),
        _compared_accuracy(network, first, pair),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def validation(networks: list[Studied], overfitted: tuple[Studied, dict, dict] | None) -> str:
    """Why validation reviews choose the epoch.

    `overfitted` is (network, kept epoch, last epoch) where keeping the last epoch would have cost most.
    """
    paragraph = (
        "Every network can learn its training reviews by heart, so training accuracy does not tell how it "
        f"will judge a new review. Therefore {networks[0].config.validation_share:.0%} of the training "
        "reviews are set aside for validation. The epoch with the lowest validation loss is kept, and the "
        "test reviews are scored only once, at the end."
    )
    runs = [network.run for network in networks if network.run and network.run.best]
    if runs:
        early = sum(run.best["epoch"] < run.epochs[-1]["epoch"] for run in runs)
        paragraph += f" Here the kept epoch came before the last one in {early} of {len(runs)} runs."
    if overfitted:
        network, best, last = overfitted
        paragraph += (
            f" Clearest in {network.title}: from epoch {best['epoch']} to {last['epoch']} its training "
            f"accuracy went from {best['accuracy']:.1%} to {last['accuracy']:.1%}, while its validation loss "
            f"grew from {best['val_loss']:.3f} to {last['val_loss']:.3f}."
        )
    return paragraph


def one_figure(networks: list[Studied], alike: tuple[Studied, Studied, Pair] | None) -> str:
    """Why a single test figure is not enough: its interval, the seed, and a test of two networks.

    `alike` is (better, worse, their comparison) of the two networks whose accuracies are closest.
    """
    paragraph = (
        "A test figure is an estimate: other test reviews would give another figure, "
        "and so would another seed."
    )
    measured = [network for network in networks if network.interval]
    if measured:
        paragraph += f" {_interval_sentences(measured)}"
    if alike:
        better, worse, pair = alike
        paragraph += (
            f" Two networks are best compared on the same reviews (McNemar's test): {better.title} alone is "
            f"right on {pair.only_first:,} of {pair.reviews:,}, {worse.title} alone on {pair.only_second:,}; "
            f"{_chance(pair)}."
        )
    seeds = (
        "To see what the seed does, train one network with several seeds and compare them as mean and band."
    )
    return f"{paragraph} {seeds}"


def _interval_sentences(measured):
    best = max(measured, key=lambda network: network.accuracy)
    outside = sum(
        not network.interval[0] <= network.network.published <= network.interval[1] for network in measured
    )
    return (
        f"With {best.tested:,} test reviews, {percent(best.accuracy)} ({best.title}) stands for "
        f"{interval(*best.interval)} at 95 % confidence. For {outside} of {len(measured)} networks the "
        "published figure lies outside the interval measured here. The interval covers only the chance in "
        "the choice of test reviews, not the seed and not how the epoch was chosen."
    )


def _parameters(network, first):
    if network is not first:
        same = network.parameters == first.parameters
        comparison = f"as many as {first.title}" if same else f"{first.title} has {first.parameters:,}"
        return f"It has {network.parameters:,} parameters, {comparison}."
    largest = max(network.layers, key=lambda layer: layer.parameters)
    share = f"{largest.parameters:,} ({largest.parameters / network.parameters:.0%})"
    return f"Of its {network.parameters:,} parameters {share} belong to the {largest.type} layer."


def _words_read(network, first):
    vocabulary, first_vocabulary = network.config.vocabulary_size, first.config.vocabulary_size
    length, first_length = network.config.review_length, first.config.review_length
    if (vocabulary, length) == (first_vocabulary, first_length):
        return ""
    return (
        f"It knows {vocabulary:,} word ids ({first.title}: {first_vocabulary:,}) and reads the last "
        f"{length:,} words ({first_length:,})."
    )


def _lstm_steps(network, first):
    if not network.steps or network.steps == network.config.review_length:
        return ""
    comparison = f", {first.title}'s {first.steps:,}" if first.steps else ""
    return f"For a review of full length its LSTM takes {network.steps:,} steps{comparison}."


def _epoch_time(network, first):
    if not network.epoch_seconds:
        return ""
    comparison = ""
    if network is not first and first.epoch_seconds:
        comparison = f", {network.epoch_seconds / first.epoch_seconds:.2f} times {first.title}'s"
    return f"An epoch took {duration(network.epoch_seconds)}{comparison}."


def _overfitting(network, first):
    """How far training accuracy was above validation accuracy in the last epoch."""
    if network.gap is None:
        return ""
    comparison = ""
    if network is not first and first.gap is not None:
        comparison = f" ({first.title}: {_points(first.gap)})"
    return f"In its last epoch training accuracy was {_points(network.gap)} validation{comparison}."


def _points(gap):
    """3.2 points above."""
    return f"{abs(100 * gap):.1f} points {'below' if gap < 0 else 'above'}"


def _compared_accuracy(network, first, pair):
    if not pair:
        return ""
    return (
        f"On the same {pair.reviews:,} test reviews it is right on {percent(network.accuracy)}, "
        f"{first.title} on {percent(first.accuracy)}: {_chance(pair)}."
    )


def _chance(pair):
    verdict = "more than chance on these reviews" if pair.differs else "which may well be chance"
    return f"{p_value(pair)}, {verdict}"
