"""`python -m imdb_core data`: download the IMDB reviews; add, list, rename and delete own data sets."""

import argparse
import dataclasses
import sys
from argparse import ArgumentParser, Namespace

from imdb_core.commands import console
from imdb_core.commands.registry import command
from imdb_core.data import imdb
from imdb_core.data.own import choices, proposal, store
from imdb_core.data.own.choices import Choices
from imdb_core.data.own.proposal import Proposal
from imdb_core.errors import DataError
from imdb_core.quantities import counted

_HELP = {
    "add": "add labelled texts: a table, a folder or an archive",
    "list": "list the data sets",
    "rename": "give a data set another name",
    "delete": "delete a data set; runs that used it stay",
}


def _add_actions(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", help="without one, the IMDB reviews are downloaded"
    )
    parsers = {name: actions.add_parser(name, help=text, description=text) for name, text in _HELP.items()}
    for action in parsers.values():
        action.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document"
        )
    for name in ("rename", "delete"):
        parsers[name].add_argument("name", help="own-..., see “data list”")
    parsers["rename"].add_argument("title", help="the new name")
    parsers["rename"].add_argument("--noun", default="", help="what the texts are: “customer reviews”")
    _add_options(parsers["add"])


def _add_options(add: ArgumentParser) -> None:
    add.add_argument("path", help="CSV, TSV, JSON lines, Parquet, a folder, .zip or .tar.gz")
    add.add_argument("--text", default="", metavar="COLUMN", help="the column of the texts")
    label = add.add_mutually_exclusive_group()
    label.add_argument("--label", default="", metavar="COLUMN", help="the column of the labels")
    label.add_argument(
        "--classes",
        default="",
        dest="label",
        metavar="COLUMN",
        help="the same, for folders: class, rating or stars",
    )
    add.add_argument("--test", default="", dest="test_path", metavar="PATH", help="a table of the test part")
    add.add_argument(
        "--test-share",
        type=float,
        default=choices.DEFAULT_TEST_SHARE,
        metavar="X",
        help="of the texts, without --test",
    )
    add.add_argument("--seed", type=int, default=choices.DEFAULT_SEED, help="of the choice of test texts")
    add.add_argument("--name", default="", help="the data set's name; default: the file's")
    add.add_argument("--noun", default="", help="what the texts are: “customer reviews”")
    add.add_argument(
        "--merge", action="append", default=[], metavar="A=B", help="put the texts of label A into class B"
    )
    add.add_argument(
        "--leave-out", action="append", default=[], metavar="LABEL", help="drop the texts of a label"
    )
    add.add_argument("--encoding", default="", help="default: UTF-8, or what a byte order mark says")
    add.add_argument("--separator", default="", metavar="S", help="between columns: one character, or “tab”")
    quotes = {"choices": ("quoting", "plain"), "help": "whether quotes enclose cells or belong to the texts"}
    add.add_argument("--quotes", **quotes)  # type: ignore[arg-type]
    add.add_argument(
        "--header", action=argparse.BooleanOptionalAction, default=None, help="the first row names columns"
    )
    add.add_argument(
        "--duplicates", choices=("keep", "drop"), help="default: drop, or keep if the test part is given"
    )
    add.add_argument("--dry-run", action="store_true", help="print how the file is read, and store nothing")


@command("data", _add_actions)
def data(options: Namespace) -> int:
    """Download and convert the IMDB reviews if that was not done yet; or manage data sets of your own.

    “data add PATH” stores labelled texts as a data set. Before that, it prints how it
    reads the file: columns, classes and dropped rows. “data list”, “data rename” and “data delete” manage the
    stored data sets.
    """
    actions = {"add": _add, "list": _list, "rename": _rename, "delete": _delete}
    return actions.get(options.action, _download)(options)


def _download(options: Namespace) -> int:
    corpus = imdb.load(_show_progress)
    facts = {
        "train": len(corpus.train),
        "test": len(corpus.test),
        "words": len(corpus.words),
        "fingerprint": corpus.fingerprint,
    }
    counts = f"{len(corpus.train):,} training and {len(corpus.test):,} test reviews"
    console.show_result(options, facts, [f"{counts}, {len(corpus.words):,} words."])
    return 0


def _end_progress() -> None:
    """Leave the line of _show_progress()."""
    if console.is_terminal(sys.stderr):
        print(file=sys.stderr)


def _show_progress(done: int, total: int) -> None:
    """Draw how many of the bytes have arrived."""
    print(f"\r{done / 2**20:6.1f} of {total / 2**20:.1f} MiB", end="", file=sys.stderr, flush=True)


