"""The sentences of the page "The networks": numbers from imdb_core.evaluation.tutorial_figures, in words.

A figure that was not measured is left out, with its sentence.
"""

from imdb_core.evaluation import tutorial_figures
from imdb_core.evaluation.comparisons import Pair
from imdb_core.evaluation.tutorial_figures import Studied
from ui.formats import interval, percent
from ui.run_sentences import p_value


def explanations(
    networks: list[Studied], first: Studied, alike: tuple[Studied, Studied, Pair] | None
) -> dict[str, str]:
    """Title -> paragraph: how to read diagrams and figures, and what the figures do not tell.

    `first` is the network that the others are compared with; `alike` as for one_figure().
    """
    overfitted = tutorial_figures.learned_by_heart(networks)
    return {
        "Diagrams": (
            "Data flows downwards. A box names a layer, the shape of its output (positions × numbers per "
            "position, or just numbers) and its number of parameters; its outline tells the kind of layer. "
            f"Side by side, “+” marks a layer that {first.title} does not have, and “≠” the same layer in "
            "another size."
        ),
        "Figures": _where_figures_come_from(networks),
        "Why validation counts": validation(networks, overfitted),
        "Why one test figure is not enough": one_figure(networks, alike),
        "What counting words achieves": (
            "A network is worth its training time only if it beats a simple method: count which words and "
            "pairs of neighbouring words occur, and give each a weight."
        ),
    }


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
            f"{chance(pair)}."
        )
    seeds = (
        "To see what the seed does, train one network with several seeds and compare them as mean and band."
    )
    return f"{paragraph} {seeds}"


def points(gap: float) -> str:
    """3.2 points, or −0.4 points."""
    return f"{100 * gap:.1f} points".replace("-", "−")


def chance(pair: Pair) -> str:
    """p = 0.046, and whether the difference of two networks may be chance."""
    verdict = "more than chance" if pair.differs else "may well be chance"
    return f"{p_value(pair)}: {verdict}"


def _interval_sentences(measured):
    best = max(measured, key=lambda network: network.accuracy)
    published = [network for network in measured if network.network.published is not None]
    outside = sum(
        not network.interval[0] <= network.network.published <= network.interval[1] for network in published
    )
    return (
        f"With {best.tested:,} test reviews, {percent(best.accuracy)} ({best.title}) stands for "
        f"{interval(*best.interval)} at 95 % confidence. For {outside} of {len(published)} networks the "
        "published figure lies outside the interval measured here. The interval covers only the chance in "
        "the choice of test reviews, not the seed and not how the epoch was chosen."
    )


def _where_figures_come_from(networks):
    """What "published" and "here" mean."""
    text = "“Published” is the tutorial's test accuracy."
    if any(network.run for network in networks):
        text += (
            " “Here” is that of the pretrained network, with the interval in which the true accuracy lies "
            "with 95 % confidence (Wilson). Times are those of the machine that trained it."
        )
    return f"{text} Hyperparameters are those of the pretrained network, or else the preset's."
