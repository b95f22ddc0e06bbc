"""`python -m imdb_core check`: labels to look at, duplicates and telling words of a data set."""

import time
from argparse import Namespace
from dataclasses import asdict

from imdb_core.commands import console
from imdb_core.commands.registry import argument, command
from imdb_core.errors import DataError
from imdb_core.quality import check, decisions, material, reports
from imdb_core.quality.reports import LabelReport, TextReport
from imdb_core.quantities import counted

WAIT_SECONDS = 0.5  # between two looks at the progress
EXCERPT = 160  # characters of a text


@command(
    "check",
    argument("name", help="the data set: the name of your own, as `data list` prints it, or a source"),
    argument("--again", action="store_true", help="compute anew what was computed before"),
    argument("--network", help="let this network judge the labels, instead of counting words"),
    argument(
        "--folds",
        type=int,
        default=check.NETWORK_FOLDS,
        help="times that the network is trained (default: 3)",
    ),
    argument("--most", type=int, default=20, metavar="N", help="labels to print (default: 20)"),
)
def check_data_set(options: Namespace) -> int:
    """Print labels to look at, duplicates, words that give a class away, and rare classes of a data set.

    Labels are judged by a model that has not learned from the text: by counting words, or by a network.
    """
    name, method = options.name, options.network or reports.COUNTING
    _compute(options)
    key = material.fingerprint(name) or ""
    texts, labels = reports.texts(name, key), reports.labels(name, method, key)
    if texts is None or labels is None:
        raise DataError(f"The reports on {name} were removed while the command ran. Run it again.")
    lines = [*_label_lines(options, texts, labels), *_text_lines(texts)]
    console.show_result(options, {"texts": asdict(texts), "labels": asdict(labels)}, lines)
    return 0


def _compute(options: Namespace) -> None:
    """Compute the reports that are missing: counting in this process, a network in a process of its own."""
    name = options.name
    check.require_texts(name)
    key = material.fingerprint(name) or ""
    if options.again or not (reports.texts(name, key) and reports.labels(name, reports.COUNTING, key)):
        console.say("Checking the texts; this takes about a minute for 25,000 texts.")
        check.compute(name, again=options.again)
    if options.network and (options.again or not reports.labels(name, options.network, key)):
        check.start_network(name, options.network, folds=options.folds)
        console.say(f"Training {options.network} {options.folds} times, in a process of its own.")
        _follow(name)


def _follow(name: str) -> None:
    """Print the progress until the check ends. Raises DataError if it fails."""
    tenths = 0
    while check.job(name).is_running():
        progress = check.job(name).progress()
        if progress and int(10 * progress.share) > tenths:
            tenths = int(10 * progress.share)
            console.say(f"{progress.share:.0%} after {progress.seconds:.0f} s")
        time.sleep(WAIT_SECONDS)
    if failure := check.job(name).failure():
        raise DataError(failure)


def _label_lines(options: Namespace, texts: TextReport, labels: LabelReport) -> list[str]:
    """A summary, and a line for each of the first labels about which the user has not decided."""
    name, classes = options.name, texts.classes
    undecided = decisions.open_doubts(labels, decisions.decided(name))
    lines = [
        f"{labels.agreement:.1%} of {labels.texts:,} labels agree with a model of other texts "
        f"({labels.method}, {labels.folds} folds); about {labels.wrong:,.0f} may be wrong.",
        f"{counted(labels.doubted, 'label')} to look at, {len(undecided):,} of them undecided, "
        "the surest first:",
    ]
    excerpt = material.excerpts(name, [doubt.index for doubt in undecided[: options.most]], EXCERPT)
    for doubt in undecided[: options.most]:
        suggestion = f"{classes[doubt.label]} {doubt.given_share:.0%} -> {classes[doubt.suggested]}"
        lines.append(
            f"  text {doubt.index + 1:,}: {suggestion} {doubt.suggested_share:.0%}: {excerpt[doubt.index]}"
        )
    return lines


def _text_lines(report: TextReport) -> list[str]:
    """A line for the duplicates, one for each telling word, one for the rare classes."""
    lines = [
        f"{report.groups:,} texts have duplicates: {report.repeated:,} training texts repeat an earlier one, "
        f"{report.in_training:,} test texts are training texts, {report.with_other_labels:,} texts have "
        "different labels."
    ]
    for word in report.telling:
        share = f"{word.coverage:.1%} of {report.classes[word.label]}, {word.precision:.1%} of its texts"
        lines.append(f'"{word.phrase}" gives a class away: {share}.')
    rare = ", ".join(f"{report.classes[label]} ({report.train_counts[label]:,})" for label in report.rare)
    return [*lines, f"Fewer than {reports.FEW_TEXTS} training texts: {rare}."] if rare else lines
