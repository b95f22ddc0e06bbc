"""`python -m imdb_core fool`: how many test texts can be turned by swapping a few words."""

from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from imdb_core.commands import console
from imdb_core.commands.registry import argument, command
from imdb_core.scoring import models

if TYPE_CHECKING:
    from imdb_core.evaluation.robustness import Robustness


@command(
    "fool",
    argument("model", help="pretrained/NAME or the id of a run"),
    argument("--again", action="store_true", help="compute the figure anew if the run has it already"),
)
def fool(options: Namespace) -> int:
    """Count the test texts whose verdict turns when at most three words are swapped for similar ones.

    Tries 200 test texts that the network judges right and keeps the figure in the run's folder; "Look into a
    run" and "Compare runs" show it. This takes minutes. Choose no network by it: it comes from test texts.
    """
    from imdb_core.evaluation import robustness, robustness_job  # no other command needs them

    run = models.find(options.model).run
    figure = None if options.again else robustness.of(run)
    if figure is None:
        with console.Bar() as bar:
            figure = robustness_job.compute(run, lambda texts, total: bar.draw(texts, texts / max(1, total)))
    document = asdict(figure) | {"turned": figure.turned, "share": figure.share, "interval": figure.interval}
    console.show_result(options, document, [_sentence(figure)])
    return 0


def _sentence(figure: "Robustness") -> str:
    low, high = figure.interval
    swaps = ", ".join(f"{count} with {swaps}" for swaps, count in enumerate(figure.by_swaps, 1))
    return (
        f"Turned with at most {len(figure.by_swaps)} swapped words: {figure.turned} of {figure.texts} test "
        f"texts, {figure.share:.1%} (95 % interval: {low:.1%} to {high:.1%}); {swaps}."
    )