def _add(options: Namespace) -> int:
    wishes = _choices(options)
    progress = _show_progress if console.is_terminal(sys.stderr) else None
    if options.dry_run:
        understood = proposal.propose(options.path, wishes, progress)
        _end_progress()
        console.show_result(options, dataclasses.asdict(understood), lines(understood))
        proposal.require_storable(understood)
        return 0
    shown: list[Proposal] = []

    def show(understood: Proposal) -> None:
        shown.append(understood)
        _end_progress()
        if not options.json:
            console.show_result(options, None, lines(understood))

    name = proposal.add(options.path, wishes, progress, before_storing=show)
    document = {"name": name, **dataclasses.asdict(shown[0])}
    console.show_result(options, document, [f"Stored as {name}: train with --dataset {name}."])
    return 0


def _choices(options: Namespace) -> Choices:
    merges = {}
    for rule in options.merge:
        label, equals, name = rule.partition("=")
        if not equals:
            raise DataError(f"--merge {rule!r} has no “=”. Write --merge LABEL=CLASS.")
        merges[label] = name
    same = (
        "text",
        "label",
        "test_path",
        "test_share",
        "seed",
        "name",
        "noun",
        "encoding",
        "separator",
        "header",
    )
    return Choices(
        **{name: getattr(options, name) for name in same},
        quoted=None if options.quotes is None else options.quotes == "quoting",
        merges=merges,
        left_out=tuple(options.leave_out),
        drop_duplicates=None if options.duplicates is None else options.duplicates == "drop",
    )


def lines(understood: Proposal) -> list[str]:
    """A Proposal as lines for a terminal."""
    layout = understood.layout
    separator = {"\t": "tab", " ": "first space", "": ""}.get(layout["separator"], layout["separator"])
    facts = [layout["kind"], layout["encoding"], separator and f"separator {separator}"]
    facts += ["quotes are plain characters" if layout["kind"] == "table" and not layout["quoted"] else ""]
    facts += (
        ["with a header" if layout["header"] else "without a header"] if layout["kind"] == "table" else []
    )
    columns = [
        f"  {column.name}: {' | '.join(cell[:40] for cell in column.samples)}"
        for column in understood.columns
    ]
    classes = [
        f"  {entry.name!r}: {entry.training:,} training, {entry.test:,} test texts; "
        f"“{next(iter(entry.examples), '')[:60]}”"
        for entry in understood.classes
    ]
    dropped = [
        f"  {entry.count:,} {proposal.DROPPED[entry.reason]}: {_places(entry)}"
        for entry in understood.dropped
    ]
    split = "given" if understood.test == "given" else "drawn from each class"
    unlabelled = f", {understood.unlabelled:,} without labels" if understood.unlabelled else ""
    return [
        f"{understood.file_name}: {', '.join(filter(None, facts))}",
        *columns,
        f"Text: {understood.text}. Label: {understood.label}. {counted(understood.rows, 'row')}.",
        f"{understood.training_texts:,} training and {understood.test_texts:,} test texts "
        f"({split}){unlabelled}; "
        f"half have at most {understood.median_words:,} words, the longest has {understood.longest:,} "
        "characters.",
        f"{len(understood.classes)} classes:",
        *classes,
        *(["Dropped:", *dropped] if dropped else []),
        *understood.warnings,
    ]


def _places(entry: proposal.Dropped) -> str:
    places = [f"line {place}" if isinstance(place, int) else place for place in entry.places]
    return ", ".join(places) + (", ..." if entry.count > len(places) else "")


def _list(options: Namespace) -> int:
    sets = [store.facts(name) for name in store.names()]
    shown = [
        f"{facts.name}  {facts.title}: {facts.counts['training']:,} training and {facts.counts['test']:,} "
        "test "
        f"texts, {len(facts.classes)} classes, added {facts.created[:10]}"
        for facts in sets
    ]
    documents = [dataclasses.asdict(facts) for facts in sets]
    console.show_result(options, documents, shown or ["No data sets yet; “data add PATH” adds one."])
    return 0


def _rename(options: Namespace) -> int:
    store.rename(options.name, options.title, options.noun)
    facts = store.facts(options.name)
    console.show_result(options, dataclasses.asdict(facts), [f"{facts.name} is now called {facts.title}."])
    return 0


def _delete(options: Namespace) -> int:
    title = store.facts(options.name).title
    store.delete(options.name)
    console.show_result(options, {"deleted": options.name}, [f"Deleted {options.name} ({title})."])
    return 0
