"""The reading process: `python -m imdb_core.data.own.reader`. Started by bounded.py, never by a user.

It reads one request as JSON from standard input and prints lines of JSON: {"progress": [done, total]} in
bytes, then {"answer": ...} or {"error": "a sentence"}. With a folder in the request, the data set is written
into that folder.
"""

import csv
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from imdb_core.data.own import arrangement, limits, writing
from imdb_core.data.own.choices import Choices
from imdb_core.data.own.opening import Opened, opened, table
from imdb_core.data.own.parts import TEST, TRAINING, UNDECIDED
from imdb_core.data.own.samples import Columns, chosen_columns
from imdb_core.data.own.survey import NotLabels, Survey
from imdb_core.errors import UserError
from imdb_core.operating_system import resources

_SHOW_SECONDS = 0.5
Progress = Callable[[int, int], object]


def main() -> None:
    """Answer the request on standard input within the limits on memory, time and disk space."""
    request = json.loads(sys.stdin.read())
    resources.limit_this_process(
        memory=limits.MEMORY, cpu_seconds=limits.SECONDS, file_bytes=limits.MOST_UNPACKED_BYTES
    )
    try:
        _print({"answer": answer(request, _shown_progress())})
    except UserError as error:
        _print({"error": str(error)})
    except UnicodeError as error:
        _print(
            {"error": f"A part of the file is not text in its encoding: {error}. Choose another encoding."}
        )
    except MemoryError:
        _print({"error": "Reading needed more memory than is allowed. Split the file, or save it as CSV."})
    except OSError as error:
        _print({"error": f"{error.strerror or error}. Free disk space or correct the path, then try again."})


def answer(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The fields of a Proposal. If request["folder"] is given, the data set is written into it."""
    csv.field_size_limit(limits.LONGEST_FIELD)
    path, choices = Path(request["path"]), Choices.of_json(request["choices"])
    scratch, folder = Path(request["scratch"]), request.get("folder")
    training = opened(path, choices.wishes, scratch)
    sources = [training]
    if choices.test_path:
        sources.append(table(Path(choices.test_path), choices.wishes, TEST))
    has_test_part = training.has_test_part or bool(choices.test_path)
    columns = chosen_columns(training, choices, path.name)
    drops = choices.drop_duplicates if choices.drop_duplicates is not None else not has_test_part
    with writing.Writer(Path(folder) if folder else None) as writer:
        survey = Survey(choices, drops, writer.add if folder else None)
        fault = _read(survey, sources, columns, progress)
        arranged = arrangement.arrangement(survey, choices, has_test_part=has_test_part)
        fault = fault or arrangement.problem(survey, arranged, choices)
        facts = _facts(path, training, columns, survey, arranged, choices)
        facts |= {"problem": fault, "test": "given" if has_test_part else "split"}
        if folder and not fault:
            writer.finish(arranged, facts, choices)
    return facts


def _read(survey: Survey, sources: list[Opened], columns: Columns, progress: Progress) -> str:
    """Take all rows. Returns why the label column holds no labels; empty if it does."""
    total, done, last = sum(source.bytes for source in sources), 0, time.monotonic()
    try:
        for number, source in enumerate(sources):
            text, label = columns.places(source.layout.columns)
            for entry in source.entries():
                if number and entry[2] == TEST:
                    entry = (f"The test file, line {entry[0]}", *entry[1:])
                elif len(sources) > 1 and entry[2] == UNDECIDED:
                    entry = (*entry[:2], TRAINING)
                survey.take(entry, text, label)
                done += len(entry[1][text])
                if survey.rows % 1000 == 0 and time.monotonic() - last > _SHOW_SECONDS:
                    last = time.monotonic()
                    progress(min(done, total), total)
    except NotLabels as error:
        return str(error)
    return ""


def _facts(
    path: Path,
    training: Opened,
    columns: Columns,
    survey: Survey,
    arranged: arrangement.Arrangement,
    choices: Choices,
) -> dict[str, Any]:
    layout = training.layout
    return {
        "file_name": path.name,
        "layout": {name: getattr(layout, name) for name in layout.__dataclass_fields__},
        "columns": [{"name": name, "samples": columns.samples[name]} for name in layout.columns],
        "text": columns.text,
        "label": columns.label,
        "classes": _classes(survey, arranged, choices),
        "labels": survey.raw_counts,
        "rows": survey.rows,
        "unlabelled": int((arranged.parts == 2).sum()),
        "dropped": [
            {"reason": reason, "count": dropped.count, "places": dropped.places}
            for reason, dropped in survey.dropped.items()
        ],
        "median_words": survey.median_words,
        "mean_words": survey.mean_words,
        "longest": survey.longest,
        "warnings": [*training.warnings, *arrangement.warnings(survey, arranged, choices)],
    }


def _classes(survey: Survey, arranged: arrangement.Arrangement, choices: Choices) -> list[dict[str, Any]]:
    training, test = arranged.counts(TRAINING), arranged.counts(TEST)
    return [
        {
            "name": name,
            "training": training[number],
            "test": test[number],
            "examples": survey.examples[survey.classes[name]],
            "merged": [label for label, target in choices.merges.items() if target == name],
        }
        for number, name in enumerate(arranged.classes)
    ]


def _shown_progress() -> Progress:
    return lambda done, total: _print({"progress": [done, total]})


def _print(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)


if __name__ == "__main__":
    main()
